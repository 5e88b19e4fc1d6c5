"""Freeze windows: nothing is asked for and nothing changes until they end; then nothing is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync_platform.components.system_sensor import thawed
from sync_platform.declarations.freeze import Freeze, FreezeDeclaration
from sync_platform.declarations.partner_system import PartnerSystem, read_partner_system
from sync_platform.errors import DeclarationError, PipelineFrozen
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till, sale

# The test's clock stands at 12:00 UTC, 17:30 in Colombo.
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STOCK_TAKE = Freeze(starts_at=NOON - timedelta(hours=1), ends_at=NOON + timedelta(minutes=10), reason="stock take")


def freeze(hub: Hub, *entities: str) -> None:
    hub.system = replace(
        hub.system,
        entities=tuple(
            replace(entity, freezes=(STOCK_TAKE,)) if entity.name in entities else entity
            for entity in hub.system.entities
        ),
    )


def test_nothing_is_asked_or_changed_within_it_and_what_changed_meanwhile_is_there_after_it(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    till.has_sales(sale("A"))
    hub.pull_day()
    hub.pull_delta()
    freeze(hub, "sales")
    till.has_sales(sale("A"), sale("B", at=300.0))
    asked = len(till.asked)

    with pytest.raises(PipelineFrozen, match=r"till/sales is frozen until 2026-11-20 17:40 \(stock take\)"):
        hub.pull_delta()
    with pytest.raises(PipelineFrozen, match=r"under freezes in sync_platform/defs/till/defs\.yaml"):
        hub.pull_day()

    assert (len(till.asked), sorted(hub.landed())) == (asked, ["A"])
    clock.advance(610)
    hub.pull_delta()
    assert sorted(hub.landed()) == ["A", "B"]


def test_another_entity_of_the_system_goes_on(hub: Hub, till: Till) -> None:
    freeze(hub, "sales")
    till.has_sales(sale("A"))

    assert hub.pull_day("loose_sales").outcome == "published"
    names = [entity.name for entity in thawed(hub.system, NOON).entities]
    assert "sales" not in names
    assert len(names) == len(hub.system.entities) - 1


def declared(folder: Path, till_system: PartnerSystem, freezes: str) -> PartnerSystem:
    """The till with freeze windows."""
    original = till_system.folder
    (folder / "contracts").symlink_to(original / "contracts")
    (folder / "defs.yaml").write_text((original / "defs.yaml").read_text() + f"\n  freezes:\n{freezes}")
    return read_partner_system(folder)


def test_a_window_is_declared_in_the_systems_own_time_and_ends_before_its_end(
    tmp_path: Path, till_system: PartnerSystem
) -> None:
    system = declared(
        tmp_path,
        till_system,
        "    - {from: 2026-11-20T17:00, to: 2026-11-20T18:00, reason: stock take, entities: [shelf]}\n"
        "    - {from: 2026-11-20T17:30, to: 2026-11-20T19:00, reason: move of the tills}\n",
    )
    sales, shelf = system.entity("sales"), system.entity("shelf")

    assert [sales.freeze_at(NOON + timedelta(minutes=m)) is None for m in (-1, 0, 89, 90)] == [True, False, False, True]
    covering = shelf.freeze_at(NOON)
    assert covering is not None
    assert (covering.reason, covering.ends_at) == ("move of the tills", datetime(2026, 11, 20, 13, 30, tzinfo=UTC))
    assert shelf.freeze_at(NOON - timedelta(minutes=30)) == Freeze(
        datetime(2026, 11, 20, 11, 30, tzinfo=UTC), datetime(2026, 11, 20, 12, 30, tzinfo=UTC), "stock take"
    )


def test_a_window_of_an_entity_that_nobody_has_is_refused_with_its_line(
    tmp_path: Path, till_system: PartnerSystem
) -> None:
    with pytest.raises(DeclarationError, match=r"defs.yaml:\d+: the freeze names 'shelves'.* Known: sales, "):
        declared(
            tmp_path,
            till_system,
            "    - {from: 2026-11-20T17:00, to: 2026-11-20T18:00, reason: stock take, entities: [shelves]}\n",
        )


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"from": "2026-11-20T18:00", "to": "2026-11-20T18:00", "reason": "x"}, "ends before it begins"),
        ({"from": "2026-11-20T18:00Z", "to": "2026-11-20T19:00", "reason": "x"}, "local time without an offset"),
        ({"from": "2026-11-20T18:00", "to": "2026-11-20T19:00"}, "reason"),
    ],
)
def test_a_wrong_window_says_what_is_wrong(written: dict[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        FreezeDeclaration.model_validate(written)
