"""What the demo was asked for, and which entity-days it is through with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.errors import DeclarationError

DATA_SETS = ("completejourney", "generated")


@dataclass(frozen=True)
class DemoPlan:
    """The demo's options. `days` counts those before today.

    URLs are libpq URLs; without `database_url` both databases are embedded ones.
    """

    state_dir: Path
    port: int
    days: int
    data: str
    timeout: timedelta
    database_url: str | None
    dagster_database_url: str | None

    @property
    def logs(self) -> Path:
        return self.state_dir / "logs"

    @property
    def ui(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def local_ui(self) -> str:
        """The UI's address as it is listened on: `localhost` may mean ::1 first."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def report(self) -> Path:
        """Where the platform's freshness report is written by the reports/freshness asset."""
        return self.state_dir / "reports" / "freshness.html"

    @property
    def variables_file(self) -> Path:
        """What another terminal reads to work on the running demo."""
        return self.state_dir / "demo.env"


@dataclass(frozen=True)
class Target:
    """One entity and the business days it should have, today first; a state entity has today only."""

    system: str
    entity: str
    is_state: bool
    days: tuple[date, ...]


def demo_targets(systems: tuple[PartnerSystem, ...], *, now: datetime, days: int) -> tuple[Target, ...]:
    """The targets at this moment. Raises DeclarationError when more days are asked for than the systems load."""
    for system in systems:
        if days > system.declaration.history_days:
            raise DeclarationError(
                f"--days {days} is more than the {system.declaration.history_days} days that {system.name} declares.",
                remedy=f"Raise `history` in {system.folder / 'defs.yaml'}, or ask for fewer.",
            )
    return tuple(
        Target(
            system=entity.system,
            entity=entity.name,
            is_state=entity.is_state,
            days=_days(entity.calendar.day_of(now), 0 if entity.is_state else days),
        )
        for system in systems
        for entity in system.entities
    )


def _days(today: date, before: int) -> tuple[date, ...]:
    return tuple(today - timedelta(days=back) for back in range(before + 1))
