"""The whole-day way in: read a business day completely, stage, check, publish in one transaction, or change nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from uuid import uuid4

import psycopg

from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import DayHeld, LandingConflict, LandingUnavailable, PartnerError, SyncError
from sync_platform.landing.check_results import upsert_check_results
from sync_platform.landing.database import Connection
from sync_platform.landing.days import (
    DayKey,
    read_day,
    record_branches,
    record_held,
    record_not_obtainable,
    record_whole,
    recount,
)
from sync_platform.landing.dead_letters import MetBy, insert_dead_letters
from sync_platform.landing.entity_table import STAGE
from sync_platform.landing.leases import day_scope, fence, held, renew
from sync_platform.landing.loads import Load, insert_load
from sync_platform.landing.merge import (
    Repeats,
    conflicting_records,
    count_live,
    merge_stage,
    settle_repeats,
    settle_vanished,
)
from sync_platform.landing.stage import create_stage, drop_stage
from sync_platform.landing.superseded_letters import supersede_letters
from sync_platform.landing.transaction import transactions
from sync_platform.pull.commit import was_committed
from sync_platform.pull.day_read import DayRead, LeasedDay, conflict_letters, read_whole_day
from sync_platform.pull.day_rules import result_row
from sync_platform.pull.day_source import DaySource
from sync_platform.pull.day_statistics import LookedAt, store_looked_at
from sync_platform.pull.exchange_ledger import ExchangeLedger
from sync_platform.pull.freeze import refuse_frozen
from sync_platform.pull.held_day import (
    BlockingChecksFailed,
    TooManyRejected,
    checked,
    refuse_sudden_nothing,
    refuse_too_many_conflicts,
    refuse_too_many_rejected,
)
from sync_platform.pull.readers import entity_tools
from sync_platform.pull.tools import LoadTools, PullTools


@dataclass
class _Attempt:
    """One load on its way: its row in the ledger as far as it is known, and the requests made for it so far.

    `began_seconds` is by the monotonic clock, before any waiting.
    """

    tools: LoadTools
    entity: Entity
    key: DayKey
    load: Load
    source: DaySource
    exchanges: ExchangeLedger
    began_seconds: float


def pull_day(tools: PullTools, entity: Entity, *, day: date) -> Load:
    """Replace one business day by what the partner has now, or leave the last good version served.

    Every failure of the partner or of the data comes back as a Load whose `outcome` says which (promise 7) and is in
    the ledger. Raises LandingUnavailable when the database is away, LandingConflict when another writer has the day,
    PipelineFrozen within a freeze window.
    """
    source = DaySource(
        exchanging=tools.client,
        partner_now=tools.client.partner_now,
        read=partial(read_whole_day, client=tools.client),
        observed=True,
    )
    return land_day(tools, entity, source, day=day, way="current" if entity.is_state else "whole_day")


def land_day(tools: LoadTools, entity: Entity, source: DaySource, *, day: date, way: str) -> Load:
    """Replace one business day by what `source` has of it; as `pull_day` in all else."""
    refuse_frozen(entity, tools.clock.now())
    load = Load(
        load_id=uuid4(),
        system=entity.system,
        entity=entity.name,
        business_day=day,
        way=way,
        outcome="failed",
        started_at=tools.clock.now(),
        correlation_id=tools.correlation_id,
        contract_version=entity.contract.version,
        run_id=tools.run_id,
    )
    attempt = _Attempt(
        tools=tools,
        entity=entity,
        key=DayKey(system=entity.system, entity=entity.name, day=day),
        load=load,
        source=source,
        exchanges=ExchangeLedger(source.exchanging, correlation_id=tools.correlation_id),
        began_seconds=tools.clock.monotonic(),
    )
    try:
        refused_day = _not_askable(attempt)
        if refused_day is not None:
            return _settle_unaskable(attempt, refused_day)
        return _load_day(attempt)
    except PartnerError as error:
        with tools.database.connect() as connection, connection.transaction():
            return _record_failure(attempt, connection, error)
    except LandingConflict:
        with tools.database.connect() as connection, connection.transaction():
            attempt.exchanges.insert(connection)
        raise


def _not_askable(attempt: _Attempt) -> str | None:
    entity, day = attempt.entity, attempt.key.day
    if not attempt.source.observed:
        return None
    today = entity.calendar.day_of(attempt.source.partner_now())
    if day > today:
        return "future"
    return "not_obtainable" if entity.is_state and day < today else None


def _settle_unaskable(attempt: _Attempt, why: str) -> Load:
    """A past day of a state entity that nobody observed is shown as such; what was observed stays as it is."""
    with attempt.tools.database.connect() as connection, connection.transaction():
        attempt.exchanges.insert(connection)
        if why == "not_obtainable":
            landed = read_day(connection, attempt.key)
            if landed is None or landed.state == "not_obtainable":
                record_not_obtainable(connection, attempt.key)
            else:
                why = "kept"
        load = replace(attempt.load, outcome=why)
        insert_load(connection, load)
    return load


def _load_day(attempt: _Attempt) -> Load:
    tools, entity, key = attempt.tools, attempt.entity, attempt.key
    wanted = {"system": key.system, "entity": key.entity, "scope": day_scope(key.day), "holder": tools.holder}
    with (
        tools.database.connect() as connection,
        held(connection, **wanted, clock=tools.clock, wait_seconds=tools.lease_wait_seconds) as lease,
    ):
        # Loads of a day are told in the order of their start, which is that of their leases.
        attempt.load = replace(attempt.load, started_at=tools.clock.now())
        tools.reached("day_leased")
        stage = create_stage(connection, entity_tools(entity).table, day=key.day, token=lease.token)
        try:
            tools.reached("stage_created")
            leased = LeasedDay(
                tools=tools,
                entity=entity,
                day=key.day,
                connection=connection,
                lease=lease,
                stage=stage,
                exchanges=attempt.exchanges,
                partner_now=attempt.source.partner_now,
            )
            load = _stage_and_publish(attempt, leased)
        except DayHeld as error:
            for transaction in transactions(connection, clock=tools.clock):
                with transaction:
                    fence(connection, lease)
                    load = _record_failure(attempt, connection, error)
        except psycopg.errors.UndefinedTable as error:
            if f'"{STAGE}.' not in str(error):
                # A table of our own: the database is of an older version.
                raise
            raise LandingConflict(
                f"{entity.address} {key.day}: this writer's stage is gone, another writer took the day over; "
                "nothing was changed."
            ) from error
        finally:
            if not connection.closed:
                drop_stage(connection, stage)
        tools.reached("stage_dropped")
        return load


def _stage_and_publish(attempt: _Attempt, leased: LeasedDay) -> Load:
    tools, entity, connection, stage = leased.tools, leased.entity, leased.connection, leased.stage
    read = attempt.source.read(leased)
    began_on = entity.calendar.day_of(read.began_at) if read.began_at is not None else leased.day
    if attempt.source.observed and entity.is_state and began_on != leased.day:
        # The day ended while this writer waited; what it read is the next day's state.
        return _settle_unaskable(attempt, "not_obtainable")
    repeats = settle_repeats(connection, stage) if read.repeats else Repeats()
    read.letters.extend(conflict_letters(repeats.conflicts))
    read.letters.stage()
    tools.reached("day_read")
    attempt.load = _with_read(attempt.load, read)
    refuse_too_many_rejected(entity, attempt.load, read)
    refuse_sudden_nothing(connection, entity, attempt.key, read)
    renew(connection, leased.lease)
    looked = checked(leased, read)
    tools.reached("day_checked")
    return _publish(attempt, leased, read, repeats=repeats, looked=looked)


def _with_read(load: Load, read: DayRead) -> Load:
    return replace(load, read=read.read, pages=read.pages, partner_count=read.partner_count, as_of=read.day_as_of)


def _publish(attempt: _Attempt, leased: LeasedDay, read: DayRead, *, repeats: Repeats, looked: LookedAt) -> Load:
    tools, connection, load = leased.tools, leased.connection, attempt.load
    try:
        for transaction in transactions(connection, clock=tools.clock):
            with transaction:
                tools.reached("publish_begun")
                fence(connection, leased.lease)
                load = _write(attempt, leased, read, repeats=repeats, looked=looked)
                load = replace(load, seconds=tools.clock.monotonic() - attempt.began_seconds)
                insert_load(connection, load)
                if attempt.source.record is not None:
                    attempt.source.record(connection, load)
                tools.reached("load_stored")
    except LandingUnavailable:
        if not was_committed(tools, leased.lease, load.load_id):
            raise
    tools.reached("publish_committed")
    return load


def _write(attempt: _Attempt, leased: LeasedDay, read: DayRead, *, repeats: Repeats, looked: LookedAt) -> Load:
    """Everything that belongs together in the publishing transaction; returns the load's final row."""
    tools, entity, connection, stage = leased.tools, leased.entity, leased.connection, leased.stage
    key, load_id = attempt.key, attempt.load.load_id
    parts = entity_tools(entity)
    counts = merge_stage(connection, stage, load_id=load_id)
    if counts.conflicts:
        refuse_too_many_conflicts(entity, attempt.load, read, counts.conflicts)
    began_at = read.began_at or attempt.source.partner_now()
    if read.read:
        counts = settle_vanished(
            connection,
            stage,
            counts,
            load_id=load_id,
            day=key.day,
            read_at=began_at,
            confirmed=read.confirmed,
            rejected_keys=sorted(read.rejected_keys),
            keyless=bool(read.keyless),
        )
    tools.reached("rows_merged")
    met_by = _met_by(attempt.load)
    read.letters.store(met_by)
    if counts.conflicts:
        conflicts = conflict_letters(conflicting_records(connection, stage))
        insert_dead_letters(connection, parts.table, conflicts, met_by=met_by, seal=tools.seal)
    supersede_letters(connection, stage, load_id=load_id)
    attempt.exchanges.insert(connection)
    tools.reached("letters_stored")
    now = tools.clock.now()
    as_of = attempt.load.as_of or began_at
    record_whole(
        connection,
        key,
        rows=counts.live if read.read else count_live(connection, parts.table, key.day),
        as_of=as_of,
        looked_at=now,
        read_began_at=began_at,
        load_id=load_id,
        checks_passed=sum(result.passed for result in looked.results),
        checks_failed=sum(not result.passed for result in looked.results),
        unchecked=counts.superseded + counts.conflicts > 0,
    )
    record_branches(connection, key, branches=read.branches, looked_at=now)
    for day in counts.left_days:
        _recount(connection, entity, replace(key, day=day))
    upsert_check_results(connection, key, [result_row(result) for result in looked.results], load_id=load_id)
    store_looked_at(connection, entity, key, looked)
    return replace(
        attempt.load,
        outcome="published" if read.read else "empty",
        inserted=counts.inserted,
        updated=counts.updated,
        unchanged=counts.unchanged + repeats.unchanged,
        superseded=counts.superseded + repeats.superseded,
        dead_lettered=len(read.letters) + counts.conflicts,
        tombstoned=counts.tombstoned,
        revived=counts.revived,
        moved=counts.moved,
        changed_without_version=counts.changed_without_version,
        requests=attempt.exchanges.requests,
        response_bytes=attempt.exchanges.response_bytes,
        as_of=as_of,
        looked_at=now,
        loaded_at=now,
        fencing_token=leased.lease.token,
    )


