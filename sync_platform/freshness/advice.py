"""What a person should do about an entity that is not fresh, with the command to type."""

from __future__ import annotations

from datetime import datetime, timedelta

from sync_platform.freshness.facts import Advice, DayFacts, EntityFacts
from sync_platform.freshness.file_advice import advise_on_files
from sync_platform.freshness.moment import write_age

# A poll is due every few seconds; nobody having asked for this long means that nobody is asking.
SILENCE = timedelta(minutes=10)
# A restart or a short outage at the partner is over by then, and nobody has to do anything.
PASSING = timedelta(minutes=2)

_AFTER_FAILURE = {
    "unreachable": "{system} does not answer. Test the connection; the sync goes on by itself once it does.",
    "throttled": "{system} asks us to slow down; the sync goes on by itself. If it stays so, declare a lower `rate`.",
    "refused": "{system} refused us. Renew the credential that the failure names, then test it.",
    "misbehaved": "{system} gave an answer that cannot be right. Show {owner} the failure.",
    "held": "Too many records break the contract, or a blocking check failed. See which, then ask {owner}.",
}


def advise(entity: EntityFacts, *, now: datetime) -> tuple[Advice, ...]:
    """Advice on today first, then on past days; an entity with nothing to do gets none."""
    if entity.comes_as_files:
        return advise_on_files(entity)
    today = _advise_today(entity, now=now)
    return tuple(advice for advice in (today, *_advise_past(entity)) if advice is not None)


def _advise_today(entity: EntityFacts, *, now: datetime) -> Advice | None:
    today = entity.today
    state = today.verdict.state
    if state == "held":
        return _held(entity, today)
    if state in ("never_loaded", "incomplete"):
        failure = today.failure or (entity.asked.failure if entity.asked else None)
        if failure is not None:
            return _after_failure(entity, today, failure.kind)
        if _nobody_asks(entity, now):
            return _start_asking(entity)
        return Advice(("The platform reads the day by itself. To do it now:",), _pull(entity, today, today), due=False)
    if state in ("stale", "sync_stopped"):
        return _advise_stale(entity, today, now=now)
    # Nobody asks while a freeze lasts: what failed before it began may be over.
    return None if state == "frozen" else _advise_failing(entity, today, now=now)


def _advise_failing(entity: EntityFacts, today: DayFacts, *, now: datetime) -> Advice | None:
    """The promise is kept so far; what keeps it is failing. Who does not answer may do so at the next poll."""
    failure = entity.asked.failure if entity.asked else None
    if failure is None:
        return None
    passing = failure.kind in ("unreachable", "throttled")
    if passing and today.looked_at is not None and now - today.looked_at <= PASSING:
        return None
    return _after_failure(entity, today, failure.kind)


def _advise_stale(entity: EntityFacts, today: DayFacts, *, now: datetime) -> Advice:
    if entity.asked is not None and entity.asked.failure is not None:
        return _after_failure(entity, today, entity.asked.failure.kind)
    if _nobody_asks(entity, now):
        return _start_asking(entity)
    connect = f"sync-platform connect {entity.system}"
    owner = entity.owner.name
    since = today.as_of or now
    if today.limited_by is not None:
        return Advice(
            (
                "The data is true only up to ",
                since,
                f", {write_age(now - since)} behind; limited by branch {today.limited_by}. Ask {owner} about it.",
            ),
            connect,
        )
    return Advice((f"{entity.system} answers, but its data stands still since ", since, f". Ask {owner}."), connect)


def _advise_past(entity: EntityFacts) -> list[Advice]:
    held = [day for day in entity.strip[:-1] if day.verdict.state == "held"]
    late = [day for day in entity.strip[:-1] if day.verdict.state == "late"]
    advice = [_held(entity, held[-1])] if held else []
    if late:
        days = "1 day is" if len(late) == 1 else f"{len(late)} days are"
        advice.append(Advice((f"{days} late. Read whole again:",), _pull(entity, late[0], late[-1])))
    return advice


def _after_failure(entity: EntityFacts, day: DayFacts, kind: str) -> Advice:
    if kind == "held":
        return _held(entity, day)
    words = _AFTER_FAILURE.get(kind, "The last attempt failed. Test the connection.")
    return Advice(
        (words.format(system=entity.system, owner=entity.owner.name),), f"sync-platform connect {entity.system}"
    )


def _held(entity: EntityFacts, day: DayFacts) -> Advice:
    words = _AFTER_FAILURE["held"].format(owner=entity.owner.name)
    return Advice((f"{day.day} is held. {words}",), f"{_pull(entity, day, day)} --dry-run")


def _nobody_asks(entity: EntityFacts, now: datetime) -> bool:
    return entity.asked is None or now - entity.asked.at > SILENCE


def _start_asking(entity: EntityFacts) -> Advice:
    since: tuple[str | datetime, ...] = (" since ", entity.asked.at) if entity.asked else ()
    return Advice(
        (f"Nobody has asked {entity.system}", *since, f". Is the daemon up and the sensor {entity.system}_sync on?"),
        "sync-platform doctor",
    )


def _pull(entity: EntityFacts, first: DayFacts, last: DayFacts) -> str:
    days = f"--day {first.day}" if first.day == last.day else f"--from {first.day} --to {last.day}"
    return f"sync-platform pull {entity.address} {days}"
