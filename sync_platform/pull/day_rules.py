"""Runs a day's rules on what is landed, after deltas: a day that fails a blocking rule is held until it passes."""

from __future__ import annotations

from datetime import date

from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.check_results import upsert_check_results
from sync_platform.landing.database import Database
from sync_platform.landing.days import DayKey, read_day, record_checks
from sync_platform.landing.entity_table import LANDING
from sync_platform.pull.tools import Check


def check_day(database: Database, entity: Entity, *, day: date, check: Check) -> tuple[RuleResult, ...]:
    """Run and store the rules of one landed day. Changes that arrive meanwhile leave the day due again."""
    key = DayKey(system=entity.system, entity=entity.name, day=day)
    with database.connect() as connection:
        landed = read_day(connection, key)
    results = check(entity.contract, Relation(schema=LANDING, table=entity.table, day=day))
    with database.connect() as connection, connection.transaction():
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
        "sample": result.sample,
    }
