"""A change that was pruned does not come back, and is not applied a second time (fault D12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync_platform.landing.expired_rows import prune_rows
from sync_platform_tests.landing.planted import KEPT_SINCE, silent
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till, sale

EVERYTHING = dict.fromkeys(KEPT_SINCE, datetime.now(UTC) + timedelta(days=10_000))


def prune_everything(hub: Hub) -> None:
    """As if all retentions were over at once."""
    with hub.database.connect() as connection:
        prune_rows(connection, EVERYTHING, dry_run=False, progress=silent)


def waiting(hub: Hub) -> list[dict[str, Any]]:
    return hub.query("select applied_load_id from sync.change")


@pytest.mark.parametrize("entity", ["sales", "coarse_sales", "loose_sales", "evented_sales"])
def test_what_the_overlap_window_reads_again_after_a_prune_is_no_change(
    hub: Hub, till: Till, clock: GivenClock, entity: str
) -> None:
    hub.pull_delta(entity)
    till.puts(sale("A", "1.00", at=1), sale("B", "2.00", at=2))
    till.puts(sale("A", "3.00", at=3))
    clock.advance(6)
    hub.pull_delta(entity)
    landed = [(row["id"], row["amount"], row["_load_id"], row["_last_changed_at"]) for row in hub.rows(entity)]
    assert {id_: str(amount) for id_, amount, *_ in landed} == {"A": "3.00", "B": "2.00"}

    prune_everything(hub)
    assert waiting(hub) == []
    clock.advance(1)
    again = hub.pull_delta(entity)

    assert again.capture.read >= 2
    assert (again.capture.captured, again.loads) == (0, ())
    assert waiting(hub) == []
    assert [(row["id"], row["amount"], row["_load_id"], row["_last_changed_at"]) for row in hub.rows(entity)] == landed


def test_an_older_version_that_arrives_after_the_newer_one_was_pruned_changes_nothing(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    hub.pull_delta()
    till.puts(sale("A", "2.00", at=2))
    clock.advance(6)
    hub.pull_delta()
    prune_everything(hub)

    till.puts(sale("A", "1.00", at=1))
    clock.advance(1)
    hub.pull_delta()

    assert hub.landed() == {"A": "2.00"}


def test_a_change_that_waits_outlives_every_prune_and_is_applied(hub: Hub, till: Till, clock: GivenClock) -> None:
    hub.pull_delta()
    hub.lends_day()
    till.puts(sale("A", "1.00", at=1))
    clock.advance(6)
    hub.pull_delta()
    assert waiting(hub) == [{"applied_load_id": None}]

    prune_everything(hub)
    assert waiting(hub) == [{"applied_load_id": None}]
    hub.lets_leases_expire()
    hub.pull_delta()

    assert hub.landed() == {"A": "1.00"}


def test_a_broken_record_whose_change_was_pruned_stays_one_open_letter(hub: Hub, till: Till, clock: GivenClock) -> None:
    hub.pull_delta()
    till.puts(sale("A", "many", at=1))
    clock.advance(6)
    hub.pull_delta()
    assert len(hub.letters()) == 1
    before = hub.query("select attempts, last_at from sync.dead_letter")

    prune_everything(hub)
    clock.advance(1)
    hub.pull_delta()

    assert waiting(hub) == []
    assert hub.query("select attempts, last_at from sync.dead_letter") == before
