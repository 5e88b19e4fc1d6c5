"""The demo from an empty folder to a running platform: database, migrations, sandbox, gateway, Dagster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from sync_platform.clock import SystemClock
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.landing.database import Database
from sync_platform.landing.embedded import FOLDER, start_embedded
from sync_platform.landing.entity_table import EntityTable
from sync_platform.operations.contract_history import contract_versions
from sync_platform.operations.dagster_home import make_dagster_home
from sync_platform.operations.demo_login import DemoLogin, demo_login
from sync_platform.operations.demo_plan import DemoPlan
from sync_platform.operations.demo_processes import (
    CODE_SERVER,
    DAEMON,
    GATEWAY,
    SANDBOX,
    WEBSERVER,
    DagsterAddress,
    dagster_children,
    gateway_child,
    platform_variables,
    sandbox_child,
    sandbox_variables,
    write_variables,
)
from sync_platform.operations.letter_keys import demo_letter_keys
from sync_platform.operations.port import LOCAL, free_port, is_free, require_free_port
from sync_platform.operations.state_lock import hold_state_dir
from sync_platform.operations.supervisor import Supervisor
from sync_platform.operations.unfinished_runs import cancel_runs, find_unfinished_runs
from sync_platform.settings import DAGSTER_DATABASE_URL, DATABASE_URL, LETTER_KEYS

Say = Callable[[str], None]
# The gateway's own default, so that documented examples hold.
_GATEWAY_PORT = 3020


@dataclass(frozen=True)
class DemoDatabases:
    """Both databases as libpq URLs, migrated. `embedded`: Dagster's storage is the demo's own and nobody else's."""

    database: Database
    dagster_url: str
    embedded: bool


@dataclass(frozen=True)
class RunningDemo:
    """What runs. `login` is the one to the gateway's `pages`; None in a database that is not the demo's own."""

    supervisor: Supervisor
    pages: str
    login: DemoLogin | None


@contextmanager
def open_demo_databases(plan: DemoPlan, systems: tuple[PartnerSystem, ...], *, say: Say) -> Iterator[DemoDatabases]:
    """Hold the state folder, open or start the databases and migrate ours.

    Raises LandingConflict when another demo has the folder, PortTaken before anything is started, LandingUnavailable.
    """
    # SQLAlchemy and Alembic: 0.5 s to import.
    from sync_platform.landing.migrate import migrate

    with ExitStack() as stack:
        stack.enter_context(hold_state_dir(plan.state_dir))
        require_free_port(plan.port, purpose="the Dagster UI", remedy=f"End that one, or pass --port {plan.port + 1}.")
        if plan.database_url is None:
            say("starting the embedded PostgreSQL")
            server = start_embedded(plan.state_dir / FOLDER, own=True)
            stack.callback(server.stop)
            databases = DemoDatabases(Database(server.url), server.dagster_url, embedded=True)
        else:
            # Without one of its own, Dagster's tables go beside ours: they are in the schema `public`, ours are not.
            dagster_url = plan.dagster_database_url or plan.database_url
            databases = DemoDatabases(Database(plan.database_url), dagster_url, embedded=False)
        tables = [EntityTable(system.name, entity.contract) for system in systems for entity in system.entities]
        for words in migrate(databases.database, tables, versions=contract_versions(systems)):
            say(words)
        yield databases


@contextmanager
def run_platform(
    plan: DemoPlan,
    systems: tuple[PartnerSystem, ...],
    *,
    databases: DemoDatabases,
    environment: Mapping[str, str],
    say: Say,
) -> Iterator[RunningDemo]:
    """Start sandbox, gateway and Dagster and keep them until the block is left, however that happens.

    Raises ChildDied for the one that did not start.
    """
    with ExitStack() as stack:
        supervisor = stack.enter_context(Supervisor(plan.logs))
        say(f"starting the sandbox partner systems ({plan.data})")
        gateway_port = _GATEWAY_PORT if is_free(_GATEWAY_PORT) else free_port()
        supervisor.start(sandbox_child(plan, environment, systems=systems, gateway_port=gateway_port))
        supervisor.wait_until_ready(SANDBOX)
        partners = sandbox_variables(supervisor.lines(SANDBOX))
        ours = platform_variables(
            plan,
            database_url=databases.database.url,
            dagster_database_url=databases.dagster_url,
            letter_keys=demo_letter_keys(plan.state_dir, environment),
        )
        stack.callback(plan.variables_file.unlink, missing_ok=True)
        write_variables(
            plan.variables_file, _shareable(partners, ours, databases, own_keys=bool(environment.get(LETTER_KEYS)))
        )
        pages = f"http://{LOCAL}:{gateway_port}"
        say(f"starting the gateway for webhooks and pages at {pages}")
        # A database of somebody's own gets no user that nobody asked for.
        login = demo_login(plan.state_dir, databases.database, now=SystemClock().now()) if databases.embedded else None
        supervisor.start(gateway_child({**environment, **partners, **ours}, port=gateway_port))
        supervisor.wait_until_ready(GATEWAY)
        say("starting Dagster: code server, webserver, daemon")
        port = free_port()
        address = DagsterAddress(
            home=make_dagster_home(plan.state_dir, code_server_port=port),
            code_server_port=port,
            environment={**environment, **partners, **ours},
        )
        code_server, webserver, daemon = dagster_children(plan, address)
        supervisor.start(code_server)
        supervisor.wait_until_ready(CODE_SERVER)
        unfinished = find_unfinished_runs(databases.dagster_url) if databases.embedded else []
        supervisor.start(webserver)
        if unfinished:
            # Before the daemon's first look at them.
            supervisor.wait_until_ready(WEBSERVER)
            say(f"ending {len(unfinished)} runs that an earlier demo left unfinished")
            cancel_runs(plan.local_ui, unfinished)
        supervisor.start(daemon)
        supervisor.wait_until_ready(WEBSERVER, DAEMON)
        yield RunningDemo(supervisor, pages, login)


def _shareable(
    partners: Mapping[str, str], ours: Mapping[str, str], databases: DemoDatabases, *, own_keys: bool
) -> dict[str, str]:
    """What another terminal may read from a file: URLs and keys that the user gave us stay out."""
    secret: tuple[str, ...] = () if databases.embedded else (DATABASE_URL, DAGSTER_DATABASE_URL)
    if own_keys:
        secret = (*secret, LETTER_KEYS)
    return {name: value for name, value in {**partners, **ours}.items() if name not in secret}
