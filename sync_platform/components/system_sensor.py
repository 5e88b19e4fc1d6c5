"""The sensor of one partner system: asks first what is still owed, then what is new, within a tick's budget.

A tick captures and applies deltas itself through the one write path and tells Dagster by runless events: no process is
started per delta. What is larger becomes at most one run per purpose, over a range of days. All state is in our own
tables; the sensor's cursor only acknowledges which loads Dagster has been told about.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from uuid import UUID, uuid4

from dagster import (
    AssetCheckEvaluation,
    AssetMaterialization,
    AssetObservation,
    DagsterInstance,
    DefaultSensorStatus,
    JobDefinition,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from sync_platform.components.asset_facts import (
    asset_key,
    check_specs,
    load_metadata,
    materialization,
    observation,
    rules_evaluation,
)
from sync_platform.components.run_tags import PRIORITIES, PRIORITY, PURPOSE, RANGE_END, RANGE_START
from sync_platform.components.runless_checks import tell_evaluations
from sync_platform.components.session import file_session, sensor_holder, sensor_session
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.errors import DeclarationError, LandingConflict, LandingUnavailable, PartnerError, SyncError
from sync_platform.landing.check_results import read_check_results
from sync_platform.landing.database import Connection, LockConflict
from sync_platform.landing.days import DayKey, mark_reported, read_states, record_not_obtainable
from sync_platform.landing.loads import unreported_loads
from sync_platform.landing.run_requests import AskedRun, insert_run_request, last_asked
from sync_platform.partners.files.folder import open_folder
from sync_platform.pull.deliveries import apply_deliveries
from sync_platform.pull.delta import pull_delta
from sync_platform.pull.files import take_files
from sync_platform.pull.owed import Owed, known_since, owed_days, unobserved_days
from sync_platform.pull.poll import poll_is_due
from sync_platform.pull.silence import SilenceWatch
from sync_platform.pull.tools import LoadTools, PullTools

# Sensors over 60 s are cut by Dagster; 20 s leaves room for a slow last request.
TICK_BUDGET_SECONDS = 20.0
# The daemon looks every 5 s, in shuffled order: with an interval of exactly 5 s every second look would come too early
# by some milliseconds, and the tick five seconds later.
_LOOKS_EARLY_SECONDS = 1
# A logged event costs about 14 ms in dagster-postgres; what is left over is told by the next tick.
MOST_EVENTS = 200
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=30)
# Six doublings pass the longest wait; with one per attempt a day of outage overflowed and stopped the sensor for good.
_MOST_DOUBLINGS = 6
# A run asked for that Dagster does not know a minute later was dropped.
_DROPPED_AFTER = timedelta(seconds=60)

_silence = SilenceWatch()

Event = AssetMaterialization | AssetObservation | AssetCheckEvaluation


@dataclass
class Tick:
    """What one tick found, and what it tells Dagster."""

    run_requests: list[RunRequest] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    silences: list[Entity] = field(default_factory=list)


def system_sensor(system: PartnerSystem, job: JobDefinition | UnresolvedAssetJobDefinition) -> SensorDefinition:
    """The sensor; it runs from the start, every few seconds, as the quickest entity's `poll` says."""
    seconds = _pace(system).total_seconds()

    def evaluate(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        try:
            return _evaluate(system, context)
        except DeclarationError as error:
            return SkipReason(str(error))
        except (PartnerError, LandingUnavailable) as error:
            # The cursor stays, nothing is lost: the next tick asks again. Raising makes the tick red in the UI.
            raise type(error)(str(error)) from None

    return SensorDefinition(
        name=f"{system.name}_sync",
        job=job,
        evaluation_fn=evaluate,
        minimum_interval_seconds=max(int(seconds) - _LOOKS_EARLY_SECONDS, 1),
        default_status=DefaultSensorStatus.RUNNING,
        description=f"Takes in what changed at {system.name}, and asks for days that are still owed.",
    )


def _pace(system: PartnerSystem) -> timedelta:
    return min(entity.declaration.poll for entity in system.entities)


def _evaluate(system: PartnerSystem, context: SensorEvaluationContext) -> SensorResult:
    started = time.monotonic()
    deadline = started + TICK_BUDGET_SECONDS
    tools = sensor_session(system) if system.asked else file_session(holder=sensor_holder(system))
    tick = Tick()
    with tools.database.connect() as connection:
        _acknowledge(connection, context.cursor)
    if isinstance(tools, PullTools):
        _ask(system, tools, context, tick, deadline=deadline)
        # What the gateway stored and its applier did not take in, because it is down.
        tick.problems += apply_deliveries(tools, system, deadline=deadline).problems
    for entity in system.entities:
        _take_files(tools, entity, tick, deadline=deadline)
    with tools.database.connect() as connection:
        tell_loads(system, connection, tick, is_at_work=_is_at_work(context.instance))
        _tell_silences(connection, context.instance, tick, now=tools.clock.now())
    if tick.problems and not tick.events and not tick.run_requests:
        raise SyncError("; ".join(tick.problems))
    for problem in tick.problems:
        context.log.warning(problem)
    return SensorResult(
        run_requests=tick.run_requests,
        asset_events=tick.events,
        cursor=json.dumps({"told": tick.told}) if tick.told else (context.cursor or "{}"),
    )


def _ask(
    system: PartnerSystem, tools: PullTools, context: SensorEvaluationContext, tick: Tick, *, deadline: float
) -> None:
    try:
        now = tools.client.partner_now()
    except PartnerError as error:
        # Nobody answers: say so, and still tell Dagster what was applied before.
        tick.problems.append(str(error))
        return
    _ask_for_owed(system, tools, context, now, tick)
    for entity in system.asked:
        _take_in(tools, entity, deadline, tick, pace=_pace(system))


def _take_files(tools: LoadTools, entity: Entity, tick: Tick, *, deadline: float) -> None:
    """What waits in one entity's drop folder; a failure here leaves the other entities alone."""
    if entity.file is None or entity.freeze_at(tools.clock.now()) or time.monotonic() > deadline:
        return
    try:
        folder = open_folder(entity.file, os.environ, owner=entity.address)
        taken = take_files(tools, entity, folder, deadline=deadline)
    except LandingConflict:
        # Another process looks through the folder: it takes the same files.
        return
    except PartnerError as error:
        tick.problems.append(str(error))
        return
    tick.problems += taken.problems
    tick.problems += [
        f"{entity.address} {file.name}: {file.message}" for file in taken.files if file.state == "rejected"
    ]


def _ask_for_owed(
    system: PartnerSystem, tools: PullTools, context: SensorEvaluationContext, now: datetime, tick: Tick
) -> None:
    today = system.declaration.calendar.day_of(now)
    with tools.database.connect() as connection:
        states = read_states(connection, system.name, since=known_since(system, today=today))
        for entity_name, day in unobserved_days(replace(system, entities=system.asked), states, today=today):
            record_not_obtainable(connection, DayKey(system=system.name, entity=entity_name, day=day))
        for owed in owed_days(thawed(system, now), states, today=today):
            request = ask_again(system, connection, owed, unfinished=_finder(context))
            if request is not None:
                tick.run_requests.append(request)


def thawed(system: PartnerSystem, now: datetime) -> PartnerSystem:
    """The system with what can be asked for now: what is frozen owes until the window ends, files just come."""
    return replace(system, entities=tuple(entity for entity in system.asked if not entity.freeze_at(now)))


def ask_again(
    system: PartnerSystem,
    connection: Connection,
    owed: Owed,
    *,
    unfinished: Callable[[str], str],
    now: datetime | None = None,
) -> RunRequest | None:
    """A run for what is owed, unless one is on its way or failed just now; each attempt waits longer than the last.

    `unfinished(run_key)` says `running`, `finished` or `unknown` (Dagster has no such run: it was dropped, or not
    written yet).
    """
    now = now or datetime.now(UTC)
    last = last_asked(connection, system=system.name, purpose=owed.purpose)
    attempt = 1
    if last is not None:
        status = unfinished(last.run_key)
        if status == "running" or not _waited_enough(last, status, now):
            return None
        same = (last.first_day, last.last_day) == (owed.first_day, owed.last_day)
        attempt = last.attempt + 1 if same else 1
    run_key = f"{system.name}:{owed.purpose}:{owed.first_day}:{owed.last_day}:{uuid4().hex[:8]}"
    insert_run_request(
        connection,
        system=system.name,
        purpose=owed.purpose,
        first_day=owed.first_day,
        last_day=owed.last_day,
        attempt=attempt,
        run_key=run_key,
    )
    entities = [entity for entity in system.entities if entity.name in owed.entities]
    return range_run(entities, purpose=owed.purpose, first_day=owed.first_day, last_day=owed.last_day, run_key=run_key)


def range_run(
    entities: Sequence[Entity], *, purpose: str, first_day: date, last_day: date, run_key: str | None
) -> RunRequest:
    """One run of these entities over a range of days.

    With the checks that a load makes and no others: what a run plans and does not evaluate, Dagster shows as skipped.
    """
    return RunRequest(
        run_key=run_key,
        asset_selection=[asset_key(entity) for entity in entities],
        asset_check_keys=[spec.key for entity in entities for spec in check_specs(entity)],
        tags={
            RANGE_START: first_day.isoformat(),
            RANGE_END: last_day.isoformat(),
            PURPOSE: purpose,
            PRIORITY: PRIORITIES[purpose],
        },
    )


def _waited_enough(last: AskedRun, status: str, now: datetime) -> bool:
    waited = now - last.asked_at
    if status == "unknown":
        return waited > _DROPPED_AFTER
    doublings = min(last.attempt - 1, _MOST_DOUBLINGS)
    return waited > min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)


