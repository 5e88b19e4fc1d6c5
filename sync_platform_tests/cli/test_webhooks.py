"""`sync-platform webhooks`: what was delivered and what became of it; what was given up is tried again, with a why."""

from __future__ import annotations

import pytest

from sync_platform.landing.database import Database
from sync_platform_tests.cli.said import Command

PERSON = "Nadarajah Ravi"
STORE = """
insert into sync.webhook_delivery (system, webhook, event_id, content_hash, headers, body, state, attempts, error)
values (%s, %s, %s, '', '{"x-from": "shop"}', %s, %s, 1, %s)
"""


@pytest.fixture
def delivered(database: Database) -> Database:
    """1 and 2 were given up, 3 was captured, 4 waits."""
    with database.connect() as connection:
        for number, (system, webhook, state) in enumerate(
            (
                ("payments", "events", "dead"),
                ("payments", "events", "dead"),
                ("payments", "events", "captured"),
                ("shop", "orders", "waiting"),
            ),
            start=1,
        ):
            error = "type charge.* is not declared" if state == "dead" else None
            connection.execute(STORE, [system, webhook, f"evt_{number}", PERSON.encode(), state, error])
    return database


def states(database: Database) -> list[str]:
    with database.connect() as connection:
        rows = connection.execute("select state from sync.webhook_delivery order by delivery_id")
        return [state for (state,) in rows]


def acts(database: Database) -> list[tuple[str, str]]:
    with database.connect() as connection:
        return connection.execute("select who, action from audit.entry order by entry_id").fetchall()  # type: ignore[return-value]


def test_deliveries_are_listed_by_webhook_and_state_or_each(command: Command, delivered: Database) -> None:
    said = command("webhooks", "list", "--json").object
    counted = [(one["system"], one["webhook"], one["state"], one["deliveries"]) for one in said["counts"]]
    assert counted == [
        ("payments", "events", "captured", 1),
        ("payments", "events", "dead", 2),
        ("shop", "orders", "waiting", 1),
    ]
    each = command("webhooks", "list", "--of", "payments", "--each", "--state", "dead", "--json").object["deliveries"]
    assert [one["delivery_id"] for one in each] == [2, 1]
    assert "type charge.* is not declared" in command("webhooks", "list", "--each").out
    assert "payments/events" in command("webhooks", "list").out


def test_what_one_brought_is_shown_on_demand_and_it_is_kept_who_saw_it(command: Command, delivered: Database) -> None:
    assert PERSON not in command("webhooks", "show", "1").out
    assert acts(delivered) == []
    said = command("webhooks", "show", "1", "--reveal", "--json").object
    assert (said["body"], said["headers"]) == (PERSON, {"x-from": "shop"})
    assert [action for _, action in acts(delivered)] == ["webhooks.reveal"]


def test_what_was_given_up_waits_again_after_a_dry_run_that_changes_nothing(
    command: Command, delivered: Database
) -> None:
    retry = ("webhooks", "retry", "--of", "payments/events", "--who", "nimali", "--why", "declared now")
    assert command(*retry, "--dry-run", "--json").object["retried"] == [1, 2]
    assert states(delivered) == ["dead", "dead", "captured", "waiting"]
    assert command("webhooks", "retry", "1", "3", "--why", "x", "--json").object["not_dead"] == [3]
    assert command(*retry).out == "1 deliveries wait again\n"
    assert states(delivered) == ["waiting", "waiting", "captured", "waiting"]
    assert acts(delivered)[-1] == ("nimali", "webhooks.retry")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("list", "--of", "pso"), "there is no partner system 'pso'."),
        (("list", "--of", "payments/x"), "payments has no webhook 'x'. Those that it has: events."),
        (("list", "--state", "done"), "state is 'done'. Choose from waiting, captured,"),
        (("show", "99"), "there is no delivery 99."),
        (("retry", "--why", "x"), "a retry needs numbers or --of, not both."),
        (("retry", "1", "--why", " "), "there is no reason. Say why:"),
    ],
)
def test_what_is_wrong_is_one_line_with_the_remedy(
    command: Command, database: Database, arguments: tuple[str, ...], words: str
) -> None:
    said = command("webhooks", *arguments)
    assert said.code != 0
    assert words in said.line
