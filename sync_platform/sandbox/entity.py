"""What every entity of every partner system can do, so that faults, touches and counts need no special case."""

from typing import Any, Protocol

from sync_platform.sandbox.columns import IntArray
from sync_platform.sandbox.feed import Feed

Document = dict[str, Any]


class Entity(Protocol):
    """One kind of record of one partner system."""

    name: str
    feed: Feed

    def key(self, record: int) -> str:
        """The record's key as the partner system writes it."""

    def record(self, key: str) -> int | None:
        """The record number of a key, or None."""

    def records(self, rows: IntArray, *, now: int) -> list[Document]:
        """The records as the partner system's JSON, in the order of `rows`."""

    def day_rows(self, day: int) -> IntArray:
        """The rows, ascending, of records that belong to a day of the partner's own zone, in days since 1970."""

    def touch(self, rows: IntArray, *, now: int) -> int:
        """Make the records of these rows change now; returns the changed time they get, epoch milliseconds."""
