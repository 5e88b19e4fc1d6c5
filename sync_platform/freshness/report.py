"""The freshness report: its facts, its page, and both written to files that people open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.freshness.facts import DayFacts, EntityFacts, FreshnessFacts
from sync_platform.freshness.landed import collect_freshness, read_snapshot
from sync_platform.freshness.page import render_freshness
from sync_platform.freshness.query import query
from sync_platform.freshness.table_file import replacing, write_csv
from sync_platform.landing.database import Database

__all__ = ["ReportFiles", "collect_freshness", "fingerprint", "render_freshness", "write_freshness_report"]

DAY_COLUMNS = (
    "system",
    "entity",
    "business_day",
    "state",
    "sentence",
    "rows",
    "as_of",
    "limited_by_branch",
    "looked_at",
    "loaded_at",
    "complete_at",
    "checks_passed",
    "checks_failed",
    "blocking_failed",
    "open_dead_letters",
    "last_failure_kind",
    "last_failure",
    "owner",
    "owed",
    "verified",
)
STOCK_COLUMNS = (
    "business_day",
    "sku",
    "branch",
    "pos_units",
    "shop_units",
    "difference",
    "verdict",
    "pos_as_of",
    "shop_as_of",
    "as_of",
    "limited_by",
    "compared_at",
)
# A round trip to the database brings this many rows of the stock comparison: about 1 MB.
ROWS_AT_ONCE = 5_000


@dataclass(frozen=True)
class ReportFiles:
    """Where the report was written, and the facts it tells."""

    page: Path
    days: Path
    stock: Path
    facts: FreshnessFacts


def write_freshness_report(
    database: Database, systems: Iterable[PartnerSystem], *, folder: Path, zone: ZoneInfo, now: datetime
) -> ReportFiles:
    """Write `freshness.html`, `freshness.csv` and `stock.csv`, each replaced at once. Raises LandingUnavailable."""
    facts = collect_freshness(database, systems, now=now)
    folder.mkdir(parents=True, exist_ok=True)
    files = ReportFiles(
        page=folder / "freshness.html", days=folder / "freshness.csv", stock=folder / "stock.csv", facts=facts
    )
    write_csv(files.days, columns=DAY_COLUMNS, rows=_day_rows(facts, zone), zone=zone)
    _write_stock(database, facts, file=files.stock, zone=zone)
    with replacing(files.page) as stream:
        stream.write(render_freshness(facts, zone=zone))
    return files


def fingerprint(facts: FreshnessFacts) -> str:
    """Differs when something moved; the passing of time alone moves it only where it changes a state."""
    moved = [(entity.address, *map(_settled, entity.strip), *_beside(entity)) for entity in facts.entities]
    return sha256(repr((moved, facts.stock)).encode()).hexdigest()


def _settled(day: DayFacts) -> tuple[object, ...]:
    """The day without its sentence, which tells an age."""
    rest = [getattr(day, field.name) for field in fields(day) if field.name != "verdict"]
    return (day.verdict.state, *rest)


def _beside(entity: EntityFacts) -> tuple[object, ...]:
    failing = entity.asked.failure.kind if entity.asked and entity.asked.failure else None
    moving = (entity.branches, entity.dead_letters, entity.reasons, entity.owed.unread, entity.verified)
    return (*moving, failing, entity.refused_files)


def _day_rows(facts: FreshnessFacts, zone: ZoneInfo) -> Iterator[tuple[object, ...]]:
    for entity in facts.entities:
        for day in entity.strip:
            yield (
                entity.system,
                entity.entity,
                day.day,
                day.verdict.state,
                day.verdict.words_in(zone),
                day.rows,
                day.as_of,
                day.limited_by,
                day.looked_at,
                day.loaded_at,
                day.complete_at,
                day.checks_passed,
                day.checks_failed,
                day.blocking_failed,
                day.open_dead_letters,
                day.failure.kind if day.failure else None,
                day.failure.text if day.failure else None,
                entity.owner.name,
                entity.owed.of_day(day.day),
                _verified(entity, day.day),
            )


def _verified(entity: EntityFacts, day: date) -> bool | None:
    """Whether the day is verified without a hole before it; None where the partner cannot be asked."""
    if not entity.verifies:
        return None
    through = entity.verified.verified_through if entity.verified else None
    return through is not None and day <= through


def _write_stock(database: Database, facts: FreshnessFacts, *, file: Path, zone: ZoneInfo) -> None:
    """The whole comparison of the day the page tells about; only the column names before the first comparison."""
    if facts.stock is None:
        write_csv(file, columns=STOCK_COLUMNS, rows=(), zone=zone)
        return
    with (
        database.connect() as connection,
        read_snapshot(connection),
        # A cursor of the server's: the rows never are in memory all at once.
        connection.cursor(name="stock") as cursor,
    ):
        cursor.itersize = ROWS_AT_ONCE
        cursor.execute(query("stock"), {"day": facts.stock.day})
        write_csv(file, columns=STOCK_COLUMNS, rows=cursor, zone=zone)