def _finder(context: SensorEvaluationContext) -> Callable[[str], str]:
    def unfinished(run_key: str) -> str:
        records = context.instance.get_run_records(RunsFilter(tags={"dagster/run_key": run_key}), limit=1)
        if not records:
            return "unknown"
        return "finished" if records[0].dagster_run.is_finished else "running"

    return unfinished


def _take_in(tools: PullTools, entity: Entity, deadline: float, tick: Tick, *, pace: timedelta) -> None:
    """What changed at one entity; a failure here leaves the other entities alone."""
    if entity.declaration.changed_since is None or entity.freeze_at(tools.clock.now()) or time.monotonic() > deadline:
        return
    try:
        if not poll_is_due(tools, entity, pace=pace):
            return
        report = pull_delta(tools, entity, budget_seconds=max(deadline - time.monotonic(), 0.1))
        if _silence.look(tools, entity, captured=report.capture.captured) is not None:
            tick.silences.append(entity)
    except LockConflict as error:
        tick.problems.append(str(error))
    except LandingConflict:
        # Another capturer is at work: it takes in the same changes.
        return
    except PartnerError as error:
        tick.problems.append(str(error))


def _tell_silences(connection: Connection, instance: DagsterInstance, tick: Tick, *, now: datetime) -> None:
    """The rules of a day whose silence began or ended: no load tells of nothing."""
    for entity in tick.silences:
        day = entity.calendar.day_of(now)
        results = read_check_results(connection, DayKey(entity.system, entity.name, day))
        tell_evaluations(instance, [rules_evaluation(entity, day, results)])


