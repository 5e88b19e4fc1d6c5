"""The registry of contract versions: a released one is immutable, and other content under its number is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from sync_platform.contracts.semantic_version import SemanticVersion
from sync_platform.errors import DeclarationError
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries
from sync_platform.yaml_source import shown_path


@dataclass(frozen=True)
class ContractVersion:
    """One version as it is declared. `released_on` is None for a draft; `ends_on` is the end of its major version."""

    contract_id: str
    version: SemanticVersion
    system: str
    entity: str
    content: dict[str, Any]
    fingerprint: str
    released_on: date | None
    ends_on: date | None
    file: Path

    @property
    def name(self) -> str:
        """As people say it: `shop-orders 1.4.0`."""
        return f"{self.contract_id} {self.version}"


@dataclass(frozen=True)
class ListedVersion:
    """One version as the database knows it; `loads` are those of the last 14 days. See report.contract_version."""

    contract_id: str | None
    version: str
    system: str
    entity: str
    state: str
    released_on: date | None
    ends_on: date | None
    registered_at: datetime | None
    fingerprint: str | None
    loads: int
    last_load_at: datetime | None


@dataclass(frozen=True)
class _Known:
    contract_id: str
    version: str
    system: str
    entity: str
    fingerprint: str
    released_on: date | None
    ends_on: date | None


def register_versions(connection: Connection, versions: Iterable[ContractVersion]) -> tuple[str, ...]:
    """Register what is declared; returns what was done, in words. A second time changes nothing.

    Raises DeclarationError, and registers nothing, when a released version comes with other content.
    """
    declared = list(versions)
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext('sync.contract_version'))")
        known = _known(connection, declared)
        changed = [(one, words) for one in declared if (words := _words(one, known.get(one.name)))]
        for version, _ in changed:
            connection.execute(queries("contract_versions")["register"], _row(version))
    return tuple(words for _, words in changed)


def list_versions(connection: Connection) -> list[ListedVersion]:
    """Every version that is registered or was used lately, by system and contract, newest first."""
    with connection.cursor(row_factory=class_row(ListedVersion)) as cursor:
        return cursor.execute(queries("contract_versions")["listed"]).fetchall()


def _known(connection: Connection, declared: list[ContractVersion]) -> dict[str, _Known]:
    ids = sorted({version.contract_id for version in declared})
    with connection.cursor(row_factory=class_row(_Known)) as cursor:
        rows = cursor.execute(queries("contract_versions")["known"], {"contract_ids": ids}).fetchall()
    return {f"{row.contract_id} {row.version}": row for row in rows}


def _words(declared: ContractVersion, known: _Known | None) -> str:
    """What registering this version does, in words; nothing where the database has it so already."""
    if known is None:
        return f"registered contract {declared.name}{'' if declared.released_on else ', a draft'}"
    if known.released_on is not None:
        return _words_of_released(declared, known)
    if declared.released_on is not None:
        return f"released contract {declared.name}"
    same = (known.fingerprint, known.system, known.entity) == (declared.fingerprint, declared.system, declared.entity)
    return "" if same else f"replaced the draft of contract {declared.name}"


def _words_of_released(declared: ContractVersion, known: _Known) -> str:
    if known.fingerprint != declared.fingerprint:
        raise DeclarationError(
            f"{declared.name} was released on {known.released_on} with other content than it has here.",
            place=shown_path(declared.file),
            remedy=(
                "What is released stays: restore the file, or raise version and run "
                f"`sync-platform contracts release {declared.system}/{declared.entity}`."
            ),
        )
    if declared.released_on is None:
        # The copy is missing beside this checkout's contract; the database keeps what it knows.
        return ""
    if known.ends_on != declared.ends_on:
        return (
            f"contract {declared.name} ends on {declared.ends_on}" if declared.ends_on else f"{declared.name} goes on"
        )
    same = (known.system, known.entity, known.released_on) == (declared.system, declared.entity, declared.released_on)
    return "" if same else f"registered contract {declared.name} again"


def _row(version: ContractVersion) -> dict[str, Any]:
    return {
        "contract_id": version.contract_id,
        "version": str(version.version),
        "system": version.system,
        "entity": version.entity,
        "document": Jsonb(version.content),
        "fingerprint": version.fingerprint,
        "released_on": version.released_on,
        "ends_on": version.ends_on,
    }
