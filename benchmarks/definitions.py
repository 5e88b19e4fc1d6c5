"""What it takes to load the definitions of many systems: `python -m benchmarks.definitions SYSTEMS ENTITIES`.

The time and memory of the whole process, imports included, as a code server has them. Check and sensor code is loaded
by their first use and not counted.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure
from benchmarks.measured import measured
from benchmarks.stand import Stand

DECLARED = Path(__file__).parent / "declared"
PROJECT = """\
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "many_systems"
"""


def declare(project: Path, *, systems: int, entities: int) -> Path:
    """Write a project with so many systems; its package folder."""
    package = project / "many_systems"
    package.mkdir(parents=True)
    (project / "pyproject.toml").write_text(PROJECT)
    (package / "__init__.py").touch()
    contract = (DECLARED / "contracts" / "sales.yaml").read_text()
    head, entity = (DECLARED / "defs.yaml").read_text().split("    - contract: contracts/sales.yaml\n")
    for number in range(systems):
        folder = package / "defs" / f"system_{number}"
        (folder / "contracts").mkdir(parents=True)
        listed = [f"    - contract: contracts/sales_{one}.yaml\n{entity}" for one in range(entities)]
        named = head.replace("system: journey", f"system: system_{number}").replace("JOURNEY", f"SYSTEM_{number}")
        (folder / "defs.yaml").write_text(named + "".join(listed))
        for one in range(entities):
            text = contract.replace("id: journey-sales", f"id: system-{number}-sales-{one}")
            (folder / "contracts" / f"sales_{one}.yaml").write_text(
                text.replace("- name: sales", f"- name: sales_{one}")
            )
    return package


def figures(made: Stand) -> list[Figure]:
    """Loading 60 systems of 10 entities, imports included."""
    told = [made.run("benchmarks.definitions", "60", "10") for _ in range(3)]
    return [
        Figure("definitions of 60 systems, 600 entities", round(median(one["seconds"] for one in told), 2), "s", 5),
        Figure("the same, peak memory", max(one["peak_mb"] for one in told), "MB", 250),
    ]


def main(systems: str, entities: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        package = declare(Path(folder), systems=int(systems), entities=int(entities))
        sys.path.insert(0, folder)
        with measured() as found:
            from sync_platform.definitions import load_declared

            defs = load_declared(package)
            found["assets"] = len(list(defs.resolve_all_asset_specs()))


if __name__ == "__main__":
    main(*sys.argv[1:])
