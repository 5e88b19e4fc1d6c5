"""Where entities stand, a row each, as programs are told: `status --json` and the gateway's API say the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.freshness.facts import Failure, FreshnessFacts
from sync_platform.freshness.landed import collect_freshness
from sync_platform.freshness.promise import Verdict
from sync_platform.landing.database import Database
from sync_platform.operations.entity_status import EntityStatus, read_status


def read_status_rows(
    database: Database, systems: Sequence[PartnerSystem], *, zone: tzinfo | None, now: datetime
) -> list[dict[str, Any]]:
    """A row for every entity of these systems, in declared order."""
    with database.connect() as connection:
        entities = [entity for system in systems for entity in read_status(connection, system, now=now)]
    facts = collect_freshness(database, tuple(systems), now=now)
    verdicts = {(entity.system, entity.entity): entity.today.verdict for entity in facts.entities}
    failures = failures_of(facts)
    return [
        status_row(one, verdicts[one.system, one.entity], failures.get((one.system, one.entity)), zone=zone, now=now)
        for one in entities
    ]


def failures_of(facts: FreshnessFacts) -> dict[tuple[str, str], Failure]:
    """What became of the newest request of each system and entity, where it failed."""
    return {
        (entity.system, entity.entity): entity.asked.failure
        for entity in facts.entities
        if entity.asked is not None and entity.asked.failure is not None
    }


def status_row(
    entity: EntityStatus, verdict: Verdict, failure: Failure | None, *, zone: tzinfo | None, now: datetime
) -> dict[str, Any]:
    """The entity's line: its verdict in words, its clocks in `zone` or its system's own, its days as dates."""
    shown = zone or ZoneInfo(entity.zone)
    today = entity.today
    return {
        "system": entity.system,
        "entity": entity.entity,
        "kind": "state" if entity.is_state else "event",
        "business_day": entity.business_day,
        "state": today.state if today else "pending",
        "verdict": verdict.state,
        "verdict_sentence": verdict.words_in(shown),
        "limited_by": verdict.limited_by,
        "rows_today": today.rows if today else 0,
        "last_complete_day": entity.last_complete_day,
        "as_of": write_time(entity.as_of, shown),
        "as_of_age_seconds": (now - entity.as_of).total_seconds() if entity.as_of else None,
        "looked_at": write_time(entity.looked_at, shown),
        "loaded_at": write_time(entity.loaded_at, shown),
        "dead_letters": entity.dead_letters,
        "held_days": entity.owed.held,
        "owed_days": entity.owed.unread,
        "rules_due_days": entity.owed.due,
        "changes_waiting": entity.owed.waiting,
        "verified_through": entity.verified.verified_through if entity.verified else None,
        "settled_through": entity.verified.settled_through if entity.verified else None,
        "not_verified": _hole(entity),
        "last_load": entity.last_load
        and {
            "day": entity.last_load.day,
            "outcome": entity.last_load.outcome,
            "error": entity.last_load.error,
            "started_at": write_time(entity.last_load.started_at, shown),
        },
        "failing": failure and {"kind": failure.kind, "text": failure.text, "at": write_time(failure.at, shown)},
    }


def _hole(entity: EntityStatus) -> dict[str, Any] | None:
    """The first settled day that does not agree with its partner, and why."""
    through = entity.verified
    return {"day": through.hole_day, "why": through.hole} if through and through.hole_day else None


def write_time(moment: datetime | None, zone: tzinfo) -> str | None:
    """To the second, with the zone's offset."""
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None
