"""The expectations a rule may name: Great Expectations' own and ours. Written down, so that reading a contract need not
import Great Expectations (5-7 s); a test keeps the list equal to the installed release.
"""

from __future__ import annotations

# Defined in sync_platform/checks/expectations.py.
KEY_UNIQUE = "ExpectKeyUnique"
QUERY_TO_BE_ZERO = "ExpectQueryToBeZero"
BUSINESS_RECORD_ONCE = "ExpectBusinessRecordOnce"
OWN_EXPECTATIONS = frozenset({KEY_UNIQUE, QUERY_TO_BE_ZERO, BUSINESS_RECORD_ONCE})

# great_expectations.expectations of release 1.24.1.
CORE_EXPECTATIONS = frozenset(
    {
        "ExpectColumnDistinctValuesToBeInSet",
        "ExpectColumnDistinctValuesToContainSet",
        "ExpectColumnDistinctValuesToEqualSet",
        "ExpectColumnKLDivergenceToBeLessThan",
        "ExpectColumnMaxToBeBetween",
        "ExpectColumnMeanToBeBetween",
        "ExpectColumnMedianToBeBetween",
        "ExpectColumnMinToBeBetween",
        "ExpectColumnMostCommonValueToBeInSet",
        "ExpectColumnPairValuesAToBeGreaterThanB",
        "ExpectColumnPairValuesToBeEqual",
        "ExpectColumnPairValuesToBeInSet",
        "ExpectColumnProportionOfNonNullValuesToBeBetween",
        "ExpectColumnProportionOfUniqueValuesToBeBetween",
        "ExpectColumnQuantileValuesToBeBetween",
        "ExpectColumnStdevToBeBetween",
        "ExpectColumnSumToBeBetween",
        "ExpectColumnToExist",
        "ExpectColumnTypeToBe",
        "ExpectColumnUniqueValueCountToBeBetween",
        "ExpectColumnValueLengthsToBeBetween",
        "ExpectColumnValueLengthsToEqual",
        "ExpectColumnValueZScoresToBeLessThan",
        "ExpectColumnValuesToBeBetween",
        "ExpectColumnValuesToBeDateutilParseable",
        "ExpectColumnValuesToBeDecreasing",
        "ExpectColumnValuesToBeInSet",
        "ExpectColumnValuesToBeInTypeList",
        "ExpectColumnValuesToBeIncreasing",
        "ExpectColumnValuesToBeJsonParseable",
        "ExpectColumnValuesToBeNull",
        "ExpectColumnValuesToBeOfType",
        "ExpectColumnValuesToBeUnique",
        "ExpectColumnValuesToMatchJsonSchema",
        "ExpectColumnValuesToMatchLikePattern",
        "ExpectColumnValuesToMatchLikePatternList",
        "ExpectColumnValuesToMatchRegex",
        "ExpectColumnValuesToMatchRegexList",
        "ExpectColumnValuesToMatchStrftimeFormat",
        "ExpectColumnValuesToNotBeInSet",
        "ExpectColumnValuesToNotBeNull",
        "ExpectColumnValuesToNotBeOutliers",
        "ExpectColumnValuesToNotMatchLikePattern",
        "ExpectColumnValuesToNotMatchLikePatternList",
        "ExpectColumnValuesToNotMatchRegex",
        "ExpectColumnValuesToNotMatchRegexList",
        "ExpectCompoundColumnsToBeUnique",
        "ExpectMulticolumnSumToEqual",
        "ExpectMulticolumnValuesToBeEqual",
        "ExpectMulticolumnValuesToBeUnique",
        "ExpectQueryResultsToMatchComparison",
        "ExpectSelectColumnValuesToBeUniqueWithinRecord",
        "ExpectTableColumnCountToBeBetween",
        "ExpectTableColumnCountToEqual",
        "ExpectTableColumnsToMatchOrderedList",
        "ExpectTableColumnsToMatchSet",
        "ExpectTableRowCountToBeBetween",
        "ExpectTableRowCountToEqual",
        "ExpectTableRowCountToEqualOtherTable",
        "UnexpectedRowsExpectation",
    }
)

# `expect_column_kl_divergence_…` is spelled KLDivergence in its class: only the letters tell.
LETTERS = {name.lower(): name for name in CORE_EXPECTATIONS | OWN_EXPECTATIONS}


def expectation_name(written: str) -> str | None:
    """The class meant by `expect_column_values_to_be_unique` or by its class name; None where there is none."""
    return LETTERS.get(written.replace("_", "").lower())
