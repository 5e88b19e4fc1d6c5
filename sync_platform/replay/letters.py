"""What people do with dead letters: edit one, replay, discard or reopen some. Each is recorded with who and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import DeclarationError
from sync_platform.landing.changes import capture_changes
from sync_platform.landing.database import Connection
from sync_platform.landing.dead_letters import payload_hash
from sync_platform.landing.leases import CAPTURE, Lease, LeaseRenewal, fence, held
from sync_platform.landing.letter_queue import (
    Decision,
    KeptLetter,
    Selection,
    each_chunk,
    not_open,
    read_letter,
    record_edit,
    settle_letters,
)
from sync_platform.landing.letter_seal import LetterSeal, is_personal
from sync_platform.landing.loads import Load
from sync_platform.landing.transaction import transactions
from sync_platform.pull.apply import apply_waiting
from sync_platform.pull.freeze import refuse_frozen
from sync_platform.pull.readers import entity_tools
from sync_platform.pull.tools import LoadTools
from sync_platform.replay.judgement import Judged, judge_letters
from sync_platform.settings import LETTER_KEYS


@dataclass(frozen=True)
class LettersReplayed:
    """Of `letters` open ones `taken` went into the change log and `still_rejected` stay; `loads` applied them."""

    letters: int = 0
    taken: int = 0
    still_rejected: int = 0
    loads: tuple[Load, ...] = ()

    @property
    def rejected_again(self) -> int:
        """Records that conflict with what is landed: they are letters anew."""
        return sum(load.dead_lettered for load in self.loads)


def edit_letter(
    connection: Connection,
    entity: Entity,
    dead_letter_id: int,
    payload: bytes,
    *,
    seal: LetterSeal,
    decision: Decision,
    dry_run: bool,
) -> KeptLetter:
    """Keep a mended record for the next replay; returns the letter before. The record received is kept too.

    Raises DeclarationError when it breaks the contract still, is another record, or may not be stored.
    """
    letter = read_letter(connection, dead_letter_id)
    if letter.state != "open":
        raise not_open(dead_letter_id, letter.state)
    _refuse_unfit(entity, letter, payload)
    if is_personal(entity.contract) and not seal.keys:
        raise DeclarationError(
            f"{entity.address} holds personal data, and {LETTER_KEYS} holds no key to seal the edited record with.",
            remedy="Set it: `sync-platform dead-letters new-key` makes a key.",
        )
    if not dry_run:
        kept = seal.keep(payload, entity.contract)
        with connection.transaction():
            record_edit(connection, letter, kept, after_hash=payload_hash(payload), decision=decision)
    return letter


def _refuse_unfit(entity: Entity, letter: KeptLetter, payload: bytes) -> None:
    parts = entity_tools(entity)
    batch = parts.read([payload])
    for _, error in batch.rejected:
        raise DeclarationError(
            f"the edited record breaks {entity.contract.id} {entity.contract.version}: {error}",
            remedy="Nothing was stored; mend that too.",
        )
    (key,) = parts.keys(batch)
    if letter.record_key is not None and key != letter.record_key:
        raise DeclarationError(
            f"the edited record has another key than dead letter {letter.dead_letter_id}.",
            remedy="An edit mends a record; a record that is missing comes from its partner.",
        )


def discard_letters(connection: Connection, numbers: Sequence[int], *, decision: Decision) -> list[int]:
    """The records are not wanted; the numbers of the letters that were open. The same bytes open no new letter."""
    with connection.transaction():
        return settle_letters(connection, numbers, action="discarded", decision=decision)


def reopen_letters(connection: Connection, numbers: Sequence[int], *, decision: Decision) -> list[int]:
    """Discarded letters wait again; the numbers of those that were discarded."""
    with connection.transaction():
        return settle_letters(connection, numbers, action="reopened", decision=decision)


def replay_letters(tools: LoadTools, entity: Entity, selection: Selection, *, decision: Decision) -> LettersReplayed:
    """Take the wanted open letters of one entity in again, by the way that any change comes in.

    A record and the end of its letter are committed together; what is left of an interrupted replay is open still.
    Raises PipelineFrozen, LandingConflict when another capturer is at work, LandingUnavailable.
    """
    refuse_frozen(entity, tools.clock.now())
    wanted = _of(entity, selection)
    done = LettersReplayed()
    with tools.database.connect() as connection:
        scope = {"system": entity.system, "entity": entity.name, "scope": CAPTURE, "holder": tools.holder}
        with held(connection, **scope, clock=tools.clock, wait_seconds=tools.lease_wait_seconds) as lease:
            renewal = LeaseRenewal(connection, lease, tools.clock)
            for letters in each_chunk(connection, wanted):
                renewal.renew_when_due()
                judged = judge_letters(entity, letters, seal=tools.seal)
                tools.reached("letters_judged")
                taken = _capture(tools, entity, connection, lease, judged, decision=decision)
                tools.reached("letters_captured")
                done = LettersReplayed(
                    letters=done.letters + len(letters),
                    taken=done.taken + taken,
                    still_rejected=done.still_rejected + sum(one.obstacle is not None for one in judged),
                )
    loads = apply_waiting(tools, entity, deadline=inf) if done.taken else []
    return LettersReplayed(done.letters, done.taken, done.still_rejected, tuple(loads))


def _of(entity: Entity, selection: Selection) -> Selection:
    return Selection(**{**vars(selection), "system": entity.system, "entity": entity.name, "state": "open"})


def _capture(
    tools: LoadTools,
    entity: Entity,
    connection: Connection,
    lease: Lease,
    judged: Sequence[Judged],
    *,
    decision: Decision,
) -> int:
    """Settle what passes and append it to the change log, in one transaction; returns how many letters that were."""
    changes = {one.letter.dead_letter_id: one.change for one in judged if one.change is not None}
    edited = {one.letter.dead_letter_id for one in judged if one.letter.edited}
    taken: list[int] = []
    for transaction in transactions(connection, clock=tools.clock):
        with transaction:
            fence(connection, lease)
            as_received = [number for number in changes if number not in edited]
            mended = [number for number in changes if number in edited]
            taken = [
                *settle_letters(connection, as_received, action="replayed", decision=decision),
                *settle_letters(connection, mended, action="resolved", decision=decision),
            ]
            capture_changes(connection, entity_tools(entity).table, [changes[number] for number in sorted(taken)])
            tools.reached("letters_settled")
    return len(taken)
