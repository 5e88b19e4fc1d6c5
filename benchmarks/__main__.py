"""Measures the platform against others and against what is possible: `make bench`, `make bench-quick`.

Contenders take turns, each in a process and a database of its own; a figure is the median of its rounds. Prints the
table of docs/benchmarks.md and keeps the figures in benchmarks/latest.json.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from benchmarks import backfill, definitions, deltas, idle, latency, rules, webhooks
from benchmarks.figure import Figure, keep, table
from benchmarks.load import Load, memory
from benchmarks.stand import STATE, Stand, stand

GROUPS: dict[str, Callable[[Stand], list[Figure]]] = {
    "memory": memory,
    "deltas": deltas.figures,
    "rules": rules.figures,
    "definitions": definitions.figures,
    "webhooks": webhooks.figures,
    "latency": latency.figures,
    "backfill": backfill.figures,
    "idle": idle.figures,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 records against floor and COPY only")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["load", *GROUPS], action="append")
    chosen = parser.parse_args()
    records, others = (20_000, False) if chosen.quick else (200_000, True)
    wanted = chosen.only or (["load"] if chosen.quick else ["load", *GROUPS])
    STATE.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    with stand(STATE) as made:
        for name in wanted:
            if name == "load":
                figures += Load(made, records=records, rounds=chosen.rounds, others=others).figures()
            else:
                figures += GROUPS[name](made)
    print(table(figures))
    if not chosen.quick:
        keep(figures)
    return int(chosen.quick and any(figure.holds is False for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
