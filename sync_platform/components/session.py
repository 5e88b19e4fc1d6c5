"""Builds what a pull needs inside a Dagster process: database, partner client, checks, all from the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.checks.suite import run_rules
from sync_platform.clock import SystemClock
from sync_platform.contracts.contract import Contract
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.landing.database import Database
from sync_platform.landing.letter_seal import read_letter_seal
from sync_platform.partners.client import PartnerClient
from sync_platform.pull.day_statistics import statistics_in
from sync_platform.pull.tools import Check, LoadTools, PullTools
from sync_platform.settings import read_settings

_clients: dict[str, PartnerClient] = {}
_clients_lock = Lock()


def landing_database() -> Database:
    """Our database, named by the environment; a process of Dagster's keeps its connections between their uses."""
    return Database(read_settings(os.environ).database_url, keeps=True)


@contextmanager
def run_session(system: PartnerSystem, *, run_id: str) -> Iterator[PullTools]:
    """Tools for one Dagster run, with a partner client of its own."""
    client = PartnerClient(system.declaration, environment=os.environ, clock=SystemClock())
    try:
        yield PullTools(**vars(file_session(holder=run_holder(run_id), run_id=run_id)), client=client)
    finally:
        client.close()


def run_holder(run_id: str) -> str:
    """What a run's leases say of their holder."""
    return f"run {run_id[:8]}"


def sensor_session(system: PartnerSystem) -> PullTools:
    """Tools for a sensor tick; the client lives on between ticks, so its connection and its token do too."""
    with _clients_lock:
        if system.name not in _clients:
            _clients[system.name] = PartnerClient(system.declaration, environment=os.environ, clock=SystemClock())
    return PullTools(**vars(file_session(holder=sensor_holder(system))), client=_clients[system.name])


def sensor_holder(system: PartnerSystem) -> str:
    """What a sensor's leases say of their holder."""
    return f"sensor of {system.name}"


def file_session(*, holder: str, run_id: str | None = None) -> LoadTools:
    """Tools for what is taken out of a drop folder, where nobody is asked."""
    database = landing_database()
    return LoadTools(
        database=database,
        clock=SystemClock(),
        check=checker(database),
        holder=holder,
        run_id=run_id,
        statistics=statistics_in(database),
        seal=read_letter_seal(os.environ),
    )


def checker(database: Database) -> Check:
    """Great Expectations on this database; it is imported when the first rule runs."""

    def check(contract: Contract, relation: Relation) -> tuple[RuleResult, ...]:
        return run_rules(contract, relation, database_url=database.url)

    return check
