"""How long the platform keeps what it writes down about its own work; the landed data themselves are never pruned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

from sync_platform.declarations.model import Declared, Duration, ZoneName
from sync_platform.declarations.partner_system import DEFS_FOLDER
from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import read_yaml

COMPONENT_TYPE = "sync_platform.components.Retention"
SHORTEST = timedelta(days=1)
# Eight weeks: what a day's volume and values are compared with.
COMPARED = timedelta(days=56)
# Stripe tries for three days, and a delivery that is no longer known would be taken in again.
SENT_AGAIN = timedelta(days=7)
# As the trigger on access.access_log has it (migration 0013).
HELD = timedelta(days=30)


def _long_enough(length: timedelta) -> timedelta:
    if length < SHORTEST:
        raise ValueError("nothing is kept for less than 1d: what runs, retries and sensors still look at would go")
    return length


Kept = Annotated[Duration, AfterValidator(_long_enough)]


class RetentionDeclaration(Declared):
    """How long each kind of row or file is kept, and when each night the prune runs.

    `uneventful_exchanges` are polls that brought nothing. `events` are what Dagster was told and has newer word of.
    `bodies_in_database` says when kept bodies are moved into the store that the environment names, if it names one.
    `audit` entries are not deleted after that time but moved into files of the state folder.
    """

    owner: str
    zone: ZoneName = "UTC"
    at: str = Field(default="03:40", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    exchanges: Kept = timedelta(days=90)
    uneventful_exchanges: Kept = timedelta(days=2)
    exchange_bodies: Kept = timedelta(days=30)
    bodies_in_database: Kept = timedelta(days=2)
    changes: Kept = timedelta(days=90)
    loads: Kept = timedelta(days=180)
    webhook_deliveries: Kept = timedelta(days=90)
    archived_files: Kept = timedelta(days=400)
    rejected_files: Kept = timedelta(days=90)
    dead_letters: Kept = timedelta(days=180)
    run_requests: Kept = timedelta(days=90)
    branch_clocks: Kept = timedelta(days=400)
    stock_comparisons: Kept = timedelta(days=400)
    freshness_lags: Kept = timedelta(days=60)
    leases: Kept = timedelta(days=90)
    profiles: Kept = timedelta(days=120)
    volumes: Kept = timedelta(days=400)
    audit: Kept = timedelta(days=400)
    accesses: Kept = timedelta(days=400)
    events: Kept = timedelta(days=14)
    runs: Kept = timedelta(days=30)
    logs: Kept = timedelta(days=30)

    @field_validator("profiles", "volumes")
    @classmethod
    def _long_enough_to_compare(cls, length: timedelta) -> timedelta:
        if length < COMPARED:
            raise ValueError(f"days are compared with those of the last {COMPARED.days}d, so keep them as long")
        return length

    @field_validator("accesses")
    @classmethod
    def _as_long_as_the_table_holds_them(cls, length: timedelta) -> timedelta:
        if length < HELD:
            raise ValueError(f"the access log refuses to lose what is younger than {HELD.days}d; keep it as long")
        return length

    @field_validator("webhook_deliveries")
    @classmethod
    def _longer_than_senders_try(cls, length: timedelta) -> timedelta:
        if length < SENT_AGAIN:
            raise ValueError(f"a delivery may be sent again for days; keep them for {SENT_AGAIN.days}d or longer")
        return length

    @model_validator(mode="after")
    def _what_is_named_stays(self) -> Self:
        named = (
            ("exchanges", "uneventful_exchanges"),
            ("exchanges", "exchange_bodies"),
            ("loads", "changes"),
            ("runs", "events"),
        )
        for longer, shorter in named:
            if getattr(self, longer) < getattr(self, shorter):
                raise ValueError(f"{longer} are kept for less than {shorter}, which name them; make {longer} longer")
        return self

    @property
    def cron(self) -> str:
        """`at` as a daily cron schedule."""
        hour, minute = self.at.split(":")
        return f"{int(minute)} {int(hour)} * * *"

    def kept_since(self, now: datetime) -> Mapping[str, datetime]:
        """The moment since which each kind is kept, by its declared name."""
        lengths = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: now - length for name, length in lengths.items() if isinstance(length, timedelta)}


def read_retention(defs: Path = DEFS_FOLDER) -> RetentionDeclaration:
    """The declared retention. Raises DeclarationError with file and line, also when there is none."""
    for file in sorted(defs.glob("*/defs.yaml")):
        source = read_yaml(file)
        if not isinstance(source.data, dict) or source.data.get("type") != COMPONENT_TYPE:
            continue
        try:
            return RetentionDeclaration.model_validate(source.data.get("attributes"))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            path = ("attributes", *first["loc"])
            raise DeclarationError(
                f"{'.'.join(map(str, first['loc'])) or 'attributes'}: {first['msg'].removeprefix('Value error, ')}.",
                place=source.place(path),
            ) from error
    raise DeclarationError(
        "no retention is declared, so nothing may be pruned.",
        remedy=f"Write sync_platform/defs/retention/defs.yaml with type: {COMPONENT_TYPE}.",
    )
