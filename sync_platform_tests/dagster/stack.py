"""The whole platform, started for real on free ports, and how a test looks into it; all ends with the `with` block.

The sandbox partner systems run in the test's own process, so that a test can inject faults and ask for the truth;
PostgreSQL, code server, webserver and daemon are processes of their own, as in the demo.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from psycopg.rows import dict_row

from sync_platform.declarations.partner_system import Entity, PartnerSystem, read_partner_systems
from sync_platform.landing.database import Database
from sync_platform.landing.embedded import start_embedded
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.letter_seal import new_key
from sync_platform.landing.migrate import migrate
from sync_platform.operations.dagster_home import make_dagster_home
from sync_platform.operations.demo_plan import DemoPlan
from sync_platform.operations.demo_processes import DagsterAddress, dagster_children, platform_variables
from sync_platform.operations.port import LOCAL, free_port
from sync_platform.operations.supervisor import last_lines
from sync_platform.sandbox import Sandbox
from sync_platform_tests.dagster.processes import Processes
from sync_platform_tests.dagster.webserver import FINISHED, Webserver

# Secrets that nothing else contains: where one turns up, it leaked.
SECRETS = {
    "POS_TOKEN": "canary-pos-token-7f3a",
    "SHOP_CONSUMER_KEY": "ck_canary_9b1d",
    "SHOP_CONSUMER_SECRET": "cs_canary_4e8c",
    "LEDGER_CLIENT_ID": "canary-ledger-client-2c6b",
    "LEDGER_CLIENT_SECRET": "canary-ledger-secret-d05e",
    "PAYMENTS_API_KEY": "canary-payments-key-81fa",
}
HISTORY_DAYS = 14
_POLL_SECONDS = 0.3
# The sensor daemon looks at every sensor's switch once in 5 s (Dagster 1.13).
_DAEMON_LOOP_SECONDS = 6.0
_TAIL_LINES = 25

Found = TypeVar("Found")


@dataclass(frozen=True)
class Stack:
    """A running platform. `today` is the business day of the systems in Colombo at the start."""

    web: Webserver
    sandbox: Sandbox
    database: Database
    dagster_database: Database
    systems: tuple[PartnerSystem, ...]
    processes: Processes
    state_dir: Path
    today: date

    @property
    def entities(self) -> tuple[Entity, ...]:
        return tuple(entity for system in self.systems for entity in system.entities)

    @property
    def events(self) -> tuple[Entity, ...]:
        return tuple(entity for entity in self.entities if not entity.is_state)

    def day(self, back: int) -> date:
        """The business day so many days before today."""
        return self.today - timedelta(days=back)

    def days(self, first: int, last: int) -> tuple[date, ...]:
        """The days from `first` to `last` days back, both included, newest first."""
        return tuple(self.day(back) for back in range(first, last + 1))

    def entities_today(self, address: str) -> date:
        """Today as an entity's own calendar has it."""
        (entity,) = (entity for entity in self.entities if entity.address == address)
        return entity.calendar.day_of(datetime.now(UTC))

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """What our database says."""
        with self.database.connect() as connection:
            return connection.cursor(row_factory=dict_row).execute(query.encode(), parameters).fetchall()

    def loads(self, address: str, day: date) -> list[dict[str, Any]]:
        """The loads of one entity and day, oldest first."""
        return self.rows(
            "select * from sync.load where system || '/' || entity = %s and business_day = %s order by started_at",
            address,
            day,
        )

    def state(self, address: str, day: date) -> dict[str, Any] | None:
        """Where one entity and day stands."""
        found = self.rows(
            "select * from sync.entity_day where system || '/' || entity = %s and business_day = %s", address, day
        )
        return found[0] if found else None

    def is_synced(self) -> bool:
        """Whether event entities have today and their history, state entities today, and the stock is compared."""
        whole = {
            (row["system"], row["entity"], row["business_day"])
            for row in self.rows("select system, entity, business_day from sync.entity_day where state = 'complete'")
        }
        return bool(self.rows("select 1 from sync.stock_comparison limit 1")) and all(
            (entity.system, entity.name, entity.calendar.day_of(datetime.now(UTC)) - timedelta(days=back)) in whole
            for entity in self.entities
            for back in range(1 if entity.is_state else HISTORY_DAYS + 1)
        )

    def watermark(self, address: str) -> datetime:
        """How far the change feed of an entity has been taken in."""
        rows = self.rows("select changed_until from sync.watermark where system || '/' || entity = %s", address)
        moment: datetime = rows[0]["changed_until"]
        return moment

    def wait(self, what: str, look: Callable[[], Found | None], *, seconds: float) -> Found:
        """Look until there is something; past the deadline fail with the logs' last lines."""
        deadline = time.monotonic() + seconds
        while True:
            self.processes.check()
            found = look()
            if found:
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds:.0f} s: {what}; last seen: {found!r}\n{self.diagnosis()}")
            time.sleep(_POLL_SECONDS)

    def finished(self, run_id: str, *, seconds: float = 90) -> dict[str, Any]:
        """The run once it ended."""

        def look() -> dict[str, Any] | None:
            run = self.web.run(run_id)
            return run if run["status"] in FINISHED else None

        return self.wait(f"the end of run {run_id}", look, seconds=seconds)

    def succeeded(self, run_id: str, *, seconds: float = 90) -> dict[str, Any]:
        """The run once it ended, which it must have done well."""
        run = self.finished(run_id, seconds=seconds)
        assert run["status"] == "SUCCESS", f"run {run_id}: {run['status']}\n{self.reasons(run_id)}\n{self.diagnosis()}"
        return run

    def reasons(self, run_id: str) -> str:
        """What the steps of a run failed with."""
        events = self.web.events(run_id)
        return "\n".join(str(event) for event in events if event["__typename"] == "ExecutionStepFailureEvent")

    def diagnosis(self) -> str:
        """The ends of all logs, the failed loads and the unfinished runs."""
        logs = sorted((self.state_dir / "logs").glob("*.log"))
        parts = [f"--- {log.name}\n" + "\n".join(last_lines(log, _TAIL_LINES)) for log in logs]
        failed = self.rows(
            "select system, entity, business_day, outcome, error from sync.load"
            " where error_kind is not null order by started_at desc limit 5"
        )
        parts.append("--- failed loads\n" + "\n".join(map(str, failed)))
        runs = [run for run in self.web.runs(limit=20) if run["status"] != "SUCCESS"]
        parts.append("--- runs that did not succeed\n" + "\n".join(map(str, runs)))
        return "\n".join(parts)

    def sensor_ticked(self, name: str) -> dict[str, Any]:
        """A tick of the sensor that began after now, once it ended."""
        asked_at = time.time()

        def look() -> dict[str, Any] | None:
            ticks = self.web.sensor(name)["ticks"]
            return next((tick for tick in ticks if tick["timestamp"] > asked_at and tick["status"] != "STARTED"), None)

        return self.wait(f"a tick of {name}", look, seconds=120)

    @contextmanager
    def paused(self, sensor: str) -> Iterator[None]:
        """A sensor stopped as by the UI's switch, its last tick ended; started again after."""
        self.web.stop_sensor(sensor)
        quiet_since = time.monotonic()

        def is_quiet() -> bool:
            nonlocal quiet_since
            state = self.web.sensor(sensor)
            if state["status"] != "STOPPED":
                # A tick that began before the switch writes back the state that it began with.
                self.web.stop_sensor(sensor)
            if state["status"] != "STOPPED" or any(tick["status"] == "STARTED" for tick in state["ticks"]):
                quiet_since = time.monotonic()
            return time.monotonic() - quiet_since > _DAEMON_LOOP_SECONDS

        try:
            self.wait(f"{sensor} at rest", is_quiet, seconds=90)
            yield
        finally:
            self.web.start_sensor(sensor)

    @contextmanager
    def fault(self, **fault: Any) -> Iterator[None]:
        """A fault of the sandbox for the length of a block."""
        number = self.sandbox.faults.add(**fault)
        try:
            yield
        finally:
            self.sandbox.faults.remove(number)


