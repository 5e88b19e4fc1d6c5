"""Renders a trace: as one self-contained, printable HTML page, or as the part of it that the gateway's page holds."""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from sync_platform.freshness.moment import offset_of
from sync_platform.trace.event import KINDS, Trace

_CLOCK = Markup('<time datetime="{iso}">{day} <b>{clock}</b> <small>{offset}</small></time>')


def render_trace(trace: Trace, *, zone: ZoneInfo) -> str:
    """The page, with times in `zone` and their offset. Whoever can read it sees what the trace was allowed to show."""
    return _rendered("trace.html.j2", trace, zone)


def render_trail(trace: Trace, *, zone: ZoneInfo) -> Markup:
    """What the page says, without a page around it: records, then events, then how to read this. All is escaped."""
    return Markup(_rendered("trail.html.j2", trace, zone))  # noqa: S704 - rendered with autoescape


def _rendered(name: str, trace: Trace, zone: ZoneInfo) -> str:
    systems = dict.fromkeys(f"{record.system}/{record.entity}" for record in trace.records)
    return (
        _environment()
        .get_template(name)
        .render(
            trace=trace,
            zone=zone,
            systems=list(systems),
            kinds=KINDS,
            clock=lambda moment: _clock(moment, zone),
            value=lambda value: _value(value, zone),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(lambda name: _text("sync_platform.trace", name)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # The freshness report's sheet, so that all pages look alike, and what only this one has.
    sheets = _text("sync_platform.freshness", "freshness.css") + _text("sync_platform.trace", "trace.css")
    environment.globals["style"] = Markup(sheets)  # noqa: S704 - our own files
    return environment


def _text(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def _clock(moment: datetime, zone: ZoneInfo) -> Markup:
    local = moment.astimezone(zone)
    return _CLOCK.format(
        iso=local.isoformat(timespec="seconds"),
        day=f"{local:%Y-%m-%d}",
        clock=f"{local:%H:%M:%S}",
        offset=offset_of(moment, zone),
    )


def _value(value: Any, zone: ZoneInfo) -> str:
    """A value of a field or fact as text; what is nested as JSON, a line per item."""
    match value:
        case datetime():
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S} {offset_of(value, zone)}"
        case date():
            return value.isoformat()
        case [] | None:
            return "—"
        case list():
            return "\n".join(_json(item, zone) for item in value)
        case dict():
            return "\n".join(f"{name}: {_json(item, zone)}" for name, item in value.items())
        case _:
            return str(value)


def _json(value: Any, zone: ZoneInfo) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda inner: _value(inner, zone))
