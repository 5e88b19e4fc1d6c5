"""The platform beside the till: pulls by name and shows what landed in a form the eye can check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.rows import dict_row

from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.clock import Clock
from sync_platform.contracts.contract import Contract, Severity
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.landing.database import Database
from sync_platform.landing.days import DayKey, EntityDay, read_day
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform.landing.loads import Load
from sync_platform.partners.client import PartnerClient
from sync_platform.pull.day_rules import check_day
from sync_platform.pull.delta import DeltaReport, pull_delta
from sync_platform.pull.steps import pass_by
from sync_platform.pull.tools import PullTools
from sync_platform.pull.whole_day import pull_day
from sync_platform_tests.till.till import TODAY


class Hub:
    """One process of the platform. `reached` is told each step; `verdicts` are what the day's rules say."""

    def __init__(
        self, *, database: Database, system: PartnerSystem, clock: Clock, base_url: str, holder: str = "first hub"
    ) -> None:
        self.database = database
        self.system = system
        self.clock = clock
        self.base_url = base_url
        self.reached: Callable[[str], None] = pass_by
        self.verdicts: tuple[RuleResult, ...] = ()
        self.checked: list[Relation] = []
        self.holder = holder
        self._client = PartnerClient(
            system.declaration, environment={"TILL_BASE_URL": base_url}, clock=clock, attempts=2
        )

    def close(self) -> None:
        self._client.close()

    def another(self, holder: str = "second hub") -> Hub:
        """Another process of the platform, beside this one."""
        return Hub(database=self.database, system=self.system, clock=self.clock, base_url=self.base_url, holder=holder)

    @property
    def tools(self) -> PullTools:
        return PullTools(
            database=self.database,
            client=self._client,
            clock=self.clock,
            check=self._check,
            holder=self.holder,
            seal=NO_KEYS,
            reached=lambda step: self.reached(step),
            lease_wait_seconds=0.0,
        )

    def entity(self, name: str) -> Entity:
        return self.system.entity(name)

    def pull_day(self, entity: str = "sales", day: str = TODAY, **tools: Any) -> Load:
        return pull_day(replace(self.tools, **tools), self.entity(entity), day=date.fromisoformat(day))

    def pull_delta(self, entity: str = "sales", **options: Any) -> DeltaReport:
        return pull_delta(self.tools, self.entity(entity), **options)

    def check_day(self, entity: str = "sales", day: str = TODAY) -> tuple[RuleResult, ...]:
        return check_day(self.database, self.entity(entity), day=date.fromisoformat(day), check=self._check)

    def landed(self, entity: str = "sales", *, day: str | None = None) -> dict[str, str]:
        """Live rows: `{id: amount}`, of the shelf `{id: pieces}`."""
        value = "pieces" if entity == "shelf" else "amount"
        return {row["id"]: str(row[value]) for row in self.rows(entity, day=day) if row["_deleted_at"] is None}

    def gone(self, entity: str = "sales") -> list[str]:
        """The ids of tombstones."""
        return [row["id"] for row in self.rows(entity) if row["_deleted_at"] is not None]

    def rows(self, entity: str = "sales", *, day: str | None = None) -> list[dict[str, Any]]:
        """Landed rows with all their columns, by id and day."""
        statement = sql.SQL("select * from {} {} order by id, _business_day").format(
            sql.Identifier("landing", f"{self.system.name}__{entity}"),
            sql.SQL("where _business_day = {}").format(sql.Literal(day)) if day else sql.SQL(""),
        )
        return self.query(statement)

    def day(self, entity: str = "sales", day: str = TODAY) -> EntityDay | None:
        """Where a day stands."""
        with self.database.connect() as connection:
            return read_day(connection, DayKey(self.system.name, entity, date.fromisoformat(day)))

    def state(self, entity: str = "sales", day: str = TODAY) -> str | None:
        """The day's state in a word."""
        found = self.day(entity, day)
        return found.state if found else None

    def loads(self, entity: str = "sales") -> list[dict[str, Any]]:
        """The ledger, in the order of its writing."""
        return self.query("select * from sync.load where entity = %s order by started_at, ctid", [entity])

    def letters(self, entity: str = "sales") -> list[tuple[str | None, str]]:
        """Open dead letters: record key and reason."""
        rows = self.query(
            "select record_key, reason from sync.dead_letter where entity = %s order by dead_letter_id", [entity]
        )
        return [(row["record_key"], row["reason"]) for row in rows]

    def query(self, statement: Any, values: list[Any] | None = None) -> list[dict[str, Any]]:
        with self.database.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement, values).fetchall()

    def run(self, statement: Any, values: list[Any] | None = None) -> None:
        """One statement without an answer."""
        with self.database.connect() as connection:
            connection.execute(statement, values)

    def lends_day(self, entity: str = "sales", day: str = TODAY) -> None:
        """As if another writer had the day."""
        self.run(
            "insert into sync.lease values (%s, %s, %s, 1, 'somebody', now() + interval '1 hour')"
            " on conflict (system, entity, scope) do update set holder = 'somebody', expires_at = excluded.expires_at",
            [self.system.name, entity, day],
        )

    def lets_leases_expire(self) -> None:
        """As if 90 seconds had passed on the database's clock."""
        self.run("update sync.lease set expires_at = clock_timestamp() - interval '1 second'")

    def _check(self, contract: Contract, relation: Relation) -> tuple[RuleResult, ...]:
        self.checked.append(relation)
        return self.verdicts


def verdict(*, passed: bool, blocking: bool = True, rule: str = "status_known") -> RuleResult:
    """What a rule found."""
    return RuleResult(
        rule=rule,
        severity=Severity.CRITICAL if blocking else Severity.WARNING,
        passed=passed,
        blocking=blocking,
        description="",
        observed="all well" if passed else "1 of 2 is wrong",
        unexpected_count=0 if passed else 1,
        element_count=2,
        sample=(),
        seconds=0.0,
        error=None,
    )


def add_up(load: Load | dict[str, Any]) -> bool:
    """Promise 3 of one load."""
    counts = load if isinstance(load, dict) else vars(load)
    parts = ("inserted", "updated", "unchanged", "superseded", "dead_lettered")
    return bool(counts["read"] == sum(counts[part] for part in parts))


def some_id(number: int) -> UUID:
    """A load id the eye can tell from another."""
    return UUID(int=number)
