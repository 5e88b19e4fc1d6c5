"""What a platform uses while hardly anything happens: `python -m benchmarks.idle FOLDER MINUTES`.

Run from a source tree of its own in which each system of the demo is declared three times, so that 21 entities are
polled; the sandbox goes on selling, as a retailer does. Prints what was seen at the end of each minute.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figure import Figure
from benchmarks.running import Running, running
from benchmarks.stand import ROOT, STATE, Stand
from sync_platform.landing.database import Database

COPIES = 3
# Great Expectations is imported and the caches are warm after this many minutes.
WARM_MINUTES = 5
_SIZES = """
select format('%s.%s', n.nspname, c.relname), pg_total_relation_size(c.oid)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname in ('sync', 'landing', 'stage', 'public')
"""
_COMMITS = "select sum(xact_commit)::bigint from pg_stat_database where datname is not null"
_CONNECTIONS = "select count(*) from pg_stat_activity where backend_type = 'client backend'"


def declare_copies(folder: Path) -> Path:
    """A source tree below `folder` in which each partner system exists COPIES times, on the same sandbox."""
    source = folder / "source"
    shutil.rmtree(source, ignore_errors=True)
    for name in ("sync_platform", "benchmarks"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dagster.yaml", "workspace.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, source / name)
    defs = source / "sync_platform" / "defs"
    for declared in sorted(defs.glob("*/contracts")):
        system = declared.parent.name
        for number in range(2, COPIES + 1):
            copy = defs / f"{system}_{number}"
            shutil.copytree(declared.parent, copy)
            _replace(copy / "defs.yaml", f"system: {system}", f"system: {system}_{number}")
            for contract in (copy / "contracts").glob("*.yaml"):
                _replace(contract, f"id: {system}-", f"id: {system}-{number}-")
    return source


def measure_idle(folder: Path, *, minutes: int) -> list[dict[str, Any]]:
    """Run this module from a tree of copies; what it printed, one entry a minute."""
    source = declare_copies(folder)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.idle", str(folder / "platform"), str(minutes)],
        cwd=source,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit("the idle platform ended early; what it said stands above")
    return [json.loads(line) for line in done.stdout.splitlines()]


def figures(_: Stand) -> list[Figure]:
    """Half an hour in which hardly anything happens."""
    seen = measure_idle(STATE / "idle", minutes=30)
    first, last = seen[0], seen[-1]
    minutes = (last["at"] - first["at"]) / 60
    told = [Figure("entities polled", last["entities"], "entities")]
    for part in last["usage"]:
        seconds = last["usage"][part]["cpu_seconds"] - first["usage"][part]["cpu_seconds"]
        told.append(Figure(f"idle {part}, CPU", round(seconds / minutes, 2), "s a minute"))
    for name, what in (("requests", "requests to partners"), ("transactions", "database transactions")):
        told.append(Figure(f"idle, {what}", round((last[name] - first[name]) / minutes, 1), "a minute"))
    for part in last["usage"]:
        for name, unit in (("memory_mb", "MB"), ("open_files", "files")):
            told += _flat(f"idle {part}, {name.partition('_mb')[0].replace('_', ' ')}", unit,
                          [one["usage"][part][name] for one in seen])  # fmt: skip
    told += _flat("idle, database connections", "connections", [one["connections"] for one in seen])
    growth = {name: size - first["bytes"].get(name, 0) for name, size in last["bytes"].items()}
    for name, size in sorted(growth.items(), key=lambda item: -item[1]):
        if size:
            told.append(Figure(f"idle growth of {name}", round(size / minutes * 1440 / 1e6, 2), "MB a day"))
    return told


def _flat(name: str, unit: str, values: list[float]) -> list[Figure]:
    third = len(values) // 3
    growth = median(values[-third:]) / median(values[:third])
    return [
        Figure(name, values[-1], unit),
        Figure(f"{name}, last ten minutes / first ten", round(growth, 2), "times", 1.1),
    ]


def look(platform: Running) -> dict[str, Any]:
    """Everything that should be flat or bounded, now."""
    requests = platform.control("GET", "/requests")["counts"]
    return {
        "at": time.time(),
        "entities": sum(len(system.entities) for system in platform.systems),
        "usage": {part: asdict(usage) for part, usage in platform.usage().items() if part != "sandbox"},
        "requests": sum(count for paths in requests.values() for count in paths.values()),
        "transactions": _number(platform.database, _COMMITS),
        "connections": _number(platform.database, _CONNECTIONS),
        "bytes": {**_sizes(platform.database), **_sizes(platform.dagster), **_files(platform.state_dir)},
    }


def _number(database: Database, query: Any) -> int:
    with database.connect() as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _sizes(database: Database) -> dict[str, int]:
    with database.connect() as connection:
        return {str(name): int(size) for name, size in connection.execute(_SIZES)}


def _files(state_dir: Path) -> dict[str, int]:
    return {
        f"{folder}/": sum(file.stat().st_size for file in (state_dir / folder).rglob("*") if file.is_file())
        for folder in ("logs", "dagster", "reports")
    }


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    if old not in text:
        raise SystemExit(f"{file} does not hold {old!r}")
    file.write_text(text.replace(old, new))


def main(folder: str, minutes: str) -> None:
    with running(Path(folder)) as platform:
        time.sleep(60 * WARM_MINUTES)
        for _ in range(int(minutes) + 1):
            print(json.dumps(look(platform)), flush=True)
            time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