def _met_by(load: Load) -> MetBy:
    return MetBy(load.load_id, load.way, load.correlation_id)


def _recount(connection: Connection, entity: Entity, key: DayKey) -> None:
    recount(connection, key, rows=count_live(connection, entity_tools(entity).table, key.day))


def _record_failure(attempt: _Attempt, connection: Connection, error: SyncError) -> Load:
    """Nothing was published: the ledger says why, and what was rejected or checked on the way is kept.

    Runs in the caller's transaction, which for a held day is fenced: it writes the day's state.
    """
    attempt.exchanges.insert(connection)
    load = replace(
        attempt.load,
        outcome=error.kind,
        error_kind=error.kind,
        error=str(error),
        seconds=attempt.tools.clock.monotonic() - attempt.began_seconds,
        requests=attempt.exchanges.requests,
        response_bytes=attempt.exchanges.response_bytes,
    )
    if isinstance(error, DayHeld):
        results = error.results if isinstance(error, BlockingChecksFailed) else ()
        blocking = sum(result.blocking and not result.passed for result in results)
        rejected = isinstance(error, TooManyRejected)
        record_held(connection, attempt.key, blocking_failed=blocking, rejected=rejected)
        upsert_check_results(connection, attempt.key, [result_row(result) for result in results], load_id=load.load_id)
    # A file is refused whole: its records are in the report for its sender, who sends them again.
    if isinstance(error, TooManyRejected) and attempt.source.observed:
        error.read.letters.store(_met_by(load))
        load = replace(load, dead_lettered=len(error.read.letters))
    insert_load(connection, load)
    return load
