"""`files` shows what came, takes what waits and tries a file first."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from sync_platform.landing.database import Database
from sync_platform.sandbox import Sandbox
from sync_platform_tests.cli.said import Command


@pytest.fixture
def statement(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A copy of a final statement that the bank left."""
    found = sorted(Path(os.environ["BANK_DROP_FOLDER"]).glob("statement_*.csv"))[0]
    return Path(shutil.copy(found, tmp_path))


def test_a_good_file_would_be_accepted_and_nothing_is_written(command: Command, statement: Path) -> None:
    said = command("files", "check", "bank/statement_lines", str(statement))

    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[0] == f"{statement.name}: would be accepted"
    assert sorted(file.name for file in statement.parent.iterdir() if file.is_file()) == [statement.name]


def test_a_bad_file_says_why_it_would_be_refused(command: Command, statement: Path) -> None:
    lines = statement.read_bytes().splitlines(keepends=True)
    statement.write_bytes(b"".join([*lines[:-2], lines[-1]]))

    said = command("files", "check", "bank/statement_lines", str(statement), "--json")

    assert (said.code, said.object["ok"]) == (1, False)
    (file,) = said.object["files"]
    assert file["reason"] == "truncated"


def test_what_waits_is_taken_once_and_then_listed(
    command: Command, sandbox: Sandbox, database: Database, statement: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = statement.parent / "drop"
    folder.mkdir()
    source = Path(os.environ["BANK_DROP_FOLDER"])
    for ending in ("", ".sha256", ".done"):
        shutil.copy(source / f"{statement.name}{ending}", folder)
    monkeypatch.setenv("BANK_DROP_FOLDER", str(folder))
    dry = command("files", "take", "bank", "--dry-run", "--json")
    assert (dry.code, [one["ok"] for one in dry.object["files"]]) == (0, [True])
    assert command("files", "list", "bank").out == "no file of bank has been found yet\n"

    taken = command("files", "take", "bank", "--json")

    assert (taken.code, taken.err) == (0, "")
    (files,) = [one["files"] for one in taken.object["taken"]]
    assert [(file["name"], file["state"], file["load"]["way"]) for file in files] == [
        (statement.name, "accepted", "file")
    ]
    (known,) = command("files", "list", "bank/statement_lines", "--json").object["files"]
    assert (known["state"], known["place"], known["revision"]) == ("accepted", "archive", 1)
    assert statement.name in command("files", "list", "bank").out
    assert "nothing waits" in command("files", "take", "bank").out
    assert command("files", "take", "bank", "--dry-run").out == "nothing waits in its folder\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("files", "list", "pos"),
            "pos does not come as files. Those that do: bank/statement_lines, legacy_erp/",
        ),
        (("pull", "bank/statement_lines"), "comes as files and cannot be asked for. sync-platform files take"),
        (("files", "take", "bank"), "not set in the environment: BANK_DROP_FOLDER."),
        (("connect", "legacy_erp"), "not set in the environment: LEGACY_ERP_DROP_FOLDER."),
    ],
)
def test_wrong_use_is_one_line_with_the_remedy(command: Command, arguments: tuple[str, ...], words: str) -> None:
    said = command(*arguments)

    assert said.code == 2
    assert words in said.err
    assert len(said.err.splitlines()) == 1


def test_connect_lists_the_drop_folder(command: Command, sandbox: Sandbox) -> None:
    said = command("connect", "legacy_erp", "--json")

    assert (said.code, said.object["ok"]) == (0, True)
    assert said.object["steps"][0]["detail"].startswith("can be listed; ")
