"""The platform's own whole-day load, everything on: `python -m benchmarks.ours BASE_URL DATABASE_URL`."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.measured import measured
from benchmarks.workload import DAY
from sync_platform.clock import SystemClock
from sync_platform.declarations.partner_system import read_partner_system
from sync_platform.landing.database import Database
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform.partners.client import PartnerClient
from sync_platform.pull.tools import PullTools
from sync_platform.pull.whole_day import pull_day

DECLARED = Path(__file__).parent / "declared"


def tools_for(base_url: str, database_url: str) -> PullTools:
    """A loader's tools. The contract's rules run elsewhere: its suite is empty, so that no figure depends on it."""
    clock = SystemClock()
    declaration = read_partner_system(DECLARED).declaration
    return PullTools(
        database=Database(database_url),
        client=PartnerClient(declaration, environment={"JOURNEY_BASE_URL": base_url}, clock=clock),
        clock=clock,
        check=lambda *_: (),
        holder="benchmark",
        seal=NO_KEYS,
    )


def main(base_url: str, database_url: str) -> None:
    tools = tools_for(base_url, database_url)
    entity = read_partner_system(DECLARED).entity("sales")
    with measured() as found:
        load = pull_day(tools, entity, day=DAY)
        found.update(outcome=load.outcome, read=load.read, inserted=load.inserted, unchanged=load.unchanged,
                     dead_lettered=load.dead_lettered)  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
