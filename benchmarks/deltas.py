"""Changes of records that are landed: `python -m benchmarks.deltas rows|days DATABASE_URL ROWS`.

`rows`: 1,000 changed rows of one day into a table of ROWS, asked over HTTP, captured and applied. `days`: 10,000
changes of 30 days, captured before, applied. Prints the seconds of five rounds.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from benchmarks.figure import Figure
from benchmarks.measured import measured
from benchmarks.ours import DECLARED, tools_for
from benchmarks.stand import Stand, served
from benchmarks.workload import DAY
from sync_platform.declarations.partner_system import Entity, read_partner_system
from sync_platform.pull.apply import apply_waiting
from sync_platform.pull.capture import capture_delta
from sync_platform.pull.delta import pull_delta
from sync_platform.pull.tools import PullTools

ROUNDS = 5
DAY_ROWS = 4_000
# Rows as a load would have landed them, so many a day, going back from DAY.
_FILL = """
insert into landing.journey__sales
select 'r-' || n, n, 'S' || n %% 400, 'north', n %% 90000 + 1, 'GROCERY', 'MILK', 'MILK 1L', '1 L', n %% 2500, 1,
    1.50, 0.00, 0.00, 0.00, at, at, day, extract(epoch from at) * 1000000, sha256(n::text::bytea), at, at, null,
    gen_random_uuid(), at, at, null, null
from generate_series(0, %(rows)s - 1) as n
cross join lateral (select %(day)s::date - (n / %(day_rows)s)::int as day) as d
cross join lateral (select (d.day + interval '10 hours') at time zone 'UTC' as at) as a
"""


def fill(database_url: str, rows: int) -> None:
    """Land this many rows, 4,000 a day."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_FILL, {"rows": rows, "day": DAY, "day_rows": DAY_ROWS})
        connection.execute("vacuum analyze landing.journey__sales")
        connection.execute("checkpoint")


def changed(number: int, *, round_number: int) -> dict[str, Any]:
    """The row of that number, as its partner has it after a change."""
    day = DAY - timedelta(days=number // DAY_ROWS)
    sold_at = int(datetime(day.year, day.month, day.day, 10, tzinfo=UTC).timestamp()) * 1000
    return {
        "id": f"r-{number}",
        "basket": number + 1,
        "store": {"id": f"S{number % 400}", "region": "north"},
        "product": {"id": number % 90000 + 1, "department": "GROCERY"},
        "household": None,
        "quantity": round_number + 1,
        "amount": "2.50",
        "discounts": {"retail": "0.00", "coupon": "0.00", "couponMatch": "0.00"},
        "soldAt": sold_at,
        "modifiedAt": sold_at + 3_600_000 * round_number + number % 1_000,
    }


@contextmanager
def partner_of(database_url: str, numbers: Iterable[int], *, round_number: int) -> Iterator[PullTools]:
    """Tools whose partner answers with these rows, changed."""
    records = sorted(
        (changed(number, round_number=round_number) for number in numbers), key=lambda one: one["modifiedAt"]
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "page-00001.json").write_text(json.dumps({"sales": records, "total": len(records)}))
        with served(Path(folder)) as base_url:
            yield tools_for(base_url, database_url)


def rows(database_url: str, entity: Entity, round_number: int) -> float:
    """Seconds for 1,000 changed rows of one day, from the request to the commit."""
    with partner_of(database_url, range(1_000), round_number=round_number) as tools:
        tools.client.partner_now()
        started = time.perf_counter()
        report = pull_delta(tools, entity)
        seconds = time.perf_counter() - started
    assert sum(load.updated for load in report.loads) == 1_000, report
    return seconds


def days(database_url: str, entity: Entity, round_number: int) -> float:
    """Seconds to apply 10,000 changes of 30 days that were captured before."""
    numbers = [day * DAY_ROWS + row for day in range(30) for row in range(334)][:10_000]
    with partner_of(database_url, numbers, round_number=round_number) as tools:
        capture_delta(tools, entity, deadline=tools.clock.monotonic() + 600)
        started = time.perf_counter()
        loads = apply_waiting(tools, entity, deadline=tools.clock.monotonic() + 600)
        seconds = time.perf_counter() - started
    assert (len(loads), sum(load.updated for load in loads)) == (30, 10_000)
    return seconds


def figures(made: Stand) -> list[Figure]:
    """1,000 changed rows into tables of different size, and 10,000 changes of 30 days."""
    found = {}
    for rows in (100_000, 1_000_000, 5_000_000):
        found[rows] = median(made.run("benchmarks.deltas", "rows", made.database("bench_delta"), str(rows))["rounds"])
    days = median(made.run("benchmarks.deltas", "days", made.database("bench_delta"), "200000")["rounds"])
    made.database("bench_delta")
    return [
        *(Figure(f"1,000 changed rows into {rows:,}", round(seconds, 3), "s", 0.5) for rows, seconds in found.items()),
        Figure("the same, 5,000,000 / 100,000 rows", round(found[5_000_000] / found[100_000], 2), "times", 1.5),
        Figure("10,000 changes of 30 days applied", round(days, 2), "s", 2.0),
    ]


def main(what: str, database_url: str, count: str) -> None:
    fill(database_url, int(count))
    with measured() as found:
        entity, timed = read_partner_system(DECLARED).entity("sales"), {"rows": rows, "days": days}[what]
        found["rounds"] = [round(timed(database_url, entity, number), 4) for number in range(1, ROUNDS + 1)]


if __name__ == "__main__":
    main(*sys.argv[1:])
