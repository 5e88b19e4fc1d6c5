"""Takes one stored day of one entity through again: whole, its kept changes, its dead letters, its rules.

Each step is the one that any load takes, in its own transaction: stopped between two, what was done is done and the
rest is as it was. A second replay changes no row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from math import inf

from sync_platform.checks.result import RuleResult
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.database import Connection
from sync_platform.landing.day_snapshot import RowDifference, snapshot_of, summed_fields
from sync_platform.landing.days import DayKey, EntityDay, read_day
from sync_platform.landing.landed_figures import landed_figures
from sync_platform.landing.letter_queue import Decision, Selection
from sync_platform.landing.loads import Load
from sync_platform.pull.apply import apply_stored, apply_waiting
from sync_platform.pull.day_rules import check_day
from sync_platform.pull.freeze import refuse_frozen
from sync_platform.pull.readers import entity_tools
from sync_platform.pull.tools import PullTools
from sync_platform.pull.whole_day import pull_day
from sync_platform.replay.letters import LettersReplayed, replay_letters

# A past state that nobody may ask for again stays as it was observed; its changes and letters are replayed nonetheless.
_GOES_ON = ("published", "empty", "kept", "not_obtainable")


class Only(StrEnum):
    """A part of the replay alone."""

    EVENTS = "events"
    DEAD_LETTERS = "dead-letters"


@dataclass(frozen=True)
class DayFacts:
    """Where a day stands: its live rows, the sums of its number fields, its state and what its rules said last."""

    state: str | None
    rows: int
    sums: dict[str, Decimal]
    checks_passed: int
    checks_failed: int


@dataclass(frozen=True)
class DayReplay:
    """What a replay did. `load` is that of the whole day, where it was asked for; `failed` are the rules that fail."""

    entity: str
    day: date
    load: Load | None
    applied: tuple[Load, ...]
    letters: LettersReplayed
    before: DayFacts
    after: DayFacts
    rows: RowDifference
    failed: tuple[str, ...]

    @property
    def loads(self) -> tuple[Load, ...]:
        """Every load that it made, in their order."""
        return (*([self.load] if self.load else []), *self.applied, *self.letters.loads)


def replay_day(tools: PullTools, entity: Entity, *, day: date, only: Only | None, decision: Decision) -> DayReplay:
    """Replay the day and say how it differs from before. A whole read that fails ends the replay: its load says why.

    Raises PipelineFrozen, LandingConflict while another writer has the day, LandingUnavailable.
    """
    refuse_frozen(entity, tools.clock.now())
    table = entity_tools(entity).table
    with tools.database.connect() as connection, snapshot_of(connection, table, day=day) as snapshot:
        before = day_facts(connection, entity, day)
        load = pull_day(tools, entity, day=day) if only is None else None
        applied: list[Load] = []
        letters = LettersReplayed()
        results: Sequence[RuleResult] = ()
        if load is None or load.outcome in _GOES_ON:
            if only is not Only.DEAD_LETTERS:
                applied = [*apply_waiting(tools, entity, deadline=inf), *apply_stored(tools, entity, day=day)]
                tools.reached("events_replayed")
            if only is not Only.EVENTS:
                letters = replay_letters(tools, entity, Selection(day=day, until=day), decision=decision)
            results = _check(tools, entity, connection, day)
        return DayReplay(
            entity=entity.address,
            day=day,
            load=load,
            applied=tuple(applied),
            letters=letters,
            before=before,
            after=day_facts(connection, entity, day),
            rows=snapshot.difference(),
            failed=tuple(result.rule for result in results if not result.passed),
        )


def day_facts(connection: Connection, entity: Entity, day: date) -> DayFacts:
    """Where the day stands now."""
    table = entity_tools(entity).table
    figures = landed_figures(connection, table, day=day, sums=summed_fields(entity.contract))
    known: EntityDay | None = read_day(connection, DayKey(entity.system, entity.name, day))
    return DayFacts(
        state=known.state if known else None,
        rows=figures.count,
        sums=dict(figures.sums),
        checks_passed=known.checks_passed if known else 0,
        checks_failed=known.checks_failed if known else 0,
    )


def _check(tools: PullTools, entity: Entity, connection: Connection, day: date) -> tuple[RuleResult, ...]:
    known = read_day(connection, DayKey(entity.system, entity.name, day))
    if known is None or known.state == "not_obtainable":
        return ()
    results = check_day(tools.database, entity, day=day, check=tools.check, statistics=tools.statistics)
    tools.reached("day_rechecked")
    return results
