"""The last verification of each business day against its partner, and up to which day all of them agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey
from sync_platform.landing.queries import queries

AGREES, EXPLAINED, DIFFERS, CONTRADICTS, UNANSWERED = "agrees", "explained", "differs", "contradicts", "unanswered"
VERIFIED = frozenset({AGREES, EXPLAINED})
DAY, SO_FAR = "day", "so_far"


@dataclass(frozen=True)
class StoredDifference:
    """A differing key as it is kept: what is personal in it is masked already."""

    record_key: str
    kind: str
    fields: Mapping[str, Mapping[str, Any]]
    note: str


@dataclass(frozen=True)
class StoredAnswer:
    """What one answered verification found, by the columns of sync.verification. Sums are exact."""

    verdict: str
    words: str
    partner_count: int
    landed_count: int
    dead_letters: int
    partner_sums: Mapping[str, Decimal]
    landed_sums: Mapping[str, Decimal]
    dead_letter_sums: Mapping[str, Decimal]
    missing_here: int
    missing_there: int
    changed: int
    rejected: int
    searched: bool
    requests: int
    asked_at: datetime
    compared_load_at: datetime | None
    exchange_id: UUID
    asked_until: datetime | None = None


@dataclass(frozen=True)
class DayVerdict:
    """Where a settled day's verification stands. `rested` and `failed_ago` say how long ago that was."""

    day: date
    verdict: str | None
    changed_since: bool
    rested: timedelta | None
    failed_ago: timedelta | None


@dataclass(frozen=True)
class VerifiedThrough:
    """Every day from `verified_from` to `verified_through` agrees; `hole_day` is the first settled one without it."""

    verified_from: date | None
    verified_through: date | None
    settled_through: date
    hole_day: date | None
    hole: str | None


def store_answer(
    connection: Connection, key: DayKey, *, scope: str, answer: StoredAnswer, differences: Sequence[StoredDifference]
) -> None:
    """Put the answer and its differing keys in the place of the day's last ones, in the caller's transaction."""
    values = {
        **vars(answer),
        **{name: _exact(getattr(answer, name)) for name in ("partner_sums", "landed_sums", "dead_letter_sums")},
        **key.values,
        "scope": scope,
    }
    connection.execute(queries("verifications")["store_answer"], values)
    connection.execute(queries("verifications")["forget_differences"], {**key.values, "scope": scope})
    if differences:
        with connection.cursor() as cursor:
            cursor.executemany(
                queries("verifications")["store_difference"],
                [{**vars(one), "fields": Jsonb(one.fields), **key.values, "scope": scope} for one in differences],
            )


def store_failure(
    connection: Connection, key: DayKey, *, scope: str, words: str, kind: str, failure: str, requests: int
) -> None:
    """The partner did not answer; an earlier answer stays, with the failure beside it."""
    connection.execute(
        queries("verifications")["store_failure"],
        {**key.values, "scope": scope, "words": words, "failure_kind": kind, "failure": failure, "requests": requests},
    )


def read_verdicts(connection: Connection, *, system: str, entity: str, since: date, through: date) -> list[DayVerdict]:
    """The whole days that are landed, oldest first, each with its last verdict."""
    rows = connection.execute(
        queries("verifications")["verdicts"], {"system": system, "entity": entity, "since": since, "through": through}
    )
    return [DayVerdict(*row) for row in rows]


def judge_through(
    connection: Connection, *, system: str, entity: str, settled: date, since: date | None
) -> VerifiedThrough:
    """Work out and store up to which day every settled day agrees; `since` is the first day that counts."""
    row = connection.execute(
        queries("verifications")["judge_through"],
        {"system": system, "entity": entity, "settled": settled, "since": since},
    ).fetchone()
    return VerifiedThrough(*row) if row else VerifiedThrough(None, None, settled, None, None)


def read_through(connection: Connection) -> dict[tuple[str, str], VerifiedThrough]:
    """Up to which day each entity that was ever judged agrees, by system and entity."""
    rows = connection.execute(queries("verifications")["read_through"])
    return {(system, entity): VerifiedThrough(*row) for system, entity, *row in rows}


def _exact(sums: Mapping[str, Decimal]) -> Jsonb:
    return Jsonb({name: format(value, "f") for name, value in sums.items()})
