"""How often the statistical checks cry wolf: `python -m benchmarks.false_alarms`, some ten minutes on two cores.

Days of The Complete Journey are lived through one after another with nothing wrong: each is looked at in the afternoon
and read whole the next morning, by the same code that does so in production. After a time of learning every check that
does not pass is a false alarm.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.stand import STATE
from sync_platform.contracts.contract import DRIFT_CHECKS, Severity
from sync_platform.declarations.partner_system import Entity, PartnerSystem, read_partner_systems
from sync_platform.landing.check_results import read_check_results
from sync_platform.landing.database import Database
from sync_platform.landing.days import DayKey
from sync_platform.landing.embedded import start_embedded
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform.landing.migrate import migrate
from sync_platform.partners.client import PartnerClient
from sync_platform.pull.day_statistics import statistics_in
from sync_platform.pull.tools import PullTools
from sync_platform.pull.whole_day import pull_day
from sync_platform.sandbox.clock import SandboxClock
from sync_platform.sandbox.complete_journey import complete_journey
from sync_platform.sandbox.credentials import Credentials
from sync_platform.sandbox.sandbox import ANY_FREE, Sandbox

# The time by which a branch that uploads six hours late has told of its last receipt, and one in the middle of a day.
CLOSE, AFTERNOON = timedelta(hours=30), timedelta(hours=15)
LAST = date(2026, 11, 20)
MOST_FALSE = 0.01

Judged = tuple[str, str, date, str, str, bool, str]


class _WorldClock:
    """Our clock goes with the sandbox's."""

    def __init__(self, world: SandboxClock) -> None:
        self._world, self._began = world, world.now()

    def now(self) -> datetime:
        return self._world.now()

    def monotonic(self) -> float:
        return (self.now() - self._began).total_seconds()

    def sleep(self, seconds: float) -> None:
        self._world.advance(seconds)


def lived_through(database: Database, sandbox: Sandbox, *, days: list[date]) -> Iterator[Judged]:
    """Every result of the statistical checks: system, entity, day, when, check, whether it passed, and its words."""
    sandbox.clock.set(datetime(days[0].year, days[0].month, days[0].day, tzinfo=UTC) - timedelta(days=1))
    clock = _WorldClock(sandbox.clock)
    statistics = statistics_in(database)
    systems = tuple(system for system in read_partner_systems() if system.declaration.api is not None)
    migrate(database, [EntityTable(one.system, one.contract) for system in systems for one in system.entities])
    tools = {
        system.name: PullTools(
            database=database,
            client=PartnerClient(
                system.declaration.model_copy(update={"api": system.declaration.api.model_copy(update={"rate": None})}),
                environment=sandbox.environment,
                clock=clock,
            ),
            clock=clock,
            check=lambda *_: (),
            holder="false alarms",
            seal=NO_KEYS,
            statistics=statistics,
        )
        for system in systems
        if system.declaration.api is not None
    }
    for day in days:
        for when, after in (("afternoon", AFTERNOON), ("close", CLOSE)):
            for system, entity in _entities(systems):
                sandbox.clock.set(entity.calendar.start_of(day) + after)
                if entity.is_state and when == "close":
                    continue
                load = pull_day(tools[system.name], entity, day=day)
                if not load.ok:
                    raise SystemExit(f"{entity.address} {day}: {load.outcome} {load.error}")
                with database.connect() as connection:
                    results = read_check_results(connection, DayKey(system.name, entity.name, day))
                for result in results:
                    # What cannot be judged yet passes as information.
                    if result["rule"] in DRIFT_CHECKS and result["severity"] != Severity.INFO:
                        yield system.name, entity.name, day, when, result["rule"], result["passed"], result["observed"]


def _entities(systems: tuple[PartnerSystem, ...]) -> Iterator[tuple[PartnerSystem, Entity]]:
    for system in systems:
        for entity in system.entities:
            yield system, entity


def table(judged: list[Judged]) -> str:
    """Checks and false alarms by check, and each false alarm in its words."""
    checks = Counter(one[4] for one in judged)
    alarms = Counter(one[4] for one in judged if not one[5])
    lines = ["| check | judged | false alarms |", "| --- | ---: | ---: |"]
    lines += [f"| `{rule}` | {checks[rule]:,} | {alarms[rule]:,} |" for rule in sorted(checks)]
    total, wrong = sum(checks.values()), sum(alarms.values())
    lines.append(f"| all | {total:,} | {wrong:,} ({wrong / max(total, 1):.2%}) |")
    lines += [f"- {one[0]}/{one[1]} {one[2]} {one[3]} {one[4]}: {one[6]}" for one in judged if not one[5]]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.false_alarms", description=__doc__)
    parser.add_argument("--learn", type=int, default=28, help="days before the first one that counts")
    parser.add_argument("--days", type=int, default=30, help="days that count")
    chosen = parser.parse_args()
    days = [LAST - timedelta(days=back) for back in reversed(range(chosen.learn + chosen.days))]
    folder: Path = STATE / "false_alarms"
    folder.mkdir(parents=True, exist_ok=True)
    sandbox = Sandbox(
        complete_journey(folder),
        seed=7,
        clock=SandboxClock(datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC), running=False),
        late_seconds=5.0,
        state_dir=None,
        credentials=Credentials.from_environment({}),
        host="127.0.0.1",
        ports=ANY_FREE,
    )
    server = start_embedded(folder / "postgres", own=True)
    try:
        with sandbox:
            judged = list(lived_through(Database(server.url), sandbox, days=days))
    finally:
        server.stop()
    counted = [one for one in judged if one[2] >= days[chosen.learn]]
    print(table(counted))
    return int(sum(not one[5] for one in counted) > MOST_FALSE * len(counted))


if __name__ == "__main__":
    sys.exit(main())
