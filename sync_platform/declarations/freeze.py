"""Freeze windows as `defs.yaml` declares them: dated periods in which a system's entities neither change nor run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from sync_platform.declarations.model import Declared


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is not None:
        raise ValueError("write local time without an offset, like 2026-12-24T18:00; it is taken in the system's zone")
    return moment


LocalMoment = Annotated[datetime, AfterValidator(_local)]


@dataclass(frozen=True)
class Freeze:
    """From `starts_at` up to `ends_at` (UTC) nothing of an entity is loaded or applied, for this `reason`."""

    starts_at: datetime
    ends_at: datetime
    reason: str

    def covers(self, moment: datetime) -> bool:
        return self.starts_at <= moment < self.ends_at


class FreezeDeclaration(Declared):
    """One period, in the system's local time. `entities` names those that freeze; without it, all of the system."""

    start: LocalMoment = Field(alias="from")
    to: LocalMoment
    reason: str = Field(min_length=1)
    entities: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> FreezeDeclaration:
        if self.to <= self.start:
            raise ValueError("the freeze ends before it begins; from is earlier than to")
        return self

    def freeze(self, zone: ZoneInfo) -> Freeze:
        """The period in UTC."""
        return Freeze(
            starts_at=self.start.replace(tzinfo=zone).astimezone(UTC),
            ends_at=self.to.replace(tzinfo=zone).astimezone(UTC),
            reason=self.reason,
        )
