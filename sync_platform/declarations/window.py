"""How a partner system is asked for a stretch of time: what changed since, and what belongs to a business day."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema, model_validator

from sync_platform.contracts.time_format import TimeFormat
from sync_platform.declarations.model import Declared, Duration, Expression
from sync_platform.declarations.pages import Pages, SinglePage


class Bound(Declared):
    """One end of a window, sent as a query parameter, a header or a `{variable}` of the templated body.

    `inclusive` says whether the partner counts the named moment itself in; `resolution` is the step of its clock.
    """

    param: str | None = None
    header: str | None = None
    variable: str | None = None
    format: TimeFormat = TimeFormat.OFFSET
    inclusive: bool = True
    resolution: Duration = Field(default="1s", validate_default=True)

    @model_validator(mode="after")
    def _one_place(self) -> Bound:
        if sum(place is not None for place in (self.param, self.header, self.variable)) != 1:
            raise ValueError("give exactly one of param, header or variable")
        return self


class EventsList(Declared):
    """Changes that come as a list of events, each holding the record (`record`) as of its `time`."""

    path: str
    records: Expression
    record: Expression
    time: Expression
    time_format: TimeFormat
    params: dict[str, str | int] = Field(default_factory=dict)
    pages: Pages = Field(default_factory=SinglePage)


_Names = {"type": "array", "items": {"type": "string"}}


class ChangedSince(Declared):
    """The delta question. `overlap` is read again each time; the watermark stays `safety_lag` behind (late commits).

    `field`: contract fields that hold the changed time, the first non-null counts; not needed with `events`.
    `ascending`: the partner sorts by changed time, so a walk may go on from the last record instead of by page.
    """

    since: Bound
    until: Bound | None = None
    field: Annotated[tuple[str, ...], WithJsonSchema({"anyOf": [{"type": "string"}, _Names]})] = ()
    overlap: Duration = Field(default="5m", validate_default=True)
    safety_lag: Duration = Field(default="6s", validate_default=True)
    ascending: bool = False
    params: dict[str, str | int] = Field(default_factory=dict)
    events: EventsList | None = None

    @model_validator(mode="before")
    @classmethod
    def _single_field(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("field"), str):
            return {**data, "field": [data["field"]]}
        return data

    @model_validator(mode="after")
    def _knows_the_changed_time(self) -> ChangedSince:
        if not self.field and self.events is None:
            raise ValueError("name the contract field that holds the changed time, or declare events")
        return self


class BusinessDayWindow(Declared):
    """The whole-day question: one parameter for the day (`on`), or its two ends (`from`, `to`)."""

    on: Bound | None = None
    start: Bound | None = Field(default=None, alias="from")
    end: Bound | None = Field(default=None, alias="to")
    params: dict[str, str | int] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _on_is_a_word(cls, data: Any) -> Any:
        # YAML 1.1, which PyYAML and Dagster read, takes a bare `on` for true.
        if isinstance(data, dict) and True in data:
            raise ValueError('YAML reads a bare on as true; write it in quotes: "on"')
        return data

    @model_validator(mode="after")
    def _one_way(self) -> BusinessDayWindow:
        ends = sum(end is not None for end in (self.start, self.end))
        if ends != (2 if self.on is None else 0):
            raise ValueError("give either `on`, or both `from` and `to`")
        return self


class Recheck(Declared):
    """Records whose `field` is not yet one of `until` are read again, each `every`, as far back as `at_most`."""

    field: str
    until: tuple[str, ...] = Field(min_length=1)
    at_most: Duration = Field(default=timedelta(days=14), validate_default=True)
    every: Duration = Field(default="10m", validate_default=True)
