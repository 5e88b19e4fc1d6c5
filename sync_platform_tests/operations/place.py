"""Where a test's embedded PostgreSQL lies: filled from a copy, quick, and removed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync_platform.landing import embedded
from sync_platform.landing.embedded_place import find_place, give


def remove_place(folder: Path) -> None:
    """Remove a state folder's PostgreSQL, wherever it had to be put."""
    for marker in ("location", "socket_location"):
        if (folder / marker).exists():
            shutil.rmtree((folder / marker).read_text().strip(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def copy_cluster(cluster: Path, folder: Path) -> None:
    """Give the folder's PostgreSQL a copy of the cluster."""
    place = find_place(folder)
    shutil.copytree(cluster, place.data)
    for path in (place.data, *place.data.rglob("*")):
        give(path, place.user)


@contextmanager
def careless_server() -> Iterator[None]:
    """Servers that do not wait for the disk: what a test stores need not survive a power cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(embedded._SETTINGS, "fsync", "off")
        patch.setattr(embedded, "_SETUP", (*embedded._SETUP, "--no-sync"))
        yield
