"""What is configured, reachable and missing on this machine; it names variables and never shows a value."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from sync_platform import __version__
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.declarations.webhooks import Webhook
from sync_platform.errors import DeclarationError, SyncError
from sync_platform.landing.database import Database
from sync_platform.landing.letter_seal import is_personal, read_letter_seal
from sync_platform.operations.connection_test import try_address
from sync_platform.operations.contract_check import ended
from sync_platform.operations.platform_database import open_platform_database
from sync_platform.partners.files.folder import open_folder
from sync_platform.partners.webhooks.verify import missing_variables, read_secret
from sync_platform.redact import redact
from sync_platform.settings import DAGSTER_DATABASE_URL, DATABASE_URL, LETTER_KEYS, STATE_DIR, libpq_url, state_dir

PACKAGES = ("dagster", "dagster-webserver", "dagster-postgres", "great-expectations", "pandas", "psycopg", "sqlalchemy")


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `needed` ones that are not ok make the platform unfit; others are told only."""

    area: str
    name: str
    ok: bool
    needed: bool
    detail: str


def examine(systems: tuple[PartnerSystem, ...], environment: Mapping[str, str]) -> tuple[Finding, ...]:
    """Everything that can be wrong before a run, in the order in which one would mend it."""
    return (
        *_versions(),
        *_variables(systems, environment),
        _letter_keys(systems, environment),
        _state_folder(environment),
        *_database(environment),
        _dagster_storage(environment),
        *(_partner(system, environment) for system in systems),
        *(_webhook(system, one, environment) for system in systems for one in system.declaration.webhooks),
        *_ended_contracts(systems),
    )


def _versions() -> list[Finding]:
    python = platform.python_version()
    supported = (3, 11) <= sys.version_info[:2] < (3, 14)
    findings = [
        Finding("versions", "python", supported, True, python if supported else f"{python}; needs 3.11, 3.12 or 3.13"),
        Finding("versions", "sync-platform", True, True, __version__),
    ]
    for package in PACKAGES:
        try:
            findings.append(Finding("versions", package, True, True, importlib.metadata.version(package)))
        except importlib.metadata.PackageNotFoundError:
            findings.append(Finding("versions", package, False, True, "not installed; run `make setup`"))
    return findings


def _variables(systems: tuple[PartnerSystem, ...], environment: Mapping[str, str]) -> list[Finding]:
    findings = [_variable(environment, name, "platform", needed=False) for name in (DATABASE_URL, DAGSTER_DATABASE_URL)]
    findings.append(_variable(environment, STATE_DIR, "platform", needed=False))
    for system in systems:
        findings += [_variable(environment, name, system.name, needed=True) for name in system.declaration.variables]
    return findings


def _variable(environment: Mapping[str, str], name: str, area: str, *, needed: bool) -> Finding:
    if environment.get(name):
        return Finding(area, name, True, needed, "set")
    remedy = f"missing; export {name}=…" if needed else "not set"
    return Finding(area, name, not needed, needed, remedy)


def _letter_keys(systems: tuple[PartnerSystem, ...], environment: Mapping[str, str]) -> Finding:
    """Told and not needed: without a key rejected records with personal data are not kept."""
    personal = [one.address for system in systems for one in system.entities if is_personal(one.contract)]
    if not environment.get(LETTER_KEYS):
        withheld = (
            f"not set: rejected records of {', '.join(personal)} are withheld; `sync-platform dead-letters new-key`"
        )
        return Finding("platform", LETTER_KEYS, True, False, f"{withheld} makes a key" if personal else "not set")
    try:
        read_letter_seal(environment)
    except DeclarationError as error:
        return Finding("platform", LETTER_KEYS, False, True, str(error))
    return Finding("platform", LETTER_KEYS, True, False, "set")


def _state_folder(environment: Mapping[str, str]) -> Finding:
    folder = state_dir(environment)
    existing = folder if folder.exists() else next(parent for parent in folder.parents if parent.exists())
    writable = _writable(existing)
    return Finding(
        "platform", "state folder", writable, True, str(folder) if writable else f"cannot write to {existing}"
    )


def _writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK)


def _database(environment: Mapping[str, str]) -> list[Finding]:
    try:
        with open_platform_database(environment) as database:
            return [_reachable(database), _migrated(database)]
    except SyncError as error:
        return [Finding("platform", "database", False, True, str(error))]


def _reachable(database: Database) -> Finding:
    with database.connect() as connection:
        row = connection.execute("show server_version").fetchone()
    return Finding("platform", "database", True, True, f"PostgreSQL {row[0] if row else '?'} answers")


def _migrated(database: Database) -> Finding:
    # SQLAlchemy and Alembic: 0.5 s to import.
    from sync_platform.landing.migrate import is_current

    if is_current(database):
        return Finding("platform", "migrations", True, True, "current")
    return Finding("platform", "migrations", False, True, "not this version's; run `sync-platform migrate`")


def _dagster_storage(environment: Mapping[str, str]) -> Finding:
    url = environment.get(DAGSTER_DATABASE_URL)
    if not url:
        return Finding("dagster", "storage", True, False, "not set; the demo brings its own")
    try:
        with psycopg.connect(libpq_url(url), connect_timeout=5) as connection:
            connection.execute("select 1")
    except DeclarationError:
        words = (
            f"{DAGSTER_DATABASE_URL} is not a PostgreSQL URL; write postgresql+psycopg2://user:password@host/database"
        )
        return Finding("dagster", "storage", False, True, words)
    except psycopg.OperationalError as error:
        words = redact(str(error)).strip().splitlines()[0]
        return Finding("dagster", "storage", False, True, f"does not answer: {words}")
    return Finding("dagster", "storage", True, True, "answers")


def _ended_contracts(systems: tuple[PartnerSystem, ...]) -> list[Finding]:
    """Told and not needed: what has ended still runs, and who reads it has to move."""
    today = datetime.now(UTC).date()
    words = [(entity, ended(entity, today=today)) for system in systems for entity in system.entities]
    return [Finding(entity.system, f"contract of {entity.name}", False, False, said) for entity, said in words if said]


def _partner(system: PartnerSystem, environment: Mapping[str, str]) -> Finding:
    if system.declaration.api is None:
        return _folders(system, environment)
    name = system.declaration.api.base_url_env
    if not environment.get(name):
        return Finding(system.name, "address", False, True, f"not known; {name} is missing")
    step = try_address(environment[name])
    return Finding(system.name, "address", step.ok, True, step.detail)


def _webhook(system: PartnerSystem, webhook: Webhook, environment: Mapping[str, str]) -> Finding:
    """Told and not needed: polling finds what webhooks would have told, later."""
    area, name = system.name, f"webhook {webhook.name}"
    missing = missing_variables(webhook, environment)
    if missing:
        exports = " ".join(f"{variable}=…" for variable in missing)
        return Finding(area, name, False, False, f"answered 503 by the gateway: not set: export {exports}")
    try:
        for variable in webhook.secrets_env:
            if environment.get(variable):
                read_secret(webhook, environment[variable], variable=variable)
    except DeclarationError as error:
        return Finding(area, name, False, True, str(error))
    return Finding(area, name, True, False, "can be verified")


def _folders(system: PartnerSystem, environment: Mapping[str, str]) -> Finding:
    """A system without an API has no address: its folders must be there."""
    try:
        for entity in system.entities:
            if entity.file is not None:
                open_folder(entity.file, environment, owner=entity.address).entries()
    except SyncError as error:
        return Finding(system.name, "folders", False, True, str(error))
    return Finding(system.name, "folders", True, True, "can be listed")
