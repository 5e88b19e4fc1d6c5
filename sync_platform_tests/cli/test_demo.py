"""`demo` says what stands in its way before it starts anything, and does all of it when nothing does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sync_platform.access.password import FEWEST_CHARACTERS, Passwords
from sync_platform.cli.answer import print_object
from sync_platform.cli.demo import _plan
from sync_platform.cli.demo_report import show_summary, summary_object
from sync_platform.declarations import partner_system
from sync_platform.declarations.partner_system import read_partner_system, read_partner_systems
from sync_platform.freshness.failed_rules import FailedRule
from sync_platform.landing.database import Database
from sync_platform.landing.embedded import start_embedded
from sync_platform.landing.users import require_user, set_password
from sync_platform.operations.demo_login import PASSWORD_FILE, DemoLogin, demo_login
from sync_platform.operations.demo_plan import DemoPlan, LeftOut
from sync_platform.operations.demo_run import RunningDemo
from sync_platform.operations.demo_summary import DemoSummary, EntitySummary
from sync_platform.operations.port import free_port
from sync_platform.operations.state_lock import hold_state_dir
from sync_platform.operations.supervisor import Supervisor
from sync_platform.settings import sqlalchemy_url
from sync_platform_tests.cli.said import Command
from sync_platform_tests.operations.place import remove_place

ROOT = Path(__file__).parents[2]
COLOMBO = ZoneInfo("Asia/Colombo")
WAREHOUSE = read_partner_system(ROOT / "sync_platform_tests" / "fifth_dialect")


@pytest.fixture
def plan(tmp_path: Path) -> DemoPlan:
    return DemoPlan(
        state_dir=tmp_path / "state",
        port=3000,
        days=1,
        data="generated",
        timeout=timedelta(minutes=20),
        database_url=None,
        dagster_database_url=None,
    )


def summary_of(*entities: EntitySummary) -> DemoSummary:
    """A demo that is through with these entities."""
    return DemoSummary(
        entities=entities,
        missing=(),
        failed=(),
        left_out=(),
        seconds=90.0,
        seconds_to_first_rows=20.0,
        changed=True,
        already_complete_days=0,
        compared=10,
        timed_out=False,
    )


def test_a_taken_port_is_one_line_with_the_remedy_and_nothing_is_started(command: Command, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = command("demo", "--once", "--port", str(port))
    assert said.code == 1
    assert f"port {port} for the Dagster UI is taken by another process." in said.line
    assert f"or pass --port {port + 1}." in said.line
    assert sorted(path.name for path in (tmp_path / "state").iterdir()) == ["demo.lock"]


def test_a_second_demo_on_one_state_folder_is_told_so(command: Command, tmp_path: Path) -> None:
    with hold_state_dir(tmp_path / "state"):
        said = command("demo", "--once", "--port", str(free_port()))
    assert said.code == 1
    assert f"another demo (process {os.getpid()}) is running on {tmp_path / 'state'}." in said.line


def test_with_json_the_refusal_is_one_object(command: Command, tmp_path: Path) -> None:
    with hold_state_dir(tmp_path / "state"):
        said = command("demo", "--once", "--json", "--port", str(free_port()))
    assert said.object["ok"] is False
    assert said.object["error"]["kind"] == "conflict"


def test_a_system_without_its_variables_is_named_before_anything_is_started(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partner_system, "read_partner_systems", lambda: (*read_partner_systems(), WAREHOUSE))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        said = command("demo", "--once", "--port", str(other.getsockname()[1]))
    left_out, refusal = said.err.splitlines()
    assert left_out.startswith("wms is left out: not set in the environment: WMS_BASE_URL, WMS_USER, WMS_PASSWORD.")
    assert "is taken by another process" in refusal


def test_what_was_left_out_is_in_the_summary_and_nothing_else_depends_on_it(
    plan: DemoPlan, capsys: pytest.CaptureFixture[str]
) -> None:
    without = summary_of()
    summary = replace(without, left_out=(LeftOut("wms", ("WMS_USER",)),))

    show_summary(summary, plan, zone=COLOMBO, running=None)
    print_object(summary_object(summary, plan, running=None))

    *table, answer = capsys.readouterr().out.splitlines()
    assert "wms is left out: not set in the environment: WMS_USER." in "\n".join(table)
    assert json.loads(answer)["left_out"] == [{"system": "wms", "missing": ["WMS_USER"]}]
    assert summary.ok
    assert without.ok


def test_what_runs_is_told_with_the_login_to_its_pages(
    plan: DemoPlan, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with Supervisor(tmp_path / "logs") as supervisor:
        running = RunningDemo(supervisor, "http://127.0.0.1:3020", DemoLogin("demo", "six random words"))

        show_summary(summary_of(), plan, zone=COLOMBO, running=running)
        print_object(summary_object(summary_of(), plan, running=running))

    *told, answer = capsys.readouterr().out.splitlines()
    assert told[-2:] == [
        "dead letters, deliveries, traces: http://127.0.0.1:3020",
        "log in there as demo with the password six random words",
    ]
    said = json.loads(answer)
    assert said["pages"] == "http://127.0.0.1:3020"
    assert said["login"] == {"name": "demo", "password": "six random words"}


def test_the_demos_password_is_made_at_random_once_and_a_chosen_one_is_left_alone(
    database: Database, tmp_path: Path
) -> None:
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    first = demo_login(tmp_path, database, now=now)
    assert first.password is not None
    assert len(first.password) >= FEWEST_CHARACTERS
    assert (tmp_path / PASSWORD_FILE).stat().st_mode & 0o777 == 0o600
    assert demo_login(tmp_path, database, now=now).password == first.password
    with database.connect() as connection:
        set_password(connection, require_user(connection, "demo"), Passwords().hash("another one of my own"))
    assert demo_login(tmp_path, database, now=now).password is None


def test_warnings_are_shown_apart_from_what_blocks_with_the_rules_names(
    plan: DemoPlan, capsys: pytest.CaptureFixture[str]
) -> None:
    sales = EntitySummary(
        system="pos",
        entity="sales",
        days=15,
        days_wanted=15,
        rows=1000,
        dead_letters=0,
        as_of=None,
        checks_passed=358,
        checks_failed=17,
        blocking_failed=0,
        failed_rules=(FailedRule("product_in_catalogue", False),) * 17,
    )
    summary = summary_of(sales, replace(sales, entity="stock_levels", checks_failed=0, failed_rules=()))

    show_summary(summary, plan, zone=COLOMBO, running=None)
    print_object(summary_object(summary, plan, running=None))

    _, first, second, *_, answer = capsys.readouterr().out.splitlines()
    assert first.split("358")[1].strip() == "17 warnings (product_in_catalogue), none blocking"
    assert second.split("358")[1].strip() == "none"
    (told, _) = json.loads(answer)["entities"]
    assert (told["warning_rules"], told["blocking_rules"]) == (["product_in_catalogue"], [])


def test_the_terminal_of_an_ended_demo_starts_the_demos_own_database_again(
    tmp_path: Path, environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    server = start_embedded(state / "postgres", own=True)
    server.stop()
    monkeypatch.setenv("SYNC_PLATFORM_DATABASE_URL", server.url)
    monkeypatch.setenv("SYNC_PLATFORM_DAGSTER_DATABASE_URL", sqlalchemy_url(server.dagster_url, driver="psycopg2"))

    plan = _plan(port=3000, days=1, data="generated", folder=None, timeout="20m")

    assert (plan.database_url, plan.dagster_database_url) == (None, None)
    remove_place(state / "postgres")


def processes_of(state: Path) -> dict[int, str]:
    """The demo's processes: those that name its folder, or its database's, in their arguments or environment."""
    location = state / "postgres" / "location"
    places = [str(state).encode(), *([location.read_text().strip().encode()] if location.exists() else [])]
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            arguments, environment = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
        if any(place in arguments or place in environment for place in places):
            found[int(process.name)] = arguments.replace(b"\0", b" ").decode(errors="replace")
    return found


def demo(state: Path, *arguments: str) -> subprocess.Popen[str]:
    partners = ("POS_", "SHOP_", "LEDGER_", "PAYMENTS_", "SYNC_PLATFORM_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(partners)}
    command = ["demo", "--data", "generated", "--state-dir", str(state), "--port", str(free_port()), *arguments]
    return subprocess.Popen(
        [sys.executable, "-m", "sync_platform.cli.main", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, "PYTHONPATH": str(ROOT)},
        cwd=state.parent,
        start_new_session=True,
    )


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "demo"
    yield folder
    remove_place(folder / "postgres")


@pytest.mark.slow
def test_from_an_empty_folder_to_synced_and_the_second_run_changes_nothing(state: Path) -> None:
    process = demo(state, "--once", "--json", "--days", "3", "--timeout", "10m")
    out, err = process.communicate(timeout=700)
    answer = json.loads(out)

    assert process.returncode == 0, err
    assert answer["ok"] is True
    assert answer["changed"] is True
    entities = {(one["system"], one["entity"]): one for one in answer["entities"]}
    assert {key: one["days"] for key, one in entities.items()} == {
        ("bank", "statement_lines"): 4,
        ("ledger", "entries"): 4,
        ("legacy_erp", "stock"): 1,
        ("payments", "payments"): 4,
        ("payments", "payouts"): 4,
        ("pos", "sales"): 4,
        ("pos", "stock_levels"): 1,
        ("pos", "customers"): 1,
        ("shop", "orders"): 4,
        ("shop", "listings"): 1,
        ("shop", "customers"): 1,
    }
    assert all(one["as_of"] for one in entities.values())
    assert entities["pos", "sales"]["dead_letters"] > 0
    assert entities["pos", "sales"]["checks_passed"] > 0
    assert processes_of(state) == {}

    again = demo(state, "--once", "--json", "--days", "3")
    out, err = again.communicate(timeout=120)
    second = json.loads(out)
    assert again.returncode == 0, err
    assert (second["changed"], second["already_complete_days"]) == (False, 29)
    assert [one["rows"] for one in second["entities"]] == [one["rows"] for one in answer["entities"]]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only /proc tells which processes are the demo's")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whichever_way_the_demo_ends_no_process_is_left(state: Path, number: signal.Signals) -> None:
    process = demo(state, "--days", "0", "--no-open")
    assert process.stderr is not None
    for line in process.stderr:
        if "syncing: today first" in line:
            break
    started = processes_of(state)
    for expected in (
        "cli.main demo",
        "sync_platform.sandbox",
        "api grpc",
        "dagster_webserver",
        "dagster._daemon",
        "postgres",
    ):
        assert any(expected in line for line in started.values()), (expected, started)

    process.send_signal(number)
    process.communicate(timeout=90)

    deadline = time.monotonic() + 60
    while processes_of(state) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert processes_of(state) == {}


def test_the_environments_database_is_used_and_another_ones_runs_are_left_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNC_PLATFORM_DAGSTER_DATABASE_URL", "postgresql+psycopg2://me@localhost/dagster")
    plan = _plan(port=3000, days=1, data="generated", folder=None, timeout="20m")
    assert plan.database_url == database.url
    assert plan.dagster_database_url == "postgresql://me@localhost/dagster"
