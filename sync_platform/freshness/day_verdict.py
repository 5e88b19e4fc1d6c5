"""The verdict on one landed day, read and judged at once, and kept so that a change of it is noticed."""

from __future__ import annotations

from datetime import date, datetime

from sync_platform.declarations.partner_system import Entity
from sync_platform.freshness.facts import EntityFacts, FreshnessFacts
from sync_platform.freshness.promise import Verdict, judge, terms_of
from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey, read_branches, read_day
from sync_platform.landing.verdicts import Lag, OwedDays, StoredVerdict, store_lags, store_owed, store_verdicts


def judge_landed(connection: Connection, entity: Entity, *, day: date, now: datetime) -> Verdict:
    """The verdict on a day as it is landed; it is kept as the one that somebody was told of."""
    key = DayKey(system=entity.system, entity=entity.name, day=day)
    # Branch by branch only where each has hours of its own: the oldest one is known of the day itself.
    branches = read_branches(connection, key) if entity.trading else ()
    verdict = judge(read_day(connection, key), day=day, now=now, terms=terms_of(entity), branches=branches)
    store_verdicts(connection, [_stored(key, verdict)], judged_at=now)
    return verdict


def store_facts(connection: Connection, facts: FreshnessFacts) -> dict[DayKey, Verdict]:
    """Keep all verdicts of the report, what is owed and a sample of each lag; returns the days whose state is new.

    Runs in the caller's transaction. Past days that nobody has tried yet are left out: they are history on its way.
    """
    judged = {
        DayKey(system=entity.system, entity=entity.entity, day=day.day): day.verdict
        for entity in facts.entities
        for day in entity.strip
        if day is entity.today or day.failure is not None or day.verdict.state != "never_loaded"
    }
    stored = [_stored(key, verdict) for key, verdict in judged.items()]
    lags = [
        Lag(entity.system, entity.entity, (facts.now - entity.today.as_of).total_seconds(), entity.today.verdict.state)
        for entity in facts.entities
        if entity.today.as_of is not None
    ]
    store_lags(connection, lags, now=facts.now)
    store_owed(connection, [_owed_days(entity) for entity in facts.entities], judged_at=facts.now)
    changed = store_verdicts(connection, stored, judged_at=facts.now)
    return {key: verdict for key, verdict in judged.items() if key in changed}


def _stored(key: DayKey, verdict: Verdict) -> StoredVerdict:
    return StoredVerdict(key=key, state=verdict.state, sentence=verdict.words, limited_by=verdict.limited_by)


def _owed_days(entity: EntityFacts) -> OwedDays:
    unread = entity.owed.unread
    first, last = (unread[-1], unread[0]) if unread else (None, None)
    return OwedDays(entity.system, entity.entity, days=len(unread), first_day=first, last_day=last)
