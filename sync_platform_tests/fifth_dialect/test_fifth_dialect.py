"""The fifth dialect is what it claims to be; that it passes the suite of all declared systems is shown there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from sync_platform.errors import PartnerRefused
from sync_platform.landing.database import Database
from sync_platform_tests.declared_systems.connected import Connected, connect
from sync_platform_tests.declared_systems.served import CASES
from sync_platform_tests.fifth_dialect.server import WarehouseServer, open_warehouse

HERE = Path(__file__).resolve().parent
SYSTEM = next(case.system for case in CASES if case.system.name == "wms")
CREDENTIALS = {"WMS_USER": "ann", "WMS_PASSWORD": "correct horse"}


@pytest.fixture
def server() -> Iterator[WarehouseServer]:
    with open_warehouse(CREDENTIALS) as server:
        yield cast(WarehouseServer, server)


@pytest.fixture
def shipments(server: WarehouseServer, database: Database) -> Iterator[Connected]:
    connected = connect(SYSTEM, "shipments", server=server, database=database)
    yield connected
    connected.tools.client.close()


def test_the_system_is_declared_by_yaml_alone() -> None:
    declared = {path.relative_to(HERE).as_posix() for path in HERE.rglob("*.yaml")}
    assert SYSTEM.folder == HERE
    assert declared == {"defs.yaml", "contracts/shipments.yaml", "contracts/bins.yaml"}


def test_it_is_in_the_suite_with_an_event_and_a_state_entity() -> None:
    kinds = {case.entity.address: case.entity.contract.kind.value for case in CASES if case.system.name == "wms"}
    assert kinds == {"wms/shipments": "event", "wms/bins": "state"}


def test_a_day_is_asked_for_in_a_body_that_was_filled_in(shipments: Connected, server: WarehouseServer) -> None:
    shipments.asked_in_pages_of(20)
    shipments.pull()

    first, second = [variables for _, variables in server.asked if variables["day"] is not None]
    assert first == {"day": "2026-11-19", "since": None, "until": None, "after": None, "first": 20}
    assert second == {**first, "after": second["after"]}
    assert second["after"]


def test_changes_are_asked_for_in_the_same_body(shipments: Connected, server: WarehouseServer) -> None:
    """At 3:30 in Colombo, up to then, from 2 minutes before the safety lag of 6 s."""
    shipments.delta()

    entity, variables = server.asked[-1]
    assert entity == "shipments"
    assert variables == {
        "day": None,
        "since": "2026-11-20T03:27:54+05:30",
        "until": "2026-11-20T03:30:00+05:30",
        "after": None,
        "first": 50,
    }


def test_a_session_that_ended_is_opened_again_in_the_middle_of_a_read(
    shipments: Connected, server: WarehouseServer
) -> None:
    """Fault A36: that a session is over is said with HTTP 200."""
    shipments.pull()
    logins = server.logins
    server.end_sessions()

    load = shipments.pull()

    assert load.outcome == "published"
    assert (logins, server.logins) == (1, 2)


def test_a_wrong_password_is_refused_and_says_where_to_look(server: WarehouseServer, database: Database) -> None:
    server.environment = {**server.environment, "WMS_PASSWORD": "wrong horse"}
    shipments = connect(SYSTEM, "shipments", server=server, database=database)

    load = shipments.pull()

    assert load.outcome == PartnerRefused.kind
    assert "WMS_PASSWORD" in (load.error or "")
    assert "wrong horse" not in (load.error or "")


def test_ids_stay_text_and_times_become_moments(shipments: Connected) -> None:
    shipments.pull()
    row = next(row for row in shipments.rows() if row["shipment_id"] == "SHP-1119000")
    assert (row["sku"], str(row["quantity"]), row["carrier"]) == ("1000000", "1.000", None)
    assert row["shipped_at"].isoformat() == "2026-11-19T02:30:00+00:00"
    assert row["updated_at"] - row["shipped_at"] == timedelta(hours=3)
