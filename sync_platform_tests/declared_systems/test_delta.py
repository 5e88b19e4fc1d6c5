"""Every declared system that tells what changed: each change lands, late or not, whatever the clocks."""

from __future__ import annotations

import pytest

from sync_platform_tests.declared_systems.connected import Connected
from sync_platform_tests.declared_systems.served import cases, tells_changes

SETTLED = 15
"""Seconds after which every safety lag is over, and before anything changes by itself."""
AT_ONCE = {"payments/payouts"}
"""Payouts are made by the gateway itself, which shows them at once."""


@cases(tells_changes)
def test_a_delta_lands_exactly_what_changed(connected: Connected) -> None:
    connected.delta()
    quiet = connected.delta()
    touched = connected.server.touch(connected.entity, 3)
    connected.server.advance(SETTLED)

    delta = connected.delta()

    assert quiet.loads == ()
    assert connected.changed_since_load({load.load_id for load in delta.loads}) == touched
    assert sum(load.inserted + load.updated for load in delta.loads) == 3
    assert [load.outcome for load in delta.loads] == ["published"] * len(delta.loads)


@cases(tells_changes)
def test_a_change_that_was_taken_in_is_not_taken_in_again(connected: Connected) -> None:
    """The overlap window reads it again each time."""
    connected.delta()
    connected.server.touch(connected.entity, 3)
    connected.server.advance(SETTLED)
    connected.delta()
    before = connected.rows(live=False)

    again = [connected.delta() for _ in range(2)]

    assert [delta.loads for delta in again] == [(), ()]
    assert [delta.capture.captured for delta in again] == [0, 0]
    assert connected.rows(live=False) == before


@cases(tells_changes)
def test_a_delta_on_a_day_that_is_landed_whole_gives_what_a_whole_read_would(connected: Connected) -> None:
    """Promise 2: both ways in, the same table."""
    connected.pull()
    connected.delta()
    connected.server.touch(connected.entity, 3)
    connected.server.advance(SETTLED)
    connected.delta()
    before = {connected.key_of(row): row["_content_hash"] for row in connected.rows()}

    again = connected.pull()

    assert (again.outcome, again.inserted, again.updated) == ("published", 0, 0)
    assert {connected.key_of(row): row["_content_hash"] for row in connected.rows()} == before


@cases(tells_changes)
def test_one_record_changed_again_within_a_second_lands_as_it_is_in_the_end(connected: Connected) -> None:
    """Fault A22."""
    connected.delta()
    touched = connected.server.touch(connected.entity, 1)
    connected.server.advance(0.4)
    touched |= connected.server.touch(connected.entity, 1)
    connected.server.advance(SETTLED)
    connected.delta()
    landed = {connected.key_of(row): row["_content_hash"] for row in connected.rows()}

    # A day that holds it, read whole, finds it unchanged.
    for day in {row["_business_day"] for row in connected.rows()}:
        load = connected.pull(day)
        assert (load.outcome, load.updated) == ("published", 0)

    again = {connected.key_of(row): row["_content_hash"] for row in connected.rows()}
    assert touched <= set(landed)
    assert {key: again[key] for key in landed} == landed


@cases(lambda entity: tells_changes(entity) and entity.address not in AT_ONCE)
def test_what_becomes_visible_after_its_changed_time_is_not_lost(connected: Connected) -> None:
    """Fault A23: asked again and again at the very moment before a late record shows."""
    late = connected.server.late_changes(connected.entity)[:6]
    connected.delta()
    for moment, _ in late:
        connected.server.advance((moment - connected.server.now()).total_seconds())
        connected.delta()
    connected.server.advance(SETTLED)
    connected.delta()

    assert len(late) >= 3
    assert {key for _, key in late} <= connected.keys() | connected.rejected_keys()


@cases(lambda entity: entity.address in ("pos/sales", "wms/shipments"))
def test_without_overlap_and_lag_the_late_ones_would_be_lost(connected: Connected) -> None:
    """That the test above can fail."""
    late = connected.server.late_changes(connected.entity)[:6]
    connected.without_margins()
    connected.delta()
    for moment, _ in late:
        connected.server.advance((moment - connected.server.now()).total_seconds())
        connected.delta()
    connected.server.advance(SETTLED)
    connected.delta()

    assert {key for _, key in late} - connected.keys() - connected.rejected_keys() != set()


@cases(tells_changes)
@pytest.mark.parametrize("skew", [-600, 600], ids=["ten_minutes_behind", "ten_minutes_ahead"])
def test_a_partner_clock_that_is_wrong_loses_nothing(connected: Connected, skew: int) -> None:
    """Fault A31: its clock is wrong all the time, and so are its stamps."""
    connected.server.fault(connected.entity, "clock_skew", seconds=skew)
    connected.delta()
    touched = set()
    for _ in range(3):
        touched |= connected.server.touch(connected.entity, 2)
        connected.server.advance(SETTLED)
        connected.delta()

    assert touched <= connected.keys()


@cases(tells_changes)
@pytest.mark.parametrize("skew", [-600, 600], ids=["was_behind", "was_ahead"])
def test_a_partner_clock_that_is_put_right_loses_nothing(connected: Connected, skew: int) -> None:
    """Fault A31: set back, the partner stamps new changes with times that were taken in already."""
    connected.server.fault(connected.entity, "clock_skew", seconds=skew)
    connected.delta()
    connected.server.advance(SETTLED)
    connected.delta()
    connected.server.mend()
    touched = set()
    for _ in range(3):
        touched |= connected.server.touch(connected.entity, 2)
        connected.server.advance(SETTLED)
        connected.delta()

    assert touched <= connected.keys()


@cases(tells_changes)
def test_a_record_that_breaks_its_contract_waits_as_a_dead_letter_of_the_delta(connected: Connected) -> None:
    connected.delta()
    connected.server.touch(connected.entity, 3)
    connected.server.advance(SETTLED)
    path = connected.event_prefix + connected.spoilable_path()
    connected.server.fault(connected.entity, "bad_record", field=path, value={"x": 1})

    delta = connected.delta()

    assert sum(load.read for load in delta.loads) == 3
    assert sum(load.dead_lettered for load in delta.loads) == 1
    assert [letter["field"] for letter in connected.letters()] == [connected.spoilable_field()]
