"""What lies in a drop folder may be hostile, unfinished or not there at all."""

from __future__ import annotations

import gzip
import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from sync_platform.declarations.files import FileDeclaration, FileLimits
from sync_platform.errors import FileRefused, LandingUnavailable, PartnerRefused, PartnerUnavailable
from sync_platform.partners.files.folder import DropFolder
from sync_platform.partners.files.work_copy import unpack
from sync_platform.pull.steps import pass_by
from sync_platform_tests.files.clearing.house import GOOD, NAME, House


def test_a_file_still_being_written_is_left_alone(house: House) -> None:
    """Fault C6: nothing says that it is done, so it must not have changed for the quiet time."""
    file = house.drops(GOOD[:30], done=False)
    assert house.told() == [("waiting", "writing")]
    house.clock.sleep(29)
    file.write_text(GOOD[:60])
    assert house.told() == [("waiting", "writing")]
    house.clock.sleep(29)
    file.write_text(GOOD)
    assert house.told() == [("waiting", "writing")]
    house.clock.sleep(29)
    assert house.told() == [("waiting", "writing")]
    house.clock.sleep(2)

    assert house.told() == [("accepted", None)]
    assert len(house.landed()) == 2


def test_a_file_that_grows_while_it_is_read_is_left_alone(house: House) -> None:
    """Fault C6."""
    file = house.drops(GOOD)

    def grow(step: str) -> None:
        if step == "file_copied":
            file.write_text(GOOD + "more")

    house.reached = grow

    assert house.told() == [("waiting", "writing")]
    assert house.landed() == {}


def test_a_file_replaced_before_it_was_moved_is_taken_on_its_own(house: House) -> None:
    """Fault C6."""

    def replace_it(step: str) -> None:
        if step == "file_settled":
            house.reached = pass_by
            house.drops(GOOD.replace("Perera", "Silva"))

    house.drops(GOOD)
    house.reached = replace_it
    house.takes()

    assert house.told() == [("accepted", None)]

    assert set(house.landed(value="payee").values()) == {"Silva"}


def test_a_file_that_went_away_before_it_was_taken_is_forgotten(house: House) -> None:
    house.drops(GOOD, done=False)
    house.takes()
    (house.folder / NAME).unlink()

    assert house.told() == []
    assert house.files() == []


@pytest.mark.parametrize("kind", ["link", "directory", "pipe"])
def test_what_only_looks_like_a_file_is_refused_once_and_never_opened(house: House, tmp_path: Path, kind: str) -> None:
    """Fault C8."""
    secret = tmp_path / "secret.csv"
    secret.write_text(GOOD)
    path = house.folder / NAME
    make: dict[str, Callable[[], object]] = {
        "link": lambda: path.symlink_to(secret),
        "directory": path.mkdir,
        "pipe": lambda: os.mkfifo(path),
    }
    make[kind]()

    (found,) = house.told()

    assert found[0] == "rejected"
    assert house.told() == []
    assert house.landed() == {}
    assert secret.read_text() == GOOD


def test_a_file_swapped_for_a_link_after_it_was_listed_is_not_opened(house: House, tmp_path: Path) -> None:
    """Fault C8."""
    secret = tmp_path / "secret.csv"
    secret.write_text(GOOD)
    (house.folder / NAME).symlink_to(secret)

    with pytest.raises(FileRefused, match="is a link"), DropFolder(str(house.folder), owner="clearing").opened(NAME):
        pass


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "a\\b", "..", "a\0b", ""])
def test_a_name_with_a_path_in_it_is_refused(house: House, name: str) -> None:
    """Fault C8."""
    folder = DropFolder(str(house.folder), owner="clearing")

    with pytest.raises(FileRefused, match="no plain name"), folder.opened(name):
        pass


