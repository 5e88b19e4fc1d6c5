"""Settled files go when their retention is over; what was not taken, or is not ours, stays whatever its age."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from sync_platform.declarations.retention import read_retention
from sync_platform.landing.expiry import Pruned
from sync_platform.operations.received_files import ReceivedFiles, prune_received
from sync_platform_tests.files.clearing.house import GOOD, House, transfer, transfers

BAD = transfers(transfer("A", "1,00"), count=7, total="1,00")
OTHER = transfers(transfer("Z", "7,00", day="19.11.2026"), day="20261119", total="7,00")


def prune(house: House, *, days: float, dry_run: bool = False) -> dict[str, Pruned]:
    """As the nightly run does so many days from now, by the last word of what it names."""
    entity = house.entity("transfers")
    assert entity.file is not None
    received = ReceivedFiles(entity, entity.file, {"CLEARING_DROP": house.url})
    kept_since = read_retention().kept_since(house.clock.now() + timedelta(days=days))
    with house.database.connect() as connection:
        pruned = prune_received(connection, received, kept_since, dry_run=dry_run, progress=lambda *_: None)
    return {one.name.removeprefix("files clearing/transfers "): one for one in pruned}


@pytest.fixture
def settled(house: House) -> House:
    """One accepted and one refused file."""
    house.drops(GOOD)
    house.drops(BAD, "transfers_20261119.csv")
    house.takes()
    return house


def gone(pruned: dict[str, Pruned]) -> dict[str, int]:
    return {name: one.gone for name, one in pruned.items()}


def test_files_go_with_what_belongs_to_them_each_after_its_own_time(settled: House) -> None:
    assert gone(prune(settled, days=89)) == {"archive/": 0, "rejected/": 0}
    assert (len(settled.lying("archive")), len(settled.lying("rejected"))) == (2, 3)

    assert gone(prune(settled, days=91)) == {"archive/": 0, "rejected/": 1}
    assert (len(settled.lying("archive")), settled.lying("rejected")) == (2, [])

    assert gone(prune(settled, days=401)) == {"archive/": 1, "rejected/": 0}
    assert settled.lying("archive") == []
    assert len(settled.landed()) == 2
    assert [file.place for file in settled.files()] == ["pruned", "pruned"]


def test_a_dry_run_counts_and_leaves_everything(settled: House) -> None:
    dry = prune(settled, days=500, dry_run=True)

    assert {name: (one.rows, one.gone) for name, one in dry.items()} == {"archive/": (1, 1), "rejected/": (1, 1)}
    assert dry["archive/"].bytes == len(GOOD)
    assert (len(settled.lying("archive")), len(settled.lying("rejected"))) == (2, 3)
    assert prune(settled, days=500) == dry


def test_a_file_that_waits_or_could_not_be_moved_or_is_somebody_elses_never_goes(house: House) -> None:
    (house.folder / "archive").write_text("in the way")
    house.drops(GOOD)
    house.takes()
    house.drops(OTHER, "transfers_20261119.csv", done=False)
    house.takes()
    before = house.lying()
    (house.folder / "archive").unlink()
    (house.folder / "archive").mkdir()
    (house.folder / "archive" / "ours.csv").write_text("kept by hand")

    assert gone(prune(house, days=5000)) == {"archive/": 0, "rejected/": 0}

    assert house.lying() == [name for name in before if name != "archive"]
    assert house.lying("archive") == ["ours.csv"]


def test_what_was_pruned_is_still_known_to_have_been_taken(settled: House) -> None:
    """Fault C5."""
    prune(settled, days=500)
    settled.drops(GOOD)

    assert settled.told() == [("duplicate", "duplicate")]


def test_a_folder_that_is_away_keeps_its_files_for_the_next_time(settled: House) -> None:
    """Fault C11."""
    away = settled.folder.rename(settled.folder.with_name("away"))

    assert gone(prune(settled, days=500)) == {"archive/ (away)": 0, "rejected/ (away)": 0}

    shutil.move(away, settled.folder)
    assert gone(prune(settled, days=500)) == {"archive/": 1, "rejected/": 1}


def test_a_prune_that_was_killed_between_file_and_row_goes_on(settled: House) -> None:
    """Fault C12."""
    for file in (settled.folder / "archive").iterdir():
        file.unlink()

    assert gone(prune(settled, days=500)) == {"archive/": 1, "rejected/": 1}
    assert gone(prune(settled, days=500)) == {"archive/": 0, "rejected/": 0}
