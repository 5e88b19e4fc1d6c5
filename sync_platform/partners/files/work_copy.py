"""A copy of a file to work on: what was hashed is what is read, whatever the sender does to the original meanwhile."""

from __future__ import annotations

import gzip
import hashlib
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sync_platform.declarations.files import FileDeclaration
from sync_platform.errors import FileRefused, LandingUnavailable
from sync_platform.partners.files.folder import DropFolder

_PART_BYTES = 1_000_000


@dataclass(frozen=True)
class WorkCopy:
    """`path` holds the unpacked file; digest and size are of its bytes as received."""

    path: Path
    sha256: bytes
    md5: bytes
    size: int


@contextmanager
def work_copy(folder: DropFolder, name: str, file: FileDeclaration) -> Iterator[WorkCopy]:
    """The copy for the length of a block.

    Raises FileRefused past the limits, PartnerError, and LandingUnavailable when there is no room for it.
    """
    with tempfile.TemporaryDirectory(prefix="sync-file-") as temporary:
        received = Path(temporary) / "received"
        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        size = 0
        with _room(), received.open("wb") as copy:
            for part in _parts(folder, name):
                size += len(part)
                if size > file.limits.bytes:
                    raise FileRefused("too_large", f"{name} has more than {file.limits.bytes:,} bytes.")
                sha256.update(part)
                md5.update(part)
                copy.write(part)
        path = received
        if file.packed is not None:
            path = Path(temporary) / "unpacked"
            unpack(received, path, name=name, file=file)
        yield WorkCopy(path=path, sha256=sha256.digest(), md5=md5.digest(), size=size)


def unpack(packed: Path, to: Path, *, name: str, file: FileDeclaration) -> None:
    """Unpack a gzip file, or the one file of a zip. Raises FileRefused for what is broken, hostile or too large."""
    broken = (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, NotImplementedError, RuntimeError)
    try:
        if file.packed == "gzip":
            with _room(but=broken), gzip.open(packed) as source:
                _pour(source, to, name=name, most=file.limits.unpacked_bytes)
            return
        with zipfile.ZipFile(packed) as archive, archive.open(_only_member(archive, name)) as source, _room(but=broken):
            _pour(source, to, name=name, most=file.limits.unpacked_bytes)
    except broken as error:
        raise FileRefused("packed", f"{name} cannot be unpacked: it is no whole {file.packed} file.") from error


@contextmanager
def _room(*, but: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """What fails here is our disk; what the partner's side raises has its own errors, `but` among them."""
    try:
        yield
    except but:
        raise
    except OSError as error:
        raise LandingUnavailable(f"no room for a working copy of a received file ({error.strerror}).") from error


def _parts(folder: DropFolder, name: str) -> Iterator[bytes]:
    with folder.opened(name) as source:
        while part := source.read(_PART_BYTES):
            yield part


def _only_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = archive.infolist()
    if len(members) != 1:
        raise FileRefused("packed", f"{name} holds {len(members)} files, where one is expected.")
    member = members[0]
    inner = member.orig_filename
    if member.is_dir() or "/" in inner or "\\" in inner or inner in (".", ".."):
        raise FileRefused("path", f"{name} holds a file with a path in its name; nothing was unpacked.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise FileRefused("link", f"{name} holds a link; nothing was unpacked.")
    return member


def _pour(source: gzip.GzipFile | IO[bytes], to: Path, *, name: str, most: int) -> None:
    """Counted while it is unpacked: what a packed file says of its size may be a lie."""
    size = 0
    with to.open("wb") as file:
        while part := source.read(_PART_BYTES):
            size += len(part)
            if size > most:
                raise FileRefused("bomb", f"{name} unpacks to more than {most:,} bytes.")
            file.write(part)
