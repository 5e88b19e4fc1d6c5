"""Where kept bodies lie outside the database: a folder or any fsspec URL, one file per body, encrypted as it came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from sync_platform.errors import DeclarationError, LandingUnavailable
from sync_platform.redact import redact
from sync_platform.settings import BODY_STORE_URL


class BodyStore:
    """Files by names like `2026-11-20/6f1c…`. Every call may raise LandingUnavailable."""

    def __init__(self, url: str) -> None:
        self._url = url

    def put(self, name: str, content: bytes) -> None:
        """Write a file whole; one that is there already is replaced."""
        with self._told("written"):
            path = self._path(name)
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(path, content)

    def get(self, name: str) -> bytes | None:
        """What was put; None where there is no such file."""
        with self._told("read"):
            try:
                return bytes(self._files.cat_file(self._path(name)))
            except FileNotFoundError:
                return None

    def delete(self, name: str) -> None:
        """Remove a file; nothing where there is none."""
        with self._told("removed"):
            try:
                self._files.rm_file(self._path(name))
            except FileNotFoundError:
                return

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        # fsspec: 0.1 s, and most who read a body find it in the database.
        import fsspec

        try:
            files, root = fsspec.core.url_to_fs(self._url)
        except (ValueError, ImportError) as error:
            raise DeclarationError(
                f"the store of kept bodies cannot be opened: {redact(str(error))}.",
                remedy=f"Write a path or an fsspec URL into {BODY_STORE_URL}, and install what its kind needs.",
            ) from error
        return files, str(root).rstrip("/")

    @property
    def _files(self) -> Any:
        return self._opened[0]

    @property
    def _root(self) -> str:
        return self._opened[1]

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LandingUnavailable(f"the store of kept bodies cannot be {what}: {redact(str(error))}.") from error


def read_body_store(environment: Mapping[str, str]) -> BodyStore | None:
    """The store that the environment names; None where all bodies stay in the database."""
    url = environment.get(BODY_STORE_URL)
    return BodyStore(url) if url else None
