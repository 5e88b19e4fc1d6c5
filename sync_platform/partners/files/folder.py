"""A drop folder, local or any fsspec URL: what lies in it, opened without following links, moved away when settled."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from sync_platform.declarations.files import FileDeclaration
from sync_platform.errors import (
    DeclarationError,
    FileRefused,
    PartnerMisbehaved,
    PartnerRefused,
    PartnerUnavailable,
    SyncError,
)
from sync_platform.redact import redact

ARCHIVE, REJECTED = "archive", "rejected"
# Manifests and sidecars hold a digest a line; what is larger is none.
MOST_SMALL_BYTES = 1_000_000
_NO_TIME = datetime.fromtimestamp(0, UTC)
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "created")


@dataclass(frozen=True)
class Entry:
    """One thing in the folder. `kind` is file, directory, link or other; only files are ever opened."""

    name: str
    size: int
    modified: datetime
    kind: str


class DropFolder:
    """One folder. Each call may raise PartnerUnavailable (away, not mounted) or PartnerRefused (not permitted)."""

    def __init__(self, url: str, *, owner: str) -> None:
        """`owner` is how errors name it, like bank/statement_lines. Raises DeclarationError for an unusable URL.

        Some file systems connect here already.
        """
        self._owner = owner
        try:
            with self._told("be reached"):
                self._files, self._root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise DeclarationError(
                f"the folder of {owner} cannot be opened: {redact(str(error))}.",
                remedy="Write a path or an fsspec URL, and install what its kind needs.",
            ) from error
        self._root = self._root.rstrip("/")
        self._is_local = isinstance(self._files, LocalFileSystem)

    def entries(self) -> list[Entry]:
        """Everything in it, oldest first; not what lies in folders below."""
        with self._told("be listed"):
            self._files.invalidate_cache()
            listed = self._files.ls(self._root, detail=True)
        found = [self._entry(info) for info in listed]
        return sorted(found, key=lambda entry: (entry.modified, entry.name))

    def look(self, name: str) -> Entry | None:
        """One thing in it as it is now; None when it is gone."""
        with self._told("be listed"):
            self._files.invalidate_cache()
            try:
                return self._entry(self._files.info(self._path(name)))
            except FileNotFoundError:
                return None

    def has(self, *path: str) -> bool:
        """Whether there is something of that name, in a folder below where two names are given."""
        with self._told("be looked at"):
            return bool(self._files.exists(self._path(*path)))

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """A file's bytes. Raises FileRefused for a link, a pipe or anything else that only looks like a file."""
        with self._told(f"be read ({name})"):
            if not self._is_local:
                with self._files.open(self._path(name), "rb") as file:
                    yield file
                return
            with os.fdopen(_opened_locally(self._path(name), name), "rb") as file:
                yield file

    def read_small(self, name: str) -> str | None:
        """A sidecar's or manifest's text; None when it has not come. Raises FileRefused for a large one."""
        if not self.has(name):
            return None
        with self.opened(name) as file:
            content = file.read(MOST_SMALL_BYTES + 1)
        if len(content) > MOST_SMALL_BYTES:
            raise FileRefused("checksum", f"{name} is larger than any list of digests.")
        return content.decode("utf-8-sig", "replace")

    def below(self, name: str) -> DropFolder:
        """The folder of that name in it, whether it exists or not."""
        found = copy(self)
        found._root = self._path(name)
        return found

    def make(self, below: str) -> None:
        """The folder below it, where it does not exist."""
        with self._told(f"get a folder {below}/"):
            self._files.makedirs(self._path(below), exist_ok=True)

    def move(self, name: str, *, below: str, to: str) -> None:
        """Move a file into a folder below, over an equal one; nothing happens when it was moved before."""
        self.make(below)
        with self._told(f"give up {name} to {below}/"):
            if self._is_local:
                os.replace(self._path(name), self._path(below, to))  # noqa: PTH105 - atomic, and no link is followed
            else:
                self._files.mv(self._path(name), self._path(below, to))

    def remove(self, name: str, *, below: str) -> None:
        """Delete a file from a folder below; nothing happens when it is gone."""
        with self._told(f"lose {name} from {below}/"), suppress(FileNotFoundError):
            self._files.rm_file(self._path(below, name))

    def write(self, content: bytes, *, below: str, to: str) -> None:
        """Write a small file into a folder below, over an older one."""
        self.make(below)
        with self._told(f"take {to} into {below}/"):
            self._files.pipe_file(self._path(below, to), content)

    def _path(self, *names: str) -> str:
        if any(name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name for name in names):
            raise FileRefused("name", f"{names[-1]!r} is no plain name.")
        return "/".join((self._root, *names))

    def _entry(self, info: Mapping[str, Any]) -> Entry:
        name = str(info["name"]).rstrip("/").rsplit("/", 1)[-1]
        kind = "link" if info.get("islink") else str(info.get("type"))
        return Entry(
            name=name,
            size=int(info.get("size") or 0),
            modified=self._modified(info),
            kind=kind if kind in ("file", "directory", "link") else "other",
        )

    def _modified(self, info: Mapping[str, Any]) -> datetime:
        """When it was written, by the clock of whoever keeps the folder."""
        value = next((info[name] for name in _TIMES if info.get(name) is not None), None)
        if value is None and info.get("type") == "directory":
            # Object stores have none: a folder is the beginning of a name there.
            return _NO_TIME
        if value is None:
            raise PartnerMisbehaved(f"{self._owner}: its folder does not tell when a file was written.")
        if isinstance(value, int | float):
            value = datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        moment: datetime = value
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except PermissionError as error:
            raise PartnerRefused(
                f"{self._owner}: its folder may not {what}; a person must give us that right."
            ) from error
        except FileNotFoundError as error:
            raise PartnerUnavailable(
                f"{self._owner}: its folder cannot {what}: it is not there. Is it mounted? That is not no files."
            ) from error
        except OSError as error:
            raise self._away(what, error.strerror or type(error).__name__) from error
        except (SyncError, ValueError, ImportError):
            raise
        except Exception as error:
            # What the library of its kind of folder raises; fsspec lets it through.
            raise self._away(what, type(error).__name__) from error

    def _away(self, what: str, reason: str) -> PartnerUnavailable:
        return PartnerUnavailable(f"{self._owner}: its folder cannot {what} ({reason}).")


def open_folder(file: FileDeclaration, environment: Mapping[str, str], *, owner: str) -> DropFolder:
    """The folder of an entity's files. Raises DeclarationError naming the variable that is missing."""
    url = environment.get(file.folder_env)
    if not url:
        raise DeclarationError(
            f"{owner}: not set in the environment: {file.folder_env}.", remedy=f"export {file.folder_env}=…"
        )
    return DropFolder(url, owner=owner)


def _opened_locally(path: str, name: str) -> int:
    """A descriptor of a plain file: what was swapped for a link or a pipe since it was listed is not opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if os.path.islink(path):  # noqa: PTH114 - of a text that fsspec gave
            raise FileRefused("link", f"{name} is a link; links are not followed.") from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileRefused("no_file", f"{name} is no plain file.")
    return descriptor
