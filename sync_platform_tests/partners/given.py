"""What the tests of this folder are given: a clock that only moves when told, and systems declared in YAML."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from sync_platform.declarations.partner_system import PartnerSystem, read_partner_system

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
"""12:00 UTC is 17:30 in Colombo, whose business day 2026-11-20 is therefore 2026-11-19T18:30Z to 2026-11-20T18:30Z."""


class GivenClock:
    """Sleeping moves it on at once and is written down."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._seconds = 1000.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self._seconds - 1000.0)

    def monotonic(self) -> float:
        return self._seconds

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self._seconds += seconds

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._seconds += seconds


CONTRACT = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "shop-orders",
    "name": "orders",
    "version": "1.0.0",
    "status": "active",
    "team": {"name": "Shop", "members": [{"username": "ops"}]},
    "schema": [
        {
            "name": "orders",
            "properties": [
                {"name": "id", "logicalType": "string", "primaryKey": True, "required": True},
                {
                    "name": "changed_at",
                    "logicalType": "timestamp",
                    "customProperties": [{"property": "timeFormat", "value": "offset"}],
                },
            ],
            "customProperties": [
                {"property": "kind", "value": "event"},
                {"property": "sourceVersion", "value": {"kind": "strict", "fields": ["changed_at"]}},
                {"property": "businessDay", "value": "changed_at"},
            ],
        }
    ],
}

DAY = {"on": {"param": "day", "format": "date"}}
CHANGED = {"since": {"param": "since"}, "until": {"param": "until", "inclusive": False}, "field": "changed_at"}


def declare(
    folder: Path, *, entity: Mapping[str, Any] | None = None, api: Mapping[str, Any] | None = None, **system: Any
) -> PartnerSystem:
    """A system `shop` with one entity `orders`, in Colombo, with what a test wants different."""
    (folder / "orders.yaml").write_text(yaml.safe_dump(CONTRACT))
    attributes = {
        "system": "shop",
        "time_zone": "Asia/Colombo",
        "owner": {"name": "E-commerce operations"},
        "api": {"base_url_env": "SHOP_BASE_URL", "auth": {"kind": "none"}, "timeout": "5s", **(api or {})},
        "entities": [
            {
                "contract": "orders.yaml",
                "path": "/orders",
                "records": "orders",
                "business_day": DAY,
                "changed_since": CHANGED,
                **(entity or {}),
            }
        ],
        **system,
    }
    declaration = {"type": "sync_platform.components.PartnerSystem", "attributes": attributes}
    (folder / "defs.yaml").write_text(yaml.safe_dump(declaration))
    return read_partner_system(folder)
