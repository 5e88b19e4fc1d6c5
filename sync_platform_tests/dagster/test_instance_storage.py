"""Dagster's storage with kept connections: few sessions, no questions twice, and a database that went away is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from dagster import DagsterInstance
from sqlalchemy import Engine, event

from sync_platform import instance_storage
from sync_platform.errors import DeclarationError
from sync_platform.instance_storage import KeptPostgresStorage
from sync_platform.landing.database import Database
from sync_platform.operations.dagster_home import make_dagster_home
from sync_platform.settings import DAGSTER_DATABASE_URL, sqlalchemy_url

LIMITS = (None, 7000)
"""The daemon's and the code server's engine, and the webserver's with its limit in milliseconds."""
Opened = Callable[[], DagsterInstance]


@pytest.fixture
def opened(empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Another instance in this process, as `dagster.yaml` declares it: a code server opens one for each tick."""
    monkeypatch.setenv(DAGSTER_DATABASE_URL, sqlalchemy_url(empty_database.url, driver="psycopg2"))
    folder = make_dagster_home(tmp_path, code_server_port=1).folder
    yield lambda: DagsterInstance.from_config(str(folder))
    for made in (
        instance_storage._engine(sqlalchemy_url(empty_database.url, driver="psycopg2"), limit) for limit in LIMITS
    ):
        made.dispose()
    instance_storage._engine.cache_clear()
    instance_storage._known_schema.cache_clear()


def look(instance: DagsterInstance) -> None:
    """What the daemon asks at each turn."""
    assert instance.all_instigator_state() == []
    assert list(instance.get_run_records(limit=1)) == []
    assert list(instance.all_asset_keys()) == []
    assert instance.get_daemon_statuses() is not None
    assert list(instance.get_backfills()) == []


def sessions(database: Database) -> set[int]:
    """The server's processes at work for this database."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        rows = connection.execute(
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
        return {pid for (pid,) in rows}


@contextmanager
def statements() -> Iterator[list[str]]:
    """What any engine sends to its database meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


def test_the_projects_settings_choose_it(opened: Opened) -> None:
    with opened() as instance:
        assert isinstance(instance.get_ref().storage, KeptPostgresStorage)


def test_further_instances_and_turns_use_the_same_few_sessions(opened: Opened, empty_database: Database) -> None:
    with opened() as instance:
        look(instance)
    before = sessions(empty_database)
    for _ in range(5):
        with opened() as instance:
            look(instance)
    assert sessions(empty_database) == before
    assert len(before) in (1, 2)


def test_whether_the_schema_is_migrated_is_asked_once(opened: Opened) -> None:
    with opened() as instance:
        look(instance)
    with statements() as sent, opened() as another:
        look(another)
    assert sent
    assert [statement for statement in sent if "pg_catalog" in statement] == []
    assert [statement for statement in sent if "secondary_indexes" in statement] == []


@pytest.mark.parametrize("limit", LIMITS)
def test_sessions_that_the_server_ended_cost_no_error(
    opened: Opened, empty_database: Database, limit: int | None
) -> None:
    with opened() as instance:
        if limit is not None:
            instance.optimize_for_webserver(statement_timeout=limit, pool_recycle=-1, max_overflow=2)
        look(instance)
        ended = sessions(empty_database)
        with psycopg.connect(empty_database.url, autocommit=True) as connection:
            for pid in ended:
                connection.execute("select pg_terminate_backend(%s, 5000)", [pid])
        look(instance)
    assert ended
    assert not ended & sessions(empty_database)


def test_the_webservers_statements_have_its_time_limit(opened: Opened) -> None:
    with opened() as instance:
        instance.optimize_for_webserver(statement_timeout=7000, pool_recycle=-1, max_overflow=2)
        for storage in (instance.run_storage, instance.event_log_storage, instance.schedule_storage):
            with storage._engine.connect() as connection:  # type: ignore[union-attr]
                assert connection.exec_driver_sql("show statement_timeout").scalar() == "7s"


def test_a_login_that_it_cannot_do_is_refused() -> None:
    with pytest.raises(DeclarationError, match="takes no auth_provider"):
        KeptPostgresStorage.from_config_value(None, {"postgres_db": {}, "auth_provider": {"type": "azure_wif"}})


def test_every_question_is_one_that_dagster_asks(opened: Opened) -> None:
    with opened() as instance:
        parts = (instance.run_storage, instance.event_log_storage, instance.schedule_storage)
        asked = {name for name in instance_storage._SCHEMA_QUESTIONS if any(hasattr(part, name) for part in parts)}
    assert asked == set(instance_storage._SCHEMA_QUESTIONS)


def test_a_no_is_asked_again_and_a_yes_is_not() -> None:
    answers = [False, True]
    question = instance_storage._asked_once(lambda _: answers.pop(0), set(), ("RunStorage", "has"))
    assert [question("column") for _ in range(4)] == [False, True, True, True]
