"""The report's first line: how things stand, in one sentence."""

from __future__ import annotations

from datetime import tzinfo

from sync_platform.freshness.facts import EntityFacts, FreshnessFacts
from sync_platform.freshness.moment import offset_of
from sync_platform.freshness.state import state_of


def headline(facts: FreshnessFacts, zone: tzinfo) -> str:
    """`7 of 8 entities are fresh; pos/sales is stale, limited by branch S0330, as of 10:42 +05:30.`"""
    total = len(facts.entities)
    if not total:
        return "No partner system is declared yet."
    return f"{_counts(facts.fresh, total)}{_worst(facts, zone)}{_past(facts)}."


def _counts(fresh: int, total: int) -> str:
    if total == 1:
        return "The only entity is fresh" if fresh else "The only entity is not fresh"
    if fresh == total:
        return f"All {total} entities are fresh"
    return f"{fresh or 'None'} of {total} entities {'is' if fresh == 1 else 'are'} fresh"


def _worst(facts: FreshnessFacts, zone: tzinfo) -> str:
    worst = facts.most_urgent
    if worst is None:
        oldest = facts.limit
        return f"; the oldest, {oldest.address}, is{_limit(oldest, facts, zone)}" if oldest else ""
    state = state_of(worst.today.verdict.state).word
    others = len(facts.entities) - facts.fresh - 1
    return f"; {'worst off, ' if others else ''}{worst.address} is {state}{_comma(_limit(worst, facts, zone))}"


def _comma(words: str) -> str:
    return f",{words}" if words else ""


def _limit(entity: EntityFacts, facts: FreshnessFacts, zone: tzinfo) -> str:
    """` limited by branch S0330, as of 10:42 +05:30`, as far as it is known."""
    today = entity.today
    if today.as_of is None:
        return ""
    local = today.as_of.astimezone(zone)
    same_day = local.date() == facts.now.astimezone(zone).date()
    at = f"{local:%H:%M}" if same_day else f"{local:%Y-%m-%d %H:%M}"
    branch = f" limited by branch {today.limited_by}," if today.limited_by else ""
    return f"{branch} as of {at} {offset_of(today.as_of, zone)}"


def _past(facts: FreshnessFacts) -> str:
    behind = sum(day.verdict.state in ("late", "held") for entity in facts.entities for day in entity.behind)
    if not behind:
        return ""
    return f"; {behind} past {'day is' if behind == 1 else 'days are'} late or held"
