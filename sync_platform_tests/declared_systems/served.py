"""Which server plays which declared system. A new system passes the suite by being listed here, or in the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync_platform.declarations.partner_system import (
    DEFS_FOLDER,
    Entity,
    PartnerSystem,
    read_partner_system,
    read_partner_systems,
)
from sync_platform_tests.declared_systems.partner_server import OpenServer
from sync_platform_tests.declared_systems.sandbox_server import open_sandbox
from sync_platform_tests.fifth_dialect.server import open_warehouse

TESTS = Path(__file__).resolve().parent.parent
SERVERS: dict[Path, OpenServer] = {
    DEFS_FOLDER / "pos": open_sandbox,
    DEFS_FOLDER / "shop": open_sandbox,
    DEFS_FOLDER / "ledger": open_sandbox,
    DEFS_FOLDER / "payments": open_sandbox,
    TESTS / "fifth_dialect": open_warehouse,
}
"""By the folder that holds the system's defs.yaml and contracts."""


@dataclass(frozen=True)
class Case:
    """One entity of one declared system, and who plays it."""

    system: PartnerSystem
    entity: Entity
    open_server: OpenServer


CASES = [
    Case(system=system, entity=entity, open_server=open_server)
    for system, open_server in ((read_partner_system(folder), opener) for folder, opener in SERVERS.items())
    for entity in system.entities
]


def cases(wanted: Callable[[Entity], object] = bool) -> pytest.MarkDecorator:
    """Run the test for each entity that it is about, as `connected`."""
    chosen = [pytest.param(case, id=case.entity.address) for case in CASES if wanted(case.entity)]
    return pytest.mark.parametrize("connected", chosen, indirect=True)


def unserved() -> list[str]:
    """Declared systems that nobody plays. Those that only leave files answer nobody: sync_platform_tests/files."""
    played = {folder.resolve() for folder in SERVERS}
    return [one.name for one in read_partner_systems() if one.asked and one.folder.resolve() not in played]


def counts(entity: Entity) -> bool:
    """Whether the partner says how many records an answer has."""
    pages = entity.declaration.pages
    return pages.total is not None or pages.total_header is not None


def tells_changes(entity: Entity) -> bool:
    """Whether it can be asked what changed."""
    return entity.declaration.changed_since is not None


def is_state(entity: Entity) -> bool:
    return entity.is_state


def is_event(entity: Entity) -> bool:
    return not entity.is_state
