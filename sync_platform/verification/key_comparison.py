"""Reads parts of a day from the partner and compares them with what is landed, key by key, in the database.

The records go into a temporary table as they come, so that memory stays flat however large the parts are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.database import Connection
from sync_platform.landing.dead_letters import payload_hash
from sync_platform.landing.differing_keys import CHANGED, MISSING_THERE, REJECTED, DifferingKey, differing_keys
from sync_platform.landing.landed_figures import Stretch
from sync_platform.landing.merge import settle_repeats
from sync_platform.landing.stage import Copying, Stage, count_keys, create_temporary_stage, drop_stage
from sync_platform.partners.client import PartnerClient
from sync_platform.partners.pages import Page, read_pages
from sync_platform.partners.question import DayPart
from sync_platform.pull.page_reading import read_rows
from sync_platform.pull.page_rows import PageRows
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
        with Copying(connection, stage) as copying:
            for part in parts:
                for page, rows in read_rows(read_pages(client, entity, part), entity, day=day):
                    _take_rejected(tools, page, rows, known=known, rejects=rejects)
                    copying.append(rows.text)
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


def _take_rejected(
    tools: EntityTools, page: Page, rows: PageRows, *, known: KnownDifference, rejects: _Rejects
) -> None:
    for position, error in rows.rejected:
        raw = page.records[position]
        key, hashed = tools.key_of_rejected(raw) or tools.reader.key_in(raw), payload_hash(raw)
        if known.knows(key, hashed):
            rejects.known.add(key or hashed)
        elif key is not None:
            rejects.keyed[key] = f"{error.field}: {error.message}" if error.field else error.message
        else:
            rejects.keyless[hashed] = error.message


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
