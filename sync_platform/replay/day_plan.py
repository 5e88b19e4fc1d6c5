"""What a replay of a day would do: the partner is asked, everything else is only read, nothing is stored."""

from __future__ import annotations

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
from sync_platform.partners.pages import read_pages
from sync_platform.partners.question import Current, WholeDay
from sync_platform.pull.freeze import refuse_frozen
from sync_platform.pull.page_reading import read_rows
from sync_platform.pull.readers import entity_tools
from sync_platform.pull.tools import PullTools
from sync_platform.replay.day import DayFacts, Only, day_facts
from sync_platform.replay.judgement import Preview, preview


@dataclass(frozen=True)
class PlannedRead:
    """What the partner's answer of now would make of the day; `missing` rows are landed and not in it."""

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
    """What a replay would do. `read` is None where the partner would not be asked; `letters` where none would go."""

    entity: str
    day: date
    now: DayFacts
    read: PlannedRead | None
    waiting: int
    stored: int
    letters: Preview | None


@dataclass
class _Came:
    read: int = 0
    rejected: int = 0
    rejected_keys: set[str] = field(default_factory=set)
    keyless: set[bytes] = field(default_factory=set)


def plan_day(tools: PullTools, entity: Entity, *, day: date, only: Only | None) -> DayPlan:
    """Ask and compare; changes nothing. Raises PartnerError, PipelineFrozen, LandingUnavailable."""
    refuse_frozen(entity, tools.clock.now())
    table = entity_tools(entity).table
    with tools.database.connect() as connection:
        obtainable = not entity.is_state or day == entity.calendar.day_of(tools.client.partner_now())
        waiting, stored = count_changes(connection, table, day=day) if only is not Only.DEAD_LETTERS else (0, 0)
        wanted = Selection(system=entity.system, entity=entity.name, day=day, until=day)
        return DayPlan(
            entity=entity.address,
            day=day,
            now=day_facts(connection, entity, day),
            read=_planned_read(tools, entity, connection, day) if only is None and obtainable else None,
            waiting=waiting,
            stored=stored,
            letters=None if only is Only.EVENTS else preview(connection, [entity], wanted, seal=tools.seal),
        )


def _planned_read(tools: PullTools, entity: Entity, connection: Connection, day: date) -> PlannedRead:
    stage = create_temporary_stage(connection, entity_tools(entity).table, of_the_session=True)
    try:
        came = _stage_answer(tools, entity, connection, stage, day)
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


def _stage_answer(tools: PullTools, entity: Entity, connection: Connection, stage: Stage, day: date) -> _Came:
    came, parts = _Came(), entity_tools(entity)
    question = Current() if entity.is_state else WholeDay(day=day)
    with Copying(connection, stage) as copying:
        for page, rows in read_rows(read_pages(tools.client, entity, question), entity, day=day):
            came.read += len(page.records)
            for position, _ in rows.rejected:
                came.rejected += 1
                key = parts.key_of_rejected(page.records[position])
                if key is None:
                    came.keyless.add(payload_hash(page.records[position]))
                else:
                    came.rejected_keys.add(key)
            copying.append(rows.text)
    tools.client.take_exchanges()
    return came
