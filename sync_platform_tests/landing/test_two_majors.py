"""Two major versions of one contract land side by side, each in its own table, from one partner system."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from sync_platform.contracts.reader import read_contract
from sync_platform.contracts.release import write_release
from sync_platform.declarations.partner_system import PartnerSystem, read_partner_system
from sync_platform.landing.contract_versions import list_versions
from sync_platform.landing.database import Database
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.migrate import migrate
from sync_platform.operations.contract_check import check_contracts
from sync_platform.operations.contract_history import contract_versions
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till, sale

HERE = Path(__file__).resolve().parent
TILL = HERE.parent / "till"
DAY = date(2026, 11, 21)
SECOND = """\
    - contract: contracts/sales_v2.yaml
      path: /sales
      records: sales
      fields: {sale_id: id}
      pages: {kind: page_number, param: page, size_param: size, size: 3, total: total}
      business_day:
        "on": {param: day, format: date}
"""


@pytest.fixture
def system(tmp_path: Path) -> PartnerSystem:
    """The till with sales 1.0.0, released; 1.1.0, which announces its end; and 2.0.0, whose key has another name."""
    folder = tmp_path / "till"
    shutil.copytree(TILL, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    first = folder / "contracts" / "sales.yaml"
    text = first.read_text()
    write_release(read_contract(first), day=DAY)
    ending = 'slaProperties: [{property: endOfSupport, value: "2099-12-31"}]\nschema:'
    first.write_text(text.replace("schema:", ending).replace("version: 1.0.0", "version: 1.1.0"))
    second = folder / "contracts" / "sales_v2.yaml"
    second.write_text(
        text.replace("version: 1.0.0", "version: 2.0.0")
        .replace("- name: sales", "- name: sales_v2")
        .replace("{name: id, ", "{name: sale_id, ")
    )
    for file in (first, second):
        write_release(read_contract(file), day=DAY)
    with (folder / "defs.yaml").open("a") as declared:
        declared.write(SECOND)
    return read_partner_system(folder)


@pytest.fixture
def side_by_side(empty_database: Database, till: Till, system: PartnerSystem, clock: GivenClock) -> Iterator[Hub]:
    """The platform that pulls both."""
    tables = [EntityTable(entity.system, entity.contract) for entity in system.entities]
    migrate(empty_database, tables, versions=contract_versions((system,)))
    hub = Hub(database=empty_database, system=system, clock=clock, base_url=till.url)
    yield hub
    hub.close()


def test_both_majors_land_the_same_records_each_as_its_contract_says(side_by_side: Hub, till: Till) -> None:
    till.has_sales(sale("A", "1.50"), sale("B", "2.00"))

    loads = [side_by_side.pull_day(entity) for entity in ("sales", "sales_v2")]

    assert [(load.outcome, load.inserted, load.contract_version) for load in loads] == [
        ("published", 2, "1.1.0"),
        ("published", 2, "2.0.0"),
    ]
    assert side_by_side.landed("sales") == {"A": "1.50", "B": "2.00"}
    rows = side_by_side.query("select sale_id, amount::text from landing.till__sales_v2 order by sale_id")
    assert rows == [{"sale_id": "A", "amount": "1.50"}, {"sale_id": "B", "amount": "2.00"}]


def test_both_majors_are_current_until_the_old_one_ends(side_by_side: Hub) -> None:
    with side_by_side.database.connect() as connection:
        listed = [one for one in list_versions(connection) if one.contract_id == "till-sales"]

    assert [(one.version, one.entity, one.state, one.ends_on) for one in listed] == [
        ("2.0.0", "sales_v2", "current", None),
        ("1.1.0", "sales", "current", date(2099, 12, 31)),
        ("1.0.0", "sales", "superseded", date(2099, 12, 31)),
    ]


def test_both_majors_pass_the_check_and_the_old_ones_end_is_told_when_it_is_over(system: PartnerSystem) -> None:
    def told(today: date) -> list[tuple[str, bool]]:
        """Of these two: the till's other contracts were never released."""
        found = check_contracts((system,), today=today)
        return [(one.address, one.refused) for one in found if one.address in ("till/sales", "till/sales_v2")]

    assert told(date(2099, 12, 31)) == []
    assert told(date(2100, 1, 1)) == [("till/sales", False)]
