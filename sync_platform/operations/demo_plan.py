"""What the demo was asked for, and which entity-days it is through with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.errors import DeclarationError
from sync_platform.landing.embedded import FOLDER, has_embedded
from sync_platform.landing.embedded_place import find_place

DATA_SETS = ("completejourney", "generated")
# The partner systems that the sandbox plays: once it runs, it gives every variable that they declare.
SANDBOX_SYSTEMS = ("pos", "shop", "ledger", "payments", "bank", "legacy_erp")


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


@dataclass(frozen=True)
class LeftOut:
    """A partner system that cannot be asked, because neither the environment nor the sandbox gives its variables."""

    system: str
    missing: tuple[str, ...]

    @property
    def words(self) -> str:
        """The system, what is missing and the remedy, in one line."""
        exports = " ".join(f"{name}=…" for name in self.missing)
        return (
            f"{self.system} is left out: not set in the environment: {', '.join(self.missing)}. "
            f"Set them and start the demo again: export {exports}"
        )


def find_left_out(systems: tuple[PartnerSystem, ...], environment: Mapping[str, str]) -> tuple[LeftOut, ...]:
    """The systems that the demo does not wait for, in declared order."""
    played = {name for system in systems if system.name in SANDBOX_SYSTEMS for name in system.declaration.variables}
    missing = {
        system.name: tuple(
            name for name in system.declaration.variables if name not in played and not environment.get(name)
        )
        for system in systems
    }
    return tuple(LeftOut(system, names) for system, names in missing.items() if names)


def is_own_embedded(url: str, state_dir: Path) -> bool:
    """Whether a libpq URL leads to the embedded server of this state folder, as a `demo.env` that was sourced names it.

    That server ends with its demo; the variable stays in the terminal.
    """
    try:
        host = conninfo_to_dict(url).get("host")
    except ProgrammingError:
        return False
    folder = state_dir / FOLDER
    return has_embedded(folder) and host == str(find_place(folder).socket)


def demo_targets(systems: tuple[PartnerSystem, ...], *, now: datetime, days: int) -> tuple[Target, ...]:
    """The targets at this moment. Raises DeclarationError when more days are asked for than the systems load."""
    if not systems:
        raise DeclarationError(
            "there is no partner system that the demo could sync.",
            remedy="Declare one below sync_platform/defs/, and set the variables that `sync-platform doctor` names.",
        )
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
