"""A dead letter says by which way in its record came, whichever load met it."""

from __future__ import annotations

import json
from datetime import date
from math import inf
from typing import Any
from uuid import UUID

from sync_platform.landing.changes import capture_changes
from sync_platform.landing.letter_queue import Selection, count_by_reason
from sync_platform.pull.apply import apply_waiting
from sync_platform.pull.readers import entity_tools
from sync_platform.pull.received_record import ReceivedRecord, captured_changes
from sync_platform.replay.letters import replay_letters
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.replay.given import NIMALI, letters, pull_strictly
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import NOON, TODAY, Till, sale


def captured(hub: Hub, *records: tuple[dict[str, Any], int | None]) -> None:
    """Records waiting in the change log, each with the delivery that brought it, if one did."""
    entity = hub.entity("sales")
    received = [
        ReceivedRecord(json.dumps(one).encode(), date.fromisoformat(TODAY), NOON, NOON, delivery_id=delivery)
        for one, delivery in records
    ]
    with hub.database.connect() as connection, connection.transaction():
        capture_changes(connection, entity_tools(entity).table, captured_changes(entity, received)[0])


def ways(hub: Hub) -> dict[str | None, tuple[str | None, int | None]]:
    return {letter.record_key: (letter.way, letter.delivery_id) for letter in letters(hub)}


def test_of_one_load_of_changes_each_letter_has_the_way_of_its_own_record(hub: Hub) -> None:
    captured(hub, (sale("A", "many"), 7), (sale("B", "many"), None), (sale("C"), 8), (sale("C", "2.00"), 9))
    (load,) = apply_waiting(hub.tools, hub.entity("sales"), deadline=inf)
    assert (load.way, load.dead_lettered) == ("delta", 3)
    assert ways(hub) == {'["A"]': ("webhook", 7), '["B"]': ("delta", None), '["C"]': ("webhook", 9)}
    assert {letter.correlation_id for letter in letters(hub)} == {load.correlation_id}
    with hub.database.connect() as connection:
        groups = count_by_reason(connection, Selection())
    assert [(group.reason, group.ways) for group in groups] == [
        ("constraint", ["delta", "webhook"]),
        ("conflict", ["webhook"]),
    ]


def test_a_letter_of_a_whole_day_says_so_until_a_webhook_brings_the_same_bytes(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A", "many"), sale("B"), sale("C"))
    hub.pull_day()
    (letter,) = letters(hub)
    assert letter.way == "whole_day"
    hub.run("update sync.dead_letter set state = 'superseded'")
    received = json.loads(letter.payload or b"")
    captured(hub, (received, 5))
    apply_waiting(hub.tools, hub.entity("sales"), deadline=inf)
    assert [one.way for one in letters(hub)] == ["whole_day", "webhook"]


def test_a_replayed_record_that_conflicts_keeps_the_delivery_that_brought_it(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    till.puts(sale("A", status="lost"), sale("B"), sale("C"))
    pull_strictly(hub)
    hub.run("update sync.dead_letter set delivery_id = 7, way = 'webhook'")
    till.has_sales(sale("A", "9.00"))
    clock.advance(6)
    hub.pull_day()
    hub.run("update sync.dead_letter set state = 'open'")
    done = replay_letters(hub.tools, hub.entity("sales"), Selection(), decision=NIMALI)
    assert (done.taken, done.rejected_again) == (1, 1)
    assert ways(hub) == {'["A"]': ("webhook", 7)}


def test_what_a_file_brought_came_by_the_file_also_when_changes_are_applied(hub: Hub) -> None:
    file_id = UUID(int=1)
    hub.run(
        "insert into sync.file (file_id, system, entity, name, size, modified, state, first_seen_at, changed_at, place)"
        " values (%s, 'till', 'sales', 'sales_1.csv', 1, now(), 'accepted', now(), now(), 'archive')",
        [file_id],
    )
    captured(hub, (sale("A", "many"), None))
    hub.run("update sync.change set exchange_id = %s", [file_id])
    apply_waiting(hub.tools, hub.entity("sales"), deadline=inf)
    (letter,) = letters(hub)
    assert (letter.way, letter.file_name, letter.exchange_id) == ("file", "sales_1.csv", file_id)
