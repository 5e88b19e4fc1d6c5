"""The daily digest of open dead letters: what waits by entity and reason, since when, what is new, and whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.landing.database import Connection
from sync_platform.replay.review import REVIEWED_EVERY, WaitingReason, review_letters


@dataclass(frozen=True)
class DigestLine:
    """Open letters of one entity for one reason. `owner` operates the connection; None once nobody declares it."""

    waiting: WaitingReason
    owner: str | None
    is_overdue: bool

    @property
    def address(self) -> str:
        return f"{self.waiting.system}/{self.waiting.entity}"

    @property
    def why(self) -> str:
        """Reason and field."""
        return f"{self.waiting.reason} {self.waiting.field}".rstrip()


@dataclass(frozen=True)
class Digest:
    """What waits, the oldest first: that is what the reviews so far have missed."""

    at: datetime
    lines: tuple[DigestLine, ...]

    @property
    def letters(self) -> int:
        return sum(line.waiting.letters for line in self.lines)

    @property
    def new(self) -> int:
        """Of them, met first within the last day."""
        return sum(line.waiting.of_a_day for line in self.lines)

    @property
    def oldest_at(self) -> datetime | None:
        return min((line.waiting.oldest_at for line in self.lines), default=None)

    @property
    def is_overdue(self) -> bool:
        """Whether one waits for longer than the daily review should let it."""
        return any(line.is_overdue for line in self.lines)

    @property
    def words(self) -> str:
        """The digest in a sentence."""
        if self.oldest_at is None:
            return "No dead letter is open."
        noun = "letter is" if self.letters == 1 else "letters are"
        return (
            f"{self.letters:,} dead {noun} open, {self.new:,} new since yesterday, the oldest since "
            f"{self.oldest_at:%Y-%m-%d %H:%M} UTC."
        )


def digest_letters(connection: Connection, systems: Sequence[PartnerSystem], *, now: datetime) -> Digest:
    """All open letters as they are now. Raises LandingUnavailable."""
    owners = {system.name: system.declaration.owner.name for system in systems}
    lines = [
        DigestLine(reason, owners.get(reason.system), now - reason.oldest_at > REVIEWED_EVERY)
        for review in review_letters(connection, now=now).values()
        for reason in review.reasons
    ]
    return Digest(now, tuple(sorted(lines, key=lambda line: (line.waiting.oldest_at, line.address, line.why))))
