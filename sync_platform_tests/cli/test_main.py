"""The command line as a whole: quick to start, one line for what went wrong, one object with --json."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sync_platform import __version__
from sync_platform.cli.main import run
from sync_platform.landing.embedded import start_embedded
from sync_platform_tests.cli.said import Command
from sync_platform_tests.operations.place import remove_place

ROOT = Path(__file__).parents[2]
COMMANDS = ("demo", "sandbox", "migrate", "connect", "pull", "status", "doctor", "contracts", "dead-letters", "replay")
HEAVY = ("dagster", "pandas", "great_expectations", "sqlalchemy", "psycopg", "pydantic", "numpy", "requests")
UNREACHABLE = "postgresql://nobody@127.0.0.1:1/none"


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, env=environment)


def test_help_takes_less_than_a_second_of_processor_time_and_names_every_command() -> None:
    # Processor time, so that a machine with other work does not decide; the best of three, for cold caches.
    seconds = []
    for _ in range(3):
        before = os.times()
        answer = python("-m", "sync_platform.cli.main", "--help")
        after = os.times()
        seconds.append(after.children_user + after.children_system - before.children_user - before.children_system)
    assert answer.returncode == 0
    assert min(seconds) < 1
    assert [name for name in COMMANDS if f"  {name} " not in answer.stdout] == []


def test_nothing_heavy_is_imported_before_a_command_needs_it() -> None:
    question = f"import sys, sync_platform.cli.main; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert python("-c", question).stdout == "[]\n"


def test_no_command_imports_dagster() -> None:
    question = (
        "import sys, pathlib, importlib, sync_platform.cli, sync_platform.operations\n"
        "for package in (sync_platform.cli, sync_platform.operations):\n"
        "    for file in pathlib.Path(package.__file__).parent.glob('*.py'):\n"
        "        importlib.import_module(f'{package.__name__}.{file.stem}')\n"
        "print([name for name in ('dagster', 'pandas', 'great_expectations') if name in sys.modules])"
    )
    assert python("-c", question).stdout == "[]\n"


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "sandbox"])
def test_each_commands_help_has_an_example(command: Command, name: str) -> None:
    said = command(name, "--help")
    assert said.code == 0
    assert "Example" in said.out
    assert f"sync-platform {name}" in " ".join(said.out.split()).replace("sync- platform", "sync-platform")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("contracts", "pos/sale"), 2, "there is no entity 'pos/sale'. Did you mean pos/sales? Declared: "),
        (("pull", "sales"), 2, "there is no entity 'sales'. Did you mean pos/sales? Declared: "),
        (("connect", "shopp"), 2, "there is no partner system 'shopp'. Did you mean shop? Declared: "),
        (
            ("status", "till"),
            2,
            "there is no partner system 'till'. Declared: bank, ledger, legacy_erp, payments, pos, shop.",
        ),
        (("pull", "pos/sales", "--dya", "x"), 2, "No such option: --dya"),
        (("pull",), 2, "Missing argument 'SYSTEM/ENTITY'. See: sync-platform pull --help"),
        (("statsu",), 2, "No such command 'statsu'. Did you mean 'status'?"),
        (("xyzzy",), 2, "No such command 'xyzzy'. Commands: demo, sandbox, migrate, "),
        (("contracts", "dif"), 2, "No such command 'dif'. Did you mean 'diff'?"),
        (
            ("contracts", "sales"),
            2,
            "'sales', and an entity is written SYSTEM/ENTITY, like pos/sales. Commands: show, ",
        ),
        (("duplicates", "acept"), 2, "No such command 'acept'. Did you mean 'accept'?"),
        (("duplicates", "xyzzy"), 2, "No such command 'xyzzy'. Commands: list, show, accept, reject."),
        (("reports", "srve"), 2, "No such command 'srve'. Did you mean 'serve'?"),
        (("contracts", "--jsn"), 2, "No such option: --jsn"),
        (("status", "--zone", "Colombo"), 2, "there is no time zone 'Colombo'. Write one like Asia/Colombo or UTC."),
        (("demo", "--data", "mine"), 2, "there is no data set 'mine'. Choose from completejourney, generated."),
        (("demo", "--timeout", "20"), 2, "is not a duration"),
        (("demo", "--days", "15"), 2, "--days 15 is more than the 14 days that"),
        (("pull", "pos/sales", "--delta", "--day", "today"), 2, "--delta takes neither days nor --dry-run."),
    ],
)
def test_wrong_use_is_one_line_with_the_remedy(
    command: Command, arguments: tuple[str, ...], code: int, words: str
) -> None:
    said = command(*arguments)
    assert said.code == code
    assert words in said.line
    assert said.out == ""


@pytest.mark.parametrize("arguments", [("status",), ("migrate",)])
def test_without_a_database_the_line_names_the_variable_and_the_demo(
    command: Command, arguments: tuple[str, ...]
) -> None:
    said = command(*arguments)
    assert said.code == 2
    assert "the environment variable SYNC_PLATFORM_DATABASE_URL is not set" in said.line
    assert "or run `sync-platform demo`, which brings its own." in said.line


@pytest.mark.parametrize("arguments", [("status",), ("migrate",), ("demo", "--once", "--port", "1")])
def test_an_unreachable_database_is_75_and_one_line(
    command: Command, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("SYNC_PLATFORM_DATABASE_URL", UNREACHABLE)
    said = command(*arguments)
    assert said.code == 75
    assert "the database did not answer: " in said.line


def test_a_database_that_was_not_migrated_says_so(command: Command, empty_database: object) -> None:
    """Fault D11: waiting does not help, so it is no 75."""
    said = command("status")
    assert said.code == 1
    assert "there is no sync.entity_day, no sync.freshness_verdict. Run `sync-platform migrate`." in said.line


def test_the_variables_of_a_demo_that_has_ended_come_with_the_remedy(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "state" / "postgres"
    server = start_embedded(place, own=True)
    try:
        monkeypatch.setenv("SYNC_PLATFORM_DATABASE_URL", server.url)
        server.stop()
        said = command("status")
    finally:
        server.stop()
        remove_place(place)
    assert said.code == 75
    assert said.line.endswith(
        "SYNC_PLATFORM_DATABASE_URL is that of a demo that has ended: start it again with `make demo`, or "
        "`unset SYNC_PLATFORM_DATABASE_URL`."
    )


def test_while_a_demo_runs_a_missing_variable_comes_with_the_file_that_sets_it(
    command: Command, tmp_path: Path
) -> None:
    variables = tmp_path / "state" / "demo.env"
    assert "For the demo" not in command("connect", "pos").line
    variables.parent.mkdir(exist_ok=True)
    variables.write_text("export POS_TOKEN=t\nexport SHOP_BASE_URL_OLD=u\n")
    assert command("connect", "pos").line.endswith(f"For the demo that is running: . {variables}")
    assert "For the demo" not in command("connect", "shop").line


def test_with_json_a_failure_is_one_object_too(command: Command) -> None:
    said = command("pull", "pos/sales", "--json")
    assert said.code == 2
    assert said.object["ok"] is False
    assert said.object["error"]["kind"] == "declaration"
    assert "POS_BASE_URL, POS_TOKEN" in said.object["error"]["message"]
    assert "POS_BASE_URL, POS_TOKEN" in said.line


def test_what_nobody_foresaw_is_one_line_and_its_traceback_is_in_a_log(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def burst() -> None:
        raise RuntimeError("token=hunter2-hunter2")

    monkeypatch.setattr("sync_platform.declarations.partner_system.read_partner_systems", burst)
    said = command("contracts")

    assert said.code == 70
    assert "RuntimeError" in said.line
    assert "Traceback" not in said.err
    (log,) = (tmp_path / "state" / "logs").glob("error-*.log")
    assert str(log) in said.line
    text = log.read_text()
    assert "in burst" in text
    assert "hunter2" not in text
    assert log.stat().st_mode & 0o077 == 0


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    line = f"{sys.executable} -m sync_platform.cli.main contracts --json | head -c 10"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")


def test_contracts_lists_each_with_version_and_key(command: Command) -> None:
    said = command("contracts", "--json").object
    assert said["ok"] is True
    listed = {f"{one['system']}/{one['entity']}": one for one in said["contracts"]}
    assert {"pos/sales", "pos/stock_levels", "shop/orders", "shop/listings", "ledger/entries"} <= set(listed)
    assert listed["pos/sales"]["key"] == ["line_id"]
    assert listed["pos/sales"]["kind"] == "event"
    assert listed["shop/listings"]["kind"] == "state"


def test_contracts_shows_one_with_its_fields(command: Command) -> None:
    shown = command("contracts", "shop/orders", "--json").object
    assert shown["ok"] is True
    fields = {field["name"]: field for field in shown["fields"]}
    assert fields["billing_email"]["personal"] is True
    assert fields["order_id"]["required"] is True
    assert shown["rules"]
    text = command("contracts", "shop/orders").out
    assert "billing_email" in text
    assert "(personal)" in text


def test_the_sandbox_command_becomes_the_sandbox_and_ends_on_sigterm(tmp_path: Path) -> None:
    ports = [f"--{name}-port=0" for name in ("pos", "shop", "ledger", "payments", "control")]
    command = ["sandbox", "--data", "generated", f"--state-dir={tmp_path}", *ports]
    process = subprocess.Popen(
        [sys.executable, "-m", "sync_platform.cli.main", *command],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert said["ready"] is True
    assert "POS_BASE_URL" in said["environment"]
    process.terminate()
    began = time.monotonic()
    assert process.wait(20) == 0
    assert time.monotonic() - began < 10


def test_no_argument_shows_the_help(capfd: pytest.CaptureFixture[str]) -> None:
    assert run([], os.environ) == 0
    captured = capfd.readouterr()
    assert "Commands:" in captured.out
    assert captured.err == ""


def test_the_version_is_told(command: Command) -> None:
    said = command("--version")
    assert (said.code, said.out, said.err) == (0, f"sync-platform {__version__}\n", "")
