"""The platform beside the sandbox's POS, with days of sales behind it, to bring faults about at the partner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sync_platform.contracts.contract import DRIFT_CHECKS
from sync_platform.declarations.partner_system import DEFS_FOLDER, Entity, read_partner_system
from sync_platform.landing.check_results import read_check_results
from sync_platform.landing.database import Database
from sync_platform.landing.days import DayKey
from sync_platform.landing.entity_table import EntityTable, ensure_entity_table
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform.partners.client import PartnerClient
from sync_platform.pull.day_statistics import statistics_in
from sync_platform.pull.tools import PullTools
from sync_platform.pull.whole_day import pull_day
from sync_platform.sandbox import Sandbox
from sync_platform_tests.fresh_database import FreshDatabases

Results = dict[str, dict[str, Any]]


class WorldClock:
    """Our clock goes with the sandbox's."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._began_at = sandbox.clock.now()

    def now(self) -> datetime:
        return self._sandbox.clock.now()

    def monotonic(self) -> float:
        return (self.now() - self._began_at).total_seconds()

    def sleep(self, seconds: float) -> None:
        self._sandbox.clock.advance(seconds)


@dataclass(frozen=True)
class Pos:
    """The POS's sales, and what they are pulled with."""

    sandbox: Sandbox
    database: Database
    tools: PullTools
    entity: Entity

    def learn(self, day: date, **fault: Any) -> None:
        """Read a day that others are compared with."""
        with self.disturbed(**fault):
            assert pull_day(self.tools, self.entity, day=day).outcome == "published"

    def results(self, day: date, *, entity: Entity | None = None, **fault: Any) -> Results:
        """What the statistical checks say of a day when it is read under this fault, as if for the first time."""
        self.forget(day)
        with self.disturbed(**fault):
            load = pull_day(self.tools, entity or self.entity, day=day)
        assert load.outcome in ("published", "held"), load.error
        return self.stored(day)

    def forget(self, day: date) -> None:
        """As if the day had never been read."""
        with self.database.connect() as connection:
            for table in ("entity_day", "check_result", "profile", "volume", "shape", "dead_letter"):
                connection.execute(f"delete from sync.{table} where business_day = %s", [day])  # noqa: S608 - ours
            connection.execute("delete from landing.pos__sales where _business_day = %s", [day])

    def stored(self, day: date) -> Results:
        """The statistical checks' stored results, by their names."""
        with self.database.connect() as connection:
            found = read_check_results(connection, DayKey("pos", "sales", day))
        return {row["rule"]: row for row in found if row["rule"] in DRIFT_CHECKS}

    @contextmanager
    def disturbed(self, **fault: Any) -> Iterator[None]:
        """While this fault is in force; without one, undisturbed."""
        fault_id = self.sandbox.faults.add(system="pos", path="/api/v1/sales", **fault) if fault else None
        try:
            yield
        finally:
            if fault_id is not None:
                self.sandbox.faults.remove(fault_id)


@contextmanager
def open_pos(databases: FreshDatabases, *, now: datetime, **world: Any) -> Iterator[Pos]:
    """A sandbox at `now`, like `world` says, and an empty database."""
    system = read_partner_system(DEFS_FOLDER / "pos")
    entity = system.entity("sales")
    unhurried = system.declaration.model_copy(update={"api": system.declaration.api.model_copy(update={"rate": None})})
    with databases.one() as database, Sandbox.generated(now=now, **world) as sandbox:
        with database.connect() as connection:
            ensure_entity_table(connection, EntityTable(entity.system, entity.contract))
        clock = WorldClock(sandbox)
        client = PartnerClient(unhurried, environment=sandbox.environment, clock=clock)
        tools = PullTools(
            database=database,
            client=client,
            clock=clock,
            check=lambda *_: (),
            holder="test",
            seal=NO_KEYS,
            statistics=statistics_in(database),
        )
        yield Pos(sandbox, database, tools, entity)
        client.close()


def failed(results: Mapping[str, dict[str, Any]]) -> list[str]:
    return sorted(rule for rule, row in results.items() if not row["passed"])
