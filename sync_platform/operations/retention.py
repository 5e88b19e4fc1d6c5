"""Prunes what the platform and Dagster write down about their own work, as declared; the landed data stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sync_platform.audit.archive import ARCHIVE, archive
from sync_platform.audit.body_store import BodyStore, read_body_store
from sync_platform.audit.entry import Action
from sync_platform.audit.kept_seal import SEALS, read_kept_seals, seal_and_keep
from sync_platform.audit.log import count_entries, record
from sync_platform.audit.moved_bodies import drop_bodies, move_bodies
from sync_platform.audit.verify import verify_audit
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.declarations.retention import RetentionDeclaration
from sync_platform.errors import AuditBroken, LandingUnavailable
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.expired_rows import prune_rows
from sync_platform.landing.expiry import Pruned
from sync_platform.operations.dagster_storage import has_dagster_tables, prune_dagster, unfinished_runs
from sync_platform.operations.expired_files import prune_files
from sync_platform.operations.received_files import ReceivedFiles, prune_received
from sync_platform.settings import DAGSTER_DATABASE_URL, DATABASE_URL, libpq_url

# A batch takes some 0.1 s (300,000 exchanges, 2 cores); whoever wants a row of it waits no longer than this.
STATEMENT_SECONDS = 60
LOCK_SECONDS = 5


@dataclass(frozen=True)
class PrunePlaces:
    """Where there is something to prune. Without `dagster_url` (libpq) Dagster's tables and its runs' output stay.

    Without `body_store` all kept bodies stay in the database, for as long as they are kept.
    """

    database_url: str
    dagster_url: str | None
    state_dir: Path
    received: tuple[ReceivedFiles, ...] = ()
    body_store: BodyStore | None = None


def prune_places(
    environment: Mapping[str, str], systems: Iterable[PartnerSystem], *, database_url: str, state_dir: Path
) -> PrunePlaces:
    """The places that the environment names, beside a database that was found already.

    Received files are those of `systems` whose folder is named.
    """
    named = environment.get(DAGSTER_DATABASE_URL)
    received = (
        ReceivedFiles(entity, entity.file, environment)
        for system in systems
        for entity in system.entities
        if entity.file is not None
    )
    return PrunePlaces(
        database_url=database_url,
        dagster_url=libpq_url(named) if named else None,
        state_dir=state_dir,
        received=tuple(files for files in received if files.is_declared),
        body_store=read_body_store(environment),
    )


def prune(
    places: PrunePlaces,
    retention: RetentionDeclaration,
    *,
    now: datetime,
    dry_run: bool,
    progress: Callable[[str, int], None],
    who: str = "platform",
) -> tuple[Pruned, ...]:
    """Delete what is over age, or with `dry_run` count it; by table and folder, in the order of the work.

    May be stopped at any time, repeated, and run beside everything else. Raises LandingUnavailable, LandingConflict,
    and AuditBroken when the audit log is not as it was sealed.
    """
    kept_since = retention.kept_since(now)
    with _database(places.database_url).connect() as connection:
        pruned = prune_rows(connection, kept_since, dry_run=dry_run, progress=progress)
        for received in places.received:
            pruned += prune_received(connection, received, kept_since, dry_run=dry_run, progress=progress)
        if places.body_store is not None:
            pruned += _move_bodies(connection, places.body_store, kept_since, dry_run=dry_run)
    runs: set[str] | None = None
    if places.dagster_url is not None:
        rows, runs = _prune_dagster(places.dagster_url, kept_since, dry_run=dry_run, progress=progress)
        pruned += rows
    files = prune_files(
        places.state_dir,
        kept_since=kept_since["logs"],
        unfinished_runs=runs,
        dry_run=dry_run,
        progress=progress,
    )
    done = (*pruned, *files)
    with _database(places.database_url).connect() as connection:
        return (
            *done,
            _archive_audit(connection, places.state_dir, done, kept_since["audit"], now=now, dry_run=dry_run, who=who),
        )


def _move_bodies(
    connection: Connection, store: BodyStore, kept_since: Mapping[str, datetime], *, dry_run: bool
) -> list[Pruned]:
    """What is over age in the database goes to the store, and what is over age there goes."""
    since = kept_since["bodies_in_database"]
    dropped = drop_bodies(connection, store, kept_since, dry_run=dry_run)
    moved, size = move_bodies(connection, store, kept_before=since, dry_run=dry_run)
    kept = kept_since["exchange_bodies"]
    return [
        Pruned("sync.exchange_body (in the store)", rows=dropped, gone=dropped, bytes=0, kept_since=kept),
        Pruned("sync.exchange_body (moved there)", rows=moved, gone=moved, bytes=size, kept_since=since),
    ]


def _archive_audit(
    connection: Connection,
    state_dir: Path,
    pruned: Sequence[Pruned],
    kept_since: datetime,
    *,
    now: datetime,
    dry_run: bool,
    who: str,
) -> Pruned:
    """Verify the audit log, note in it what went, seal it, and move its old entries into files.

    What was tampered with is never archived, and the nightly run fails, so that somebody looks.
    """
    if not dry_run:
        verdict = verify_audit(
            connection, kept_seals=read_kept_seals(state_dir / SEALS), archive_folder=state_dir / ARCHIVE
        )
        if not verdict.sound:
            first = verdict.tampering[0]
            raise AuditBroken(
                f"the audit log was tampered with: {first.kind}, {first.where}, {len(verdict.tampering)} findings in "
                "all. Everything else was pruned. `sync-platform audit verify` lists them."
            )
        gone = {one.name: one.gone for one in pruned if one.gone}
        if gone:
            record(connection, Action(who, "prune", detail=gone), now=now)
        seal_and_keep(connection, state_dir, now=now)
    rows = count_entries(connection)
    moved = archive(connection, state_dir / ARCHIVE, kept_since=kept_since, now=now, dry_run=dry_run)
    return Pruned(name="audit.entry (archived)", rows=rows, gone=moved, bytes=0, kept_since=kept_since)


def _prune_dagster(
    url: str, kept_since: Mapping[str, datetime], *, dry_run: bool, progress: Callable[[str, int], None]
) -> tuple[list[Pruned], set[str]]:
    try:
        with _database(url).connect() as connection:
            if not has_dagster_tables(connection):
                return [], set()
            runs = unfinished_runs(connection, kept_since)
            return prune_dagster(connection, kept_since, dry_run=dry_run, progress=progress), runs
    except LandingUnavailable as error:
        said = str(error).replace(DATABASE_URL, DAGSTER_DATABASE_URL)
        raise LandingUnavailable(f"Dagster's storage: {said} The platform's own tables are done.") from error


def _database(url: str) -> Database:
    return Database(url, lock_timeout_seconds=LOCK_SECONDS, statement_timeout_seconds=STATEMENT_SECONDS)
