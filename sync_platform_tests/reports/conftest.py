"""Fixtures of the reports' tests: what the freshness report's tests plant with, and what only these reports count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest

from sync_platform.declarations.partner_system import PartnerSystem, read_partner_systems
from sync_platform.landing.database import Database
from sync_platform.reports.report import ReportTools
from sync_platform_tests.freshness.conftest import Planted

# 11:00 in Colombo.
NOW = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
TODAY = date(2026, 11, 21)
POLLS_KEPT = timedelta(days=2)


class PlantedSync(Planted):
    """Writes rows of polls, changes and loads too."""

    def sync(self, address: str, at: datetime, **values: Any) -> UUID:
        """A load that began at `at`; a whole day without an error unless told otherwise. Returns its id."""
        system, _, entity = address.partition("/")
        given = {
            "load_id": uuid4(),
            "business_day": at.date(),
            "way": "whole_day",
            "outcome": "published",
            "started_at": at,
            "contract_version": "1.0.0",
            "platform_version": "0",
            "correlation_id": uuid4(),
            **values,
        }
        self._insert("load", {"system": system, "entity": entity, **given})
        return UUID(str(given["load_id"]))

    def poll(self, address: str, at: datetime, *failures: str | None) -> None:
        """A poll whose requests, a second apart, ended with these error kinds; None is an answer."""
        correlation = uuid4()
        for number, kind in enumerate(failures or (None,)):
            self.asked(address, at + timedelta(seconds=number), error_kind=kind, correlation_id=correlation)

    def landed(self, address: str, captured_at: datetime, changed_at: datetime, load: UUID | None) -> None:
        """A change that the partner stamped with `changed_at`, applied by that load."""
        system, _, entity = address.partition("/")
        row = {
            "business_day": captured_at.date(),
            "record_key": str(uuid4()),
            "source_version": int(changed_at.timestamp() * 1_000_000),
            "content_hash": b"",
            "payload": b"",
            "as_of": captured_at,
            "observed_at": captured_at,
            "captured_at": captured_at,
            "applied_load_id": load,
        }
        self._insert("change", {"system": system, "entity": entity, **row})


@pytest.fixture
def planted(database: Database) -> Iterator[PlantedSync]:
    """Empty tables to plant in."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        yield PlantedSync(connection, database)


@pytest.fixture(scope="session")
def systems() -> tuple[PartnerSystem, ...]:
    """The declared partner systems that are asked; those that leave files have tests of their own."""
    return tuple(system for system in read_partner_systems() if system.asked)


@pytest.fixture
def tools(planted: PlantedSync, systems: tuple[PartnerSystem, ...]) -> ReportTools:
    """What a report is written with at NOW, told in Colombo's time."""
    return ReportTools(
        database=planted.database, systems=systems, zone=ZoneInfo("Asia/Colombo"), now=NOW, polls_kept=POLLS_KEPT
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "reports"
