"""Takes one stored day of one entity through again: whole, its kept events, its dead letters, its rules.

Each step is the one that any load takes, in its own transaction: stopped between two, what was done is done and the
rest is as it was. A second replay changes no row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from math import inf

from sync_platform.checks.result import RuleResult
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.database import Connection
from sync_platform.landing.day_snapshot import RowDifference, snapshot_of, summed_fields
from sync_platform.landing.days import DayKey, EntityDay, read_day
from sync_platform.landing.landed_figures import landed_figures
from sync_platform.landing.letter_queue import Selection
from sync_platform.landing.loads import Load
from sync_platform.pull.apply import apply_stored, apply_waiting
from sync_platform.pull.day_rules import check_day
from sync_platform.pull.freeze import refuse_frozen
from sync_platform.pull.readers import entity_tools
from sync_platform.pull.tools import LoadTools, PullTools
from sync_platform.pull.whole_day import pull_day
from sync_platform.replay.archived_file import ArchivedFile, archived_file, land_again
from sync_platform.replay.deliveries import redeliver
from sync_platform.replay.letters import LettersReplayed, replay_letters
from sync_platform.replay.replaying import Only, Replaying

# A past state that nobody may ask for again stays as it was observed; its changes and letters are replayed nonetheless.
_GOES_ON = ("published", "empty", "kept", "not_obtainable")


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
    """What a replay did. `load` is that of the whole day, where it was read; `failed` are the rules that fail.

    `file` is the archived file that it was read from. `deliveries` counts those that waited or were read again, by what
    became of them; `problems` say what kept some of them waiting.
    """

    entity: str
    day: date
    load: Load | None
    file: str | None
    deliveries: dict[str, int]
    problems: tuple[str, ...]
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


@dataclass
class _Events:
    applied: list[Load] = field(default_factory=list)
    deliveries: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def replay_day(replaying: Replaying, entity: Entity, *, day: date) -> DayReplay:
    """Replay the day and say how it differs from before. A whole read that fails ends the replay: its load says why.

    Raises PipelineFrozen, LandingConflict while another writer has the day, LandingUnavailable.
    """
    tools, only = replaying.tools, replaying.only
    refuse_frozen(entity, tools.clock.now())
    table = entity_tools(entity).table
    with tools.database.connect() as connection, snapshot_of(connection, table, day=day) as snapshot:
        before = day_facts(connection, entity, day)
        archived = archived_file(replaying, entity, connection, day=day) if only is None else None
        load = _read_again(tools, entity, archived, day) if only is None else None
        events, letters = _Events(), LettersReplayed()
        results: Sequence[RuleResult] = ()
        if load is None or load.outcome in _GOES_ON:
            if only is not Only.DEAD_LETTERS:
                events = _replay_events(replaying, entity, day)
            if only is not Only.EVENTS:
                wanted = Selection(day=day, until=day)
                letters = replay_letters(tools, entity, wanted, decision=replaying.decision)
            results = _check(tools, entity, connection, day)
        return DayReplay(
            entity=entity.address,
            day=day,
            load=load,
            file=archived.accepted.name if archived else None,
            deliveries=events.deliveries,
            problems=(*(_unread(entity, day) if only is None and load is None else ()), *events.problems),
            applied=tuple(events.applied),
            letters=letters,
            before=before,
            after=day_facts(connection, entity, day),
            rows=snapshot.difference(),
            failed=tuple(result.rule for result in results if not result.passed),
        )


def _read_again(tools: LoadTools, entity: Entity, archived: ArchivedFile | None, day: date) -> Load | None:
    """The day whole, from the archived file or the partner; None where it came by a file and none was accepted."""
    if archived is not None:
        return land_again(tools, archived)
    if entity.file is None and isinstance(tools, PullTools):
        return pull_day(tools, entity, day=day)
    return None


def _unread(entity: Entity, day: date) -> tuple[str]:
    return (f"{entity.address} {day}: no file of it was ever accepted, so that nothing was read whole.",)


def _replay_events(replaying: Replaying, entity: Entity, day: date) -> _Events:
    """Deliveries into the change log, then what waits in it, then all of the day that it still holds."""
    tools, found = replaying.tools, _Events()
    if isinstance(tools, PullTools):
        done = redeliver(tools, replaying.system, entity, day=day)
        found.deliveries, found.problems = done.settled, done.problems
        found.applied += [load for load in done.loads if load.entity == entity.name]
    found.applied += [*apply_waiting(tools, entity, deadline=inf), *apply_stored(tools, entity, day=day)]
    tools.reached("events_replayed")
    return found


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


def _check(tools: LoadTools, entity: Entity, connection: Connection, day: date) -> tuple[RuleResult, ...]:
    known = read_day(connection, DayKey(entity.system, entity.name, day))
    if known is None or known.state == "not_obtainable":
        return ()
    results = check_day(tools.database, entity, day=day, check=tools.check, statistics=tools.statistics)
    tools.reached("day_rechecked")
    return results
