"""`sync-platform users`: who may use the gateway's pages, told to the command line, with passwords kept out of it."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from sync_platform.access.password import Passwords
from sync_platform.landing.database import Database
from sync_platform_tests.cli.said import Command, Said

GOOD = "correct horse battery staple"


@pytest.fixture
def type_in(command: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command whose first argument is what stands on its standard input."""

    def call(typed: str, *arguments: str) -> Said:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
        return command(*arguments)

    return call


def kept(database: Database, column: str, name: str) -> Any:
    with database.connect() as connection:
        row = connection.execute(f'select {column} from access."user" where name = %s', [name]).fetchone()  # noqa: S608
    return row and row[0]


def logged(database: Database) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        return connection.execute("select path, about, way from access.access_log order by access_id").fetchall()


def test_a_user_is_added_with_the_password_from_standard_input(type_in: Command, database: Database) -> None:
    said = type_in(GOOD, "users", "add", "Nimali", "--role", "admin", "--json")
    assert (said.code, said.object["user"]) == (0, "nimali")
    kept_hash = kept(database, "password_hash", "nimali")
    assert kept_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert Passwords().verify(kept_hash, GOOD)
    assert logged(database) == [("users add", "nimali", "cli")]
    (recorded,) = type_in("", "audit", "list", "--json").object["entries"]
    assert (recorded["action"], recorded["subject"]) == ("users.add", "nimali")

    listed = type_in("", "users", "list", "--json").object["users"]
    assert [(user["name"], user["role"], user["way"], user["last_login_at"]) for user in listed] == [
        ("nimali", "admin", "password", None)
    ]
    assert "argon2" not in type_in("", "users", "list").out

    again = type_in(GOOD, "users", "add", "NIMALI")
    assert (again.code, "there is a user nimali already" in again.line) == (2, True)


@pytest.mark.parametrize("typed", ["", "too short", "a" * 40, "nimali is my name", "x" * 257])
def test_a_password_that_is_none_is_refused_and_not_repeated(type_in: Command, database: Database, typed: str) -> None:
    said = type_in(typed, "users", "add", "nimali")
    assert said.code == 2
    assert "Choose" in said.line
    assert not typed or typed not in said.err
    assert kept(database, "name", "nimali") is None
    assert logged(database) == []


def test_there_is_always_an_admin_and_what_is_done_to_others_counts(type_in: Command, database: Database) -> None:
    type_in(GOOD, "users", "add", "nimali", "--role", "admin")
    for wish in (("disable", "nimali"), ("role", "nimali", "viewer")):
        assert "nimali is the only admin" in type_in("", "users", *wish).line
    type_in(GOOD, "users", "add", "ravi")

    assert type_in("", "users", "role", "ravi", "admin", "--dry-run").out == "ravi: would be admin from now on\n"
    assert kept(database, "role", "ravi") == "viewer"
    assert type_in("", "users", "role", "ravi", "admin").code == 0
    assert kept(database, "role", "ravi") == "admin"
    assert type_in("", "users", "disable", "nimali").code == 0
    assert kept(database, "disabled_at", "nimali") is not None
    assert type_in("", "users", "enable", "nimali").code == 0
    assert kept(database, "disabled_at", "nimali") is None

    before = kept(database, "password_hash", "ravi")
    assert type_in(f"{GOOD} again", "users", "password", "ravi").code == 0
    assert kept(database, "password_hash", "ravi") != before
    assert type_in("", "users", "disable", "nobody").code == 2


def test_a_token_is_shown_once_and_ends_when_it_is_revoked(type_in: Command, database: Database) -> None:
    type_in(GOOD, "users", "add", "nimali")
    beyond = type_in("", "users", "token", "nimali", "--scope", "access_log:read")
    assert (beyond.code, "access_log:read needs admin" in beyond.line) == (2, True)
    assert type_in("", "users", "token", "nimali", "--scope", "everything").code == 2

    token = type_in("", "users", "token", "nimali", "--scope", "status:read", "--json").object["token"]
    assert token.startswith("sp_")
    listed = type_in("", "users", "tokens", "nimali", "--json")
    assert token not in listed.out
    assert [(one["scopes"], token.startswith(one["prefix"])) for one in listed.object["tokens"]] == [
        (["status:read"], True)
    ]
    with database.connect() as connection:
        row = connection.execute("select secret_hash from access.api_token").fetchone()
    assert row is not None
    assert token.encode() not in bytes(row[0])

    revoked = type_in("", "users", "revoke", token)
    assert (revoked.code, token in revoked.out) == (0, False)
    assert type_in("", "users", "tokens", "--json").object["tokens"][0]["revoked_at"] is not None


def test_a_database_without_users_says_how_to_make_it_ready(command: Command, empty_database: Database) -> None:
    assert "sync-platform migrate" in command("users", "list").line
