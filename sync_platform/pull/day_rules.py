"""Runs a day's rules on what is landed, after deltas: a day that fails a blocking rule is held until it passes."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.check_results import upsert_check_results
from sync_platform.landing.database import Database
from sync_platform.landing.days import DayKey, read_branches, read_day, record_checks
from sync_platform.landing.entity_table import LANDING
from sync_platform.pull.day_statistics import KnownUntil, LookedAt, Statistics, look_at_day, store_looked_at
from sync_platform.pull.tools import Check


def check_day(
    database: Database, entity: Entity, *, day: date, check: Check, statistics: Statistics | None = None
) -> tuple[RuleResult, ...]:
    """Run and store the rules of one landed day, with its `statistics` where they are wanted.

    Changes that arrive meanwhile leave the day due again.
    """
    key = DayKey(system=entity.system, entity=entity.name, day=day)
    relation = Relation(schema=LANDING, table=entity.table, day=day)
    looked = LookedAt()
    with database.connect() as connection:
        landed = read_day(connection, key)
        if statistics is not None and landed is not None:
            now = datetime.now(UTC)
            branches = {clock.branch: clock.as_of for clock in read_branches(connection, key)}
            until = KnownUntil(as_of=landed.as_of or now, branches=branches)
            looked = look_at_day(connection, statistics, entity, relation, key=key, now=now, until=until)
    results = (*check(entity.contract, relation), *looked.results)
    with database.connect() as connection, connection.transaction():
        store_looked_at(connection, entity, key, looked)
        upsert_check_results(connection, key, [result_row(result) for result in results], load_id=None)
        record_checks(
            connection,
            key,
            passed=sum(result.passed for result in results),
            failed=sum(not result.passed for result in results),
            blocking_failed=sum(result.blocking and not result.passed for result in results),
            loaded_at=landed.loaded_at if landed else None,
        )
    return results


def result_row(result: RuleResult) -> dict[str, object]:
    """A rule's result by the columns of sync.check_result."""
    return {
        "rule": result.rule,
        "severity": str(result.severity),
        "blocking": result.blocking,
        "passed": result.passed,
        "observed": result.observed,
        "unexpected_count": result.unexpected_count,
        "element_count": result.element_count,
        "expected_low": result.expected.low if result.expected else None,
        "expected_high": result.expected.high if result.expected else None,
        "sample": result.sample,
    }
