"""What the warehouse knows: shipments, each changed twice on its way, and bins. Known without asking any server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

COLOMBO = ZoneInfo("Asia/Colombo")
DAYS_BEFORE, DAYS_AFTER, SHIPMENTS_A_DAY, BINS = 6, 2, 24, 60
LATE = timedelta(seconds=4)
"""Every fifth change becomes visible so much after its changed time, like a commit that took long."""


@dataclass(frozen=True)
class Version:
    """One state of one shipment or bin, true from `changed_at`, to be seen from `visible_at`."""

    key: str
    changed_at: datetime
    visible_at: datetime
    record: dict[str, Any]


class Warehouse:
    """Its world's time stands until `advance`; `skew` is how wrong its own clock is, which stamps what it writes."""

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(UTC)
        self.skew = timedelta(0)
        self.shipments = [version for day in _days(now) for version in _shipments(day)]
        self.bins = [_bin(number, now) for number in range(BINS)]

    @property
    def own_time(self) -> datetime:
        """What its clock shows."""
        return self.now + self.skew

    def seen_shipments(self) -> dict[str, Version]:
        """The newest visible version of each shipment."""
        return _newest(self.shipments, self.now)

    def seen_bins(self) -> dict[str, Version]:
        return _newest(self.bins, self.now)

    def touch(self, entity: str, count: int) -> set[str]:
        """The first so many shipments of yesterday, or bins, change now."""
        seen = self.seen_shipments() if entity == "shipments" else self.seen_bins()
        yesterday = self.now.astimezone(COLOMBO).date() - timedelta(days=1)
        chosen = [v for v in seen.values() if entity == "bins" or shipped_on(v) == yesterday][:count]
        versions = self.shipments if entity == "shipments" else self.bins
        versions.extend(_touched(version, now=self.now, stamp=self.own_time) for version in chosen)
        return {version.key for version in chosen}


def shipped_on(version: Version) -> date:
    """The business day of a shipment."""
    return datetime.fromisoformat(version.record["shippedAt"]).astimezone(COLOMBO).date()


def written(moment: datetime) -> str:
    """As this warehouse writes a time: with its offset, to the millisecond."""
    return moment.astimezone(COLOMBO).isoformat(timespec="milliseconds")


def _days(now: datetime) -> list[date]:
    today = now.astimezone(COLOMBO).date()
    return [today + timedelta(days=step) for step in range(-DAYS_BEFORE, DAYS_AFTER)]


def _shipments(day: date) -> list[Version]:
    """A day's shipments leave every half hour from 8:00, are on their way an hour later and arrive after three."""
    versions = []
    for number in range(SHIPMENTS_A_DAY):
        left_at = datetime(day.year, day.month, day.day, 8, tzinfo=COLOMBO) + timedelta(minutes=30 * number)
        record = {
            "id": f"SHP-{day:%m%d}{number:03d}",
            "branch": f"S{number % 5:04d}",
            "sku": str(1_000_000 + number),
            "quantity": f"{number * 1.5 + 1:.3f}",
            "carrier": {"name": "Lanka Freight"} if number % 3 else None,
            "shippedAt": written(left_at),
        }
        for step, (status, later) in enumerate((("packed", 0), ("shipped", 1), ("received", 3))):
            changed_at = (left_at + timedelta(hours=later)).astimezone(UTC)
            visible_at = changed_at + (LATE if (number + step) % 5 == 0 else timedelta(0))
            stamped = {**record, "status": status, "updatedAt": written(changed_at)}
            versions.append(Version(str(record["id"]), changed_at, visible_at, stamped))
    return versions


def _bin(number: int, now: datetime) -> Version:
    counted_at = (now - timedelta(hours=12)).astimezone(UTC)
    record = {
        "id": f"B-{number:03d}",
        "branch": f"S{number % 5:04d}",
        "sku": str(1_000_000 + number),
        "units": number * 7,
        "countedAt": written(counted_at),
    }
    return Version(str(record["id"]), counted_at, counted_at, record)


def _newest(versions: list[Version], now: datetime) -> dict[str, Version]:
    newest: dict[str, Version] = {}
    for version in versions:
        if version.visible_at <= now and (version.key not in newest or _follows(version, newest[version.key])):
            newest[version.key] = version
    return dict(sorted(newest.items()))


def _follows(version: Version, other: Version) -> bool:
    """A touch is later in the world even where a clock that went wrong stamped it earlier."""
    return version.visible_at >= other.visible_at


def _touched(version: Version, *, now: datetime, stamp: datetime) -> Version:
    changes: dict[str, Any] = {"countedAt": written(stamp)}
    if "units" in version.record:
        changes["units"] = version.record["units"] + 1
    else:
        changes = {"updatedAt": written(stamp), "carrier": {"name": f"Carrier {now:%H%M%S}"}}
    return replace(version, changed_at=stamp, visible_at=now, record={**version.record, **changes})
