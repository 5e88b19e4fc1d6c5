"""The asset of one entity: a run reads its days whole, newest first, and tells Dagster each day's own facts.

A run over several days would copy one metadata to every day and store its checks without a partition. So the step
yields nothing and logs one materialisation per published day and one evaluation per check and day (`skippable` specs).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    BackfillPolicy,
    Backoff,
    Failure,
    Jitter,
    MetadataValue,
    RetryPolicy,
    multi_asset,
)

from sync_platform.components.asset_facts import (
    AS_OF_CHECK,
    RULES_CHECK,
    as_of_evaluation,
    asset_spec,
    check_specs,
    load_metadata,
    materialization,
    observation,
    rules_evaluation,
)
from sync_platform.components.letter_facts import LETTERS_CHECK, letters_check_spec, letters_evaluation
from sync_platform.components.partitions import day_of
from sync_platform.components.refused_facts import REFUSED_CHECK, refused_check_specs, refused_evaluation
from sync_platform.components.run_attempts import attempts_of
from sync_platform.components.run_tags import HISTORY, PURPOSE
from sync_platform.components.session import file_session, run_holder, run_session
from sync_platform.components.source_facts import (
    SOURCE_CHECK,
    source_check_specs,
    source_evaluation,
    through_observation,
)
from sync_platform.declarations.files import FileDeclaration
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.errors import LandingConflict, SyncError
from sync_platform.freshness.day_verdict import judge_landed
from sync_platform.landing.check_results import read_check_results
from sync_platform.landing.days import DayKey, days_read_whole, mark_reported, read_day
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.files import read_refused
from sync_platform.landing.loads import Load, days_done_by_runs
from sync_platform.landing.preview import preview_rows
from sync_platform.partners.files.folder import open_folder
from sync_platform.pull.day_rules import check_day
from sync_platform.pull.files import take_files
from sync_platform.pull.tools import LoadTools, PullTools
from sync_platform.pull.whole_day import pull_day
from sync_platform.replay.review import Review, review_letters
from sync_platform.verification.verification import VerifyTools
from sync_platform.verification.verify_day import verify_day

# Only what may pass by itself is tried again: 30 s, 60 s, with jitter. Contract failures and refusals are not.
_RETRIES = RetryPolicy(max_retries=2, delay=30, backoff=Backoff.EXPONENTIAL, jitter=Jitter.PLUS_MINUS)
# A run takes what waits; what is left is the sensor's, a few seconds later.
FILES_BUDGET_SECONDS = 600.0
_WORTH_ANOTHER_TRY = {"unreachable", "throttled", "database", "conflict"}


@dataclass(frozen=True)
class _FailedDay:
    """A day that this run could not publish, and why, in words without secrets."""

    day: date
    kind: str
    words: str


def entity_asset(system: PartnerSystem, entity: Entity) -> AssetsDefinition:
    """The asset with its checks; many days share one process, one failed day does not take the others down."""

    @multi_asset(
        name=f"{system.name}__{entity.name}",
        specs=[asset_spec(system, entity)],
        check_specs=[
            *check_specs(entity),
            *source_check_specs(entity),
            letters_check_spec(entity),
            *refused_check_specs(entity),
        ],
        can_subset=True,
        backfill_policy=BackfillPolicy.single_run(),
        retry_policy=_RETRIES,
        pool=system.name,
        op_tags={"system": system.name},
    )
    def load_entity(context: AssetExecutionContext) -> Iterator[None]:
        checks = {key.name for key in context.selected_asset_check_keys}
        of_days = context.selected_asset_keys or checks - {LETTERS_CHECK, REFUSED_CHECK}
        days = sorted({day_of(key) for key in context.partition_keys}, reverse=True) if of_days else []
        try:
            if entity.file is not None:
                _work_on_files(context, entity, entity.file, days)
                return
            with run_session(system, run_id=context.run_id) as tools:
                if context.selected_asset_keys:
                    _load_days(context, tools, entity, days)
                else:
                    if checks & {RULES_CHECK, AS_OF_CHECK}:
                        _check_days(context, tools, entity, days)
                    if SOURCE_CHECK in checks:
                        _verify_days(context, tools, system, entity, days)
                if LETTERS_CHECK in checks:
                    _review_letters(context, tools, entity)
        except SyncError as error:
            raise Failure(str(error), allow_retries=error.kind in _WORTH_ANOTHER_TRY) from error
        yield from ()

    return load_entity


def _work_on_files(context: AssetExecutionContext, entity: Entity, declared: FileDeclaration, days: list[date]) -> None:
    """As for an entity that is asked for; its source cannot be verified."""
    tools = file_session(holder=run_holder(context.run_id), run_id=context.run_id)
    if context.selected_asset_keys:
        _load_file_days(context, tools, entity, declared, days)
    else:
        _check_days(context, tools, entity, days)
    checks = {key.name for key in context.selected_asset_check_keys}
    if LETTERS_CHECK in checks:
        _review_letters(context, tools, entity)
    if REFUSED_CHECK in checks:
        now = tools.clock.now()
        with tools.database.connect() as connection:
            refused = read_refused(connection, now=now)
        context.log_event(refused_evaluation(entity, refused, now=now))


def _load_file_days(
    context: AssetExecutionContext, tools: LoadTools, entity: Entity, declared: FileDeclaration, days: list[date]
) -> None:
    """Take what waits in the drop folder. A day of which no file ever came fails: it cannot be asked for."""
    folder = open_folder(declared, os.environ, owner=entity.address)
    taken = take_files(tools, entity, folder, deadline=tools.clock.monotonic() + FILES_BUDGET_SECONDS)
    loads = {file.load.business_day: file.load for file in taken.files if file.load is not None}
    failed = []
    for day in days:
        if day in loads:
            _tell(context, tools, entity, loads[day])
        with tools.database.connect() as connection:
            landed = read_day(connection, DayKey(system=entity.system, entity=entity.name, day=day))
        if landed is None or landed.complete_at is None:
            why = next((file.message for file in taken.files if file.message), "no file of this day has come")
            failed.append(_FailedDay(day=day, kind="no_file", words=why))
    if failed:
        raise _failure(entity, failed)


def _load_days(context: AssetExecutionContext, tools: PullTools, entity: Entity, days: list[date]) -> None:
    """Pull each day that is still to be done; a failed day is told at the end, the others go on.

    A retry does not read again what an earlier attempt has published, and filling history leaves whole days alone.
    """
    with tools.database.connect() as connection:
        attempts = attempts_of(context.instance, context.run)
        done = days_done_by_runs(connection, attempts, system=entity.system, entity=entity.name)
        if context.run.tags.get(PURPOSE) == HISTORY:
            done |= days_read_whole(connection, system=entity.system, entity=entity.name, since=days[-1])
    failed: list[_FailedDay] = []
    for day in days:
        if day in done:
            continue
        try:
            load = pull_day(tools, entity, day=day)
        except LandingConflict as error:
            failed.append(_FailedDay(day=day, kind=error.kind, words=str(error)))
            continue
        context.log.info("%s %s: %s, read %d, %.1f s", entity.address, day, load.outcome, load.read, load.seconds)
        _tell(context, tools, entity, load)
        if load.error_kind is not None:
            failed.append(_FailedDay(day=day, kind=load.error_kind, words=load.error or load.outcome))
    if failed:
        raise _failure(entity, failed)


def _tell(context: AssetExecutionContext, tools: LoadTools, entity: Entity, load: Load) -> None:
    key = DayKey(system=entity.system, entity=entity.name, day=load.business_day)
    table = EntityTable(system=entity.system, contract=entity.contract)
    with tools.database.connect() as connection:
        landed = read_day(connection, key)
        if load.ok and landed is not None:
            preview = preview_rows(connection, table, day=load.business_day)
            facts = load_metadata(load, rows=landed.rows, preview=preview)
            context.log_event(materialization(entity, load.business_day, facts))
        elif load.outcome == "not_obtainable":
            context.log_event(observation(entity, load.business_day, load_metadata(load, rows=0)))
        if load.ok or load.outcome == "held":
            results = read_check_results(connection, key)
            context.log_event(rules_evaluation(entity, load.business_day, results))
            verdict = judge_landed(connection, entity, day=load.business_day, now=tools.clock.now())
            context.log_event(as_of_evaluation(entity, load.business_day, verdict))
        if load.ok:
            mark_reported(connection, key, load_id=load.load_id)


def _check_days(context: AssetExecutionContext, tools: LoadTools, entity: Entity, days: list[date]) -> None:
    """Only the checks were asked for: run the rules on what is landed."""
    for day in days:
        key = DayKey(system=entity.system, entity=entity.name, day=day)
        with tools.database.connect() as connection:
            landed = read_day(connection, key)
        if landed is not None and landed.rows:
            check_day(tools.database, entity, day=day, check=tools.check, statistics=tools.statistics)
        with tools.database.connect() as connection:
            results = read_check_results(connection, key)
            verdict = judge_landed(connection, entity, day=day, now=tools.clock.now())
        context.log_event(rules_evaluation(entity, day, results))
        context.log_event(as_of_evaluation(entity, day, verdict))


def _verify_days(
    context: AssetExecutionContext, tools: PullTools, system: PartnerSystem, entity: Entity, days: list[date]
) -> None:
    """Hold the days against the partner, oldest first, because what is verified grows from its first day on."""
    verify_tools = VerifyTools(
        tools.database, tools.client, tools.clock, correlation_id=tools.correlation_id, seal=tools.seal
    )
    through = None
    for day in sorted(days):
        verification = verify_day(verify_tools, system, entity, day=day)
        context.log_event(source_evaluation(entity, verification))
        through = verification.through or through
    if through is not None:
        context.log_event(through_observation(entity, through))


def _review_letters(context: AssetExecutionContext, tools: LoadTools, entity: Entity) -> None:
    """The entity's dead letters of all days."""
    now = tools.clock.now()
    with tools.database.connect() as connection:
        waiting = review_letters(connection, now=now).get((entity.system, entity.name), Review((), now))
    context.log_event(letters_evaluation(entity, waiting))


def _failure(entity: Entity, failed: list[_FailedDay]) -> Failure:
    first = failed[0]
    return Failure(
        description=f"{entity.address}: {len(failed)} days were not published. {first.day}: {first.words}",
        metadata={"days": MetadataValue.md("\n".join(f"- {one.day}: {one.kind}: {one.words}" for one in failed))},
        allow_retries=any(one.kind in _WORTH_ANOTHER_TRY for one in failed),
    )
