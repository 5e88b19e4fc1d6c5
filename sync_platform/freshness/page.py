"""Renders the facts as one self-contained HTML page: no script, no network, readable in print and on a phone."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from sync_platform.contracts.contract import Freshness
from sync_platform.contracts.duration import write_duration
from sync_platform.freshness.facts import EntityFacts, FreshnessFacts
from sync_platform.freshness.failed_rules import write_failed_rules
from sync_platform.freshness.headline import headline
from sync_platform.freshness.moment import Sentence, offset_of, write_age, write_moment, write_sentence
from sync_platform.freshness.owed import write_days
from sync_platform.freshness.state import STATES, state_of, urgency
from sync_platform.freshness.trend import HEIGHT, WIDTH, Age

# Oldest first, so what is left out is newer than what is shown: a page has to stay readable with 457 branches.
FIRST_BRANCHES, MOST_BRANCHES = 6, 120
_CLOCK = Markup('<time datetime="{iso}">{day}<b>{clock}</b> <small>{offset}</small></time>')


def render_freshness(facts: FreshnessFacts, *, zone: ZoneInfo) -> str:
    """The page. What came from a partner or a declaration is escaped; times are in `zone` with the offset."""
    days = sorted({day.day for entity in facts.entities for day in entity.strip})
    return _template().render(
        facts=facts,
        zone=zone,
        headline=headline(facts, zone),
        states=STATES,
        counts=Counter(entity.today.verdict.state for entity in facts.entities),
        todo=[(entity, advice) for entity in _by_urgency(facts) for advice in entity.advice if advice.due],
        days=days,
        clock=lambda moment: _clock(moment, facts.now, zone),
        moment=lambda moment: write_moment(moment, zone),
        short=lambda moment: _short(moment, facts.now, zone),
        say=lambda sentence: _say(sentence, zone),
        age=lambda moment: f"{write_age(facts.now - moment)} ago",
        cells=lambda entity: _cells(entity, days),
        summary=_summary,
        some_days=lambda days, entity: write_days(days, today=entity.today.day),
        failed_rules=write_failed_rules,
        promise=_promise,
        state_of=state_of,
        first_branches=FIRST_BRANCHES,
        most_branches=MOST_BRANCHES,
        trend_width=WIDTH,
        trend_height=HEIGHT,
        trend_age=_trend_age,
    )


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["number"] = _number
    environment.globals["style"] = Markup(_text("freshness.css"))  # noqa: S704 - our own file
    return environment.from_string(_text("freshness.html.j2"))


def _text(name: str) -> str:
    return resources.files("sync_platform.freshness").joinpath(name).read_text(encoding="utf-8")


def _clock(moment: datetime | None, now: datetime, zone: tzinfo) -> Markup | str:
    """The time of day with its offset, and the date where it is not today's."""
    if moment is None:
        return "—"
    local = moment.astimezone(zone)
    same_day = local.date() == now.astimezone(zone).date()
    return _CLOCK.format(
        iso=local.isoformat(timespec="seconds"),
        day="" if same_day else f"{local:%d %b} ",
        clock=f"{local:%H:%M:%S}" if same_day else f"{local:%H:%M}",
        offset=offset_of(moment, zone),
    )


def _short(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """The time of day alone, with the date where it is not today's: for long lists whose zone is told above them."""
    local = moment.astimezone(zone)
    return f"{local:%H:%M:%S}" if local.date() == now.astimezone(zone).date() else f"{local:%d %b %H:%M}"


def _say(sentence: Sentence, zone: tzinfo) -> str:
    return write_sentence(sentence, zone)


def _by_urgency(facts: FreshnessFacts) -> list[EntityFacts]:
    return sorted(facts.entities, key=lambda entity: urgency(entity.today.verdict.state))


def _cells(entity: EntityFacts, days: list[date]) -> list[Any]:
    """The entity's days in the table's columns; None where its own zone has not begun that day."""
    by_day = {day.day: day for day in entity.strip}
    return [by_day.get(day) for day in days]


def _summary(entity: EntityFacts) -> str:
    """The strip in words: `13 fresh, 2 late`; most urgent first."""
    counted = Counter(day.verdict.state for day in entity.strip)
    if list(counted) == ["fresh"]:
        return "all fresh"
    return ", ".join(f"{counted[state.name]} {state.word}" for state in STATES if counted[state.name])


def _promise(promise: Freshness) -> str:
    """`today at most 15m old, a past day complete by 09:00`, or that nothing is promised."""
    parts = []
    if promise.max_age is not None:
        parts.append(f"today at most {write_duration(promise.max_age)} old")
    if promise.closed_by is not None:
        parts.append(f"a past day complete by {promise.closed_by}")
    return ", ".join(parts) or "nothing promised"


def _trend_age(age: Age) -> str:
    return write_age(timedelta(seconds=age.seconds))


def _number(value: int | Decimal | None) -> str:
    """`12,345`; a decimal without needless zeros; a dash for None."""
    if value is None:
        return "—"
    if isinstance(value, Decimal):
        value = value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
    return f"{value:,}"
