"""What operators do with dead letters: replay, discard and reopen, one or all of a reason, each with a why."""

from __future__ import annotations

import os
import socket
from typing import Any

from starlette.responses import RedirectResponse

from sync_platform.access.role import OPERATOR
from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.contracts.contract import Contract
from sync_platform.errors import AccessRefused, LandingConflict, PipelineFrozen
from sync_platform.gateway.pages.acted import read_why, record_act
from sync_platform.gateway.pages.letter_choice import (
    REASON,
    chosen_reason,
    named_letter,
    named_open_letter,
    reason_query,
)
from sync_platform.gateway.pages.letters import reason_of, shown_key
from sync_platform.gateway.pages.template import render
from sync_platform.gateway.pages.visit import Answer, Page, Visit
from sync_platform.landing.letter_queue import Decision, KeptLetter, Selection, numbers_of
from sync_platform.pull.tools import LoadTools
from sync_platform.replay.letters import LettersReplayed, discard_letters, reopen_letters, replay_letters

# A browser and a proxy wait for the answer; the command line does any number.
MOST_AT_ONCE = 10_000
# Another capturer of the entity is a sensor's tick, which is through by then.
_LEASE_WAIT_SECONDS = 10.0


def decision_of(visit: Visit) -> Decision:
    """Who is logged in, and why."""
    return Decision(who=visit.who, why=read_why(visit), at=visit.now)


def _replay_reason(visit: Visit) -> Answer:
    selection, numbers = _planned(visit)
    done = _replayed(visit, selection, Selection(numbers=tuple(numbers)))
    return _shown_replay(visit, selection, done)


def _discard_reason(visit: Visit) -> Answer:
    selection, numbers = _planned(visit)
    decision = decision_of(visit)
    gone = discard_letters(visit.connection, numbers, decision=decision)
    about = _act_on_reason(visit, "dead_letters.discard", selection, why=decision.why, letters=len(gone))
    return Answer(RedirectResponse(f"/dead-letters/reason?{reason_query(selection)}", status_code=303), about=about)


def _replay_one(visit: Visit) -> Answer:
    letter = named_open_letter(visit)
    only = reason_of(letter)
    done = _replayed(visit, only, Selection(numbers=(letter.dead_letter_id,)), letter=letter)
    return _shown_replay(visit, only, done, letter=letter)


def _discard_one(visit: Visit) -> Answer:
    letter = named_open_letter(visit)
    decision = decision_of(visit)
    discard_letters(visit.connection, [letter.dead_letter_id], decision=decision)
    return _to_letter(visit, letter, "dead_letters.discard", decision)


def _reopen_one(visit: Visit) -> Answer:
    letter = named_letter(visit)
    decision = decision_of(visit)
    if not reopen_letters(visit.connection, [letter.dead_letter_id], decision=decision):
        raise AccessRefused(f"Dead letter {letter.dead_letter_id} is {letter.state}, not discarded.", status=409)
    return _to_letter(visit, letter, "dead_letters.reopen", decision)


def _planned(visit: Visit) -> tuple[Selection, list[int]]:
    """The letters of the plan, by their numbers. Raises AccessRefused when they are others by now, or too many."""
    selection = chosen_reason({**visit.form, "state": "open"})
    numbers = numbers_of(visit.connection, selection)
    if visit.form.get("letters") != str(len(numbers)):
        raise AccessRefused("The letters are not those of the plan any more. Look at the plan again.", status=409)
    if len(numbers) > MOST_AT_ONCE:
        raise AccessRefused(
            f"These are more than {MOST_AT_ONCE:,} letters. On the command line: sync-platform dead-letters replay "
            f"--of {selection.system}/{selection.entity} --reason {selection.reason} --why …",
            status=422,
        )
    return selection, numbers


def _replayed(
    visit: Visit, about: Selection, selection: Selection, *, letter: KeptLetter | None = None
) -> LettersReplayed:
    """Replay in transactions of its own; each letter's history is committed with it."""
    entity = visit.tools.entity(about.system or "", about.entity or "")
    decision = decision_of(visit)
    tools = LoadTools(
        database=visit.tools.database,
        clock=visit.tools.clock,
        check=_check_nothing,
        holder=f"gateway's pages, process {os.getpid()} on {socket.gethostname()}",
        lease_wait_seconds=_LEASE_WAIT_SECONDS,
        seal=visit.tools.seal,
    )
    try:
        done = replay_letters(tools, entity, selection, decision=decision)
    except (PipelineFrozen, LandingConflict) as error:
        raise AccessRefused(str(error), status=409) from error
    counts = {"letters": done.letters, "taken": done.taken, "still_rejected": done.still_rejected}
    if letter is not None:
        _act_on_letter(visit, "dead_letters.replay", letter, why=decision.why, **counts)
    else:
        _act_on_reason(visit, "dead_letters.replay", about, why=decision.why, **counts)
    return done


def _shown_replay(
    visit: Visit, selection: Selection, done: LettersReplayed, *, letter: KeptLetter | None = None
) -> Answer:
    counts = {
        name: sum(getattr(load, name) for load in done.loads)
        for name in ("inserted", "updated", "unchanged", "superseded")
    }
    days = sorted({load.business_day for load in done.loads})
    page = render(
        visit,
        "dead_letters_replayed",
        chosen=selection,
        done=done,
        counts=counts,
        days=days,
        letter=letter,
        query=reason_query(selection),
    )
    return Answer(page, about=_about(selection) if letter is None else f"dead letter {letter.dead_letter_id}")


def _to_letter(visit: Visit, letter: KeptLetter, action: str, decision: Decision) -> Answer:
    """Back to the letter, its act written down."""
    _act_on_letter(visit, action, letter, why=decision.why)
    response = RedirectResponse(f"/dead-letters/{letter.dead_letter_id}", status_code=303)
    return Answer(response, about=f"dead letter {letter.dead_letter_id}")


def _act_on_letter(visit: Visit, action: str, letter: KeptLetter, **detail: Any) -> None:
    record_act(
        visit,
        action,
        system=letter.system,
        entity=letter.entity,
        subject=shown_key(visit, letter),
        dead_letter_id=letter.dead_letter_id,
        **detail,
    )


def _act_on_reason(visit: Visit, action: str, selection: Selection, **detail: Any) -> str:
    record_act(
        visit,
        action,
        system=selection.system,
        entity=selection.entity,
        reason=selection.reason,
        field=selection.field,
        **detail,
    )
    return _about(selection)


def _about(selection: Selection) -> str:
    return f"{selection.system}/{selection.entity} {selection.reason} {selection.field}".rstrip()


def _check_nothing(contract: Contract, relation: Relation) -> tuple[RuleResult, ...]:  # noqa: ARG001 - a Check's names
    """A day's rules run when the sensor finds it changed; Great Expectations has no place here."""
    return ()


_OF_REASON = (*REASON, "letters", "why")

PAGES = (
    Page("/dead-letters/replay", _replay_reason, needs=OPERATOR, method="POST", fields=_OF_REASON),
    Page("/dead-letters/discard", _discard_reason, needs=OPERATOR, method="POST", fields=_OF_REASON),
    Page("/dead-letters/{number}/replay", _replay_one, needs=OPERATOR, method="POST", fields=("why",)),
    Page("/dead-letters/{number}/discard", _discard_one, needs=OPERATOR, method="POST", fields=("why",)),
    Page("/dead-letters/{number}/reopen", _reopen_one, needs=OPERATOR, method="POST", fields=("why",)),
)
