"""Files are taken once, whole or not at all, by the same write path as every other day."""

from __future__ import annotations

from datetime import timedelta

from sync_platform_tests.files.clearing.house import GOOD, NAME, House, transfer, transfers
from sync_platform_tests.till.hub import add_up, verdict


def test_a_file_becomes_its_whole_day(house: House) -> None:
    house.drops(GOOD)

    assert house.told() == [("accepted", None)]

    assert house.landed() == {"A": "1234.50", "B": "-0.50"}
    (load,) = house.loads()
    assert (load["way"], load["outcome"], load["read"], load["partner_count"]) == ("file", "published", 2, 2)
    assert add_up(load)
    (file,) = house.files()
    assert (file.state, file.rows, file.revision, file.place) == ("accepted", 2, 1, "archive")
    assert file.control == {"version": "3", "day": "20261120", "count": "2", "total": "1.234,00"}
    assert house.lying() == []
    assert [name.rpartition(".")[2] for name in house.lying("archive")] == ["csv", "done"]


def test_each_row_names_the_file_that_it_came_with(house: House) -> None:
    house.drops(GOOD)
    house.takes()

    (row,) = house.query("select distinct _exchange_id from landing.clearing__transfers")
    (exchange,) = house.query("select * from sync.exchange")

    assert row["_exchange_id"] == exchange["exchange_id"] == house.files()[0].file_id
    assert (exchange["method"], exchange["path"], exchange["response_bytes"]) == ("FILE", NAME, len(GOOD))


def test_the_same_file_twice_is_skipped_and_said(house: House) -> None:
    """Fault C5."""
    house.drops(GOOD)
    house.takes()
    house.drops(GOOD)

    assert house.told() == [("duplicate", "duplicate")]

    assert [file.state for file in house.files()] == ["accepted", "duplicate"]
    assert len(house.loads()) == 1
    assert house.lying() == []


def test_the_same_name_with_other_content_is_a_new_revision(house: House) -> None:
    """Faults C5, C9: the later file is the day, and what it lacks is gone."""
    house.drops(GOOD)
    house.takes()
    house.clock.sleep(60)
    house.drops(transfers(transfer("A", "2,00"), total="2,00"))

    assert house.told() == [("accepted", None)]

    assert house.landed() == {"A": "2.00"}
    assert [file.revision for file in house.files()] == [1, 2]
    assert len([name for name in house.lying("archive") if name.endswith(".csv")]) == 2


def test_an_older_revision_that_comes_late_takes_nothing_back(house: House) -> None:
    """Fault C9."""
    before = house.clock.now() - timedelta(hours=1)
    house.drops(transfers(transfer("A", "2,00"), transfer("C", "1,00"), total="3,00"))
    house.takes()
    house.drops(GOOD, at=before)

    house.takes()

    assert house.landed() == {"A": "2.00", "B": "-0.50", "C": "1.00"}


def test_a_late_file_lands_on_its_own_day(house: House) -> None:
    """Fault C9."""
    late = transfers(transfer("Z", "7,00", day="18.11.2026"), day="20261118", total="7,00")
    house.drops(GOOD)
    house.drops(late, "transfers_20261118.csv")

    assert house.told() == [("accepted", None), ("accepted", None)]

    days = house.query("select id, _business_day::text d from landing.clearing__transfers order by id")
    assert {row["id"]: row["d"] for row in days} == {"A": "2026-11-20", "B": "2026-11-20", "Z": "2026-11-18"}


def test_two_files_that_hold_nothing_are_two_days(house: House) -> None:
    for day in ("20261119", "20261120"):
        house.drops(transfers(day=day), f"transfers_{day}.csv")

    house.takes()

    assert [load["outcome"] for load in house.loads()] == ["empty", "empty"]
    assert {file.state for file in house.files()} == {"accepted"}


def test_a_file_of_nothing_does_not_empty_a_day(house: House) -> None:
    """Promise 6."""
    house.drops(GOOD)
    house.takes()
    house.drops(transfers())

    assert house.told() == [("rejected", "held")]

    assert len(house.landed()) == 2


def test_rows_that_break_the_contract_are_dead_letters_below_the_limit(house: House) -> None:
    """Fault C10."""
    house.drops(
        transfers(transfer("A", "1,00"), transfer("B", "2,00"), transfer("C", "3,00", pieces="x"), total="6,00")
    )

    assert house.told() == [("accepted", None)]

    assert house.landed() == {"A": "1.00", "B": "2.00"}
    assert house.letters() == [('["C"]', "number")]
    (file,) = house.files()
    assert (file.rows, file.dead_lettered) == (3, 1)
    assert add_up(house.loads()[0])


def test_a_file_above_the_limit_is_refused_whole_with_a_line_for_each_row(house: House) -> None:
    """Fault C10."""
    house.drops(transfers(transfer("A", "1,00"), transfer("B", "2,00", pieces="x"), ";20.11.2026;3,00;;", total="6,00"))

    assert house.told() == [("rejected", "held")]

    assert house.landed() == {}
    assert [line.split(",")[:3] for line in house.report().splitlines()[2:]] == [
        ["4", "pieces", "number"],
        ["5", "id", "missing"],
    ]
    assert house.letters() == [], "records of a refused file are for its sender to send again"
    assert [file.place for file in house.files()] == ["rejected"]


def test_a_day_that_fails_a_blocking_check_keeps_its_last_good_version(house: House) -> None:
    """Promise 8."""
    house.drops(GOOD)
    house.takes()
    house.clock.sleep(60)
    house.verdicts = (verdict(passed=False),)
    house.drops(transfers(transfer("A", "9,00"), total="9,00"))

    assert house.told() == [("rejected", "held")]

    assert house.landed() == {"A": "1234.50", "B": "-0.50"}


def test_a_refused_file_that_is_sent_again_is_judged_again(house: House) -> None:
    house.drops(transfers(transfer("A", "1,00"), count=2, total="1,00"))
    house.takes()
    house.drops(transfers(transfer("A", "1,00"), total="1,00"))

    assert house.told() == [("accepted", None)]
    assert [file.state for file in house.files()] == ["rejected", "accepted"]


def test_a_file_of_another_name_is_left_alone(house: House) -> None:
    house.drops(GOOD, "holiday.csv")

    assert house.told() == []
    assert house.lying() == ["holiday.csv", "holiday.csv.done"]
