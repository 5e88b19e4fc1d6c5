"""A drop folder that is no path but an fsspec URL: taken from, moved within and refused as a local one is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from sync_platform.errors import DeclarationError, FileRefused, PartnerUnavailable
from sync_platform.operations.file_check import check_folder
from sync_platform.partners.files.folder import DropFolder
from sync_platform_tests.files.clearing.house import GOOD, NAME, House, transfer, transfers

COUNTS = "counts_2026-11-20.txt"


@pytest.fixture
def store(house: House) -> Iterator[MemoryFileSystem]:
    """An object store in memory, where the house leaves its files from now on."""
    store = fsspec.filesystem("memory")
    store.makedirs("/clearing")
    house.url = "memory://clearing"
    yield store
    store.rm("/clearing", recursive=True)


def drop(store: MemoryFileSystem, content: str, name: str = NAME, *, done: bool = True) -> None:
    store.pipe_file(f"/clearing/{name}", content.encode("windows-1252"))
    if done:
        store.pipe_file(f"/clearing/{name}.done", b"")


def lying(store: MemoryFileSystem, below: str = "") -> list[str]:
    """The files, without the eight characters that are their own."""
    found = store.ls(f"/clearing/{below}", detail=True) if store.exists(f"/clearing/{below}") else []
    names = sorted(str(one["name"]).rsplit("/", 1)[-1] for one in found if one["type"] == "file")
    return [".".join(part for part in name.split(".") if len(part) != 8) for name in names]


def test_a_remote_file_becomes_its_day_and_moves_to_the_archive_with_what_belongs_to_it(
    house: House, store: MemoryFileSystem
) -> None:
    drop(store, GOOD)

    assert house.told() == [("accepted", None)]

    assert house.landed() == {"A": "1234.50", "B": "-0.50"}
    assert (lying(store), lying(store, "archive")) == ([], [NAME, f"{NAME}.done"])
    assert house.told() == []


def test_a_remote_file_that_cannot_be_right_lies_in_rejected_beside_its_report(
    house: House, store: MemoryFileSystem
) -> None:
    drop(store, transfers(transfer("A", "1,00"), count=2, total="1,00"))

    assert house.told() == [("rejected", "truncated")]

    assert lying(store) == []
    assert lying(store, "rejected") == [NAME, f"{NAME}.done", f"{NAME}.report.csv"]


def test_a_remote_file_that_grows_is_left_alone_until_it_is_quiet(house: House, store: MemoryFileSystem) -> None:
    """Fault C6."""
    drop(store, GOOD[:30], done=False)
    assert house.told() == [("waiting", "writing")]
    house.clock.sleep(29)
    drop(store, GOOD, done=False)
    assert house.told() == [("waiting", "writing")]
    house.clock.sleep(29)
    assert house.told() == [("waiting", "writing")]
    house.clock.sleep(2)

    assert house.told() == [("accepted", None)]


def test_a_remote_digest_is_held_against_the_file(house: House, store: MemoryFileSystem) -> None:
    """Fault C1."""
    line = "000001202611200000012,50\n"
    drop(store, line, COUNTS, done=False)
    drop(store, f"{sha256(b'another').hexdigest()}  {COUNTS}\n", f"{COUNTS}.sha256", done=False)
    house.takes("counts")
    house.clock.sleep(31)

    assert house.told("counts") == [("rejected", "checksum")]


def test_a_move_that_was_cut_short_is_done_again(house: House, store: MemoryFileSystem) -> None:
    """Fault C12: an object store copies and then deletes."""
    copied: list[str] = []

    def cut_short(source: str, target: str, **_: Any) -> None:
        store.copy(source, target)
        copied.append(target)
        raise OSError("reset")

    drop(store, GOOD)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryFileSystem, "mv", lambda _, source, target: cut_short(source, target))
        assert "still lies in the drop folder" in house.takes().problems[0]

    assert house.told() == []
    assert (len(copied) > 0, len(house.loads()), lying(store)) == (True, 1, [])
    assert lying(store, "archive") == [NAME, f"{NAME}.done"]


def test_a_remote_folder_that_is_gone_is_not_one_without_files(house: House, store: MemoryFileSystem) -> None:
    """Fault C11."""
    house.url = "memory://nowhere"

    with pytest.raises(PartnerUnavailable, match="it is not there"):
        house.takes()


def test_what_the_library_of_a_folder_raises_is_a_folder_that_is_away(
    house: House, store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault C11."""

    class SessionLost(Exception):
        """As an SFTP library has its own."""

    def lose(*_: object, **__: object) -> None:
        raise SessionLost("password=hunter2")

    monkeypatch.setattr(MemoryFileSystem, "ls", lose)

    with pytest.raises(PartnerUnavailable, match=r"be listed \(SessionLost\)") as away:
        house.takes()
    assert "hunter2" not in str(away.value)


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "a\\b", ".."])
def test_a_name_with_a_path_in_it_is_refused_remotely_too(store: MemoryFileSystem, name: str) -> None:
    """Fault C8."""
    folder = DropFolder("memory://clearing", owner="clearing")

    with pytest.raises(FileRefused, match="no plain name"):
        folder.move(NAME, below="archive", to=name)


def test_a_url_of_a_kind_that_nobody_knows_names_the_remedy() -> None:
    with pytest.raises(DeclarationError, match="install what its kind needs"):
        DropFolder("gopher://clearing", owner="clearing")


def test_a_dry_run_reads_a_remote_folder_and_changes_nothing(house: House, store: MemoryFileSystem) -> None:
    drop(store, GOOD)
    drop(store, "H;3;20261119\n", "transfers_20261119.csv")
    store.makedirs("/clearing/transfers_20261118.csv")
    before = lying(store)

    found = {one.name: (one.ok, one.reason) for one in check_folder(house.entity("transfers"), folder_of(house))}

    assert found == {
        NAME: (True, None),
        "transfers_20261119.csv": (False, "truncated"),
        "transfers_20261118.csv": (False, "directory"),
    }
    assert (lying(store), house.files()) == (before, [])


def folder_of(house: House) -> DropFolder:
    return DropFolder(house.url, owner="clearing/transfers")


def test_a_day_old_remote_file_is_true_as_of_when_it_was_written(house: House, store: MemoryFileSystem) -> None:
    drop(store, GOOD)
    written = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    store.store[f"/clearing/{NAME}"].created = written

    house.takes()

    assert [row["as_of"] for row in house.query("select as_of from sync.entity_day")] == [written]
