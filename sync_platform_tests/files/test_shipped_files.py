"""The shipped systems that leave files, against what the sandbox leaves: what is landed is what is true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sync_platform.declarations.partner_system import DEFS_FOLDER, read_partner_system
from sync_platform.landing.database import Database
from sync_platform.landing.entity_table import EntityTable, ensure_entity_table
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform.partners.files.folder import open_folder
from sync_platform.pull.files import FilesTaken, take_files
from sync_platform.pull.tools import LoadTools
from sync_platform.sandbox import Sandbox
from sync_platform.sandbox.colombo import epoch_ms
from sync_platform_tests.partners.given import NOON, GivenClock

TODAY = 20777
"""2026-11-20, in days since 1970."""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """Not started; its clock and ours stand at noon of UTC."""
    sandbox = Sandbox.generated(now=NOON, drop_dir=tmp_path)
    assert sandbox.dropping is not None
    sandbox.dropping.leave_due()
    yield sandbox
    sandbox.stop()


def take(database: Database, sandbox: Sandbox, clock: GivenClock, system: str, entity: str) -> FilesTaken:
    found = read_partner_system(DEFS_FOLDER / system).entity(entity)
    assert found.file is not None
    with database.connect() as connection:
        ensure_entity_table(connection, EntityTable(system, found.contract))
    tools = LoadTools(
        database=database, clock=clock, check=lambda *_: (), holder="test", seal=NO_KEYS, lease_wait_seconds=0.0
    )
    folder = open_folder(found.file, sandbox.environment, owner=found.address)
    return take_files(tools, found, folder, deadline=clock.monotonic() + 20)


def rows(database: Database, statement: str) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        return connection.execute(statement).fetchall()  # type: ignore[call-overload]


def test_every_payout_that_was_paid_is_booked_to_the_cent(
    database: Database, sandbox: Sandbox, clock: GivenClock
) -> None:
    """Invariant I8: the statement's lines sum to what the gateway paid, less the bank's fees."""
    taken = take(database, sandbox, clock, "bank", "statement_lines")

    assert {file.state for file in taken.files} == {"accepted"}
    assert len(taken.files) == 15
    landed = rows(database, "select reference, amount from landing.bank__statement_lines where kind = 'TRF'")
    truth = {
        (key, Decimal(cents) / 100)
        for day in range(TODAY - 14, TODAY + 1)
        for key, cents in sandbox.bank.booked(day, at_ms=epoch_ms(NOON))
    }
    assert set(landed) == truth
    assert rows(database, "select distinct amount from landing.bank__statement_lines where kind = 'FEE'") == [
        (Decimal("-35.00"),)
    ]


def test_a_statement_cut_on_the_way_is_refused_and_one_that_comes_twice_is_skipped(
    database: Database, clock: GivenClock, tmp_path: Path
) -> None:
    """Faults C1, C5: as the demo shows them."""
    sandbox = Sandbox.generated(now=NOON, drop_dir=tmp_path, drop_mishaps=True)
    assert sandbox.dropping is not None
    sandbox.dropping.leave_due()
    take(database, sandbox, clock, "bank", "statement_lines")
    sandbox.dropping.leave_mishaps()
    landed = rows(database, "select count(*), sum(amount) from landing.bank__statement_lines")

    cut, same = take(database, sandbox, clock, "bank", "statement_lines").files

    assert (cut.name, cut.state, cut.reason) == ("statement_20261118.csv", "rejected", "checksum")
    assert (same.name, same.state) == ("statement_20261119.csv", "duplicate")
    (report,) = (tmp_path / "bank" / "rejected").glob("statement_20261118.*.report.csv")
    assert "its sha256 begins with" in report.read_text()
    assert rows(database, "select count(*), sum(amount) from landing.bank__statement_lines") == landed
    sandbox.stop()


def test_the_next_statement_of_a_day_replaces_it(database: Database, sandbox: Sandbox, clock: GivenClock) -> None:
    """Fault C5."""
    take(database, sandbox, clock, "bank", "statement_lines")
    assert sandbox.dropping is not None
    sandbox.clock.advance(3600)
    clock.advance(3600)
    sandbox.dropping.leave_due()

    (file,) = take(database, sandbox, clock, "bank", "statement_lines").files

    assert (file.name, file.state) == ("statement_20261120.csv", "accepted")
    ((as_of,),) = rows(database, "select as_of from sync.entity_day where business_day = '2026-11-20'")
    assert as_of == datetime(2026, 11, 20, 12, 35, tzinfo=UTC)


def test_the_export_in_cases_is_the_stock_in_units(database: Database, sandbox: Sandbox, clock: GivenClock) -> None:
    assert [file.state for file in take(database, sandbox, clock, "legacy_erp", "stock").files] == ["waiting"]
    clock.advance(6)

    assert [file.state for file in take(database, sandbox, clock, "legacy_erp", "stock").files] == ["accepted"]

    landed = rows(database, "select branch || '/' || sku, on_hand * units_per_case from landing.legacy_erp__stock")
    levels = sandbox.partners.pos.stock_levels
    produced = epoch_ms(NOON - timedelta(minutes=25))
    truth = {levels.key(pair): units for pair, units in enumerate(sandbox.legacy_erp.on_hand(at_ms=produced).tolist())}
    assert {key: int(units) for key, units in landed} == truth
    assert rows(database, "select count(*) from landing.legacy_erp__stock where description like '%½'")[0][0] > 0
