"""Great Expectations on a day of 200,000 landed rows: `python -m benchmarks.rules BASE_URL DATABASE_URL`.

The rules that the contract's own fields imply, as every contract has them; imports are made before and told apart.
"""

from __future__ import annotations

import sys
import time
from statistics import median

from benchmarks.figure import Figure
from benchmarks.measured import measured
from benchmarks.ours import DECLARED, tools_for
from benchmarks.stand import STATE, Stand, served
from benchmarks.workload import DAY, rendered
from sync_platform.checks.relation import Relation
from sync_platform.declarations.partner_system import read_partner_system
from sync_platform.landing.entity_table import LANDING
from sync_platform.pull.whole_day import pull_day

RULES_FOR_BAR = 15


def figures(made: Stand) -> list[Figure]:
    """Three processes, each of which loads a day and judges it."""
    with served(rendered(STATE, records=200_000)) as base_url:
        told = [made.run("benchmarks.rules", base_url, made.database("bench_rules")) for _ in range(3)]
    rules = told[0]["rules"]
    seconds = median(one["judged"] for one in told)
    return [
        Figure("import of Great Expectations", round(median(one["imported"] for one in told), 2), "s"),
        Figure(f"{rules} rules on a day of 200,000 rows, imports aside", round(seconds, 2), "s"),
        Figure(f"the same for {RULES_FOR_BAR} rules", round(seconds * RULES_FOR_BAR / rules, 2), "s", 3.0),
    ]


def main(base_url: str, database_url: str) -> None:
    entity = read_partner_system(DECLARED).entity("sales")
    pull_day(tools_for(base_url, database_url), entity, day=DAY)
    with measured() as found:
        started = time.perf_counter()
        import great_expectations  # noqa: F401 - to be told apart from the judging

        from sync_platform.checks.suite import run_rules

        found["imported"] = round(time.perf_counter() - started, 2)
        started = time.perf_counter()
        relation = Relation(schema=LANDING, table=entity.table, day=DAY)
        results = run_rules(entity.contract, relation, database_url=database_url)
        found["judged"] = round(time.perf_counter() - started, 2)
        found["rules"] = len(results)


if __name__ == "__main__":
    main(*sys.argv[1:])
