"""Runs a contract's rules on a day: the one entry to the checks."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psycopg

from sync_platform.checks.observed import observed_text
from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.checks.violations import sample_violations
from sync_platform.contracts.contract import Contract, Rule
from sync_platform.errors import LandingUnavailable


def run_rules(
    contract: Contract,
    relation: Relation,
    *,
    database_url: str,
    rules: tuple[Rule, ...] | None = None,
    statement_timeout_seconds: int = 60,
) -> tuple[RuleResult, ...]:
    """The result of each rule, in the order of `rules` (the contract's own where None), on the rows of `relation`.

    Reads what is committed, on a read-only connection of its own. A rule that runs out of time or cannot be run is
    not passed and says why; the other rules go on. May be called from several threads.
    Raises LandingUnavailable when the database cannot be reached or goes away meanwhile.
    """
    chosen = contract.rules if rules is None else rules
    if not chosen:
        return ()
    # Great Expectations takes 5-7 s and 260 MB to import: whoever only asks what a rule is must not pay that.
    from sync_platform.checks.source import open_source
    from sync_platform.checks.verdict import judge

    started = time.monotonic()
    rows_query = relation.select(contract.columns).as_string()
    with open_source(
        rows_query, database_url=database_url, statement_timeout_seconds=statement_timeout_seconds
    ) as source:
        verdicts = judge(chosen, source)
        if source.watch.lost:
            raise LandingUnavailable("the database went away while the rules were run; run them again.")
    broken = [rule for rule in chosen if not verdicts[rule.name].passed and not verdicts[rule.name].error]
    samples = _samples(
        contract, relation, broken, database_url=database_url, statement_timeout_seconds=statement_timeout_seconds
    )
    seconds = (time.monotonic() - started) / len(chosen)
    return tuple(
        RuleResult(
            rule=rule.name,
            severity=rule.severity,
            passed=verdict.passed,
            blocking=rule.blocking,
            description=rule.description,
            observed="could not be run" if verdict.error else observed_text(rule, verdict.figures, contract=contract),
            unexpected_count=verdict.figures.get("unexpected_count"),
            element_count=verdict.figures.get("element_count"),
            sample=samples.get(rule.name, ()),
            seconds=seconds,
            error=verdict.error,
        )
        for rule, verdict in ((rule, verdicts[rule.name]) for rule in chosen)
    )


def _samples(
    contract: Contract,
    relation: Relation,
    broken: Sequence[Rule],
    *,
    database_url: str,
    statement_timeout_seconds: float,
) -> dict[str, tuple[dict[str, str], ...]]:
    """Failing rows by rule. They are a courtesy: a rule whose sample cannot be read keeps its verdict without one."""
    if not broken:
        return {}
    from sync_platform.checks.source import connect_arguments, landing_errors

    samples: dict[str, tuple[dict[str, str], ...]] = {}
    arguments = connect_arguments(database_url, statement_timeout_seconds=statement_timeout_seconds)
    with landing_errors(database_url), psycopg.connect(**arguments, autocommit=True) as connection:
        for rule in broken:
            try:
                samples[rule.name] = sample_violations(connection, contract, relation=relation, rule=rule)
            except (psycopg.errors.QueryCanceled, psycopg.ProgrammingError, psycopg.DataError, KeyError):
                samples[rule.name] = ()
    return samples
