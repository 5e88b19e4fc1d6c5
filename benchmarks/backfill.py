"""A year of business days through Dagster, checks included, beside the same days and rules in one plain process.

`python -m benchmarks.backfill DATABASE_URL FIRST LAST`, with the partner's variables in the environment, is the plain
process: it pulls the days of pos/sales one after another, and Great Expectations judges each before it is published.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from benchmarks.figure import Figure
from benchmarks.measured import measured
from benchmarks.running import Running, running
from benchmarks.stand import STATE, Stand
from sync_platform.clock import SystemClock
from sync_platform.declarations.partner_system import find_entity, read_partner_systems
from sync_platform.landing.database import Database
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform.landing.migrate import migrate
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
select (
    select count(distinct partition) from event_logs
    where dagster_event_type = 'ASSET_MATERIALIZATION' and asset_key = '["pos", "sales"]'
        and timestamp >= to_timestamp(%(since)s) at time zone 'utc'
), (
    select count(*) from asset_check_executions
    where asset_key = '["pos", "sales"]' and evaluation_event_timestamp >= to_timestamp(%(since)s) at time zone 'utc'
)
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


def figures(made: Stand) -> list[Figure]:
    """A year through Dagster, then the same into a database of its own in one process, from the same sandbox."""
    last = datetime.now(UTC).date() - timedelta(days=1)
    with running(STATE / "platform", history_ended=True) as platform:
        through = measure_backfill(platform, last=last)
        first = last - timedelta(days=DAYS - 1)
        with _environment(platform.variables):
            plain = made.run("benchmarks.backfill", made.database("bench_backfill"), str(first), str(last))
    return [
        Figure("365 days through Dagster", round(through.seconds, 1), "s"),
        Figure("the same rows and rules in one process", round(plain["seconds"], 1), "s"),
        Figure("through Dagster / one process", round(through.seconds / plain["seconds"], 2), "times", 3.0),
        Figure("rows of the year", through.rows, "rows", plain["rows"], at_least=True),
        Figure("days with counts, clocks and checks of their own", through.checked_days, "days", DAYS, at_least=True),
        Figure("days materialised in Dagster", through.materialised_days, "days", DAYS, at_least=True),
        Figure("check evaluations in Dagster", through.evaluations, "evaluations", 2 * DAYS, at_least=True),
    ]


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
        shown = connection.execute(_SHOWN, {"since": started_at}).fetchone()
    if kept is None or shown is None:
        raise SystemExit("the database told nothing of the backfill")
    return Backfill(seconds, days=kept[0], rows=kept[1], checked_days=kept[2], materialised_days=shown[0],
                    evaluations=shown[1])  # fmt: skip


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The partner's variables, for a process that is started meanwhile."""
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            os.environ.pop(name, None)


def main(database_url: str, first: str, last: str) -> None:
    from sync_platform.checks.suite import run_rules

    system, entity = find_entity(read_partner_systems(), "/".join(ENTITY))
    database = Database(database_url)
    migrate(database, [EntityTable(one.system, one.contract) for one in system.entities])
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    with measured() as found:
        clock = SystemClock()
        tools = PullTools(
            database=database,
            client=PartnerClient(system.declaration, environment=os.environ, clock=clock),
            clock=clock,
            check=lambda contract, relation: run_rules(contract, relation, database_url=database.url),
            holder="benchmark",
            seal=NO_KEYS,
        )
        loads = [pull_day(tools, entity, day=date.fromisoformat(last) - timedelta(days=back)) for back in range(days)]
        found.update(days=sum(load.ok for load in loads), rows=sum(load.inserted for load in loads))


if __name__ == "__main__":
    main(*sys.argv[1:])
