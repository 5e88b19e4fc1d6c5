"""The declaration of one partner system: where it is, how to ask it, and what its entities are."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.time_format import TimeFormat
from sync_platform.contracts.trading_hours import TradingCalendar
from sync_platform.declarations.auth import Auth, secret_variables
from sync_platform.declarations.files import FileDeclaration
from sync_platform.declarations.freeze import Freeze, FreezeDeclaration
from sync_platform.declarations.model import Declared, Duration, EnvironmentVariable, Expression, Name, Rate, ZoneName
from sync_platform.declarations.pages import Pages, SinglePage
from sync_platform.declarations.trading_hours import TradingHoursDeclaration
from sync_platform.declarations.verify import Verify
from sync_platform.declarations.webhooks import Webhook
from sync_platform.declarations.window import BusinessDayWindow, ChangedSince, Recheck


class OwnerDeclaration(Declared):
    """Who operates the connection to this system, and whom alerts go to."""

    name: str
    notify: tuple[str, ...] = ()


class Version(Declared):
    """The API version pinned on every request."""

    header: str
    value: str


class ErrorRule(Declared):
    """An answer that means an error although its status may not say so: `when` is a JMESPath truth on the body."""

    when: Expression
    then: Literal["unavailable", "throttled", "refused", "misbehaved", "rejected"]
    message: Expression | None = None
    status: int | None = None


class PartnerClock(Declared):
    """Where the partner's own time is read: an expression on the body where given, else a header."""

    header: str | None = "Date"
    body: Expression | None = None
    format: TimeFormat = TimeFormat.HTTP_DATE


class Api(Declared):
    """One HTTP API. `timeout` is the total time of one request, body included.

    `plain_http`: http is allowed to other machines too, where nobody can listen on the way.
    With `keep_bodies` answers are kept as they were received, for as long as the retention's `exchange_bodies` says.
    """

    base_url_env: EnvironmentVariable
    auth: Auth
    version: Version | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    timeout: Duration = Field(default="10s", validate_default=True)
    max_body_bytes: int = Field(default=64_000_000, gt=0)
    rate: Rate | None = None
    clock: PartnerClock = Field(default_factory=PartnerClock)
    errors: tuple[ErrorRule, ...] = ()
    plain_http: bool = False
    keep_bodies: bool = False

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables needed to reach and to authenticate."""
        return (self.base_url_env, *secret_variables(self.auth))


class AsOf(Declared):
    """The moment an answer is true as of: a body expression, a header, or else the partner's clock at the request."""

    header: str | None = None
    body: Expression | None = None
    format: TimeFormat = TimeFormat.HTTP_DATE

    @model_validator(mode="after")
    def _one_place(self) -> AsOf:
        if self.header is not None and self.body is not None:
            raise ValueError("give header or body, not both")
        return self


class BranchAsOf(Declared):
    """Per-branch as_of in the answer: `records` lists them, `branch` and `as_of` are read from each."""

    records: Expression
    branch: Expression
    as_of: Expression
    format: TimeFormat


class EntityDeclaration(Declared):
    """One entity: its contract and the request that reads it.

    `fields` maps contract fields to JMESPath expressions on the partner's record; a field not listed has its own name.
    `body` (for POST) may hold `{name}` variables filled from windows and paging. `known_as` are fields by the kind of
    number that they hold, under which other systems know the record too; `belongs_to` is a field that refers to such a
    number of another record, which is followed from here and not back.
    """

    contract: str
    path: str
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, str | int] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    body: str | None = None
    records: Expression
    fields: dict[str, Expression] = Field(default_factory=dict)
    pages: Pages = Field(default_factory=SinglePage)
    changed_since: ChangedSince | None = None
    business_day: BusinessDayWindow | None = None
    as_of: AsOf = Field(default_factory=AsOf)
    branches: BranchAsOf | None = None
    recheck: Recheck | None = None
    verify: Verify | None = None
    known_as: dict[Name, tuple[str, ...]] = Field(default_factory=dict)
    belongs_to: dict[Name, str] = Field(default_factory=dict)
    poll: Duration = Field(default="5s", validate_default=True)

    @model_validator(mode="after")
    def _variables_have_their_place(self) -> EntityDeclaration:
        changed, day = self.changed_since, self.business_day
        bounds = (
            changed and changed.since,
            changed and changed.until,
            day and day.on,
            day and day.start,
            day and day.end,
            self.verify and self.verify.windows and self.verify.windows.start,
            self.verify and self.verify.windows and self.verify.windows.end,
        )
        for bound in bounds:
            if bound and bound.variable and f"{{{bound.variable}}}" not in (self.body or ""):
                raise ValueError(f"the window's variable {{{bound.variable}}} needs a body that holds it")
        return self


class PartnerSystemDeclaration(Declared):
    """A partner system as its `defs.yaml` declares it: `entities` are asked for at its `api`, `files` just come."""

    system: Name
    title: str = ""
    time_zone: ZoneName
    day_starts_at: time = time(0)
    owner: OwnerDeclaration
    api: Api | None = None
    entities: tuple[EntityDeclaration, ...] = ()
    files: tuple[FileDeclaration, ...] = ()
    history: Duration = Field(default="14d", validate_default=True)
    late_days: int = Field(default=3, ge=0, le=60)
    trading_hours: TradingHoursDeclaration | None = None
    freezes: tuple[FreezeDeclaration, ...] = ()
    webhooks: tuple[Webhook, ...] = ()

    @model_validator(mode="after")
    def _one_contract_each(self) -> PartnerSystemDeclaration:
        contracts = [entity.contract for entity in self.entities] + [file.contract for file in self.files]
        if len(set(contracts)) != len(contracts):
            raise ValueError("two entities name the same contract")
        names = [webhook.name for webhook in self.webhooks]
        if len(set(names)) != len(names):
            raise ValueError("two webhooks have the same name")
        return self

    @model_validator(mode="after")
    def _there_is_a_way_in(self) -> PartnerSystemDeclaration:
        if not self.entities and not self.files:
            raise ValueError("nothing is read: declare entities that are asked for at an api, or files")
        if bool(self.entities) != (self.api is not None):
            raise ValueError("api and entities belong together: entities are what is asked for there")
        return self

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that its API and its folders need, each once."""
        of_api = self.api.variables if self.api else ()
        return tuple(dict.fromkeys((*of_api, *(file.folder_env for file in self.files))))

    @property
    def calendar(self) -> BusinessCalendar:
        """The partner's business days."""
        return BusinessCalendar(zone=ZoneInfo(self.time_zone), starts_at=self.day_starts_at)

    @property
    def trading(self) -> TradingCalendar | None:
        """When its branches trade, where that is declared."""
        return self.trading_hours.calendar(ZoneInfo(self.time_zone)) if self.trading_hours else None

    def freezes_of(self, entity: str) -> tuple[Freeze, ...]:
        """The declared freeze windows of one entity."""
        zone = ZoneInfo(self.time_zone)
        return tuple(one.freeze(zone) for one in self.freezes if not one.entities or entity in one.entities)

    @property
    def history_days(self) -> int:
        """How many days before today are loaded on first connect."""
        return self.history.days


def contract_file(folder: Path, entity: EntityDeclaration | FileDeclaration) -> Path:
    """Where an entity's contract lies: relative to its system's folder."""
    return folder / entity.contract
