"""A day that came as a file is replayed from the archive: the same bytes again, taken once all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sync_platform.landing.day_snapshot import RowDifference
from sync_platform.landing.letter_queue import Decision, Selection, select_letters
from sync_platform.replay.archived_file import drop_folders
from sync_platform.replay.day import DayReplay, replay_day
from sync_platform.replay.day_plan import plan_day
from sync_platform.replay.replaying import Replaying
from sync_platform_tests.files.clearing.house import NAME, House, transfer, transfers
from sync_platform_tests.replay.given import with_field
from sync_platform_tests.till.till import NOON

DAY = date(2026, 11, 20)
SAME = RowDifference(0, 0, 0)
STATEMENT = transfers(*(transfer(id_, "1,00") for id_ in "ABC"), transfer("X", "1,00", payee="Silva"), total="4,00")


def replaying(house: House) -> Replaying:
    return Replaying(
        tools=house.tools,
        system=house.system,
        decision=Decision("nimali", "rows were touched by hand", NOON),
        folders=drop_folders(house.system.entities, {"CLEARING_DROP": str(house.folder)}),
    )


def replay(house: House, entity: str = "transfers") -> DayReplay:
    return replay_day(replaying(house), house.entity(entity), day=DAY)


def archived(house: House) -> Path:
    (name,) = [name for name in house.lying("archive") if name.endswith(".csv")]
    return house.folder / "archive" / name


@pytest.fixture
def spoilt(house: House) -> House:
    """The statement was taken while X's payee was not known; then somebody changed A here and removed B."""
    declared = house.system
    strict = with_field(house.entity("transfers"), "payee", valid_values=("Perera",))
    house.system = replace(declared, entities=(strict,))
    house.drops(STATEMENT)
    house.takes()
    house.system = declared
    house.query("update landing.clearing__transfers set amount = 9, _content_hash = '\\x00' where id = 'A' returning 1")
    house.query("delete from landing.clearing__transfers where id = 'B' returning 1")
    return house


def test_the_archived_file_is_read_again_and_what_was_touched_is_as_it_says(spoilt: House) -> None:
    known, lying = spoilt.files(), spoilt.lying("archive")
    done = replay(spoilt)
    assert (done.file, done.load and done.load.outcome) == (NAME, "published")
    assert done.rows == RowDifference(added=2, changed=1, gone=0)
    assert spoilt.landed() == {"A": "1.00", "B": "1.00", "C": "1.00", "X": "1.00"}
    assert (spoilt.files(), spoilt.lying("archive"), spoilt.lying()) == (known, lying, [])


def test_a_second_replay_and_the_same_file_dropped_once_more_change_nothing(spoilt: House) -> None:
    replay(spoilt)
    rows = spoilt.query("select * from landing.clearing__transfers order by id")
    assert replay(spoilt).rows == SAME
    assert spoilt.query("select * from landing.clearing__transfers order by id") == rows
    spoilt.drops(STATEMENT)
    assert spoilt.told() == [("duplicate", "duplicate")]


def test_a_letter_of_the_file_says_so_and_is_taken_in_once_the_contract_is_mended(spoilt: House) -> None:
    with spoilt.database.connect() as connection:
        (letter,) = select_letters(connection, Selection(), limit=10)
    assert (letter.way, letter.file_name, letter.record_key) == ("file", NAME, '["X"]')
    replay(spoilt)
    assert spoilt.query("select state from sync.dead_letter") == [{"state": "replayed"}]


def test_a_plan_reads_the_archived_file_and_stores_nothing(spoilt: House) -> None:
    def stored() -> list[Any]:
        return [spoilt.query(f"select * from {table}") for table in ("sync.load", "sync.file", "sync.exchange")]  # noqa: S608

    before = stored()
    plan = plan_day(replaying(spoilt), spoilt.entity("transfers"), day=DAY)
    assert (plan.file, plan.letters and plan.letters.letters) == (NAME, 1)
    assert plan.read is not None
    assert (plan.read.read, plan.read.added, plan.read.changed, plan.read.rejected) == (4, 2, 1, 0)
    assert (stored(), spoilt.landed()) == (before, {"A": "9", "C": "1.00"})


def test_a_file_that_is_gone_or_another_one_leaves_the_day_as_it_is(spoilt: House) -> None:
    file, before = archived(spoilt), spoilt.landed()
    file.write_bytes(STATEMENT.replace("1,00", "2,00").encode())
    changed = replay(spoilt)
    file.unlink()
    gone = replay(spoilt)
    assert [one.load and one.load.outcome for one in (changed, gone)] == ["misbehaved", "unreachable"]
    assert gone.load is not None
    assert "is not in archive/ of its folder" in (gone.load.error or "")
    assert spoilt.landed() == before


def test_a_day_of_which_no_file_came_is_said(house: House) -> None:
    done = replay(house)
    assert (done.load, done.rows) == (None, SAME)
    assert done.problems == (
        "clearing/transfers 2026-11-20: no file of it was ever accepted, so that nothing was read whole.",
    )


def test_of_two_files_the_later_one_is_replayed_and_is_no_second_witness_that_a_record_is_gone(house: House) -> None:
    """Without a trailer it takes two files to remove a record; the same one read again is still one."""
    lines = [f"{article:<6}20261120{cases:>10}\n" for article, cases in (("A", "1,5"), ("B", "2,5"))]
    name = "counts_2026-11-20.txt"
    for content in ("".join(lines), lines[0]):
        house.drops(content, name, sums=True, done=False)
        house.takes("counts")
        house.clock.sleep(31)
        house.takes("counts")
    before = house.landed("counts", key="article", value="cases")
    assert len(before) == 2
    for _ in range(2):
        assert replay(house, "counts").rows == SAME
    assert house.landed("counts", key="article", value="cases") == before


def test_a_line_that_was_broken_or_of_another_day_is_taken_in_by_no_replay_of_its_letter(house: House) -> None:
    """What the file did not say is not known; what belongs to another day would overwrite what landed there."""
    house.drops(
        transfers(transfer("D", "7,00", day="19.11.2026"), day="20261119", total="7,00"), name="transfers_20261119.csv"
    )
    house.drops(
        transfers(
            *(transfer(id_, "1,00") for id_ in "ABC"),
            f"{transfer('C2', '1,00')};left over",
            transfer("D", "5,00", day="19.11.2026"),
            total="9,00",
        )
    )
    house.takes()
    assert house.letters() == [('["C2"]', "cells"), ('["D"]', "wrong_day")]
    before = house.landed()

    plan = plan_day(replaying(house), house.entity("transfers"), day=DAY)
    done = replay(house)

    assert plan.letters is not None
    assert plan.letters.words == "0 of 2 would pass now"
    assert [one.reason for one in plan.letters.rejected] == ["cells", "wrong_day"]
    assert (done.rows, house.landed()) == (SAME, before)
    assert before == {"A": "1.00", "B": "1.00", "C": "1.00", "D": "7.00"}
