"""What the sensor asks for again: a run that failed, was lost or never began, each time after a longer wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from dagster import RunRequest

from sync_platform.components.system_sensor import ask_again
from sync_platform.declarations.partner_system import PartnerSystem, find_system, read_partner_systems
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.run_requests import AskedRun, insert_run_request, last_asked
from sync_platform.pull.owed import Owed

DAY = date(2026, 11, 20)
TODAY = Owed(purpose="today", first_day=DAY, last_day=DAY, entities=("sales",))
YESTERDAY = Owed(purpose="today", first_day=date(2026, 11, 19), last_day=date(2026, 11, 19), entities=("sales",))


class Asker:
    """Asks for what is owed so long after the last asking, with what Dagster knows of that run."""

    def __init__(self, connection: Connection, system: PartnerSystem) -> None:
        self.connection, self.system = connection, system

    def ask(self, owed: Owed = TODAY, *, status: str = "finished", seconds: float = 0) -> RunRequest | None:
        last = self.last(owed.purpose)
        now = last.asked_at + timedelta(seconds=seconds) if last else None
        return ask_again(self.system, self.connection, owed, unfinished=lambda _: status, now=now)

    def last(self, purpose: str = "today") -> AskedRun | None:
        return last_asked(self.connection, system=self.system.name, purpose=purpose)

    def attempt(self) -> int:
        last = self.last()
        assert last is not None
        return last.attempt


@pytest.fixture
def asker(database: Database) -> Iterator[Asker]:
    with database.connect() as connection:
        yield Asker(connection, find_system(read_partner_systems(), "pos"))


def test_what_is_owed_for_the_first_time_is_asked_for_at_once(asker: Asker) -> None:
    request = asker.ask(status="unknown")

    assert request is not None
    assert [key.to_user_string() for key in request.asset_selection or []] == ["pos/sales"]
    # Not `source_totals`: no load evaluates it, and a planned check that is not evaluated is shown as skipped.
    assert {key.name for key in request.asset_check_keys or []} == {"rules", "as_of"}
    assert request.tags == {
        "dagster/asset_partition_range_start": "2026-11-20",
        "dagster/asset_partition_range_end": "2026-11-20",
        "dagster/priority": "10",
        "sync_platform/purpose": "today",
    }
    last = asker.last()
    assert last is not None
    assert (last.run_key, last.attempt) == (request.run_key, 1)


def test_a_run_on_its_way_is_not_asked_for_twice_however_long_it_takes(asker: Asker) -> None:
    """Fault E16."""
    asker.ask()

    assert asker.ask(status="running", seconds=7200) is None


@pytest.mark.parametrize(
    ("attempt", "wait_seconds"), [(1, 30), (2, 60), (3, 120), (6, 960), (7, 1800), (8, 1800), (43, 1800), (5000, 1800)]
)
def test_after_each_failure_the_next_run_waits_twice_as_long_up_to_half_an_hour(
    asker: Asker, attempt: int, wait_seconds: int
) -> None:
    insert_run_request(
        asker.connection, system="pos", purpose="today", first_day=DAY, last_day=DAY, attempt=attempt, run_key="failed"
    )

    assert asker.ask(seconds=wait_seconds - 1) is None
    assert asker.ask(seconds=wait_seconds + 1) is not None
    assert asker.attempt() == attempt + 1


def test_a_run_that_dagster_dropped_is_asked_for_again_after_a_minute_under_a_new_key(asker: Asker) -> None:
    """Faults E11, E18."""
    dropped = asker.ask()
    assert dropped is not None

    assert asker.ask(status="unknown", seconds=59) is None
    again = asker.ask(status="unknown", seconds=61)

    assert again is not None
    assert again.run_key != dropped.run_key, "the run key of a failed or dropped run is never launched again"
    assert asker.attempt() == 2


def test_other_days_start_with_a_first_attempt(asker: Asker) -> None:
    asker.ask()
    asker.ask(seconds=31)
    assert asker.attempt() == 2

    assert asker.ask(YESTERDAY, seconds=61) is not None
    assert asker.attempt() == 1


def test_purposes_wait_for_themselves_alone(asker: Asker) -> None:
    asker.ask()

    history = Owed(purpose="history", first_day=date(2026, 11, 6), last_day=date(2026, 11, 19), entities=("sales",))
    request = asker.ask(history, status="running")

    assert request is not None
    assert request.tags["dagster/priority"] == "-5"
    assert datetime.fromisoformat(request.tags["dagster/asset_partition_range_start"]).date() == date(2026, 11, 6)
