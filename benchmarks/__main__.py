"""Measures the platform against others and against what is possible: `make bench`, `make bench-quick`.

Contenders take turns, each in a process and a database of its own; a figure is the median of its rounds. Writes
benchmarks/latest.json and prints the table of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from benchmarks.stand import ROOT, Stand, served, stand
from benchmarks.workload import rendered

STATE = ROOT / ".sync_platform" / "bench"
OTHERS = ROOT / ".venv-bench" / "bin" / "python"


@dataclass(frozen=True)
class Figure:
    """One measured value; `bar` is what it must stay within, None where it is only told."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool | None:
        if self.bar is None:
            return None
        return self.value >= self.bar if self.at_least else self.value <= self.bar


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


def deltas(made: Stand) -> list[Figure]:
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


def definitions(made: Stand) -> list[Figure]:
    """Loading 60 systems of 10 entities, imports included."""
    told = [made.run("benchmarks.definitions", "60", "10") for _ in range(3)]
    return [
        Figure("definitions of 60 systems, 600 entities", round(median(one["seconds"] for one in told), 2), "s", 5),
        Figure("the same, peak memory", max(one["peak_mb"] for one in told), "MB", 250),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 records against floor and COPY only")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["load", "memory", "deltas", "definitions"], action="append")
    chosen = parser.parse_args()
    records, others = (20_000, False) if chosen.quick else (200_000, True)
    groups: dict[str, Callable[[Stand], list[Figure]]] = {
        "load": lambda made: Load(made, records=records, rounds=chosen.rounds, others=others).figures(),
        "memory": memory,
        "deltas": deltas,
        "definitions": definitions,
    }
    wanted = chosen.only or (["load"] if chosen.quick else list(groups))
    STATE.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    with stand(STATE) as made:
        for name in wanted:
            figures += groups[name](made)
    _tell(figures, keep=not chosen.quick and chosen.only is None)
    return int(chosen.quick and any(figure.holds is False for figure in figures))


def _tell(figures: list[Figure], *, keep: bool) -> None:
    print("| figure | measured | bar | holds |\n| --- | ---: | ---: | --- |")
    for figure in figures:
        bar = "" if figure.bar is None else f"{'≥' if figure.at_least else '≤'} {figure.bar:g}"
        holds = {None: "", True: "yes", False: "no"}[figure.holds]
        print(f"| {figure.name} | {figure.value:g} {figure.unit} | {bar} | {holds} |")
    if keep:
        told = {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
            "python": platform.python_version(),
            "psycopg": version("psycopg"),
            "figures": [{**asdict(figure), "holds": figure.holds} for figure in figures],
        }
        (Path(__file__).parent / "latest.json").write_text(json.dumps(told, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
