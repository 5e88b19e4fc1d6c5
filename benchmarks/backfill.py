"""A year of business days through Dagster, checks included, beside the same days and rules in one plain process.

`python -m benchmarks.backfill DATABASE_URL FIRST LAST`, with the partner's variables in the environment, is the plain
process: it pulls the days of pos/sales one after another, and Great Expectations judges each before it is published.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta

from benchmarks.measured import measured
from benchmarks.running import Running
from sync_platform.clock import SystemClock
from sync_platform.declarations.partner_system import find_entity, read_partner_systems
from sync_platform.landing.database import Database
from sync_platform.partners.client import PartnerClient
from sync_platform.pull.tools import PullTools
from sync_platform.pull.whole_day import pull_day

ENTITY = ("pos", "sales")
DAYS = 365
_LAUNCH = """
mutation ($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }
"""
_STATE = """
query ($id: String!) { partitionBackfillOrError(backfillId: $id) { __typename ... on PartitionBackfill {
  status error { message } } } }
"""
_ENDED = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "COMPLETED", "FAILED", "CANCELED"}
# What Dagster's pages show of each day: materialisations and check evaluations by partition.
_SHOWN = """
select count(distinct partition) filter (where dagster_event_type = 'ASSET_MATERIALIZATION'),
    count(*) filter (where dagster_event_type = 'ASSET_CHECK_EVALUATION')
from event_logs where timestamp >= to_timestamp(%s) at time zone 'utc' and asset_key = '["pos", "sales"]'
"""
_KEPT = """
select count(*), coalesce(sum(rows), 0)::bigint, count(*) filter (where checks_passed > 0) from sync.entity_day
where system = 'pos' and entity = 'sales' and business_day between %s and %s and state = 'complete'
"""


@dataclass(frozen=True)
class Backfill:
    """`seconds` from the request to Dagster's "done"; then days and rows as our tables and Dagster have them."""

    seconds: float
    days: int
    rows: int
    checked_days: int
    materialised_days: int
    evaluations: int


def measure_backfill(platform: Running, *, last: date) -> Backfill:
    """Backfill DAYS business days up to `last` through Dagster's webserver, as the UI's dialog does."""
    days = [last - timedelta(days=back) for back in range(DAYS)]
    params = {"assetSelection": [{"path": list(ENTITY)}], "partitionNames": [str(day) for day in sorted(days)]}
    started_at = time.time()
    answer = platform.graphql(_LAUNCH, params=params)["launchPartitionBackfill"]
    if answer["__typename"] != "LaunchBackfillSuccess":
        raise SystemExit(f"Dagster refused the backfill: {answer}")
    state = {"status": "REQUESTED"}
    while state["status"] not in _ENDED:
        time.sleep(0.5)
        platform.supervisor.check()
        state = platform.graphql(_STATE, id=answer["backfillId"])["partitionBackfillOrError"]
    seconds = time.time() - started_at
    if state["status"] != "COMPLETED_SUCCESS":
        raise SystemExit(f"the backfill ended as {state}")
    with platform.database.connect() as connection:
        kept = connection.execute(_KEPT, [days[-1], days[0]]).fetchone()
    with platform.dagster.connect() as connection:
        shown = connection.execute(_SHOWN, [started_at]).fetchone()
    if kept is None or shown is None:
        raise SystemExit("the database told nothing of the backfill")
    return Backfill(seconds, days=kept[0], rows=kept[1], checked_days=kept[2], materialised_days=shown[0],
                    evaluations=shown[1])  # fmt: skip


def main(database_url: str, first: str, last: str) -> None:
    from sync_platform.checks.suite import run_rules

    system, entity = find_entity(read_partner_systems(), "/".join(ENTITY))
    database = Database(database_url)
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    with measured() as found:
        clock = SystemClock()
        tools = PullTools(
            database=database,
            client=PartnerClient(system.declaration, environment=os.environ, clock=clock),
            clock=clock,
            check=lambda contract, relation: run_rules(contract, relation, database_url=database.url),
            holder="benchmark",
        )
        loads = [pull_day(tools, entity, day=date.fromisoformat(last) - timedelta(days=back)) for back in range(days)]
        found.update(days=sum(load.ok for load in loads), rows=sum(load.inserted for load in loads))


if __name__ == "__main__":
    main(*sys.argv[1:])
