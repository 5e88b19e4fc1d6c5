"""What the demo waits for and what it leaves out, and which database is its own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync_platform.declarations.partner_system import PartnerSystem, read_partner_system
from sync_platform.errors import DeclarationError
from sync_platform.landing.embedded import start_embedded
from sync_platform.operations.demo_plan import (
    SANDBOX_SYSTEMS,
    LeftOut,
    demo_targets,
    find_left_out,
    is_own_embedded,
)
from sync_platform.sandbox import Sandbox
from sync_platform_tests.operations.place import copy_cluster, remove_place

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
WAREHOUSE = read_partner_system(Path(__file__).parents[1] / "fifth_dialect")
VARIABLES = ("WMS_BASE_URL", "WMS_USER", "WMS_PASSWORD")


def test_the_sandbox_gives_every_variable_of_the_systems_it_plays(
    systems: tuple[PartnerSystem, ...], tmp_path: Path
) -> None:
    with Sandbox.generated(seed=7, now=NOW, drop_dir=tmp_path) as sandbox:
        given = sandbox.environment
    wanted = {name for system in systems if system.name in SANDBOX_SYSTEMS for name in system.declaration.variables}
    assert {system.name for system in systems} >= set(SANDBOX_SYSTEMS)
    assert wanted - given.keys() == set()


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ((), VARIABLES),
        (("WMS_USER", "POS_TOKEN"), ("WMS_BASE_URL", "WMS_PASSWORD")),
        (VARIABLES, ()),
    ],
    ids=["none is set", "some are set", "all are set"],
)
def test_a_system_whose_variables_nobody_gives_is_left_out(
    systems: tuple[PartnerSystem, ...], given: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    left_out = find_left_out((*systems, WAREHOUSE), dict.fromkeys(given, "x"))
    assert left_out == ((LeftOut("wms", missing),) if missing else ())


def test_a_variable_that_is_empty_counts_as_missing(systems: tuple[PartnerSystem, ...]) -> None:
    environment = {**dict.fromkeys(VARIABLES, "x"), "WMS_PASSWORD": ""}
    assert find_left_out((*systems, WAREHOUSE), environment) == (LeftOut("wms", ("WMS_PASSWORD",)),)


def test_what_is_left_out_is_told_in_one_line_with_the_remedy() -> None:
    assert LeftOut("wms", ("WMS_USER", "WMS_PASSWORD")).words == (
        "wms is left out: not set in the environment: WMS_USER, WMS_PASSWORD. "
        "Set them and start the demo again: export WMS_USER=… WMS_PASSWORD=…"
    )


def test_a_demo_with_nothing_to_sync_is_refused() -> None:
    with pytest.raises(DeclarationError, match="no partner system that the demo could sync"):
        demo_targets((), now=NOW, days=1)


def test_the_server_of_an_ended_demo_is_recognised_by_its_url(tmp_path: Path, cluster: Path) -> None:
    copy_cluster(cluster, tmp_path / "postgres")
    server = start_embedded(tmp_path / "postgres", own=True)
    server.stop()

    assert is_own_embedded(server.url, tmp_path)
    assert is_own_embedded(server.dagster_url, tmp_path)
    assert not is_own_embedded(server.url, tmp_path / "another")
    remove_place(tmp_path / "postgres")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://sync@db.internal:5432/sync",
        "postgresql://postgres@localhost/sync_platform?host=%2Fvar%2Frun%2Fpostgresql",
        "postgresql:///sync",
        "postgresql://sync@[::1/sync",
    ],
)
def test_any_other_database_is_not_the_demos_own(tmp_path: Path, cluster: Path, url: str) -> None:
    copy_cluster(cluster, tmp_path / "postgres")
    (tmp_path / "postgres" / "owner.lock").touch()

    assert not is_own_embedded(url, tmp_path)
    remove_place(tmp_path / "postgres")
