"""The processes that the demo starts: the sandbox, the gateway, and Dagster's code server, webserver and daemon."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.operations.child import Child, answers_http, answers_tcp, at_once, printed_line
from sync_platform.operations.dagster_home import CODE_LOCATION, DagsterHome
from sync_platform.operations.demo_plan import DemoPlan
from sync_platform.operations.port import LOCAL, is_free
from sync_platform.settings import DAGSTER_DATABASE_URL, DATABASE_URL, LETTER_KEYS, STATE_DIR, sqlalchemy_url

SANDBOX, GATEWAY, CODE_SERVER, WEBSERVER, DAEMON = "sandbox", "gateway", "code-server", "webserver", "daemon"
# The sandbox's own defaults, so that documented examples hold; any free port where one is taken.
_SANDBOX_PORTS = {"control": 9100, "pos": 9101, "shop": 9102, "ledger": 9103, "payments": 9104}


@dataclass(frozen=True)
class DagsterAddress:
    """What the Dagster processes are told: databases, home and the partner systems' variables."""

    home: DagsterHome
    code_server_port: int
    environment: Mapping[str, str]


def sandbox_child(
    plan: DemoPlan, environment: Mapping[str, str], *, systems: tuple[PartnerSystem, ...], gateway_port: int
) -> Child:
    """The sandbox. It gets none of the partner systems' variables: it would take real credentials for its own."""
    ports = [f"--{name}-port={port if is_free(port) else 0}" for name, port in _SANDBOX_PORTS.items()]
    folder = plan.state_dir / "sandbox"
    partner_variables = {name for system in systems for name in system.declaration.variables}
    partner_variables |= {
        name for system in systems for webhook in system.declaration.webhooks for name in webhook.secrets_env
    }
    return Child(
        name=SANDBOX,
        command=(
            sys.executable,
            "-m",
            "sync_platform.sandbox",
            f"--data={plan.data}",
            f"--state-dir={folder}",
            f"--webhooks-url=http://{LOCAL}:{gateway_port}",
            f"--drop-dir={plan.state_dir / 'drops'}",
            *ports,
        ),
        environment={name: value for name, value in environment.items() if name not in partner_variables},
        ready=printed_line(lambda line: sandbox_ready(line) is not None),
    )


def gateway_child(environment: Mapping[str, str], *, port: int) -> Child:
    """The gateway, which takes in what the sandbox tells."""
    return Child(
        name=GATEWAY,
        command=(sys.executable, "-m", "sync_platform.cli.main", "gateway", "--host", LOCAL, "--port", str(port)),
        environment={**environment, "PYTHONPATH": _python_path(environment)},
        ready=answers_http(f"http://{LOCAL}:{port}/healthz"),
    )


def sandbox_ready(line: str) -> dict[str, Any] | None:
    """The sandbox's ready line, or None for any other line."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) and said.get("ready") is True else None


def sandbox_variables(lines: list[str]) -> dict[str, str]:
    """The partner systems' variables from what the sandbox printed."""
    for line in lines:
        said = sandbox_ready(line)
        if said is not None:
            return {str(name): str(value) for name, value in said["environment"].items()}
    raise LookupError("the sandbox printed no ready line")


def platform_variables(
    plan: DemoPlan, *, database_url: str, dagster_database_url: str, letter_keys: str
) -> dict[str, str]:
    """What every process of the platform is told about its databases, its folder and the keys of dead letters."""
    return {
        DATABASE_URL: database_url,
        # A bare postgresql:// makes SQLAlchemy 2.1 choose psycopg 3, with which Dagster loses run events.
        DAGSTER_DATABASE_URL: sqlalchemy_url(dagster_database_url, driver="psycopg2"),
        STATE_DIR: str(plan.state_dir),
        LETTER_KEYS: letter_keys,
    }


def dagster_children(plan: DemoPlan, address: DagsterAddress) -> tuple[Child, Child, Child]:
    """Code server, webserver and daemon, in the order of their start."""
    environment = {
        **address.environment,
        "DAGSTER_HOME": str(address.home.folder),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": _python_path(address.environment),
    }
    workspace = ("-w", str(address.home.workspace))
    port = str(address.code_server_port)
    code_server = Child(
        name=CODE_SERVER,
        command=_dagster(
            "dagster",
            *("api", "grpc", "-m", "sync_platform.definitions", "--host", LOCAL, "--port", port),
            *("--location-name", CODE_LOCATION, "--use-python-environment-entry-point", "--log-level", "warning"),
        ),
        environment=environment,
        ready=answers_tcp(LOCAL, address.code_server_port),
    )
    webserver = Child(
        name=WEBSERVER,
        command=_dagster("dagster_webserver", *workspace, "-h", LOCAL, "-p", str(plan.port)),
        environment=environment,
        ready=answers_http(f"http://{LOCAL}:{plan.port}/server_info"),
    )
    daemon = Child(
        name=DAEMON,
        command=_dagster("dagster._daemon", "run", *workspace),
        environment=environment,
        ready=at_once,
    )
    return code_server, webserver, daemon


def write_variables(file: Path, variables: Mapping[str, str]) -> None:
    """Write `export` lines for another terminal, readable by this user only."""
    import shlex

    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items())]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _dagster(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


def _python_path(environment: Mapping[str, str]) -> str:
    """The folder that our package was imported from, for when it is used without being installed."""
    ours = str(Path(__file__).resolve().parents[2])
    given = environment.get("PYTHONPATH", "")
    return f"{ours}:{given}" if given else ours
