"""Looks at dead letters: by reason, those of one reason, what would pass now, and one with its history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from sync_platform.access.role import VIEWER
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import AccessRefused
from sync_platform.gateway.pages.letter_choice import (
    REASON,
    chosen_reason,
    chosen_state,
    named_letter,
    read_number,
    reason_query,
)
from sync_platform.gateway.pages.template import render
from sync_platform.gateway.pages.visit import Answer, Page, Visit
from sync_platform.landing.letter_queue import (
    STATES,
    KeptLetter,
    ReasonGroup,
    Selection,
    count_by_reason,
    read_actions,
    select_letters,
)
from sync_platform.replay.judgement import judge, preview
from sync_platform.replay.masked import masked_key, masked_record
from sync_platform.replay.review import REVIEWED_EVERY
from sync_platform.trace.identifier import identifiers_in

_AT_ONCE = 50


@dataclass(frozen=True)
class _Waiting:
    """One reason as the list shows it."""

    group: ReasonGroup
    query: str
    age_seconds: float
    is_overdue: bool


def _show_reasons(visit: Visit) -> Answer:
    state, of = chosen_state(visit.query), visit.query.get("of", "")
    system, _, entity = of.partition("/")
    selection = Selection(system=system or None, entity=entity or None, state=state)
    groups = count_by_reason(visit.connection, selection)
    page = render(
        visit,
        "dead_letters",
        reasons=[_waiting(group, visit.now) for group in groups],
        letters=sum(group.letters for group in groups),
        state=state or "any",
        states=(*STATES, "any"),
        of=of,
        addresses=_addresses(visit),
    )
    return Answer(page)


def _show_reason(visit: Visit) -> Answer:
    selection = chosen_reason(visit.query)
    after = read_number(visit.query.get("after") or "0")
    if after is None:
        raise AccessRefused("There is no such page of dead letters.", status=404)
    found = select_letters(visit.connection, selection, after=after, limit=_AT_ONCE)
    page = render(
        visit,
        "dead_letter_reason",
        chosen=selection,
        letters=[(letter, shown_key(visit, letter)) for letter in found],
        total=sum(group.letters for group in count_by_reason(visit.connection, selection)),
        query=reason_query(selection),
        more=found[-1].dead_letter_id if len(found) == _AT_ONCE else None,
    )
    return Answer(page)


def _show_plan(visit: Visit) -> Answer:
    selection = chosen_reason({**visit.query, "state": "open"})
    seen = preview(visit.connection, visit.tools.entities.values(), selection, seal=visit.tools.seal)
    return Answer(render(visit, "dead_letter_plan", chosen=selection, seen=seen, query=reason_query(selection)))


def _show_letter(visit: Visit) -> Answer:
    letter = named_letter(visit)
    tools = visit.tools
    entity = tools.entities.get((letter.system, letter.entity))
    (judged,) = judge(tools.entities, [letter], seal=tools.seal)
    page = render(
        visit,
        "dead_letter",
        letter=letter,
        key=shown_key(visit, letter),
        record=masked_record(entity, letter, seal=tools.seal) if entity else None,
        kept="withheld" if letter.payload is None else "sealed" if letter.sealed else "plain",
        obstacle=judged.obstacle,
        traced=_traced(visit, entity, letter) if entity else None,
        query=reason_query(reason_of(letter)),
        history=read_actions(visit.connection, letter.dead_letter_id),
    )
    return Answer(page, about=f"dead letter {letter.dead_letter_id}")


def reason_of(letter: KeptLetter | ReasonGroup) -> Selection:
    """The open letters of the same entity, reason and field."""
    return Selection(system=letter.system, entity=letter.entity, reason=letter.reason, field=letter.field)


def shown_key(visit: Visit, letter: KeptLetter) -> str | None:
    """The record's key, masked where it is personal; None where nobody knows whether it is."""
    entity = visit.tools.entities.get((letter.system, letter.entity))
    return None if entity is None else masked_key(entity, letter)


def _traced(visit: Visit, entity: Entity, letter: KeptLetter) -> str | None:
    """The address of the trace of the letter's record; None where it names no number, or one that is personal."""
    payload = letter.opened(visit.tools.seal)
    if payload is None or any(field.personal for field in entity.contract.fields if field.name in _numbers(entity)):
        return None
    found = sorted(identifiers_in(entity, payload))
    return f"/trace/{quote(found[0].value, safe='')}" if found else None


def _numbers(entity: Entity) -> set[str]:
    """The fields by which the entity's records are known."""
    return {*entity.contract.key, *(name for names in entity.declaration.known_as.values() for name in names)}


def _waiting(group: ReasonGroup, now: datetime) -> _Waiting:
    selection = replace(reason_of(group), state=group.state)
    age = now - group.oldest_at
    overdue = group.state == "open" and age > REVIEWED_EVERY
    return _Waiting(group, reason_query(selection), age.total_seconds(), overdue)


def _addresses(visit: Visit) -> list[str]:
    """What the list may be limited to: systems and their entities, in declared order."""
    return [
        address
        for system in visit.tools.systems
        for address in (system.name, *(entity.address for entity in system.entities))
    ]


PAGES = (
    Page("/dead-letters", _show_reasons, needs=VIEWER, words="Dead letters", query=("of", "state")),
    Page("/dead-letters/reason", _show_reason, needs=VIEWER, query=(*REASON, "state", "after")),
    Page("/dead-letters/plan", _show_plan, needs=VIEWER, query=REASON),
    Page("/dead-letters/{number}", _show_letter, needs=VIEWER),
)
