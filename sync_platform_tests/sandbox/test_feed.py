"""A feed shows, at any moment, exactly what a plain walk over its versions shows."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sync_platform.sandbox.clock import SandboxClock, SystemClock
from sync_platform.sandbox.feed import Feed

moments = st.integers(0, 30)
versions = st.lists(st.tuples(st.integers(0, 4), moments, st.integers(0, 5)), max_size=25, unique_by=lambda v: v[:2])


def _feed(versions: list[tuple[int, int, int]]) -> Feed:
    clock = SystemClock(SandboxClock(datetime(2026, 1, 1, tzinfo=UTC), running=False))
    record, happened, late = (np.array([v[n] for v in versions], dtype=np.int64) for n in range(3))
    content = {"happened": happened}
    return Feed.of_versions(
        record=record, happened=happened, changed=happened // 3, visible=happened + late, content=content, clock=clock
    )


@given(versions=versions, now=moments, since=moments, before=moments)
def test_the_newest_visible_version_of_each_record_is_shown_within_the_limits(
    versions: list[tuple[int, int, int]], now: int, since: int, before: int
) -> None:
    feed = _feed(versions)
    newest: dict[int, int] = {}
    for record in {version[0] for version in versions}:
        visible = 0
        for _, happened, late in sorted(version for version in versions if version[0] == record):
            visible = max(visible, happened + late)
            if visible <= now:
                newest[record] = happened
    expected = sorted((at // 3, record, at) for record, at in newest.items() if since <= at // 3 < before)
    rows = feed.rows(now=now, since=since, before=before)
    columns = (feed.changed(rows), feed.record(rows), feed.content("happened", rows))
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == expected


@given(versions=versions, now=moments, data=st.data())
def test_a_touched_record_is_shown_once_with_its_new_time(
    versions: list[tuple[int, int, int]], now: int, data: st.DataObject
) -> None:
    feed = _feed(versions)
    before = feed.record(feed.rows(now=now)).tolist()
    if not before:
        return
    row = feed.rows(now=now)[[data.draw(st.integers(0, len(before) - 1))]]
    record = int(feed.record(row)[0])
    feed.touch(row, now=now, stamp=now)
    rows = feed.rows(now=now)
    assert sorted(feed.record(rows).tolist()) == sorted(before)
    touched = rows[feed.record(rows) == record]
    assert (feed.changed(touched).tolist(), feed.revision(touched).tolist()) == ([now], [1])
    assert np.array_equal(feed.content("happened", touched), feed.content("happened", row))
