"""Says in a few words what a rule found, for asset metadata, reports and the terminal; holds no personal value."""

from __future__ import annotations

from typing import Any

from sync_platform.checks.violations import judged_columns
from sync_platform.contracts.contract import Contract, Rule
from sync_platform.redact import MASK, excerpt

_LISTED_VALUES = 5


def observed_text(rule: Rule, figures: dict[str, Any], *, contract: Contract) -> str:
    """`3 of 4,012 rows: quantity outside 1..1000`, or the observed figure of a rule that judges no rows."""
    unexpected, rows = figures.get("unexpected_count"), figures.get("element_count")
    if unexpected is None and rows is None:
        return f"observed {_shown(rule, figures.get('observed_value'), contract=contract)}"
    if rows is None:
        return f"{unexpected:,} unexpected values" if unexpected else "no unexpected value"
    if not unexpected:
        return f"{rows:,} rows, no violation"
    if rule.expectation == "ExpectKeyUnique":
        return f"{unexpected:,} keys occur more than once in {rows:,} rows"
    if rule.expectation == "ExpectQueryToBeZero":
        return f"{unexpected:,} violations in {rows:,} rows"
    if rule.expectation == "ExpectBusinessRecordOnce":
        return f"{unexpected:,} of {rows:,} rows say what another said just before, under another key"
    return f"{unexpected:,} of {rows:,} rows: {_violation_text(rule)}"


def _violation_text(rule: Rule) -> str:
    arguments, columns = rule.arguments, ", ".join(judged_columns(rule))
    match rule.expectation:
        case "ExpectColumnValuesToNotBeNull":
            return f"{columns} missing"
        case "ExpectColumnValuesToBeBetween":
            return f"{columns} outside {_range(arguments)}"
        case "ExpectColumnValueLengthsToBeBetween":
            return f"{columns} of a length outside {_range(arguments)}"
        case "ExpectColumnValuesToBeInSet":
            return f"{columns} not one of {_listed(arguments.get('value_set'))}"
        case "ExpectColumnValuesToNotBeInSet":
            return f"{columns} one of {_listed(arguments.get('value_set'))}"
        case "ExpectColumnValuesToMatchRegex":
            return f"{columns} not like {arguments.get('regex')}"
        case "ExpectColumnValuesToBeUnique" | "ExpectCompoundColumnsToBeUnique":
            return f"{columns} repeated"
    return rule.description or f"{columns} against {rule.expectation}"


def _range(arguments: dict[str, Any]) -> str:
    """`1..1000`; an end that is itself outside is written with `<` before or after the dots."""
    low, high = arguments.get("min_value"), arguments.get("max_value")
    return "".join(
        (
            "" if low is None else f"{low}{'<' if arguments.get('strict_min') else ''}",
            "..",
            "" if high is None else f"{'<' if arguments.get('strict_max') else ''}{high}",
        )
    )


def _listed(values: Any) -> str:
    values = list(values or ())
    more = f" and {len(values) - _LISTED_VALUES} more" if len(values) > _LISTED_VALUES else ""
    return ", ".join(map(str, values[:_LISTED_VALUES])) + more


def _shown(rule: Rule, value: Any, *, contract: Contract) -> str:
    personal = {field.name for field in contract.fields if field.personal}
    if value is None:
        return "nothing"
    # A count tells nothing about a person; a minimum, a maximum or a list of values does.
    if personal.intersection(judged_columns(rule)) and not isinstance(value, int):
        return MASK
    return excerpt(
        _listed(value) if isinstance(value, list) else f"{value:,}" if isinstance(value, int) else str(value)
    )
