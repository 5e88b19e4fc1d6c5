"""A day of sales loaded by every contender in turn, and what a seven times larger one takes of memory."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from benchmarks.figure import Figure
from benchmarks.stand import OTHERS, STATE, Stand, served
from benchmarks.workload import rendered


class Load:
    """The same sales loaded by every contender in turn."""

    def __init__(self, made: Stand, *, records: int, rounds: int, others: bool) -> None:
        self._stand = made
        self._pages = rendered(STATE, records=records)
        self._rounds = rounds
        self._others = others
        # A tenth of a second decides a small load on a busy machine; the guard is for what got far slower.
        self._leeway = 1.0 if others else 2.0
        self._seconds: dict[str, list[float]] = {}
        self._peak_mb: list[float] = []
        self._rewritten = 0

    def figures(self) -> list[Figure]:
        with served(self._pages) as base_url:
            for number in range(self._rounds):
                self._ours(base_url, keep_rows=number == 0)
                self._time("floor", "benchmarks.floor", base_url)
                self._time("database", "benchmarks.copy_limit", str(self._rows_file))
                if self._others:
                    self._time("dlt", "benchmarks.dlt_load", base_url, after=("default",), python=OTHERS)
                    self._time("dlt parquet", "benchmarks.dlt_load", base_url, after=("parquet",), python=OTHERS)
                    self._time("pandas", "benchmarks.pandas_sql", str(self._pages))
                    # Minutes a round, and it varies by a tenth at most.
                    if number < 2:
                        self._time("target-postgres", "benchmarks.singer_load", str(self._pages), python=OTHERS)
        return self._compared()

    @property
    def _rows_file(self) -> Path:
        return STATE / "rows.copy"

    def _ours(self, base_url: str, *, keep_rows: bool) -> None:
        url = self._stand.database("bench_ours")
        self._stand.settle(url)
        first = self._told("ours", self._stand.run("benchmarks.ours", base_url, url))
        self._peak_mb.append(first["peak_mb"])
        with psycopg.connect(url, autocommit=True) as connection:
            if keep_rows:
                with connection.cursor() as cursor, cursor.copy("copy landing.journey__sales to stdout") as copy:
                    self._rows_file.write_bytes(b"".join(bytes(block) for block in copy))
            self._stand.settle(url)
            before = _tuples_written(connection)
            self._told("again", self._stand.run("benchmarks.ours", base_url, url))
            connection.execute("select pg_stat_clear_snapshot()")
            self._rewritten = max(self._rewritten, _tuples_written(connection) - before)

    def _time(
        self, name: str, module: str, source: str, *, after: tuple[str, ...] = (), python: Path | str = sys.executable
    ) -> None:
        url = self._stand.database("bench_other")
        self._stand.settle(url)
        self._told(name, self._stand.run(module, source, url, *after, python=str(python)))

    def _told(self, name: str, report: dict[str, Any]) -> dict[str, Any]:
        self._seconds.setdefault(name, []).append(report["seconds"])
        print(f"{name:16} {report['seconds']:8.2f} s  {report['peak_mb']:7.1f} MB", file=sys.stderr, flush=True)
        return report

    def _compared(self) -> list[Figure]:
        seconds = {name: median(rounds) for name, rounds in self._seconds.items()}
        ours = seconds["ours"]
        figures = [Figure(f"{name}, wall", round(value, 2), "s") for name, value in seconds.items()]
        figures += [
            Figure("ours / bare floor", round(ours / seconds["floor"], 2), "times", 1.25 * self._leeway),
            Figure("ours / one COPY", round(ours / seconds["database"], 2), "times", 4.0 * self._leeway),
            Figure("again / first", round(seconds["again"] / ours, 2), "times", 1.0 * self._leeway),
            Figure("rows rewritten when loaded again", self._rewritten, "rows", 0),
            Figure("peak memory", max(self._peak_mb), "MB", 120),
        ]
        if self._others:
            better = min(seconds["dlt"], seconds["dlt parquet"])
            figures += [
                Figure("dlt's better format / ours", round(better / ours, 2), "times", 5.0, at_least=True),
                Figure("dlt's default format / ours", round(seconds["dlt"] / ours, 2), "times", 8.0, at_least=True),
                Figure(
                    "target-postgres / ours", round(seconds["target-postgres"] / ours, 2), "times", 15.0, at_least=True
                ),
                Figure(
                    "pandas to_sql and merge / ours", round(seconds["pandas"] / ours, 2), "times", 5.0, at_least=True
                ),
            ]
        return figures


def _tuples_written(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(
        "select n_tup_ins + n_tup_upd + n_tup_del from pg_stat_user_tables where relname = 'journey__sales'"
    ).fetchone()
    return int(row[0]) if row else 0


def memory(made: Stand) -> list[Figure]:
    """The peak at 1,400,000 rows beside that at 200,000."""
    peaks = {}
    for records in (200_000, 1_400_000):
        with served(rendered(STATE, records=records)) as base_url:
            url = made.database("bench_memory")
            peaks[records] = made.run("benchmarks.ours", base_url, url)["peak_mb"]
    return [
        Figure("peak memory at 1,400,000 rows", peaks[1_400_000], "MB", 120),
        Figure("peak memory, 1,400,000 / 200,000 rows", round(peaks[1_400_000] / peaks[200_000], 2), "times", 1.15),
    ]
