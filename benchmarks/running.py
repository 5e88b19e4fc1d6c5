"""A whole platform as the demo runs it, in a folder of its own, and what its processes use: figures through Dagster."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from sync_platform.clock import SystemClock
from sync_platform.declarations.partner_system import PartnerSystem, read_partner_systems
from sync_platform.landing.database import Database
from sync_platform.operations.demo_plan import DemoPlan, demo_targets
from sync_platform.operations.demo_processes import SANDBOX, sandbox_variables
from sync_platform.operations.demo_run import open_demo_databases, run_platform
from sync_platform.operations.demo_watch import watch_sync
from sync_platform.operations.port import free_port
from sync_platform.operations.state_lock import hold_state_dir
from sync_platform.operations.supervisor import Supervisor

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# How a child of ours is told by its command line; the sandbox is the partner and counts for nothing.
_PARTS = {
    "dagster._daemon": "daemon",
    "dagster_webserver": "webserver",
    "grpc": "code server",
    "sync_platform.sandbox": "sandbox",
    "postgres": "database",
}


@dataclass(frozen=True)
class Usage:
    """What one part of the platform uses, with all of its processes: CPU seconds since its start, MB, open files."""

    cpu_seconds: float
    memory_mb: float
    open_files: int


@dataclass(frozen=True)
class Running:
    """A platform that runs and is through its first sync."""

    database: Database
    dagster: Database
    ui: str
    control_url: str
    variables: Mapping[str, str]
    systems: tuple[PartnerSystem, ...]
    state_dir: Path
    supervisor: Supervisor

    def control(self, method: str, path: str, body: object = None) -> Any:
        """What the sandbox's control server answers."""
        return _loopback(method, f"{self.control_url}{path}", body)

    def graphql(self, query: str, **variables: object) -> dict[str, Any]:
        """The `data` of the webserver's answer."""
        answer = _loopback("POST", f"{self.ui}/graphql", {"query": query, "variables": variables})
        if "errors" in answer:
            raise SystemExit(f"Dagster's webserver refused: {answer['errors']}")
        return dict(answer["data"])

    def usage(self) -> dict[str, Usage]:
        """What each part uses now; a process that ended is counted with the one that started it."""
        of_parent: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (stat := _stat(int(entry.name))):
                of_parent.setdefault(int(stat[1]), []).append(int(entry.name))
        found = {}
        for child in of_parent.get(os.getpid(), []):
            part = _part(child)
            if part is not None:
                family = _family(child, of_parent)
                found[part] = Usage(
                    cpu_seconds=sum(_cpu_seconds(pid) for pid in family),
                    memory_mb=round(sum(_memory_kb(pid) for pid in family) / 1024, 1),
                    open_files=sum(_open_files(pid) for pid in family),
                )
        return found


@contextmanager
def running(folder: Path, *, history_ended: bool = False) -> Iterator[Running]:
    """The demo on real retail data, through with its first 14 days. What an earlier one left in the folder is removed.

    `history_ended`: all 365 days of the data are past, instead of up to 60 days before their end.
    """
    _empty(folder)
    plan = DemoPlan(
        state_dir=folder,
        port=free_port(),
        days=14,
        data="completejourney",
        timeout=timedelta(minutes=20),
        database_url=None,
        dagster_database_url=None,
    )
    if history_ended:
        _end_history(folder / "sandbox")
    systems = read_partner_systems()
    with open_demo_databases(plan, systems, say=_quiet) as databases:
        started_at = datetime.now(UTC)
        with run_platform(plan, systems, databases=databases, environment=os.environ, say=_quiet) as demo:
            supervisor = demo.supervisor
            watched = watch_sync(
                databases.database,
                demo_targets(systems, now=started_at, days=0 if history_ended else plan.days),
                since=started_at,
                timeout=plan.timeout,
                clock=SystemClock(),
                check=supervisor.check,
                show=lambda _: None,
            )
            if watched.timed_out:
                raise SystemExit(f"the platform was not through its first sync after {plan.timeout}; see {plan.logs}")
            variables = sandbox_variables(supervisor.lines(SANDBOX))
            yield Running(
                database=databases.database,
                dagster=Database(databases.dagster_url),
                ui=plan.local_ui,
                control_url=variables["SANDBOX_CONTROL_URL"],
                variables=variables,
                systems=systems,
                state_dir=folder,
                supervisor=supervisor,
            )


def _empty(folder: Path) -> None:
    """Remove what an earlier platform left; not under the feet of one that runs."""
    with hold_state_dir(folder):
        for entry in folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != "demo.lock":
                entry.unlink()


def _end_history(folder: Path) -> None:
    """Anchor the sandbox's data so that their last day was yesterday (see sandbox/anchor.py)."""
    from sync_platform.sandbox.anchor import shift_days
    from sync_platform.sandbox.complete_journey import complete_journey

    columns = complete_journey(folder)
    shift = shift_days(columns, now=datetime.now(UTC), state_dir=None) - columns.days_after_now - 1
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{columns.name}-anchor.json").write_text(json.dumps({"shift_days": shift}))


def _quiet(_: str) -> None:
    pass


def _loopback(method: str, url: str, body: object) -> Any:
    with requests.Session() as session:
        # A proxy of this machine is not meant for its own loopback address.
        session.trust_env = False
        answer = session.request(method, url, json=body, timeout=60)
    answer.raise_for_status()
    return answer.json()


def _part(pid: int) -> str | None:
    command = _read(f"/proc/{pid}/cmdline").replace("\0", " ")
    return next((part for words, part in _PARTS.items() if words in command), None)


def _family(pid: int, of_parent: Mapping[int, list[int]]) -> list[int]:
    return [pid, *(one for child in of_parent.get(pid, []) for one in _family(child, of_parent))]


def _stat(pid: int) -> list[str]:
    """The fields after the command's name, which may hold spaces: state, parent, …"""
    return _read(f"/proc/{pid}/stat").rpartition(") ")[2].split()


def _cpu_seconds(pid: int) -> float:
    stat = _stat(pid)
    return sum(int(ticks) for ticks in stat[11:15]) / TICKS_A_SECOND if stat else 0.0


def _memory_kb(pid: int) -> int:
    """Shared pages are shared out among those that share them."""
    found = [line for line in _read(f"/proc/{pid}/smaps_rollup").splitlines() if line.startswith("Pss:")]
    return int(found[0].split()[1]) if found else 0


def _open_files(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0


def _read(path: str) -> str:
    """A process may end while we look."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""
