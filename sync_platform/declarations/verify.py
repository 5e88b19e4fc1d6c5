"""How a partner system is asked for figures of a business day, to hold them against what is landed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from sync_platform.contracts.time_format import TimeFormat
from sync_platform.declarations.model import Declared, Expression
from sync_platform.declarations.window import Bound

SUMMED = r"^[a-z][a-z0-9_]*(\[\]\.[A-Za-z_][A-Za-z0-9_]*)?$"
"""A contract field, or what each item of a list field has under a name: `amount`, `lines[].debit`."""

Summed = Annotated[str, Field(pattern=SUMMED)]


def _finer_than_a_day(bound: Bound) -> Bound:
    if bound.format is TimeFormat.DATE:
        raise ValueError("a window is cut at moments; a date cannot cut a day")
    return bound


Moment = Annotated[Bound, AfterValidator(_finer_than_a_day)]


class Totals(Declared):
    """A request of its own that answers with figures: asked like the entity's day, with the same bounds.

    `sums` maps what is summed (`amount`, `lines[].debit`) to an expression on the answer.
    """

    path: str
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, str | int] = Field(default_factory=dict)
    body: str | None = None
    count: Expression
    sums: Annotated[
        dict[Summed, Expression],
        WithJsonSchema(
            {
                "type": "object",
                "propertyNames": {"pattern": SUMMED},
                "additionalProperties": {"type": "string", "minLength": 1},
            }
        ),
    ] = Field(default_factory=dict)


class CutWindows(Declared):
    """Bounds that cut a day's question further by the moment in the contract field `field`."""

    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    field: str


class Verify(Declared):
    """Figures are asked of `totals`; without it the entity's own list is asked for how many records it has.

    `since` is the first day that has to agree; without it the first one that was ever loaded.
    """

    totals: Totals | None = None
    windows: CutWindows | None = None
    since: date | None = None

    @model_validator(mode="after")
    def _variables_have_their_place(self) -> Verify:
        if self.windows is None or self.totals is None:
            return self
        for bound in (self.windows.start, self.windows.end):
            if bound.variable and f"{{{bound.variable}}}" not in (self.totals.body or ""):
                raise ValueError(f"the window's variable {{{bound.variable}}} needs a body in totals that holds it")
        return self
