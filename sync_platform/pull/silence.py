"""Notices between two polls that nothing has come for too long: "ten a minute, suddenly zero".

Looked at after each poll that was answered, so the first one after it can be known finds it; a partner that does not
answer is another fault and told as such. What is expected is read from the stored history every ten minutes, the rest
is arithmetic on what this process remembers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sync_platform.checks.finding import SILENCE
from sync_platform.checks.result import RuleResult
from sync_platform.checks.silence import ArrivalRates, arrival_rates, judge_silence
from sync_platform.checks.volume import compared_days
from sync_platform.contracts.day_profile import ALL_BRANCHES, event_moment
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.check_results import read_check_results, upsert_check_results
from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey, last_loaded_at
from sync_platform.landing.profiles import NEAR, read_totals
from sync_platform.pull.day_rules import result_row
from sync_platform.pull.tools import PullTools

READ_AGAIN_SECONDS = 600.0


@dataclass
class _Watched:
    """What this process remembers of one entity. `silent` is what is stored of `day`; `rates` None says learning."""

    day: date
    last_new_at: datetime
    silent: bool
    rates: ArrivalRates | None
    read_at: float


class SilenceWatch:
    """The memory of one process; each entity is looked at by one thread at a time, as one capturer takes in."""

    def __init__(self) -> None:
        self._watched: dict[tuple[str, str], _Watched] = {}

    def look(self, tools: PullTools, entity: Entity, *, captured: int) -> RuleResult | None:
        """After a poll that brought `captured` new changes: the stored result, where silence began or ended with it."""
        if tools.statistics is None or event_moment(entity.contract) is None:
            return None
        now = tools.clock.now()
        key = DayKey(entity.system, entity.name, entity.calendar.day_of(now))
        watched = self._up_to_date(tools, entity, key, now=now)
        if captured:
            watched.last_new_at = now
        elif watched.silent:
            return None
        calendar = tools.statistics.calendar_of(entity)
        if watched.rates is None or not (watched.silent or calendar.expects(ALL_BRANCHES, key.day)):
            return None
        result = judge_silence(
            entity.contract, watched.rates, since=watched.last_new_at, now=now, zone=entity.calendar.zone
        )
        if result is None or result.passed is not watched.silent:
            return None
        with tools.database.connect() as connection, connection.transaction():
            upsert_check_results(connection, key, [result_row(result)], load_id=None)
        watched.silent = not result.passed
        return result

    def _up_to_date(self, tools: PullTools, entity: Entity, key: DayKey, *, now: datetime) -> _Watched:
        watched = self._watched.get((entity.system, entity.name))
        elapsed = tools.clock.monotonic()
        if watched is None or watched.day != key.day or elapsed - watched.read_at > READ_AGAIN_SECONDS:
            with tools.database.connect() as connection:
                watched = _Watched(
                    day=key.day,
                    last_new_at=watched.last_new_at if watched else last_loaded_at(connection, key) or now,
                    silent=_is_silent(connection, key),
                    rates=_rates(connection, tools, entity, key),
                    read_at=elapsed,
                )
            self._watched[entity.system, entity.name] = watched
        return watched


def _is_silent(connection: Connection, key: DayKey) -> bool:
    return any(row["rule"] == SILENCE and not row["passed"] for row in read_check_results(connection, key))


def _rates(connection: Connection, tools: PullTools, entity: Entity, key: DayKey) -> ArrivalRates | None:
    if tools.statistics is None:
        return None
    totals = read_totals(
        connection,
        system=key.system,
        entities=[key.entity],
        since=key.day - NEAR,
        until=key.day - timedelta(days=1),
    )
    calendar = tools.statistics.calendar_of(entity)
    days, needed = compared_days(key.day, totals.get(key.entity, []), calendar=calendar)
    return arrival_rates(days) if len(days) >= needed else None
