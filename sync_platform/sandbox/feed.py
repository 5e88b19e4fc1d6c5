"""Versions of one entity's records: which of them a partner system shows at a moment, in changed-time order.

A version is stamped with a changed time, becomes visible at or a little after it, and is shown until the next
version of its record is, or until the record vanishes. What a version says is left to the entity.
"""

import threading
from collections.abc import Mapping

import numpy as np

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.columns import IntArray, Times

FOREVER = 2**62
"""Later than any moment, in epoch milliseconds."""


class Feed:
    """Columns of versions, ordered by (changed, record); a row is a position in them.

    Record numbers ascend with the record's key, so that ties on the changed time come out in key order.
    Touched versions, made by `touch`, are rows after the prepared ones.
    """

    def __init__(
        self,
        *,
        record: IntArray,
        changed: Times,
        visible: Times,
        until: Times,
        content: Mapping[str, IntArray],
        clock: SystemClock,
    ) -> None:
        self._record, self._changed, self._visible, self._until = record, changed, visible, until
        self._content = dict(content)
        self._clock = clock
        self._lock = threading.Lock()
        self._touched = _Touched.none()

    @classmethod
    def of_versions(
        cls,
        *,
        record: IntArray,
        happened: Times,
        changed: Times,
        visible: Times,
        vanishes: Times | None = None,
        content: Mapping[str, IntArray],
        clock: SystemClock,
    ) -> "Feed":
        """Chain versions that come in any order: those of one record commit one after another, as under a row lock.

        `happened` orders a record's versions; `vanishes`, per version, ends the record's last one.
        """
        order = np.lexsort((happened, record))
        record, visible = record[order], _never_overtaking(record[order], visible[order])
        last = np.append(record[1:] != record[:-1], True)
        until = np.where(last, FOREVER if vanishes is None else vanishes[order], np.append(visible[1:], FOREVER))
        by_change = np.lexsort((record, changed[order]))
        return cls(
            record=record[by_change],
            changed=changed[order][by_change],
            visible=visible[by_change],
            until=until[by_change].astype(np.int64),
            content={name: column[order][by_change] for name, column in content.items()},
            clock=clock,
        )

    def rows(
        self, *, now: int, since: int | None = None, before: int | None = None, among: IntArray | None = None
    ) -> IntArray:
        """The rows shown at true time `now`, stamped in [since, before) by the system's clock, by (stamp, record).

        `among` restricts them to given rows, ascending.
        """
        with self._lock:
            end = int(np.searchsorted(self._changed, now + 1))
            border = min(int(np.searchsorted(self._changed, self._settled_before())), end)
            low = int(np.searchsorted(self._changed, since)) if since is not None else 0
            high = int(np.searchsorted(self._changed, before)) if before is not None else end
            head = self._shown(min(low, border), min(high, border), now=now, among=among)
            if border == end and not len(self._touched.base):
                return head
            touched = np.flatnonzero((self._touched.at <= now) & (self._touched.until > now))
            if among is not None:
                touched = touched[np.isin(self._touched.base[touched], among)]
            tail = np.concatenate((self._shown(border, end, now=now, among=among), touched + len(self._record)))
            return np.concatenate((head, self._ordered(tail, since=since, before=before)))

    def shown_since(self, after: int, *, now: int) -> IntArray:
        """The rows that became visible in (after, now], true time, and are shown still; in no order."""
        with self._lock:
            prepared = (self._visible > after) & (self._visible <= now) & (self._until > now)
            touched = (self._touched.at > after) & (self._touched.at <= now) & (self._touched.until > now)
            return np.concatenate((np.flatnonzero(prepared), np.flatnonzero(touched) + len(self._record)))

    def row_of(self, record: int, *, now: int) -> int | None:
        """The row that shows a record at `now`, or None."""
        candidates = np.flatnonzero(self._record == record)
        shown = self.rows(now=now, among=candidates)
        return int(shown[-1]) if len(shown) else None

    def record(self, rows: IntArray) -> IntArray:
        """Record numbers."""
        return self._record[self._base(rows)]

    def changed(self, rows: IntArray) -> IntArray:
        """Changed times as the system stamped them, epoch milliseconds."""
        return self._clock.stamps(self._true_changed(rows))

    def content(self, name: str, rows: IntArray) -> IntArray:
        """One column of what the versions say."""
        return self._content[name][self._base(rows)]

    def revision(self, rows: IntArray) -> IntArray:
        """How often the record had been touched when a row was made; 0 for a prepared row."""
        return np.concatenate((np.zeros(1, dtype=np.int64), self._touched.revision))[self._overlay(rows) + 1]

    def base(self, rows: IntArray) -> IntArray:
        """The prepared row that each row says the same as, its revision apart."""
        return self._base(rows)

    def visible(self, row: int) -> int:
        """When a prepared row becomes visible, true epoch milliseconds."""
        return int(self._visible[row])

    def touch(self, rows: IntArray, *, now: int, stamp: int) -> None:
        """Make the records of currently shown rows change now, with changed time `stamp`, visible at once."""
        with self._lock:
            base, revision = self._base(rows), self.revision(rows) + 1
            until = np.empty(len(rows), dtype=np.int64)
            for position, row in enumerate(rows.tolist()):
                ends = self._until if row < len(self._record) else self._touched.until
                index = row if row < len(self._record) else row - len(self._record)
                until[position], ends[index] = ends[index], now
            self._touched = self._touched.plus(base=base, at=now, stamp=stamp, until=until, revision=revision)

    def __len__(self) -> int:
        return len(self._record)

    def _settled_before(self) -> int:
        """The changed time before which prepared rows are in order and no touched one comes between them."""
        return min(self._clock.right_before_ms, int(self._touched.stamp.min()) if len(self._touched.stamp) else FOREVER)

    def _shown(self, low: int, high: int, *, now: int, among: IntArray | None) -> IntArray:
        """The prepared rows from `low` up to `high` that are shown."""
        shown: IntArray
        if among is None:
            shown = low + np.flatnonzero((self._visible[low:high] <= now) & (self._until[low:high] > now))
        else:
            span = among[np.searchsorted(among, low) : np.searchsorted(among, high)]
            shown = span[(self._visible[span] <= now) & (self._until[span] > now)]
        return shown

    def _ordered(self, rows: IntArray, *, since: int | None, before: int | None) -> IntArray:
        stamps = self.changed(rows)
        inside = (stamps >= (since if since is not None else -FOREVER)) & (
            stamps < (before if before is not None else FOREVER)
        )
        rows, stamps = rows[inside], stamps[inside]
        return rows[np.lexsort((self.record(rows), stamps))]

    def _overlay(self, rows: IntArray) -> IntArray:
        """Positions among the touched versions; -1 for prepared rows."""
        return np.maximum(np.asarray(rows) - len(self._record), -1)

    def _base(self, rows: IntArray) -> IntArray:
        rows = np.asarray(rows)
        if not len(self._touched.base):
            return rows
        overlay = self._overlay(rows)
        return np.where(overlay < 0, rows, self._touched.base[overlay])

    def _true_changed(self, rows: IntArray) -> IntArray:
        rows = np.asarray(rows)
        if not len(self._touched.base):
            return self._changed[rows]
        overlay = self._overlay(rows)
        return np.where(overlay < 0, self._changed[self._base(rows)], self._touched.stamp[overlay])


