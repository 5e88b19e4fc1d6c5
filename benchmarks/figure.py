"""A measured value beside its bar; the table of docs/benchmarks.md and benchmarks/latest.json are made of them."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

LATEST = Path(__file__).parent / "latest.json"


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


def table(figures: Iterable[Figure]) -> str:
    """The figures as Markdown."""
    lines = ["| figure | measured | bar | holds |", "| --- | ---: | ---: | --- |"]
    for figure in figures:
        bar = "" if figure.bar is None else f"{'≥' if figure.at_least else '≤'} {figure.bar:g}"
        holds = {None: "", True: "yes", False: "no"}[figure.holds]
        lines.append(f"| {figure.name} | {figure.value:g} {figure.unit} | {bar} | {holds} |")
    return "\n".join(lines)


def keep(figures: Iterable[Figure]) -> None:
    """Write them to latest.json; figures of other names that were measured earlier stay, with their own time."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    kept: dict[str, dict[str, Any]] = {}
    if LATEST.exists():
        kept = {one["name"]: one for one in json.loads(LATEST.read_text())["figures"]}
    for figure in figures:
        kept[figure.name] = {**asdict(figure), "holds": figure.holds, "measured_at": now}
    told = {
        "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "psycopg": version("psycopg"),
        "dagster": version("dagster"),
        "figures": list(kept.values()),
    }
    LATEST.write_text(json.dumps(told, indent=2) + "\n")
