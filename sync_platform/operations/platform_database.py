"""Finds our database for a command: the one that the environment names, else the embedded one of the state folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sync_platform.errors import DeclarationError
from sync_platform.landing.database import Database
from sync_platform.landing.embedded import FOLDER, has_embedded, start_embedded
from sync_platform.settings import DATABASE_URL, libpq_url, state_dir


@contextmanager
def open_platform_database(environment: Mapping[str, str]) -> Iterator[Database]:
    """The database; an embedded one that is not running is started for as long as it is used here.

    Raises DeclarationError when the environment names none and no demo has set one up.
    """
    named = environment.get(DATABASE_URL)
    if named:
        yield Database(libpq_url(named))
        return
    folder = state_dir(environment) / FOLDER
    if not has_embedded(folder):
        raise DeclarationError(
            f"the environment variable {DATABASE_URL} is not set, and {folder.parent} holds no embedded database.",
            remedy=f"Set it: export {DATABASE_URL}=postgresql://…; or run `sync-platform demo`, which brings its own.",
        )
    server = start_embedded(folder, own=False)
    try:
        yield Database(server.url)
    finally:
        server.stop()
