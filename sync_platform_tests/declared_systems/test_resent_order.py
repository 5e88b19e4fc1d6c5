"""An order that the shop sends again under another id lands, for it is a record, and exactly one rule says so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync_platform.checks.relation import Relation
from sync_platform.checks.suite import run_rules
from sync_platform.declarations.partner_system import DEFS_FOLDER
from sync_platform_tests.declared_systems.conftest import DeclaredSystem
from sync_platform_tests.declared_systems.connected import Connected
from sync_platform_tests.declared_systems.sandbox_server import open_sandbox

# Great Expectations takes seconds to import.
pytestmark = pytest.mark.slow


@pytest.fixture
def orders(declared_system: DeclaredSystem) -> Iterator[Connected]:
    with open_sandbox({}) as server:
        yield declared_system(DEFS_FOLDER / "shop", server)["orders"]


def failed_rules(orders: Connected) -> dict[str, str]:
    """The day's failed rules and what they found."""
    relation = Relation("landing", orders.entity.table, orders.day)
    results = run_rules(orders.entity.contract, relation, database_url=orders.database.url)
    assert [result.error for result in results if result.error] == []
    return {result.rule: result.observed for result in results if not result.passed}


def test_an_order_sent_again_under_another_id_is_found_by_its_rule_and_by_no_other(orders: Connected) -> None:
    orders.pull()
    count = len(orders.day_keys())
    undisturbed = failed_rules(orders)

    orders.server.fault(orders.entity, "resent", field="id", count=2)
    load = orders.pull()

    assert undisturbed == {}
    assert (load.outcome, load.inserted) == ("published", 2)
    assert failed_rules(orders) == {
        "business_duplicates": f"2 of {count + 2} rows say what another said just before, under another key"
    }


def test_a_day_without_the_fault_is_found_sound_again(orders: Connected) -> None:
    orders.server.fault(orders.entity, "resent", field="id")
    orders.pull()
    orders.server.mend()
    orders.server.advance(60)

    orders.pull()

    assert failed_rules(orders) == {}
