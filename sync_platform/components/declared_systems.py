"""The declared partner systems, read once in a process: several components need them, and reading takes seconds."""

from functools import cache
from pathlib import Path

from sync_platform.declarations.partner_system import PartnerSystem, read_partner_systems


@cache
def declared_systems(defs: Path) -> tuple[PartnerSystem, ...]:
    """Every declared partner system below `defs`. A process that reloads its definitions is a new one in Dagster."""
    return read_partner_systems(defs)
