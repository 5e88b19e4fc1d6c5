"""The duplicates' Dagster face: the assets, their inputs, what a tick tells, and the check on the rate."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from dagster import (
    AssetCheckKey,
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    Definitions,
    MetadataValue,
    SensorResult,
    SkipReason,
    build_sensor_context,
)
from dagster.components.core.component_tree import ComponentTree
from pydantic import ValidationError

from sync_platform.components.duplicates import Duplicates
from sync_platform.declarations.duplicates import DuplicatesDeclaration, customer_sources, read_duplicates
from sync_platform.declarations.partner_system import DEFS_FOLDER, PartnerSystem
from sync_platform.errors import DeclarationError
from sync_platform.settings import DATABASE_URL
from sync_platform_tests.duplicates.conftest import DAY, NOON, POS, SHOP, Landed

CUSTOMERS = AssetKey(["duplicates", "customers"])


@pytest.fixture(scope="module")
def defs() -> Definitions:
    """The component's definitions, as its folder declares them."""
    tree = ComponentTree.for_project(DEFS_FOLDER.parent.parent)
    context = tree.load_context.for_path(DEFS_FOLDER / "duplicates")
    return Duplicates.load(read_duplicates(), context).build_defs(context)


@pytest.fixture
def twins(landed: Landed, monkeypatch: pytest.MonkeyPatch) -> Landed:
    """One person with two cards and an account, and one with an account."""
    monkeypatch.setenv(DATABASE_URL, landed.database.url)
    landed.member("L1", "Nimali Perera", "077 123 4567")
    landed.member("L2", "Nimali Perera", "077 123 4567")
    landed.account(7, "Nimali", "Perera", "0094771234567")
    landed.account(8, "Ravi", "Selvam", "0715555555")
    landed.day(SHOP, as_of=NOON - timedelta(minutes=5))
    return landed


def tick(defs: Definitions, instance: DagsterInstance, cursor: str | None = None) -> SensorResult | SkipReason:
    sensor = defs.resolve_sensor_def("duplicates_customers")
    return sensor(build_sensor_context(instance=instance, cursor=cursor))  # type: ignore[return-value]


def test_a_tick_compares_and_tells_proposals_rate_and_as_of(defs: Definitions, twins: Landed) -> None:
    with DagsterInstance.ephemeral() as instance:
        result = tick(defs, instance)
        assert isinstance(result, SensorResult)
        (event,) = result.asset_events
        assert isinstance(event, AssetMaterialization)
        metadata = event.metadata
        assert (event.asset_key, event.partition) == (CUSTOMERS, DAY.isoformat())
        assert event.description == "3 proposals wait for a person; 3 are new, 0 withdrawn."
        assert (metadata["pairs_proposed"].value, metadata["dagster/partition_row_count"].value) == (3, 4)
        assert (metadata["rate_pos"].value, metadata["rate_shop"].value, metadata["rate_all"].value) == (0.5, 0.0, 0.5)
        assert metadata["distinct_customers"].value == 2
        assert metadata["as_of"] == MetadataValue.timestamp(NOON - timedelta(minutes=5))
        assert metadata["limited_by"].value == SHOP
        assert "Nimali" not in str(metadata)

        records = instance.event_log_storage.get_asset_check_execution_history(
            check_key=AssetCheckKey(CUSTOMERS, "surplus"), limit=5
        )
        assert records[0].event is not None
        assert "pos: 1 of 2 records are copies, 50.0%; 6.0% are allowed." in str(records[0].event)


def test_a_tick_after_which_nothing_moved_compares_nothing(defs: Definitions, twins: Landed) -> None:
    with DagsterInstance.ephemeral() as instance:
        first = tick(defs, instance)
        assert isinstance(first, SensorResult)
        seen = twins.queue()[0].last_seen_at

        second = tick(defs, instance, first.cursor)
        assert isinstance(second, SkipReason)
        assert twins.queue()[0].last_seen_at == seen


