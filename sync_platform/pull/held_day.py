"""Why a day that was read is held back: too much was rejected, it is suddenly empty, a blocking check failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import DayHeld
from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey, rejected_before
from sync_platform.landing.loads import Load
from sync_platform.landing.merge import count_live
from sync_platform.pull.day_read import DayRead, LeasedDay
from sync_platform.pull.day_statistics import KnownUntil, LookedAt, look_at_day
from sync_platform.pull.readers import entity_tools

FIRST_FEW = 2


class TooManyRejected(DayHeld):
    """Past the declared limit of rejected records; they are kept as dead letters although the day is not published."""

    def __init__(self, message: str, read: DayRead) -> None:
        super().__init__(message)
        self.read = read


class BlockingChecksFailed(DayHeld):
    """Blocking rules failed on the stage."""

    def __init__(self, message: str, results: tuple[RuleResult, ...]) -> None:
        super().__init__(message)
        self.results = results


def refuse_too_many_rejected(entity: Entity, load: Load, read: DayRead) -> None:
    """Raise TooManyRejected past the contract's limit; conflicts within the read count too."""
    first = read.letters.first
    if first is not None and len(read.letters) > entity.contract.max_rejected * read.read:
        asked_again = f"sync-platform pull {entity.address} --day {load.business_day} --dry-run"
        where = f"Look at `{asked_again}`." if entity.file is None else "Each of them is in the file's report."
        raise TooManyRejected(
            f"{entity.address} {load.business_day}: {len(read.letters)} of {read.read} records break the contract, "
            f"more than {entity.contract.max_rejected:.1%}; the last good version stays. "
            f"First: {f'{first.field} {first.message}'.strip()}. {where}",
            read,
        )


def refuse_too_many_conflicts(entity: Entity, load: Load, read: DayRead, conflicts: int) -> None:
    """Raise TooManyRejected when conflicts with what is landed break the limit; the caller's transaction ends."""
    if conflicts + len(read.letters) > entity.contract.max_rejected * read.read:
        raise TooManyRejected(
            f"{entity.address} {load.business_day}: {conflicts} of {read.read} records have the version that is landed "
            f"and other content, more than {entity.contract.max_rejected:.1%} with what else was rejected; the last "
            "good version stays. If the partner changes records without a new version, declare sourceVersion coarse.",
            read,
        )


def rejects_too_much(
    connection: Connection, entity: Entity, key: DayKey, *, rejected: int, rows: int, today: date
) -> bool:
    """Whether deltas rejected a larger share of the day than the contract allows, `rejected` of them just now.

    A day that has only begun is not judged by its first two.
    """
    known = rejected + rejected_before(connection, key)
    if key.day >= today and known <= FIRST_FEW:
        return False
    return known > entity.contract.max_rejected * rows


def refuse_sudden_nothing(connection: Connection, entity: Entity, key: DayKey, read: DayRead) -> None:
    """A partner that answers with nothing is not a partner that deleted everything."""
    if read.read:
        return
    rows = count_live(connection, entity_tools(entity).table, key.day)
    if rows:
        raise DayHeld(
            f"{entity.address} {key.day}: the partner answered with nothing where {rows} records are known; they stay. "
            "Ask the partner; when it is true, remove them there one by one or discard the day by hand."
        )


def checked(leased: LeasedDay, read: DayRead) -> LookedAt:
    """What the contract's rules, and the statistics where they are wanted, find on the stage.

    Raises BlockingChecksFailed.
    """
    tools, entity, stage = leased.tools, leased.entity, leased.stage
    if stage.schema is None:
        return LookedAt()
    relation = Relation(schema=stage.schema, table=stage.name, day=None)
    looked = LookedAt()
    if tools.statistics is not None:
        now = leased.partner_now()
        looked = look_at_day(
            leased.connection,
            tools.statistics,
            entity,
            relation,
            key=DayKey(system=entity.system, entity=entity.name, day=leased.day),
            now=now,
            until=KnownUntil(as_of=read.as_of or now, branches=read.branches),
            shape=read.shape,
        )
    rules = tools.check(entity.contract, relation) if entity.contract.rules else ()
    results = (*rules, *looked.results)
    failed = [result for result in results if result.blocking and not result.passed]
    if failed:
        named = "; ".join(f"{result.rule}: {result.observed}" for result in failed[:3])
        raise BlockingChecksFailed(
            f"{entity.address}: {len(failed)} blocking checks failed ({named}); the last good version stays served.",
            results,
        )
    return replace(looked, results=results)
