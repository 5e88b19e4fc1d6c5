"""Releasing a contract's version: what it would do, whether it may, and the doing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sync_platform.contracts.contract import DRAFT
from sync_platform.contracts.release import content_of, fingerprint_of, release_file, write_release
from sync_platform.contracts.version_step import Step
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import DeclarationError
from sync_platform.operations.contract_history import history_of
from sync_platform.yaml_source import shown_path


@dataclass(frozen=True)
class ReleasePlan:
    """What a release would write. `step` is from the release before; None for the first. `already`: nothing to do."""

    entity: Entity
    file: Path
    step: Step | None
    already: bool

    def carry_out(self, *, day: date) -> None:
        """Write the released copy, unless it is there already."""
        if not self.already:
            write_release(self.entity.contract, day=day)


def plan_releases(entities: Iterable[Entity], *, today: date) -> tuple[ReleasePlan, ...]:
    """What releasing the contracts that are no drafts would do. Raises DeclarationError with all that is in the way."""
    plans, refused = [], []
    for entity in entities:
        if entity.contract.status == DRAFT:
            continue
        try:
            plans.append(plan_release(entity, today=today))
        except DeclarationError as error:
            refused.append(error)
    if refused:
        raise DeclarationError(" ".join(map(str, refused)), remedy="Nothing was released.")
    return tuple(plans)


def plan_release(entity: Entity, *, today: date) -> ReleasePlan:
    """What releasing the declared version would do. Raises DeclarationError with the remedy when it may not be."""
    contract, history = entity.contract, history_of(entity)
    place = shown_path(contract.file)
    if contract.status == DRAFT:
        raise DeclarationError(
            f"{contract.id} {contract.version} is a draft.",
            place=place,
            remedy="Write status: active when it is ready.",
        )
    step = history.next_step()
    problems = step.problems if step else ()
    if problems:
        raise DeclarationError(" ".join(map(str, problems)), place=place)
    if history.released is not None and history.released.fingerprint == fingerprint_of(content_of(contract.file)):
        return ReleasePlan(entity, history.released.file, step, already=True)
    if release_file(contract).exists():
        raise DeclarationError(
            f"{shown_path(release_file(contract))} is the release of another contract, not of {contract.id}.",
            place=place,
            remedy="An id is one contract's for ever: keep the old id, or give the entity another name.",
        )
    announced = step.before.ends_on if step else None
    if contract.ends_on is not None and contract.ends_on != announced and contract.ends_on < today:
        raise DeclarationError(
            f"{contract.id} {contract.version} announces an end that is over, {contract.ends_on}.",
            place=place,
            remedy="Give those who read it time to move: write a day to come.",
        )
    return ReleasePlan(entity, release_file(contract), step, already=False)