def test_a_name_as_long_as_the_file_system_allows_is_refused_and_moved(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault C8."""
    monkeypatch.setattr("sync_platform.pull.files.MOST_NAME_BYTES", len(NAME) - 1)
    house.drops(GOOD)

    assert house.told() == [("rejected", "name")]
    assert house.lying() == []


def test_a_file_beyond_the_limit_is_not_read_to_its_end(house: House) -> None:
    """Fault C8."""
    entity = house.system.entities[0]
    assert entity.file is not None
    small = replace(entity, file=entity.file.model_copy(update={"limits": FileLimits(bytes=20)}))
    house.system = replace(house.system, entities=(small, *house.system.entities[1:]))
    house.drops(GOOD)

    assert house.told() == [("rejected", "too_large")]


def zipped(*members: tuple[str, bytes], link: bool = False) -> bytes:
    """A zip of these members; `link` marks them as links."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (stat.S_IFLNK | 0o777) << 16 if link else 0
            archive.writestr(info, data)
    return content.getvalue()


BOMB = b"0" * 2_000_000
HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "a path": ("zip", zipped(("../../etc/cron.d/x", b"a")), "path"),
    "an absolute path": ("zip", zipped((f"/{NAME}", b"a")), "path"),
    "a Windows path": ("zip", zipped(("..\\x", b"a")), "path"),
    "a link": ("zip", zipped(("x.csv", b"/etc/passwd"), link=True), "link"),
    "two files": ("zip", zipped(("a.csv", b"a"), ("b.csv", b"b")), "packed"),
    "a folder": ("zip", zipped(("a/", b"")), "path"),
    "a zip bomb": ("zip", zipped(("a.csv", BOMB)), "bomb"),
    "a gzip bomb": ("gzip", gzip.compress(BOMB), "bomb"),
    "a cut zip": ("zip", zipped(("a.csv", b"a" * 100))[:60], "packed"),
    "a cut gzip": ("gzip", gzip.compress(os.urandom(1000))[:500], "packed"),
    "no archive": ("gzip", b"id;day", "packed"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused_and_leaves_nothing(house: House, tmp_path: Path, case: str) -> None:
    """Fault C8: zip slip, links, bombs."""
    packed, content, reason = HOSTILE[case]
    (tmp_path / "packed").write_bytes(content)

    with pytest.raises(FileRefused) as refused:
        unpack(tmp_path / "packed", tmp_path / "out", name="a.zip", file=packed_as(house, packed))

    assert refused.value.reason == reason
    assert not (tmp_path / "out").exists() or (tmp_path / "out").stat().st_size <= 1_000_000


@pytest.mark.parametrize(("packed", "content"), [("zip", zipped(("a.csv", b"a;b"))), ("gzip", gzip.compress(b"a;b"))])
def test_a_packed_file_is_unpacked(house: House, tmp_path: Path, packed: str, content: bytes) -> None:
    (tmp_path / "packed").write_bytes(content)

    unpack(tmp_path / "packed", tmp_path / "out", name="a", file=packed_as(house, packed))

    assert (tmp_path / "out").read_bytes() == b"a;b"


def test_a_packed_file_becomes_its_day_and_a_bomb_lies_in_rejected(house: House) -> None:
    """Fault C8."""
    house.declares("transfers", packed="gzip", limits={"unpacked_bytes": 1_000_000})
    house.drops(gzip.compress(GOOD.encode("windows-1252")))
    house.drops(gzip.compress(BOMB), "transfers_20261119.csv")

    assert house.told() == [("accepted", None), ("rejected", "bomb")]

    assert len(house.landed()) == 2
    assert "unpacks to more than 1,000,000 bytes" in house.report()


def packed_as(house: House, packed: str) -> FileDeclaration:
    """The house's file, packed, with a limit of a megabyte."""
    file = house.system.entities[0].file
    assert file is not None
    return file.model_copy(update={"packed": packed, "limits": FileLimits(unpacked_bytes=1_000_000)})


def test_a_folder_that_is_gone_is_not_a_folder_without_files(house: House) -> None:
    """Fault C11."""
    shutil.rmtree(house.folder)

    with pytest.raises(PartnerUnavailable, match="Is it mounted"):
        house.takes()


def test_an_empty_mount_point_is_not_a_folder_without_files(house: House) -> None:
    """Fault C11: what was archived is not there any more either."""
    house.drops(GOOD)
    house.takes()
    shutil.rmtree(house.folder)
    house.folder.mkdir()

    with pytest.raises(PartnerUnavailable, match="has lost its archive/"):
        house.takes()


def test_a_folder_that_may_not_be_listed_needs_a_person(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault C11."""
    folder = DropFolder(str(house.folder), owner="clearing/transfers")

    def refuse(path: str, detail: bool) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder._files, "ls", refuse)

    with pytest.raises(PartnerRefused, match="a person must give us that right"):
        folder.entries()


def test_a_file_that_cannot_be_moved_is_taken_once_and_moved_later(house: House) -> None:
    """Fault C11: what is in the way of the archive is told at each look."""
    house.drops(GOOD)
    (house.folder / "archive").write_text("in the way")

    taken = house.takes()

    assert [file.state for file in taken.files] == ["accepted"]
    assert "still lies in the drop folder" in taken.problems[0]
    (house.folder / "archive").unlink()
    assert house.told() == []
    assert (house.lying(), len(house.loads())) == ([], 1)


def test_no_room_for_the_working_copy_is_our_own_trouble_and_the_file_stays(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault C11: the disk is full."""
    full = tmp_path / "full"
    full.mkdir()
    (full / "received").symlink_to("/dev/full")
    monkeypatch.setattr("tempfile.TemporaryDirectory", lambda **_: nullcontext(str(full)))
    house.drops(GOOD)

    with pytest.raises(LandingUnavailable, match="no room"):
        house.takes()

    monkeypatch.undo()
    assert house.told() == [("accepted", None)]