class _Touched:
    """Versions made on demand; replaced as a whole, never changed but for `until`."""

    def __init__(self, *, base: Times, at: Times, stamp: Times, until: Times, revision: Times) -> None:
        self.base, self.at, self.stamp, self.until, self.revision = base, at, stamp, until, revision

    @classmethod
    def none(cls) -> "_Touched":
        empty = np.empty(0, dtype=np.int64)
        return cls(base=empty, at=empty, stamp=empty, until=empty, revision=empty)

    def plus(self, *, base: IntArray, at: int, stamp: int, until: Times, revision: IntArray) -> "_Touched":
        return _Touched(
            base=np.append(self.base, base),
            at=np.append(self.at, np.full(len(base), at, dtype=np.int64)),
            stamp=np.append(self.stamp, np.full(len(base), stamp, dtype=np.int64)),
            until=np.append(self.until, until),
            revision=np.append(self.revision, revision),
        )


def _never_overtaking(record: IntArray, visible: Times) -> Times:
    """The running maximum of `visible` within each run of equal `record`."""
    if not len(visible):
        return visible
    start = int(visible.min())
    span = int(visible.max()) - start + 1
    run = np.cumsum(np.append(False, record[1:] != record[:-1])).astype(np.int64)
    return np.maximum.accumulate(visible - start + run * span) - run * span + start
