"""Which open dead letters wait for their daily review: by entity, reason and age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

# Dead letters are looked at every day; one that waits for longer was not.
REVIEWED_EVERY = timedelta(days=1)
_SHOWN_REASONS = 3


@dataclass(frozen=True)
class WaitingReason:
    """Open letters of one entity with one reason and field; some are of the last day, some older than a week."""

    system: str
    entity: str
    reason: str
    field: str
    letters: int
    of_a_day: int
    over_a_week: int
    oldest_at: datetime


@dataclass(frozen=True)
class Review:
    """What waits of one entity, the most frequent reason first."""

    reasons: tuple[WaitingReason, ...]
    now: datetime

    @property
    def letters(self) -> int:
        return sum(reason.letters for reason in self.reasons)

    @property
    def oldest_at(self) -> datetime | None:
        return min((reason.oldest_at for reason in self.reasons), default=None)

    @property
    def is_overdue(self) -> bool:
        """Whether one waits for longer than letters should."""
        return self.oldest_at is not None and self.now - self.oldest_at > REVIEWED_EVERY

    @property
    def words(self) -> str:
        """How many wait, since when and why. It holds no age, so that it only changes when the letters do."""
        if self.oldest_at is None:
            return "No dead letter is open."
        named = [f"{one.letters:,} {one.reason} {one.field}".rstrip() for one in self.reasons[:_SHOWN_REASONS]]
        more = len(self.reasons) - len(named)
        others = [f"{more} more reason{'s' if more > 1 else ''}"] if more else []
        noun = "letter is" if self.letters == 1 else "letters are"
        return (
            f"{self.letters:,} dead {noun} open, the oldest since {self.oldest_at:%Y-%m-%d %H:%M} UTC: "
            f"{'; '.join([*named, *others])}."
        )


def review_letters(connection: Connection, *, now: datetime) -> dict[tuple[str, str], Review]:
    """What waits, by system and entity; an entity without open letters is left out."""
    with connection.cursor(row_factory=class_row(WaitingReason)) as cursor:
        found: Sequence[WaitingReason] = cursor.execute(queries("letter_queue")["aged"], {"now": now}).fetchall()
    reasons: dict[tuple[str, str], list[WaitingReason]] = {}
    for one in found:
        reasons.setdefault((one.system, one.entity), []).append(one)
    return {name: Review(tuple(of_entity), now) for name, of_entity in reasons.items()}
