"""Records that hang together by pairs: each cluster stands for one customer or product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

Record = tuple[str, str]
"""System and key."""
Couple = tuple[Record, Record]


def clusters(couples: Iterable[Couple]) -> dict[Record, Record]:
    """For each record of any pair the first record of its cluster, by system and key."""
    first: dict[Record, Record] = {}
    for left, right in couples:
        one, other = sorted((_root(first, left), _root(first, right)))
        first[other] = one
    return {record: _root(first, record) for record in list(first)}


def surplus(couples: Iterable[Couple]) -> int:
    """How many records are one too many when every pair is one: of three copies two."""
    members: dict[Record, int] = defaultdict(int)
    for root in clusters(couples).values():
        members[root] += 1
    return sum(count - 1 for count in members.values())


def _root(first: dict[Record, Record], record: Record) -> Record:
    """Follows the links to the first record, and shortens the way for whoever follows it next."""
    first.setdefault(record, record)
    root = record
    while first[root] != root:
        root = first[root]
    while first[record] != root:
        first[record], record = root, first[record]
    return root
