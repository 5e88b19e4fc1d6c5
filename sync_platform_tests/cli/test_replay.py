"""`sync-platform replay day`: the plan touches nothing, the replay tells the difference, the second one finds none."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from sync_platform.landing.database import Database
from sync_platform.sandbox import Sandbox
from sync_platform_tests.cli.said import Command


def test_a_day_is_planned_stopped_by_a_signal_replayed_and_then_the_same(
    command: Command, sandbox: Sandbox, database: Database, yesterday: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules are not run: the checks take five seconds to load, and `pull` runs them by the same tools."""
    day = ("replay", "day", "payments", yesterday, "--entity", "payments")
    (plan,) = command(*day, "--plan", "--json").object["days"]
    assert (plan["now"]["rows"], plan["read"]["added"] > 0, plan["read"]["missing"]) == (0, True, 0)
    with database.connect() as connection:
        assert connection.execute("select count(*) from sync.load").fetchone() == (0,)
        assert connection.execute("select count(*) from sync.exchange").fetchone() == (0,)

    monkeypatch.setattr("sync_platform.checks.suite.run_rules", lambda *_, **__: os.kill(os.getpid(), signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    assert (command(*day).code, signal.getsignal(signal.SIGTERM)) == (130, before)
    with database.connect() as connection:
        assert connection.execute("select from sync.load").fetchall() == []
        assert connection.execute("select from sync.lease where holder is not null").fetchall() == []

    monkeypatch.setattr("sync_platform.checks.suite.run_rules", lambda *_, **__: ())
    first = command(*day)
    assert first.code == 0, first.err
    assert (
        f"payments/payments {yesterday}: published; {plan['read']['added']} rows added, 0 changed, 0 gone" in first.out
    )
    assert "never loaded → complete" in first.out

    (again,) = command(*day, "--json").object["replays"]
    assert again["rows"] == {"added": 0, "changed": 0, "gone": 0}
    assert again["before"] == again["after"]
    assert again["after"]["sums"].keys() == {"amount", "fee", "net", "amount_refunded"}


def test_a_day_that_came_as_a_file_is_read_again_from_the_archive_and_nobody_is_asked(
    command: Command, sandbox: Sandbox, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync_platform.checks.suite.run_rules", lambda *_, **__: ())
    source = sorted(Path(os.environ["BANK_DROP_FOLDER"]).glob("statement_*.csv"))[0]
    for ending in ("", ".sha256", ".done"):
        shutil.copy(source.parent / f"{source.name}{ending}", tmp_path)
    monkeypatch.setenv("BANK_DROP_FOLDER", str(tmp_path))
    assert command("files", "take", "bank").code == 0
    with database.connect() as connection:
        landed = connection.execute("delete from landing.bank__statement_lines").rowcount
    text = source.name.removeprefix("statement_").removesuffix(".csv")
    day = ("replay", "day", "bank", f"{text[:4]}-{text[4:6]}-{text[6:]}")

    plan = command(*day, "--plan")
    assert f"{source.name} in the archive gives {landed:,}: {landed:,} would be added" in plan.out
    done = command(*day)
    assert (done.code, done.err) == (0, "")
    assert f"published; {landed:,} rows added, 0 changed, 0 gone; 0 → {landed:,} rows" in done.out
    (again,) = command(*day, "--json").object["replays"]
    assert (again["file"], again["rows"]) == (source.name, {"added": 0, "changed": 0, "gone": 0})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("replay", "day", "pay", "2026-11-01"), "there is no partner system 'pay'. Did you mean payments?"),
        (("replay", "day", "pos", "2026-11-01", "--entity", "sale"), "there is no entity 'pos/sale'."),
        (("replay", "day", "pos", "1 November"), "DAY '1 November' is not a day. Write 2026-11-20,"),
        (("replay", "day", "pos", "2026-11-02", "--until", "2026-11-01"), "2026-11-02 is after --until 2026-11-01."),
        (
            ("replay", "day", "pos", "2026-11-01", "--only", "files"),
            "--only is 'files'. Choose dead-letters or",
        ),
    ],
)
def test_wrong_use_is_one_line_with_the_remedy(command: Command, arguments: tuple[str, ...], words: str) -> None:
    said = command(*arguments)
    assert (said.code, words in said.line) == (2, True), said.line
