"""When each day the digest of open dead letters is written, and whom it concerns."""

from __future__ import annotations

from pydantic import Field

from sync_platform.declarations.model import Declared, ZoneName


class DeadLettersDeclaration(Declared):
    """Each letter is looked at once a day; the digest is what is looked at, so it comes when people do."""

    owner: str
    zone: ZoneName = "UTC"
    at: str = Field(default="07:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")

    @property
    def cron(self) -> str:
        """The daily schedule, in `zone`."""
        hour, minute = self.at.split(":")
        return f"{int(minute)} {int(hour)} * * *"
