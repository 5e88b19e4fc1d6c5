"""Takes stored deliveries into the tables: a process beside the gateway, woken by each commit through its input.

A process of its own, so that an event that kills whoever handles it kills no request, and that applying takes no turn
from answering. It ends when its input does: with the gateway, however that ended.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from collections.abc import Mapping, Sequence

import structlog

from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.clock import Clock, SystemClock
from sync_platform.contracts.contract import Contract
from sync_platform.declarations.partner_system import PartnerSystem, read_partner_systems
from sync_platform.errors import DeclarationError, SyncError
from sync_platform.gateway.log import log_to_stderr
from sync_platform.landing.database import Database
from sync_platform.landing.letter_seal import read_letter_seal
from sync_platform.partners.client import PartnerClient
from sync_platform.pull.deliveries import apply_deliveries
from sync_platform.pull.tools import PullTools
from sync_platform.settings import read_settings

ROUND_SECONDS = 10.0
# What another gateway stored, what is due again, and a day that somebody else was writing.
IDLE_SECONDS = 1.0
# Deliveries of one burst go together: a load costs about 20 ms, whatever it holds.
GATHER_SECONDS = 0.1
_BYTES = 65_536

log = structlog.get_logger("applier")


def apply_while_open(
    tools: Sequence[tuple[PartnerSystem, PullTools]], *, clock: Clock, wake: int, gather_seconds: float = GATHER_SECONDS
) -> None:
    """Apply what is due after each byte on the file descriptor `wake`, and every second, until it is closed."""
    is_open = True
    while is_open:
        for system, theirs in tools:
            _apply(system, theirs, clock=clock)
        woken, _, _ = select.select([wake], [], [], IDLE_SECONDS)
        if woken:
            clock.sleep(gather_seconds)
            is_open = bool(os.read(wake, _BYTES))


def open_tools(
    systems: Sequence[PartnerSystem], *, database: Database, environment: Mapping[str, str], clock: Clock
) -> list[tuple[PartnerSystem, PullTools]]:
    """What applying needs of each system with webhooks whose variables are set; the others' deliveries wait.

    Raises DeclarationError for a key of dead letters that is none.
    """
    seal = read_letter_seal(environment)
    holder = f"gateway's applier, process {os.getpid()} on {socket.gethostname()}"
    found = []
    for system in systems:
        if not system.declaration.webhooks:
            continue
        try:
            client = PartnerClient(system.declaration, environment=environment, clock=clock)
        except DeclarationError as error:
            log.warning("system_left_out", system=system.name, why=str(error))
            continue
        tools = PullTools(database=database, client=client, clock=clock, check=_check_nothing, holder=holder, seal=seal)
        found.append((system, tools))
    return found


def _apply(system: PartnerSystem, tools: PullTools, *, clock: Clock) -> None:
    try:
        done = apply_deliveries(tools, system, deadline=clock.monotonic() + ROUND_SECONDS)
    except SyncError as error:
        log.warning("not_applied", system=system.name, why=str(error))
        return
    for problem in done.problems:
        log.warning("deliveries_wait", system=system.name, why=problem)
    if done.settled.get("dead"):
        log.warning("deliveries_dead", system=system.name, deliveries=done.settled["dead"])


def _check_nothing(contract: Contract, relation: Relation) -> tuple[RuleResult, ...]:  # noqa: ARG001 - a Check's names
    """A day's rules run when the sensor finds it changed; Great Expectations has no place here."""
    return ()


def main() -> None:
    """The process that the gateway starts."""
    log_to_stderr()
    # The terminal's Ctrl-C is the gateway's: it ends the input when the last request is answered.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    clock = SystemClock()
    database = Database(read_settings(os.environ).database_url, keeps=True)
    tools = open_tools(read_partner_systems(), database=database, environment=os.environ, clock=clock)
    apply_while_open(tools, clock=clock, wake=sys.stdin.fileno())


if __name__ == "__main__":
    main()