def test_what_changes_all_the_time_is_compared_as_often_as_declared(defs: Definitions, twins: Landed) -> None:
    with DagsterInstance.ephemeral() as instance:
        first = tick(defs, instance)
        assert isinstance(first, SensorResult)
        twins.connection.execute("update sync.entity_day set loaded_at = loaded_at + interval '1 minute'")

        soon = tick(defs, instance, first.cursor)
        assert isinstance(soon, SkipReason)
        assert (soon.skip_message or "").endswith("again 5m later.")

        day, moved_at, compared_at = json.loads(first.cursor or "")
        long_ago = (datetime.fromisoformat(compared_at) - timedelta(minutes=5)).isoformat()
        assert isinstance(tick(defs, instance, json.dumps([day, moved_at, long_ago])), SensorResult)


def test_a_held_day_is_a_reason_to_skip(defs: Definitions, twins: Landed) -> None:
    twins.day(POS, state="held")
    with DagsterInstance.ephemeral() as instance:
        result = tick(defs, instance)
    assert isinstance(result, SkipReason)
    assert "pos/customers is held; the last comparison stays" in (result.skip_message or "")


def test_before_anything_is_loaded_a_tick_waits(
    defs: Definitions, landed: Landed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_URL, landed.database.url)
    landed.connection.execute("delete from sync.entity_day")
    with DagsterInstance.ephemeral() as instance:
        result = tick(defs, instance)
    assert isinstance(result, SkipReason)
    assert result.skip_message == "There is no whole day of customers yet."


def test_the_asset_compares_the_same_by_hand(defs: Definitions, twins: Landed) -> None:
    with DagsterInstance.ephemeral() as instance:
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, asset_selection=[CUSTOMERS], partition_key=DAY.isoformat()
        )
        (event,) = result.get_asset_materialization_events()
        evaluations = [one for one in result.all_events if one.event_type_value == "ASSET_CHECK_EVALUATION"]
    assert event.materialization.metadata["pairs_proposed"].value == 3
    assert [one.asset_check_evaluation_data.passed for one in evaluations] == [False]
    assert len(twins.couples("open")) == 3


def test_the_assets_stand_on_what_they_compare(defs: Definitions) -> None:
    deps = {
        spec.key.to_user_string(): {dep.asset_key.to_user_string() for dep in spec.deps}
        for spec in defs.resolve_all_asset_specs()
    }
    assert deps["duplicates/customers"] == {POS, SHOP}
    assert deps["duplicates/products"] == {"pos/sales", "pos/stock_levels", "shop/listings"}


def declaration(*sources: dict[str, object], **values: object) -> DuplicatesDeclaration:
    return DuplicatesDeclaration.model_validate({"owner": "x", "country": "LK", "customers": sources, **values})


@pytest.mark.parametrize(
    ("sources", "says"),
    [
        ([{"entity": "pos/customers", "name": ["full_nam"]}], "pos/customers has no field 'full_nam'"),
        ([{"entity": "pos/customers", "name": ["full_name"], "phone": "tel"}], "has no field 'tel'"),
        ([{"entity": "pos/clients", "name": ["full_name"]}], "clients"),
        ([{"entity": "shop/orders", "name": ["billing_last_name"]}], "shop/orders is an event entity"),
        ([{"entity": "pos/customers", "name": ["full_name"]}] * 2, "two entities of pos are named"),
    ],
)
def test_a_source_that_cannot_be_compared_is_refused_with_the_remedy(
    systems: tuple[PartnerSystem, ...], sources: list[dict[str, object]], says: str
) -> None:
    with pytest.raises(DeclarationError, match=says):
        customer_sources(declaration(*sources), systems)


@pytest.mark.parametrize("values", [{"most_surplus": "5"}, {"most_surplus": "101%"}, {"every": 5}, {"country": "lk"}])
def test_a_value_without_its_unit_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        declaration({"entity": "pos/customers", "name": ["full_name"]}, **values)
