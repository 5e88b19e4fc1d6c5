"""Fixtures for files: the clearing house with a drop folder of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync_platform.declarations.partner_system import PartnerSystem, read_partner_system
from sync_platform.landing.database import Database
from sync_platform.landing.entity_table import EntityTable, ensure_entity_table
from sync_platform_tests.files.clearing.house import House
from sync_platform_tests.partners.given import GivenClock


@pytest.fixture(scope="session")
def clearing_system() -> PartnerSystem:
    """The clearing house as declared in its folder."""
    return read_partner_system(Path(__file__).parent / "clearing")


@pytest.fixture
def house(database: Database, clearing_system: PartnerSystem, clock: GivenClock, tmp_path: Path) -> House:
    """The clearing house, an empty drop folder, and the platform that looks into it."""
    with database.connect() as connection:
        for entity in clearing_system.entities:
            ensure_entity_table(connection, EntityTable(entity.system, entity.contract))
    folder = tmp_path / "drop"
    folder.mkdir()
    return House(database=database, system=clearing_system, clock=clock, folder=folder)
