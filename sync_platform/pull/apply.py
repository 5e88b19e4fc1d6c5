"""The second half of the delta way in: waiting changes are merged into the days they touch, by the one write path."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import uuid4

from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import LandingConflict, LandingUnavailable, RecordRejected
from sync_platform.landing.changes import WaitingChange, mark_applied, read_stored, read_waiting, waiting_days
from sync_platform.landing.database import Connection, LockConflict
from sync_platform.landing.days import DayKey, hold_rejected, read_day, record_delta, recount
from sync_platform.landing.dead_letters import DeadLetter, MetBy, insert_dead_letters
from sync_platform.landing.leases import Lease, LeaseRenewal, day_scope, fence, held
from sync_platform.landing.loads import Load, insert_load
from sync_platform.landing.merge import conflicting_records, count_live, merge_stage, settle_repeats
from sync_platform.landing.row import StagedRows
from sync_platform.landing.stage import copy_rows, create_temporary_stage
from sync_platform.landing.superseded_letters import supersede_letters
from sync_platform.landing.transaction import transactions
from sync_platform.pull.commit import was_committed
from sync_platform.pull.day_read import Met, conflict_letters, dead_letter
from sync_platform.pull.held_day import rejects_too_much
from sync_platform.pull.readers import EntityTools, entity_tools
from sync_platform.pull.tools import LoadTools

# One transaction takes this many changes of a day; a backlog is applied in several.
BATCH_CHANGES = 10_000


def apply_waiting(tools: LoadTools, entity: Entity, *, deadline: float) -> list[Load]:
    """Apply what waits, longest waiting day first, until `deadline` (tools' monotonic clock).

    One batch is applied in any case: a partner so slow that its answers use up every budget must not keep what came
    waiting for ever. A day that another writer holds is left for the next call. Raises LandingUnavailable, and
    LockConflict, once the other days are applied, when another session keeps what a day has to change locked.
    """
    loads: list[Load] = []
    conflicts: list[LockConflict] = []
    table = entity_tools(entity).table
    with tools.database.connect() as connection:
        for day, _ in waiting_days(connection, table):
            while not loads or tools.clock.monotonic() < deadline:
                try:
                    load = _apply_batch(tools, entity, connection, day)
                except LockConflict as error:
                    conflicts.append(error)
                    break
                if load is None:
                    break
                loads.append(load)
                if load.read < BATCH_CHANGES:
                    break
    if conflicts:
        raise conflicts[0]
    return loads


def _apply_batch(tools: LoadTools, entity: Entity, connection: Connection, day: date) -> Load | None:
    wanted = {"system": entity.system, "entity": entity.name, "scope": day_scope(day), "holder": tools.holder}
    try:
        with held(connection, **wanted, clock=tools.clock, wait_seconds=0) as lease:
            tools.reached("apply_leased")
            return _apply(tools, entity, connection, day=day, lease=lease)
    except LockConflict:
        raise
    except LandingConflict:
        return None


def apply_stored(tools: LoadTools, entity: Entity, *, day: date) -> list[Load]:
    """Apply the kept changes of one day once more, oldest first: what landed since in a later version stays.

    What was rejected then is a dead letter already and is left out. Raises LandingConflict while another writer has the
    day, LandingUnavailable.
    """
    loads: list[Load] = []
    wanted = {"system": entity.system, "entity": entity.name, "scope": day_scope(day), "holder": tools.holder}
    with (
        tools.database.connect() as connection,
        held(connection, **wanted, clock=tools.clock, wait_seconds=tools.lease_wait_seconds) as lease,
    ):
        after, table, renewal = 0, entity_tools(entity).table, LeaseRenewal(connection, lease, tools.clock)
        while changes := read_stored(connection, table, day=day, after=after, limit=BATCH_CHANGES):
            renewal.renew_when_due()
            after = changes[-1].change_id
            passing = _without_rejected(entity, changes)
            if passing:
                loads.append(_apply_changes(tools, entity, connection, passing, day=day, lease=lease))
    return loads


def _without_rejected(entity: Entity, changes: list[WaitingChange]) -> list[WaitingChange]:
    batch = entity_tools(entity).read([change.payload for change in changes])
    return [changes[position] for position in batch.positions]


def _apply(tools: LoadTools, entity: Entity, connection: Connection, *, day: date, lease: Lease) -> Load | None:
    changes = read_waiting(connection, entity_tools(entity).table, day=day, limit=BATCH_CHANGES)
    return _apply_changes(tools, entity, connection, changes, day=day, lease=lease) if changes else None


def _apply_changes(
    tools: LoadTools, entity: Entity, connection: Connection, changes: list[WaitingChange], *, day: date, lease: Lease
) -> Load:
    started = tools.clock.monotonic()
    rows, letters = _decoded(entity, entity_tools(entity), changes, day=day)
    key = DayKey(system=entity.system, entity=entity.name, day=day)
    load = Load(
        load_id=uuid4(),
        system=entity.system,
        entity=entity.name,
        business_day=day,
        way="delta",
        outcome="published",
        started_at=tools.clock.now(),
        correlation_id=tools.correlation_id,
        contract_version=entity.contract.version,
        run_id=tools.run_id,
        read=len(changes),
        fencing_token=lease.token,
    )
    try:
        for transaction in transactions(connection, clock=tools.clock):
            with transaction:
                tools.reached("apply_begun")
                fence(connection, lease)
                load = _merge(tools, entity, connection, load, key, changes=changes, rows=rows, letters=letters)
                load = replace(load, seconds=tools.clock.monotonic() - started)
                insert_load(connection, load)
                mark_applied(connection, [change.change_id for change in changes], load_id=load.load_id)
                tools.reached("changes_marked")
    except LandingUnavailable:
        if not was_committed(tools, lease, load.load_id):
            raise
    tools.reached("apply_committed")
    return load


def _decoded(
    entity: Entity, parts: EntityTools, changes: list[WaitingChange], *, day: date
) -> tuple[StagedRows, list[DeadLetter]]:
    batch = parts.read([change.payload for change in changes])
    letters = [_letter(parts, changes[position], error, day=day) for position, error in batch.rejected]
    read = [changes[position] for position in batch.positions]
    rows = StagedRows(
        columns=batch.columns,
        business_days=[day if entity.is_state or other is None else other for other in batch.days],
        source_versions=batch.versions,
        observed_at=[change.observed_at for change in read],
        as_of=[change.as_of for change in read],
        exchange_ids=[change.exchange_id for change in read],
    )
    return rows, letters


def _letter(parts: EntityTools, change: WaitingChange, error: RecordRejected, *, day: date) -> DeadLetter:
    met = Met(change.observed_at, change.as_of, change.exchange_id, change.delivery_id)
    return dead_letter(parts, change.payload, error, day=day, met=met)


def _with_deliveries(parts: EntityTools, changes: list[WaitingChange], letters: list[DeadLetter]) -> list[DeadLetter]:
    """Conflicting rows with the delivery that brought them: a stage does not know it."""
    brought = [change for change in changes if change.delivery_id is not None]
    batch = parts.read([change.payload for change in brought])
    read = [brought[position] for position in batch.positions]
    by_row: dict[tuple[str | None, datetime | None], int | None] = {
        (key, one.observed_at): one.delivery_id for key, one in zip(parts.keys(batch), read, strict=True)
    }
    return [replace(letter, delivery_id=by_row.get((letter.record_key, letter.observed_at))) for letter in letters]


def _merge(
    tools: LoadTools,
    entity: Entity,
    connection: Connection,
    load: Load,
    key: DayKey,
    *,
    changes: list[WaitingChange],
    rows: StagedRows,
    letters: list[DeadLetter],
) -> Load:
    parts = entity_tools(entity)
    stage = create_temporary_stage(connection, parts.table)
    copy_rows(connection, stage, writer=parts.writer, rows=rows)
    repeats = settle_repeats(connection, stage)
    counts = merge_stage(
        connection, stage, load_id=load.load_id, vanished_before=_vanished_before(connection, entity, key)
    )
    tools.reached("changes_merged")
    landed = conflicting_records(connection, stage) if counts.conflicts else ()
    conflicts = conflict_letters((*repeats.conflicts, *landed))
    letters = [*letters, *(_with_deliveries(parts, changes, conflicts) if conflicts else ())]
    met_by = MetBy(load.load_id, load.way, load.correlation_id)
    insert_dead_letters(connection, parts.table, letters, met_by=met_by, seal=tools.seal)
    supersede_letters(connection, stage, load_id=load.load_id)
    now = tools.clock.now()
    per_branch = entity.declaration.branches is not None
    as_of = (min if per_branch else max)(change.as_of for change in changes)
    rows_now = count_live(connection, parts.table, key.day)
    rejected, today = len(letters), entity.calendar.day_of(now)
    if rejected and rejects_too_much(connection, entity, key, rejected=rejected, rows=rows_now, today=today):
        hold_rejected(connection, key)
    # What the partner sends us says nothing of the records that it did not send.
    asked = [change for change in changes if change.delivery_id is None]
    record_delta(
        connection,
        key,
        rows=rows_now,
        as_of=max((change.as_of for change in asked), default=as_of),
        looked_at=now if asked else None,
        moves_as_of=bool(asked) and not per_branch,
    )
    for day in counts.left_days:
        left = replace(key, day=day)
        recount(connection, left, rows=count_live(connection, parts.table, day))
    return replace(
        load,
        inserted=counts.inserted,
        updated=counts.updated,
        unchanged=counts.unchanged + repeats.unchanged,
        superseded=counts.superseded + repeats.superseded,
        dead_lettered=len(letters),
        tombstoned=counts.tombstoned,
        revived=counts.revived,
        moved=counts.moved,
        changed_without_version=counts.changed_without_version,
        as_of=as_of,
        looked_at=now if asked else None,
        loaded_at=now,
    )


def _vanished_before(connection: Connection, entity: Entity, key: DayKey) -> datetime | None:
    """Since when a record that is not landed is known to be gone: since a confirmed complete read of its day.

    An event may become visible later than it happened, so for those the read counts from its safety lag before.
    """
    landed = read_day(connection, key)
    if landed is None or not landed.confirmed or landed.read_began_at is None:
        return None
    declared = entity.declaration.changed_since
    if declared is not None and declared.events is not None:
        return landed.read_began_at - declared.safety_lag
    return landed.read_began_at
