"""What a replay of a day would do: the partner or the archived file is read, nothing is stored or moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.changes import count_changes
from sync_platform.landing.database import Connection
from sync_platform.landing.day_snapshot import count_missing, staged_figures, summed_fields
from sync_platform.landing.dead_letters import payload_hash
from sync_platform.landing.letter_queue import Selection
from sync_platform.landing.merge import judge_stage, settle_repeats
from sync_platform.landing.stage import Copying, Stage, create_temporary_stage, drop_stage
from sync_platform.partners.pages import Page, read_pages
from sync_platform.partners.question import Current, WholeDay
from sync_platform.pull.file_records import file_pages
from sync_platform.pull.freeze import refuse_frozen
from sync_platform.pull.page_reading import read_rows
from sync_platform.pull.readers import entity_tools
from sync_platform.pull.tools import LoadTools, PullTools
from sync_platform.replay.archived_file import ArchivedFile, archived_file, opened_again
from sync_platform.replay.day import DayFacts, day_facts
from sync_platform.replay.deliveries import dead_deliveries
from sync_platform.replay.derived import derived_of
from sync_platform.replay.judgement import Preview, preview
from sync_platform.replay.replaying import Only, Replaying


@dataclass(frozen=True)
class PlannedRead:
    """What the partner's answer of now, or the archived file, would make of the day.

    `missing` rows are landed and not in it.
    """

    read: int
    added: int
    changed: int
    unchanged: int
    superseded: int
    conflicts: int
    rejected: int
    missing: int
    sums: dict[str, Decimal]


@dataclass(frozen=True)
class DayPlan:
    """What a replay would do. `read` is None where nothing would be read whole; `letters` where none would go.

    `file` is the archived file that would be read. `waiting` changes would be applied and `stored` ones once more,
    `dead` deliveries read again, `rules` run; `derived` are comparisons that would be made again, with what they say
    now.
    """

    entity: str
    day: date
    now: DayFacts
    read: PlannedRead | None
    file: str | None
    waiting: int
    stored: int
    dead: int
    letters: Preview | None
    rules: int
    derived: dict[str, dict[str, int]]


@dataclass
class _Came:
    read: int = 0
    rejected: int = 0
    rejected_keys: set[str] = field(default_factory=set)
    keyless: set[bytes] = field(default_factory=set)


def plan_day(replaying: Replaying, entity: Entity, *, day: date) -> DayPlan:
    """Read and compare; changes nothing. Raises PartnerError, PipelineFrozen, LandingUnavailable."""
    tools, only = replaying.tools, replaying.only
    refuse_frozen(entity, tools.clock.now())
    table = entity_tools(entity).table
    with tools.database.connect() as connection:
        events = only is not Only.DEAD_LETTERS
        waiting, stored = count_changes(connection, table, day=day) if events else (0, 0)
        wanted = Selection(system=entity.system, entity=entity.name, day=day, until=day)
        archived = archived_file(replaying, entity, connection, day=day) if only is None else None
        return DayPlan(
            entity=entity.address,
            day=day,
            now=day_facts(connection, entity, day),
            read=_planned_read(tools, entity, connection, archived, day) if only is None else None,
            file=archived.accepted.name if archived else None,
            waiting=waiting,
            stored=stored,
            dead=dead_deliveries(connection, replaying.system, entity, day=day) if events else 0,
            letters=None if only is Only.EVENTS else preview(connection, [entity], wanted, seal=tools.seal),
            rules=len(entity.contract.rules),
            derived={one.name: one.said(connection, day) for one in derived_of(replaying.derived, [entity])},
        )


def _planned_read(
    tools: LoadTools, entity: Entity, connection: Connection, archived: ArchivedFile | None, day: date
) -> PlannedRead | None:
    """From where the replay would read it; None where it would not."""
    if archived is not None:
        with opened_again(archived, tools) as (received, _):
            pages = file_pages(entity, archived.declared, received)
            return _judged(entity, connection, pages, day)
    if entity.file is not None or not isinstance(tools, PullTools):
        return None
    if entity.is_state and day != entity.calendar.day_of(tools.client.partner_now()):
        return None
    question = Current() if entity.is_state else WholeDay(day=day)
    try:
        return _judged(entity, connection, read_pages(tools.client, entity, question), day)
    finally:
        tools.client.take_exchanges()


def _judged(entity: Entity, connection: Connection, pages: Iterator[Page], day: date) -> PlannedRead:
    stage = create_temporary_stage(connection, entity_tools(entity).table, of_the_session=True)
    try:
        came = _stage(entity, connection, stage, pages, day)
        repeats = settle_repeats(connection, stage)
        counts = judge_stage(connection, stage)
        missing = count_missing(connection, stage, day=day, rejected_keys=sorted(came.rejected_keys))
        return PlannedRead(
            read=came.read,
            added=counts.inserted,
            changed=counts.updated,
            unchanged=counts.unchanged + repeats.unchanged,
            superseded=counts.superseded + repeats.superseded,
            conflicts=counts.conflicts + len(repeats.conflicts),
            rejected=came.rejected,
            missing=0 if came.keyless or not came.read else missing,
            sums=dict(staged_figures(connection, stage, sums=summed_fields(entity.contract)).sums),
        )
    finally:
        if not connection.closed:
            drop_stage(connection, stage)


def _stage(entity: Entity, connection: Connection, stage: Stage, pages: Iterator[Page], day: date) -> _Came:
    came, parts = _Came(), entity_tools(entity)
    with Copying(connection, stage) as copying:
        for page, rows in read_rows(pages, entity, day=day):
            came.read += len(page.records)
            for position, _ in rows.rejected:
                came.rejected += 1
                key = parts.key_of_rejected(page.records[position])
                if key is None:
                    came.keyless.add(payload_hash(page.records[position]))
                else:
                    came.rejected_keys.add(key)
            copying.append(rows.text)
    return came
