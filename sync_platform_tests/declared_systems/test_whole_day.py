"""Every declared system: a business day lands whole, adds up, and lands again without a change."""

from __future__ import annotations

from datetime import timedelta

from sync_platform.contracts.contract import FieldType
from sync_platform.declarations.pages import OffsetPages, PageNumberPages
from sync_platform.declarations.partner_system import Entity
from sync_platform_tests.declared_systems.connected import Connected, page_size
from sync_platform_tests.declared_systems.served import cases, counts, is_event, is_state


@cases()
def test_a_day_lands_with_counts_that_add_up_to_what_the_partner_has(connected: Connected) -> None:
    """Promise 3; fault A20, records repeated across pages."""
    load = connected.pull()

    assert (load.outcome, load.error) == ("published", None)
    assert load.read == load.inserted + load.updated + load.unchanged + load.superseded + load.dead_lettered
    assert connected.day_keys() | connected.rejected_keys() == connected.truth
    assert connected.day_keys() & connected.rejected_keys() == set()
    assert load.inserted == len(connected.rows())
    assert connected.state() == "complete"


@cases()
def test_the_same_day_again_changes_nothing(connected: Connected) -> None:
    """Promise 2."""
    connected.pull()
    before = connected.rows(live=False)

    again = connected.pull()

    assert again.outcome == "published"
    assert (again.inserted, again.updated, again.tombstoned, again.moved, again.superseded) == (0, 0, 0, 0, 0)
    assert connected.rows(live=False) == before


@cases(counts)
def test_the_load_names_the_partners_own_count(connected: Connected) -> None:
    load = connected.pull()
    assert load.partner_count == len(connected.truth)


@cases()
def test_a_landed_day_is_true_as_of_a_moment_not_later_than_the_answer(connected: Connected) -> None:
    """Invariant I5."""
    load = connected.pull()
    assert load.as_of is not None
    assert load.looked_at is not None
    assert load.as_of <= connected.server.now() <= load.looked_at + timedelta(seconds=1)
    assert all(row["_as_of"] <= connected.server.now() for row in connected.rows())


@cases()
def test_money_counts_and_times_land_in_their_own_types(connected: Connected) -> None:
    """A number that came as text is a number in the table, a moment is one in UTC."""
    kinds = {
        FieldType.TEXT: "str",
        FieldType.INTEGER: "int",
        FieldType.DECIMAL: "Decimal",
        FieldType.BOOLEAN: "bool",
        FieldType.DATE: "date",
        FieldType.TIMESTAMP: "datetime",
    }
    wanted = {field.name: kinds[field.type] for field in connected.entity.contract.fields if field.type in kinds}

    connected.pull()

    rows = connected.rows()
    found = {(name, type(row[name]).__name__) for row in rows for name in wanted if row[name] is not None}
    assert found <= set(wanted.items())
    assert found


@cases(is_event)
def test_a_day_on_which_nothing_happened_is_empty_and_no_failure(connected: Connected) -> None:
    """Promise 7."""
    load = connected.pull(connected.today.replace(year=2020, month=2, day=29))
    assert (load.outcome, load.read, load.error_kind) == ("empty", 0, None)


@cases(is_event)
def test_a_day_that_has_not_begun_is_not_asked_for(connected: Connected) -> None:
    load = connected.pull(connected.today + timedelta(days=1))
    assert (load.outcome, load.read) == ("future", 0)


@cases(is_state)
def test_a_past_day_of_a_state_is_not_obtainable_and_never_filled(connected: Connected) -> None:
    """A state cannot be asked for what it was."""
    connected.pull()
    before = connected.rows(live=False)
    yesterday = connected.today - timedelta(days=1)

    load = connected.pull(yesterday)

    states = connected.select("select state, rows from sync.entity_day where business_day = %s", yesterday)
    assert load.outcome == "not_obtainable"
    assert states == [{"state": "not_obtainable", "rows": 0}]
    assert connected.rows(live=False) == before


def _shifts(entity: Entity) -> bool:
    return isinstance(entity.declaration.pages, PageNumberPages | OffsetPages) and bool(page_size(entity))


@cases(_shifts)
def test_rows_that_move_between_pages_are_not_lost(connected: Connected) -> None:
    """Fault A19: three rows vanish before the second page, so that as many are passed over."""
    size = max(1, len(connected.truth) // 2)
    connected.asked_in_pages_of(min(size, 100))
    connected.server.fault(connected.entity, "page_shift", times=2, rows=3)

    load = connected.pull()

    assert load.outcome == "published"
    assert connected.day_keys() | connected.rejected_keys() == connected.truth
