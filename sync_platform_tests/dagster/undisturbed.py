"""The same days loaded once more, into a database of their own and with nobody in the way: what has to come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.clock import SystemClock
from sync_platform.contracts.contract import Contract
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.landing.database import Database
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform.landing.migrate import migrate
from sync_platform.partners.client import PartnerClient
from sync_platform.pull.tools import PullTools
from sync_platform.pull.whole_day import pull_day
from sync_platform_tests.fresh_database import drop, url_of

# What two loads of the same data may differ in: ids of ours and moments.
_OURS = ["_load_id", "_exchange_id", "_observed_at", "_as_of", "_first_seen_at", "_last_changed_at"]
_ROWS = """
select to_jsonb(landed) - %(ours)s::text[] as row from landing.{table} landed
where _business_day = any (%(days)s) order by 1
"""
_LETTERS = """
select business_day, record_key, field, reason from sync.dead_letter
where system = %(system)s and entity = %(entity)s and business_day = any (%(days)s) order by 1, 2, 3, 4
"""
_STATES = """
select business_day, state, rows from sync.entity_day
where system = %(system)s and entity = %(entity)s and business_day = any (%(days)s) order by 1
"""


def landed(database: Database, entity: Entity, days: Sequence[date]) -> dict[str, list[Any]]:
    """Everything of these days that must not depend on who loaded them, when, and how often."""
    values = {"ours": _OURS, "days": list(days), "system": entity.system, "entity": entity.name}
    rows = sql.SQL(_ROWS).format(table=sql.Identifier(entity.table))
    with database.connect() as connection:
        return {
            "rows": connection.execute(rows, values).fetchall(),
            "dead letters": connection.execute(_LETTERS, values).fetchall(),
            "states": connection.execute(_STATES, values).fetchall(),
        }


def load_undisturbed(
    server_url: str, system: PartnerSystem, entity: Entity, *, days: Sequence[date], environment: Mapping[str, str]
) -> dict[str, list[Any]]:
    """What `landed` tells after one load of each day by this process alone."""
    with _empty_database(server_url) as database:
        migrate(database, [EntityTable(entity.system, entity.contract)])
        client = PartnerClient(system.declaration, environment=environment, clock=SystemClock())
        tools = PullTools(
            database=database, client=client, clock=SystemClock(), check=_no_rules, holder="undisturbed", seal=NO_KEYS
        )
        try:
            outcomes = {day: pull_day(tools, entity, day=day).outcome for day in days}
        finally:
            client.close()
        assert set(outcomes.values()) == {"published"}, outcomes
        return landed(database, entity, days)


def _no_rules(_contract: Contract, _relation: Relation) -> tuple[RuleResult, ...]:
    """Rules judge a day; they change nothing of it."""
    return ()


@contextmanager
def _empty_database(server_url: str) -> Iterator[Database]:
    name = f"undisturbed_{uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        yield Database(url_of(server_url, name))
    finally:
        drop(server_url, name)
