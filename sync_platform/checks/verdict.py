"""Has Great Expectations judge rules on a batch; one rule's failure to run never becomes another's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg

from sync_platform.checks.source import Source
from sync_platform.checks.violations import judged_columns
from sync_platform.contracts.contract import Rule
from sync_platform.contracts.expectation_names import CORE_EXPECTATIONS, OWN_EXPECTATIONS
from sync_platform.redact import MASK, excerpt

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.expectations.expectation import Expectation

# BASIC counts; it neither lists all failing rows (COMPLETE) nor fetches some values that may be personal.
_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


@dataclass(frozen=True)
class Verdict:
    """What Great Expectations found: `figures` as it names them, or `error`, redacted, when the rule could not run."""

    passed: bool
    figures: dict[str, Any] = field(default_factory=dict)
    error: str | None = None


def judge(rules: Sequence[Rule], source: Source) -> dict[str, Verdict]:
    """The verdict on each rule, by its name. Rules are judged together, those that could not run once more alone:

    Great Expectations reports one message for all metrics that failed at the same time.
    """
    verdicts: dict[str, Verdict] = {}
    expectations: dict[str, Expectation] = {}
    for rule in rules:
        try:
            expectations[rule.name] = _expectation(rule)
        except (TypeError, ValueError) as error:
            verdicts[rule.name] = Verdict(passed=False, error=f"the rule is not well declared: {excerpt(str(error))}")
    # What a message may quote: the names that the rules themselves use, never a row's value.
    names = frozenset(name for rule in rules for name in judged_columns(rule))
    verdicts |= _judge_together(expectations, source, names=names)
    failed = [name for name in expectations if verdicts[name].error and not source.watch.lost]
    if len(expectations) > 1:
        for name in failed:
            verdicts |= _judge_together({name: expectations[name]}, source, names=names)
    return verdicts


def _expectation(rule: Rule) -> Expectation:
    import great_expectations.expectations as core

    from sync_platform.checks import expectations as own

    if rule.expectation not in CORE_EXPECTATIONS | OWN_EXPECTATIONS:
        raise ValueError(f"Great Expectations has no {rule.expectation}.")
    class_ = getattr(own if rule.expectation in OWN_EXPECTATIONS else core, rule.expectation)
    column = {"column": rule.column} if rule.column and "column" in class_.__fields__ else {}
    made: Expectation = class_(**column, **rule.arguments, meta={"rule": rule.name})
    return made


def _judge_together(
    expectations: dict[str, Expectation], source: Source, *, names: frozenset[str]
) -> dict[str, Verdict]:
    from great_expectations.core import ExpectationSuite

    seen = len(source.watch.failures)
    suite = ExpectationSuite(name="rules", expectations=[each.copy() for each in expectations.values()])
    try:
        results = source.batch.validate(suite, result_format=_RESULT_FORMAT).results
    except Exception as error:  # noqa: BLE001 - whatever the library makes of a rule, the other rules go on
        verdict = Verdict(passed=False, error=_in_words(str(error), source.watch.failures[seen:], names=names))
        return dict.fromkeys(expectations, verdict)
    verdicts = {
        str((result.expectation_config.meta or {})["rule"]): _verdict(result, source.watch.failures[seen:], names=names)
        for result in results
        if result.expectation_config
    }
    missing = Verdict(passed=False, error="Great Expectations gave no result for this rule.")
    return {name: verdicts.get(name, missing) for name in expectations}


def _verdict(result: ExpectationValidationResult, failures: list[BaseException], *, names: frozenset[str]) -> Verdict:
    message = _exception_message(result.exception_info or {})
    if message is not None:
        return Verdict(passed=False, error=_in_words(message, failures, names=names))
    return Verdict(passed=bool(result.success), figures=dict(result.result))


def _exception_message(info: dict[str, Any]) -> str | None:
    """Exceptions are reported flat for the expectation itself and keyed by metric for what it depends on."""
    if "raised_exception" in info:
        return str(info["exception_message"]) if info["raised_exception"] else None
    for each in info.values():
        if isinstance(each, dict) and each.get("raised_exception"):
            return str(each["exception_message"])
    return None


def _in_words(message: str, failures: list[BaseException], *, names: frozenset[str]) -> str:
    """The database's own sentence where there was one, else the library's first line. Holds no value of a row."""
    for failure in reversed(failures):
        if isinstance(failure, psycopg.errors.QueryCanceled):
            return "it ran out of time (statement_timeout)."
        if isinstance(failure, psycopg.Error) and failure.diag.message_primary:
            text = failure.diag.message_primary
            # Class 22, data exceptions, quote the value; other classes quote names, which help.
            quotes_data = (failure.sqlstate or "").startswith("22")
            return excerpt(f"{_QUOTED.sub(MASK, text) if quotes_data else text} (SQLSTATE {failure.sqlstate})")
    first_line = message.partition("\n")[0]
    return excerpt(_QUOTED.sub(lambda found: found.group() if found.group()[1:-1] in names else MASK, first_line))