def _is_at_work(instance: DagsterInstance) -> Callable[[str], bool]:
    @cache
    def is_at_work(run_id: str) -> bool:
        run = instance.get_run_by_id(run_id)
        return run is not None and not run.is_finished

    return is_at_work


def tell_loads(system: PartnerSystem, connection: Connection, tick: Tick, *, is_at_work: Callable[[str], bool]) -> None:
    """Runless events for what was published since Dagster was last told.

    A run tells its own loads an instant after they are published; told here as well, one load would show as two
    materialisations. What a run that ended left untold is told here.
    """
    entities = {entity.name: entity for entity in system.entities}
    untold = unreported_loads(connection, system.name, limit=MOST_EVENTS)
    untold = [found for found in untold if found[0].run_id is None or not is_at_work(found[0].run_id)]
    if any(load.run_id for load, _, _ in untold):
        # Their runs may have told them and ended since they were read.
        still = {load.load_id for load, _, _ in unreported_loads(connection, system.name, limit=MOST_EVENTS)}
        untold = [found for found in untold if found[0].load_id in still]
    for load, rows, state in untold:
        entity = entities.get(load.entity)
        if entity is None:
            continue
        facts = load_metadata(load, rows=rows)
        whole = state in ("complete", "held")
        event = materialization if whole else observation
        tick.events.append(event(entity, load.business_day, facts))
        tick.told[str(load.load_id)] = f"{load.entity}:{load.business_day}"


def _acknowledge(connection: Connection, cursor: str | None) -> None:
    """The events of the last tick are stored once its cursor is: only then their loads count as told."""
    told: dict[str, str] = json.loads(cursor).get("told", {}) if cursor else {}
    if not told:
        return
    rows = connection.execute(
        "select load_id, system, entity, business_day from sync.load where load_id = any (%s)",
        [[UUID(load_id) for load_id in told]],
    ).fetchall()
    for load_id, system, entity, day in rows:
        mark_reported(connection, DayKey(system=system, entity=entity, day=day), load_id=load_id)
