"""`sync-platform replay day`: the plan touches nothing, the replay tells the difference, the second one finds none."""

from __future__ import annotations

import pytest

from sync_platform.landing.database import Database
from sync_platform.sandbox import Sandbox
from sync_platform_tests.cli.said import Command


def test_a_day_is_planned_replayed_and_then_the_same(
    command: Command, sandbox: Sandbox, database: Database, yesterday: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules are not run: the checks take five seconds to load, and `pull` runs them by the same tools."""
    monkeypatch.setattr("sync_platform.checks.suite.run_rules", lambda *_, **__: ())
    day = ("replay", "day", "payments", yesterday, "--entity", "payments")
    (plan,) = command(*day, "--plan", "--json").object["days"]
    assert (plan["now"]["rows"], plan["read"]["added"] > 0, plan["read"]["missing"]) == (0, True, 0)
    with database.connect() as connection:
        assert connection.execute("select count(*) from sync.load").fetchone() == (0,)
        assert connection.execute("select count(*) from sync.exchange").fetchone() == (0,)

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
