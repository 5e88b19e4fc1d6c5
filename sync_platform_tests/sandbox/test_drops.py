"""The bank and the legacy ERP leave files that say what is true, each once, and final ones after midnight."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync_platform.sandbox import Sandbox
from sync_platform.sandbox.colombo import epoch_ms
from sync_platform.sandbox.drops.bank import money
from sync_platform.sandbox.drops.legacy_erp import cases

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
"""15:30 in Colombo."""
TODAY = 20777
"""Days since 1970."""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """Not started, so that only the test leaves files."""
    sandbox = Sandbox.generated(now=NOW, drop_dir=tmp_path)
    assert sandbox.dropping is not None
    sandbox.dropping.leave_due()
    yield sandbox
    sandbox.stop()


def test_a_fortnight_of_statements_and_one_export_lie_there_at_the_start(sandbox: Sandbox, tmp_path: Path) -> None:
    statements = sorted(file.name for file in (tmp_path / "bank").glob("*.csv"))

    assert (statements[0], statements[-1], len(statements)) == (
        "statement_20261106.csv",
        "statement_20261120.csv",
        15,
    )
    assert [file.name for file in (tmp_path / "legacy_erp").glob("*.TXT")] == ["STOCK_20261120.TXT"]
    assert sandbox.environment["BANK_DROP_FOLDER"] == str(tmp_path / "bank")


def test_nothing_is_left_twice_and_the_running_day_comes_every_hour(sandbox: Sandbox, tmp_path: Path) -> None:
    assert sandbox.dropping is not None
    assert sandbox.dropping.leave_due() == []
    sandbox.clock.set(NOW + timedelta(minutes=40))

    assert sandbox.dropping.leave_due() == [f"bank/{TODAY}", f"legacy_erp/{TODAY}"]

    written = (tmp_path / "bank" / "statement_20261120.csv").stat().st_mtime
    assert datetime.fromtimestamp(written, UTC) == NOW + timedelta(minutes=35)


def test_of_the_last_two_statements_one_comes_again_cut_and_one_the_same_each_once_it_was_fetched(
    tmp_path: Path,
) -> None:
    sandbox = Sandbox.generated(now=NOW, drop_dir=tmp_path, drop_mishaps=True)
    assert sandbox.dropping is not None
    sandbox.dropping.leave_due()
    cut, same = (tmp_path / "bank" / f"statement_202611{day}.csv" for day in (18, 19))
    first = {file: file.read_bytes() for file in (cut, same)}
    assert sandbox.dropping.leave_mishaps() == []

    for file in (cut, same):
        file.unlink()

    assert sandbox.dropping.leave_mishaps() == [f"bank/{cut.name}", f"bank/{same.name}"]
    assert cut.read_bytes() == first[cut][: len(first[cut]) // 2]
    assert same.read_bytes() == first[same]
    assert sandbox.dropping.leave_mishaps() == []
    sandbox.stop()


def test_half_an_hour_after_midnight_the_statement_is_final(sandbox: Sandbox) -> None:
    assert sandbox.dropping is not None
    sandbox.clock.set(NOW + timedelta(hours=9))

    assert f"bank/{TODAY}" in sandbox.dropping.leave_due()

    final = epoch_ms(NOW + timedelta(hours=9))
    truth = sandbox.bank.booked(TODAY, at_ms=final)
    text = sandbox.bank.export(TODAY, at_ms=final).content.decode("windows-1252")
    assert truth
    assert [line.split(";")[4] for line in text.splitlines() if ";TRF;" in line] == [key for key, _ in truth]
    assert text.splitlines()[-1] == f"T;{2 * len(truth)};{money(sum(cents for _, cents in truth) - 3500 * len(truth))}"


def test_the_export_says_in_cases_what_truly_lies_there(sandbox: Sandbox) -> None:
    levels = sandbox.partners.pos.stock_levels
    at_ms = epoch_ms(NOW)
    units = sandbox.legacy_erp.on_hand(at_ms=at_ms)

    assert [int(units[pair]) for pair in range(10)] == [levels.true_on_hand(pair, now=at_ms) for pair in range(10)]
    lines = sandbox.legacy_erp.export(TODAY, at_ms=at_ms).content.decode("windows-1252").splitlines()
    assert {len(line) for line in lines} == {64}
    assert int(lines[-1][2:10]) == len(lines) - 2 == len(units)


@pytest.mark.parametrize(("units", "per_case", "text"), [(36, 8, "4,500"), (-3, 40, "-0,075"), (7, 1, "7,000")])
def test_a_part_of_a_case_has_three_decimals(units: int, per_case: int, text: str) -> None:
    assert cases(units, per_case) == text
