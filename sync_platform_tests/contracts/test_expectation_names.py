"""The names written down are those of the installed Great Expectations."""

from __future__ import annotations

from sync_platform.contracts.expectation_names import CORE_EXPECTATIONS, OWN_EXPECTATIONS, expectation_name


def test_the_core_names_are_exactly_those_of_the_installed_release() -> None:
    import great_expectations.expectations as core
    from great_expectations.expectations.expectation import Expectation

    found = {
        name
        for name, value in vars(core).items()
        if isinstance(value, type) and issubclass(value, Expectation) and value is not Expectation
    }
    assert found == CORE_EXPECTATIONS


def test_our_own_names_are_those_that_checks_defines() -> None:
    from great_expectations.expectations.expectation import BatchExpectation

    from sync_platform.checks import expectations as own

    found = {
        name
        for name, value in vars(own).items()
        if isinstance(value, type) and issubclass(value, BatchExpectation) and value is not BatchExpectation
    }
    assert found == OWN_EXPECTATIONS


def test_a_name_may_be_written_as_a_class_or_with_underscores() -> None:
    assert expectation_name("ExpectColumnValuesToBeUnique") == "ExpectColumnValuesToBeUnique"
    assert expectation_name("expect_column_values_to_be_unique") == "ExpectColumnValuesToBeUnique"
    assert expectation_name("expect_column_kl_divergence_to_be_less_than") == "ExpectColumnKLDivergenceToBeLessThan"
    assert expectation_name("expect_miracles") is None
