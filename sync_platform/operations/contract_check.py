"""What CI asks of the contracts: released copies are untouched, every change has the version that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sync_platform.contracts.contract import DRAFT
from sync_platform.contracts.release import read_release, release_files
from sync_platform.contracts.version_step import Problem
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.errors import DeclarationError
from sync_platform.operations.contract_history import ContractHistory, histories


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
    folders = dict.fromkeys(entity.contract.file.parent for entity in system.entities)
    broken = {folder: _broken_copies(folder) for folder in folders}
    for message in (message for messages in broken.values() for message in messages):
        yield ContractFinding(system.name, message, refused=True)
    for history in histories(entity for entity in system.entities if not broken[entity.contract.file.parent]):
        yield from _of_contract(history)
    for entity in system.entities:
        words = ended(entity, today=today)
        if words:
            # Told, not refused: a date that passes must not stop a change that has nothing to do with it.
            yield ContractFinding(entity.address, words, refused=False)


def _broken_copies(folder: Path) -> list[str]:
    """What is wrong with the released copies in a folder; each is looked at, not only the first."""
    found = []
    for file in release_files(folder):
        try:
            read_release(file)
        except DeclarationError as error:
            found.append(str(error))
    return found


def _of_contract(history: ContractHistory) -> Iterator[ContractFinding]:
    contract, address = history.contract, history.entity.address
    try:
        problems = [str(problem) for problem in _problems(history)]
    except DeclarationError as error:
        remedy = "Where no load uses that version any more (sync-platform contracts list), remove the copy."
        words = f"a released copy cannot be read any more: {error} {remedy}"
        yield ContractFinding(address, words, refused=True)
        return
    for problem in dict.fromkeys(problems):
        yield ContractFinding(address, problem, refused=True)
    if not problems and history.released is None and contract.status != DRAFT:
        words = (
            f"{contract.id} {contract.version} is in use and not released. "
            f"Run `sync-platform contracts release {address}`, or write status: draft."
        )
        yield ContractFinding(address, words, refused=True)


def _problems(history: ContractHistory) -> Iterator[Problem]:
    for step in history.released_steps():
        yield from step.problems
    declared = history.next_step()
    if declared is not None:
        yield from declared.problems
