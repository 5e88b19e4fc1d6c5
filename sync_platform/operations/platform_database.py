"""Finds our database for a command: the one that the environment names, else the embedded one of the state folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sync_platform.errors import DeclarationError, LandingNotMigrated, LandingUnavailable
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.embedded import FOLDER, has_embedded, start_embedded
from sync_platform.operations.demo_plan import is_own_embedded
from sync_platform.settings import DATABASE_URL, libpq_url, state_dir

# Which of the named tables do not exist.
_MISSING_TABLES = "select name from unnest(%(tables)s::text[]) as name where to_regclass(name) is null"


@contextmanager
def open_platform_database(environment: Mapping[str, str]) -> Iterator[Database]:
    """The database; an embedded one that is not running is started for as long as it is used here.

    Raises DeclarationError when the environment names none and no demo has set one up, LandingUnavailable when it names
    that of a demo that has ended.
    """
    named = environment.get(DATABASE_URL)
    if named:
        url = libpq_url(named)
        if is_own_embedded(url, state_dir(environment)):
            _refuse_ended_demo(Database(url))
        yield Database(url)
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


def require_tables(connection: Connection, *tables: str) -> None:
    """Raises LandingNotMigrated when one of the tables (`schema.name`) is missing; an unknown schema counts as such."""
    missing = [name for (name,) in connection.execute(_MISSING_TABLES, {"tables": list(tables)})]
    if missing:
        raise LandingNotMigrated(
            f"the database is not set up: there is no {', no '.join(missing)}. Run `sync-platform migrate`."
        )


def _refuse_ended_demo(database: Database) -> None:
    try:
        with database.connect():
            return
    except LandingUnavailable as error:
        raise LandingUnavailable(
            f"the database did not answer: {DATABASE_URL} is that of a demo that has ended: start it again with "
            f"`make demo`, or `unset {DATABASE_URL}`."
        ) from error
