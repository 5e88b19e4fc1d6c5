"""Reads parts of a day from the partner and compares them with what is landed, key by key, in the database.

The records go into a temporary table as they come, so that memory stays flat however large the parts are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sync_platform.contracts.record_batch import RecordBatch
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.database import Connection
from sync_platform.landing.dead_letters import payload_hash
from sync_platform.landing.differing_keys import CHANGED, MISSING_THERE, REJECTED, DifferingKey, differing_keys
from sync_platform.landing.landed_figures import Stretch
from sync_platform.landing.merge import settle_repeats
from sync_platform.landing.row import StagedRows
from sync_platform.landing.stage import Stage, copy_rows, count_keys, create_temporary_stage, drop_stage
from sync_platform.partners.client import PartnerClient
from sync_platform.partners.pages import Page, read_ahead, read_pages
from sync_platform.partners.question import DayPart
from sync_platform.pull.day_read import of_the_day
from sync_platform.pull.readers import EntityTools, entity_tools
from sync_platform.verification.known_difference import KnownDifference


@dataclass(frozen=True)
class KeyComparison:
    """What differs and is not known, how many records came (each once), and of how many a dead letter tells."""

    differing: tuple[DifferingKey, ...]
    read: int
    known: int

    def count(self, kind: str) -> int:
        """How many keys differ in that way."""
        return Counter(one.kind for one in self.differing)[kind]


@dataclass
class _Rejects:
    """Records that came and break the contract: by key where they have one, else by their bytes."""

    keyed: dict[str, str]
    keyless: dict[bytes, str]
    known: set[str | bytes]


def compare_keys(
    connection: Connection,
    client: PartnerClient,
    entity: Entity,
    *,
    day: date,
    parts: Sequence[DayPart],
    known: KnownDifference,
) -> KeyComparison:
    """Read the parts and compare them; nothing that is landed is changed. Raises what reading pages raises."""
    tools = entity_tools(entity)
    stage = create_temporary_stage(connection, tools.table, of_the_session=True)
    try:
        rejects = _Rejects({}, {}, set())
        for part in parts:
            for page in read_ahead(read_pages(client, entity, part)):
                rows = _decoded(entity, tools, page, day=day, known=known, rejects=rejects)
                copy_rows(connection, stage, writer=tools.writer, rows=rows)
        settle_repeats(connection, stage)
        return _compared(connection, entity, stage, day=day, parts=parts, known=known, rejects=rejects)
    finally:
        if not connection.closed:
            drop_stage(connection, stage)


def stretch_of(entity: Entity, part: DayPart) -> Stretch:
    """The landed rows that answer to a part of the partner's day."""
    verify = entity.declaration.verify
    field = verify.windows.field if verify and verify.windows else None
    return Stretch(field=field, since=part.since, until=part.until)


def _decoded(
    entity: Entity, tools: EntityTools, page: Page, *, day: date, known: KnownDifference, rejects: _Rejects
) -> StagedRows:
    batch: RecordBatch = of_the_day(entity, tools.read(page.records, text=page.text), day)
    for position, error in batch.rejected:
        raw = page.records[position]
        key, hashed = tools.key_of_rejected(raw) or tools.reader.key_in(raw), payload_hash(raw)
        if known.knows(key, hashed):
            rejects.known.add(key or hashed)
        elif key is not None:
            rejects.keyed[key] = f"{error.field}: {error.message}" if error.field else error.message
        else:
            rejects.keyless[hashed] = error.message
    rows = len(batch.positions)
    return StagedRows(
        columns=batch.columns,
        business_days=[day] * rows,
        source_versions=batch.versions,
        observed_at=[page.requested_at] * rows,
        as_of=[page.as_of or page.requested_at] * rows,
        exchange_ids=[page.exchange_id] * rows,
    )


def _compared(
    connection: Connection,
    entity: Entity,
    stage: Stage,
    *,
    day: date,
    parts: Sequence[DayPart],
    known: KnownDifference,
    rejects: _Rejects,
) -> KeyComparison:
    stretches = [stretch_of(entity, part) for part in parts]
    came = {*rejects.keyed, *(key for key in rejects.known if isinstance(key, str))}
    found = []
    conflicts = 0
    for one in differing_keys(connection, stage, day=day, stretches=stretches):
        if one.kind == MISSING_THERE and one.record_key in came:
            continue  # it is there, and broken: told below, or by its dead letter
        if one.kind == CHANGED and known.knows_key(one.record_key):
            conflicts += 1
            continue
        found.append(one)
    found += [DifferingKey(key, REJECTED, note=why) for key, why in sorted(rejects.keyed.items())]
    found += [DifferingKey("", REJECTED, note=why) for why in rejects.keyless.values()]
    staged = count_keys(connection, stage).keys
    return KeyComparison(
        differing=tuple(found),
        read=staged + len(rejects.keyed) + len(rejects.keyless) + len(rejects.known),
        known=len(rejects.known) + conflicts,
    )
