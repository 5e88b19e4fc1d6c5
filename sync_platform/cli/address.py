"""Finds the partner system or entity that a person typed, or says what exists and what they may have meant."""

from __future__ import annotations

from difflib import get_close_matches

from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.errors import DeclarationError


def choose_system(systems: tuple[PartnerSystem, ...], name: str) -> PartnerSystem:
    """The system of that name. Raises DeclarationError."""
    for system in systems:
        if system.name == name:
            return system
    known = [system.name for system in systems]
    raise DeclarationError(f"there is no partner system {name!r}.", remedy=_remedy(name, known))


def choose_entity(systems: tuple[PartnerSystem, ...], address: str) -> tuple[PartnerSystem, Entity]:
    """The entity of `system/entity`, with its system. Raises DeclarationError."""
    known = {entity.address: (system, entity) for system in systems for entity in system.entities}
    if address not in known:
        raise DeclarationError(f"there is no entity {address!r}.", remedy=_remedy(address, list(known)))
    return known[address]


def _remedy(typed: str, known: list[str]) -> str:
    declared = f"Declared: {', '.join(known)}." if known else "None is declared; see docs/declarations.md."
    close = get_close_matches(typed, known, n=1, cutoff=0.5) or [name for name in known if name.endswith(f"/{typed}")]
    return f"Did you mean {close[0]}? {declared}" if close else declared
