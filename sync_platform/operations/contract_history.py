"""Every declared contract with its released versions, and the steps from each to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from sync_platform.contracts.contract import Contract
from sync_platform.contracts.end_reader import ends_in
from sync_platform.contracts.release import Release, content_of, fingerprint_of, read_releases
from sync_platform.contracts.semantic_version import SemanticVersion, read_version
from sync_platform.contracts.version_step import Step, step_between
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.errors import DeclarationError
from sync_platform.landing.contract_versions import ContractVersion


@dataclass(frozen=True)
class ContractHistory:
    """A declared contract and what was released under its id, oldest first."""

    entity: Entity
    releases: tuple[Release, ...]

    @property
    def contract(self) -> Contract:
        return self.entity.contract

    @property
    def released(self) -> Release | None:
        """The release of the declared version itself."""
        return self._release(self.contract.semantic_version)

    @property
    def newest(self) -> Release | None:
        """What the declared contract is held against: the newest release that is not of a later major version.

        A later one exists where two majors run side by side, and is the other contract's.
        """
        major = self.contract.semantic_version.major
        return next((one for one in reversed(self.releases) if one.version.major <= major), None)

    def of(self, version: str) -> Contract:
        """The contract as released under that version. Raises DeclarationError that lists what there is."""
        try:
            found = self._release(read_version(version))
        except ValueError as error:
            raise DeclarationError(f"{error}.") from error
        if found is None:
            known = ", ".join(str(one.version) for one in self.releases) or "none"
            raise DeclarationError(f"{self.entity.address} {version} is not released.", remedy=f"Released: {known}.")
        return found.contract()

    def before(self, version: SemanticVersion) -> Release | None:
        """The release before that version."""
        return next((one for one in reversed(self.releases) if one.version < version), None)

    def ends_on(self, major: int) -> date | None:
        """The end of a major version, as its newest release announces it."""
        newest = next((one for one in reversed(self.releases) if one.version.major == major), None)
        return ends_in(newest.content) if newest else None

    def step(self, before: Contract, after: Contract) -> Step:
        """A step between any two of this contract's versions."""
        return step_between(before, after, ends_on=self.ends_on(before.semantic_version.major))

    def next_step(self) -> Step | None:
        """From the newest release to what is declared now; None where nothing was released."""
        newest = self.newest
        return None if newest is None else self.step(newest.contract(), self.contract)

    def released_steps(self) -> Iterator[Step]:
        """From each release to the next."""
        contracts = [one.contract() for one in self.releases]
        for before, after in pairwise(contracts):
            yield self.step(before, after)

    def _release(self, version: SemanticVersion) -> Release | None:
        return next((one for one in self.releases if one.version == version), None)


def history_of(entity: Entity) -> ContractHistory:
    """The entity's contract with its releases. Raises DeclarationError for a released copy that was changed."""
    return next(histories([entity]))


def histories(entities: Iterable[Entity]) -> Iterator[ContractHistory]:
    """The history of each entity, in their order; a folder's copies are read once (3 ms each).

    Raises DeclarationError for a released copy that was changed.
    """
    releases: dict[Path, tuple[Release, ...]] = {}
    for entity in entities:
        contract, folder = entity.contract, entity.contract.file.parent
        if folder not in releases:
            releases[folder] = read_releases(folder)
        yield ContractHistory(entity, tuple(one for one in releases[folder] if one.contract_id == contract.id))


def contract_versions(systems: Iterable[PartnerSystem]) -> tuple[ContractVersion, ...]:
    """What the database is to know: every released version, and the declared ones that are not released yet.

    Two majors side by side share their releases: each is there once, for the entity that it describes.
    """
    found: dict[tuple[str, SemanticVersion], ContractVersion] = {}
    for history in histories(entity for system in systems for entity in system.entities):
        entity, contract = history.entity, history.contract
        if history.released is None:
            found[contract.id, contract.semantic_version] = _draft(entity)
        for release in history.releases:
            found[release.contract_id, release.version] = ContractVersion(
                contract_id=release.contract_id,
                version=release.version,
                system=entity.system,
                entity=release.entity,
                content=release.content,
                fingerprint=release.fingerprint,
                released_on=release.released_on,
                ends_on=history.ends_on(release.version.major),
                file=release.file,
            )
    return tuple(found[key] for key in sorted(found))


def _draft(entity: Entity) -> ContractVersion:
    contract, content = entity.contract, content_of(entity.contract.file)
    return ContractVersion(
        contract_id=contract.id,
        version=contract.semantic_version,
        system=entity.system,
        entity=entity.name,
        content=content,
        fingerprint=fingerprint_of(content),
        released_on=None,
        ends_on=contract.ends_on,
        file=contract.file,
    )