@contextmanager
def running_stack(state_dir: Path) -> Iterator[Stack]:
    """Start everything on free ports and end all of it, however the block is left."""
    systems = read_partner_systems()
    with ExitStack() as ending:
        postgres = start_embedded(state_dir / "postgres", own=True)
        ending.callback(postgres.stop)
        database = Database(postgres.url)
        migrate(database, [EntityTable(one.system, one.contract) for system in systems for one in system.entities])
        sandbox = Sandbox.generated(
            now=datetime.now(UTC), running=True, environment=SECRETS, drop_dir=state_dir / "drops"
        )
        ending.enter_context(sandbox)
        plan = _plan(state_dir)
        ours = platform_variables(
            plan,
            database_url=postgres.url,
            dagster_database_url=postgres.dagster_url,
            letter_keys=new_key(),
        )
        port = free_port()
        home = make_dagster_home(state_dir, code_server_port=port)
        environment = {**_inherited(os.environ, systems), **sandbox.environment, **ours}
        processes = ending.enter_context(Processes(plan.logs))
        children = dagster_children(plan, DagsterAddress(home=home, code_server_port=port, environment=environment))
        code_server, webserver, daemon = children
        processes.start(code_server)
        processes.wait_until_ready(code_server.name)
        processes.start(webserver)
        processes.start(daemon)
        processes.wait_until_ready(webserver.name, daemon.name)
        yield Stack(
            web=Webserver(f"http://{LOCAL}:{plan.port}"),
            sandbox=sandbox,
            database=database,
            dagster_database=Database(postgres.dagster_url),
            systems=systems,
            processes=processes,
            state_dir=state_dir,
            today=systems[0].declaration.calendar.day_of(datetime.now(UTC)),
        )


def _inherited(environment: Mapping[str, str], systems: Sequence[PartnerSystem]) -> dict[str, str]:
    """This process's environment without real credentials, and without what would slow every child's imports."""
    unwanted = {name for system in systems for name in system.declaration.variables} | {"PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in environment.items() if name not in unwanted}


def _plan(state_dir: Path) -> DemoPlan:
    return DemoPlan(
        state_dir=state_dir,
        port=free_port(),
        days=HISTORY_DAYS,
        data="generated",
        timeout=timedelta(minutes=5),
        database_url=None,
        dagster_database_url=None,
    )
