"""Two entities whose contracts share an id: two major versions of it, side by side until the old one ends."""

from __future__ import annotations

from collections.abc import Iterable

from sync_platform.contracts.contract import Contract


def refuse_sharing(contract: Contract, others: Iterable[Contract]) -> tuple[str, str] | None:
    """Why this contract may not be declared beside those before it, and the remedy; None where it may.

    `others` are of the same system.
    """
    for other in others:
        if other.id != contract.id:
            continue
        old, new = sorted((other, contract), key=lambda one: one.semantic_version)
        if old.semantic_version.major == new.semantic_version.major:
            return (
                f"{contract.file.name} and {other.file.name} are both {contract.id} {old.semantic_version.major}.x.",
                "An id is one contract's for ever: give one of them another, or its next major version.",
            )
        if old.ends_on is None:
            return (
                f"{old.id} {old.version} runs beside {new.version}, and nobody has announced its end.",
                f'Write slaProperties: {{property: endOfSupport, value: "<last day>"}} into {old.file.name}.',
            )
    return None
