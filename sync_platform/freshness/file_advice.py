"""What a person should do about an entity that comes as files: it cannot be asked for, so somebody has to be asked."""

from __future__ import annotations

from sync_platform.freshness.facts import Advice, EntityFacts


def advise_on_files(entity: EntityFacts) -> tuple[Advice, ...]:
    """Advice on today first, then on past days; an entity with nothing to do gets none."""
    command = f"sync-platform files list {entity.address}"
    today, owner = entity.today, entity.owner.name
    advice = []
    if today.verdict.state == "incomplete":
        advice.append(Advice(("No file of today has come yet. What came so far:",), command, due=False))
    elif today.verdict.state == "never_loaded":
        words = f"No file of today has come, and one is overdue. Is its folder there? Else ask {owner}."
        advice.append(Advice((words,), command))
    elif today.verdict.state == "stale":
        since = (" since the one as of ", today.as_of) if today.as_of else ()
        advice.append(Advice(("No file has come", *since, f". Is its folder there? Else ask {owner}."), command))
    held = [day for day in entity.strip if day.verdict.state == "held"]
    if held:
        words = f"{held[-1].day} is held: a file of it was refused. See why, then send {owner} the report beside it."
        advice.append(Advice((words,), command))
    if entity.refused_files:
        newest = entity.refused_files[0]
        files = "1 file is" if len(entity.refused_files) == 1 else f"{len(entity.refused_files)} files are"
        words = (
            f"{files} refused and did not come again, the newest {newest.name} ({newest.reason}). "
            f"Send {owner} the report beside it in rejected/."
        )
        advice.append(Advice((words,), command))
    late = [day for day in entity.strip[:-1] if day.verdict.state == "late"]
    if late:
        days = "1 day is" if len(late) == 1 else f"{len(late)} days are"
        advice.append(Advice((f"{days} late: their last file has not come. Ask {owner}.",), command))
    return tuple(advice)
