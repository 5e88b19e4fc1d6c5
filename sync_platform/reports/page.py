"""What the report pages share: the template environment, figures and moments as people read them."""

from __future__ import annotations

from datetime import datetime, tzinfo
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from sync_platform.freshness.moment import offset_of

_CLOCK = Markup('<time datetime="{iso}">{day} <b>{clock}</b> <small>{offset}</small></time>')


@cache
def template(name: str) -> Template:
    """The template `<name>.html.j2`; what comes from a partner or a declaration is escaped."""
    environment = Environment(
        loader=PackageLoader("sync_platform.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["number"] = write_number
    # The freshness report's sheet, so that all reports look alike, and what only these pages have.
    sheets = _text("sync_platform.freshness", "freshness.css") + _text("sync_platform.reports", "reports.css")
    environment.globals["style"] = Markup(sheets)  # noqa: S704 - our own files
    return environment.get_template(f"{name}.html.j2")


def write_clock(moment: datetime | None, zone: tzinfo) -> Markup | str:
    """The moment in `zone` with its offset, as an element; a dash where there is none."""
    if moment is None:
        return "—"
    local = moment.astimezone(zone)
    return _CLOCK.format(
        iso=local.isoformat(timespec="seconds"),
        day=f"{local:%Y-%m-%d}",
        clock=f"{local:%H:%M}",
        offset=offset_of(moment, zone),
    )


def write_number(value: float | None, digits: int = 0) -> str:
    """`12,345`, `0.4`; a dash for None. More digits where the number would be cut to nothing."""
    if value is None:
        return "—"
    if not value:
        return "0"
    if abs(value) < 0.5 * 10**-digits:
        return f"{value:.1g}"
    return f"{value:,.{digits}f}"


def write_percent(value: float | None) -> str:
    """`0%`, `0.4%`, `12%`; a dash for None; what is not nothing is not written as 0."""
    return "—" if value is None else f"{write_number(value, 0 if value >= 10 else 1)}%"


def _text(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")
