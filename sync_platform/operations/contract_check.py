"""What CI asks of the contracts: released copies are untouched, every change has the version that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sync_platform.contracts.release import read_release, release_files
from sync_platform.contracts.version_step import Problem
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.errors import DeclarationError
from sync_platform.operations.contract_history import ContractHistory, history_of


@dataclass(frozen=True)
class ContractFinding:
    """Something to be told of one contract. `refused` ones may not land; others are for people to act on in time."""

    address: str
    message: str
    refused: bool


def check_contracts(systems: tuple[PartnerSystem, ...], *, today: date) -> tuple[ContractFinding, ...]:
    """Everything that is wrong or over, by system and entity; released copies first. Nothing is asked of a database."""
    return tuple(finding for system in systems for finding in _of_system(system, today=today))


def ended(entity: Entity, *, today: date) -> str | None:
    """What to say of an entity whose major version is over; None for any other."""
    contract = entity.contract
    if contract.ends_on is None or contract.ends_on >= today:
        return None
    major = contract.semantic_version.major
    return (
        f"{contract.id} {major}.x ended on {contract.ends_on} and is still declared. Take {entity.address} out of its "
        "declaration when nobody reads it any more (sync-platform contracts list), or release a later end."
    )


def _of_system(system: PartnerSystem, *, today: date) -> Iterator[ContractFinding]:
    copies = dict.fromkeys(file for entity in system.entities for file in release_files(entity.contract.file))
    broken = [(file, message) for file in copies if (message := _broken(file))]
    for _, message in broken:
        yield ContractFinding(system.name, message, refused=True)
    folders = {file.parent.parent for file, _ in broken}
    for entity in system.entities:
        if entity.contract.file.parent not in folders:
            yield from _of_entity(entity)
        words = ended(entity, today=today)
        if words:
            # Told, not refused: a date that passes must not stop a change that has nothing to do with it.
            yield ContractFinding(entity.address, words, refused=False)


def _broken(file: Path) -> str | None:
    try:
        read_release(file)
    except DeclarationError as error:
        return str(error)
    return None


def _of_entity(entity: Entity) -> Iterator[ContractFinding]:
    try:
        history = history_of(entity)
        problems = [str(problem) for problem in _problems(history)]
    except DeclarationError as error:
        remedy = "Where no load uses that version any more (sync-platform contracts list), remove the copy."
        yield ContractFinding(
            entity.address, f"a released copy cannot be read any more: {error} {remedy}", refused=True
        )
        return
    for problem in dict.fromkeys(problems):
        yield ContractFinding(entity.address, problem, refused=True)
    if not problems and history.released is None and entity.contract.status != "draft":
        words = (
            f"{entity.contract.id} {entity.contract.version} is in use and not released. "
            f"Run `sync-platform contracts release {entity.address}`, or write status: draft."
        )
        yield ContractFinding(entity.address, words, refused=True)


def _problems(history: ContractHistory) -> Iterator[Problem]:
    for step in history.released_steps():
        yield from step.problems
    declared = history.next_step()
    if declared is not None:
        yield from declared.problems
