"""The proposal queue: pairs that may be one, until a person decides. Deciding changes the proposal and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, LiteralString

from psycopg.rows import class_row

from sync_platform.duplicates.clusters import Couple, clusters
from sync_platform.duplicates.linkage import Pair
from sync_platform.errors import DeclarationError
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

Decision = Literal["accepted", "rejected"]
STATES = ("open", "accepted", "rejected", "withdrawn")


@dataclass(frozen=True)
class Proposal:
    """One pair: `cluster` names the first record of all that hang together with it. Keys, nothing else personal."""

    proposal_id: int
    kind: str
    left_system: str
    left_key: str
    right_system: str
    right_key: str
    cluster: str
    score: float
    reason: str
    state: str
    decided_by: str | None
    decided_at: datetime | None
    first_seen_at: datetime
    last_seen_at: datetime

    @property
    def couple(self) -> Couple:
        return (self.left_system, self.left_key), (self.right_system, self.right_key)


@dataclass(frozen=True)
class Weighed:
    """Pairs against what people decided: `matching` were found and nobody rejected them, `accepted` found or not."""

    matching: tuple[Couple, ...]
    accepted: tuple[Couple, ...]


@dataclass(frozen=True)
class Stored:
    """What one comparison changed in the queue, and how many proposals then wait for a person."""

    new: int
    open: int
    withdrawn: int


def weigh_pairs(connection: Connection, kind: str, pairs: Sequence[Pair]) -> Weighed:
    """The pairs without those that a person rejected, and those that a person accepted."""
    rejected = couples(connection, kind, "rejected")
    matching = tuple((pair.left, pair.right) for pair in pairs if (pair.left, pair.right) not in rejected)
    return Weighed(matching=matching, accepted=tuple(sorted(couples(connection, kind, "accepted"))))


def store_pairs(connection: Connection, kind: str, pairs: Sequence[Pair], weighed: Weighed, *, now: datetime) -> Stored:
    """Bring the queue up to what matches now, in the caller's transaction; run twice, it changes nothing but a time.

    A rejected pair stays rejected. An open one that no longer matches is withdrawn, and opens again when it does.
    """
    first = clusters((*weighed.matching, *weighed.accepted))
    rows = connection.execute(
        _queries()["upsert"],
        {
            "kind": kind,
            "now": now,
            "left_system": [pair.left[0] for pair in pairs],
            "left_key": [pair.left[1] for pair in pairs],
            "right_system": [pair.right[0] for pair in pairs],
            "right_key": [pair.right[1] for pair in pairs],
            "cluster": ["/".join(first.get(pair.left, pair.left)) for pair in pairs],
            "score": [pair.score for pair in pairs],
            "reason": [pair.reason for pair in pairs],
        },
    ).fetchall()
    withdrawn = connection.execute(_queries()["withdraw"], {"kind": kind, "now": now}).rowcount
    return Stored(
        new=sum(is_new for _, is_new in rows),
        open=sum(state == "open" for state, _ in rows),
        withdrawn=withdrawn,
    )


def couples(connection: Connection, kind: str, decision: Decision) -> set[Couple]:
    """The pairs of a kind about which a person decided so."""
    rows = connection.execute(_queries()[decision], {"kind": kind})
    return {((left_system, left), (right_system, right)) for left_system, left, right_system, right in rows}


def list_proposals(connection: Connection, *, state: str | None, kind: str | None, limit: int) -> list[Proposal]:
    """At most `limit` proposals, the surest first; None means any."""
    with connection.cursor(row_factory=class_row(Proposal)) as cursor:
        return cursor.execute(_queries()["listed"], {"state": state, "kind": kind, "limit": limit}).fetchall()


def count_proposals(connection: Connection) -> dict[tuple[str, str], int]:
    """How many there are, by kind and state."""
    return {(kind, state): count for kind, state, count in connection.execute(_queries()["counted"])}


def read_proposal(connection: Connection, proposal_id: int, *, for_update: bool = False) -> Proposal:
    """One proposal. Raises DeclarationError when there is none of that number."""
    query = _queries()["one_for_update" if for_update else "one"]
    with connection.cursor(row_factory=class_row(Proposal)) as cursor:
        found = cursor.execute(query, {"proposal_id": proposal_id}).fetchone()
    if found is None:
        raise DeclarationError(
            f"there is no proposal {proposal_id}.", remedy="`sync-platform duplicates list` shows the numbers."
        )
    return found


def decide(
    connection: Connection, proposal_ids: Iterable[int], decision: Decision, *, by: str, now: datetime, dry_run: bool
) -> list[tuple[Proposal, Proposal]]:
    """Record who decided what, all or none; each proposal before and after. A later decision replaces an earlier one.

    Raises DeclarationError for a number that is none, and then changes nothing.
    """
    decided = []
    with connection.transaction():
        for proposal_id in dict.fromkeys(proposal_ids):
            before = read_proposal(connection, proposal_id, for_update=not dry_run)
            if not dry_run:
                values = {"proposal_id": proposal_id, "state": decision, "decided_by": by, "decided_at": now}
                connection.execute(_queries()["decide"], values)
            after = Proposal(**{**vars(before), "state": decision, "decided_by": by, "decided_at": now})
            decided.append((before, after))
    return decided


def _queries() -> dict[str, LiteralString]:
    return queries("proposals", package="sync_platform.duplicates")
