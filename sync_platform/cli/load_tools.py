"""What a command that takes records in needs from outside: database, checks, the keys of dead letters, the partner."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync_platform.clock import Clock
    from sync_platform.declarations.partner_system import Entity
    from sync_platform.landing.database import Database
    from sync_platform.partners.client import PartnerClient
    from sync_platform.pull.tools import LoadTools, PullTools


def load_tools(database: Database, entities: Iterable[Entity], clock: Clock, *, command: str) -> LoadTools:
    """Raises LandingNotMigrated, before the checks are loaded (5-7 s) and the partner is asked."""
    from sync_platform.landing.entity_table import LANDING, EntityTable
    from sync_platform.landing.letter_seal import read_letter_seal
    from sync_platform.operations.platform_database import require_tables

    tables = [EntityTable(system=entity.system, contract=entity.contract) for entity in entities]
    with database.connect() as connection:
        require_tables(connection, "sync.entity_day", *(f"{LANDING}.{table.name}" for table in tables))
    from sync_platform.checks.relation import Relation
    from sync_platform.checks.result import RuleResult
    from sync_platform.checks.suite import run_rules
    from sync_platform.contracts.contract import Contract
    from sync_platform.pull.day_statistics import statistics_in
    from sync_platform.pull.tools import LoadTools

    def check(contract: Contract, relation: Relation) -> tuple[RuleResult, ...]:
        return run_rules(contract, relation, database_url=database.url)

    return LoadTools(
        database=database,
        clock=clock,
        check=check,
        holder=f"sync-platform {command}, process {os.getpid()} on {socket.gethostname()}",
        statistics=statistics_in(database),
        seal=read_letter_seal(os.environ),
    )


def pull_tools(
    database: Database, entities: Iterable[Entity], client: PartnerClient, clock: Clock, *, command: str
) -> PullTools:
    """`load_tools` for a command that asks the partner."""
    loading = load_tools(database, entities, clock, command=command)
    from sync_platform.pull.tools import PullTools

    return PullTools(**vars(loading), client=client)
