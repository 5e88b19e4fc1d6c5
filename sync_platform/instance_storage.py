"""Dagster's own PostgreSQL storage, with connections that are kept and questions about its schema asked once.

`dagster_postgres` opens a session per statement, asks the catalogue at nearly each turn whether the schema is migrated
(15 times a second), and a code server builds all of it anew for each sensor tick. `dagster.yaml` names this class.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import pg_url_from_config, set_pg_statement_timeout
from sqlalchemy import Connection, Engine, create_engine, event

from sync_platform.errors import DeclarationError
from sync_platform.settings import LOST_SERVER_LIMITS

# Threads of a process share the kept ones; more are opened while more are needed. A kept one is asked before its use
# whether it is alive: a database that was restarted costs nobody an error.
_POOL: dict[str, Any] = {"pool_size": 2, "max_overflow": 30, "pool_recycle": 300, "pool_pre_ping": True}
_SCHEMA_QUESTIONS = (
    "_has_asset_key_col_on_connection",
    "_has_instigators_table",
    "has_asset_key_col",
    "has_backfill_id_column",
    "has_backfill_tags_table",
    "has_built_index",
    "has_bulk_action_job_name_column",
    "has_bulk_actions_selector_cols",
    "has_instigators_table",
    "has_run_stats_index_cols",
    "has_secondary_index",
    "has_secondary_index_table",
    "has_table",
)
"""Asked by Dagster 1.13.27 of its storages; a yes stays a yes, for nothing migrates a schema backwards."""


class KeptPostgresStorage(DagsterPostgresStorage):
    """`storage.custom` of a `dagster.yaml`, configured like `storage.postgres`, without its `auth_provider`."""

    def __init__(
        self, postgres_url: str, should_autocreate_tables: bool = True, inst_data: ConfigurableClassData | None = None
    ) -> None:
        known = _known_schema(postgres_url)
        super().__init__(postgres_url, should_autocreate_tables and not known, inst_data)
        # The URL's tables were looked for, and made where they were missing: not again in this process.
        known.add(("tables",))
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            _keep_connections(storage, postgres_url)
            for name in _SCHEMA_QUESTIONS:
                if hasattr(storage, name):
                    setattr(storage, name, _asked_once(getattr(storage, name), known, (type(storage).__name__, name)))

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> KeptPostgresStorage:
        if config_value.get("auth_provider"):
            raise DeclarationError(
                "dagster.yaml: storage.custom with KeptPostgresStorage takes no auth_provider.",
                remedy="Give a URL or a password, or use storage.postgres, which opens a connection per statement.",
            )
        return cls(
            pg_url_from_config(config_value),
            should_autocreate_tables=config_value.get("should_autocreate_tables", True),
            inst_data=inst_data,
        )


def _keep_connections(storage: Any, url: str) -> None:
    """Give a storage the process's engine, and the webserver's, whose statements are limited, when it asks for that."""

    def optimize_for_webserver(statement_timeout: int, pool_recycle: int, max_overflow: int) -> None:  # noqa: ARG001
        storage._engine = _engine(url, statement_timeout)

    storage._engine = _engine(url, None)
    storage.optimize_for_webserver = optimize_for_webserver


@cache
def _engine(url: str, statement_timeout_ms: int | None) -> Engine:
    engine = create_engine(
        url, isolation_level="AUTOCOMMIT", pool_use_lifo=True, connect_args=LOST_SERVER_LIMITS, **_POOL
    )
    if statement_timeout_ms is not None:
        event.listen(engine, "connect", lambda made, _: set_pg_statement_timeout(made, statement_timeout_ms))
    return engine


@cache
def _known_schema(url: str) -> set[tuple[object, ...]]:  # noqa: ARG001 - one for each database
    return set()


def _asked_once(
    question: Callable[..., bool], known: set[tuple[object, ...]], name: tuple[str, str]
) -> Callable[..., bool]:
    """The question, not asked again once its answer was yes; a connection it is asked on makes no difference."""

    def answer(*arguments: object) -> bool:
        asked = (*name, *(argument for argument in arguments if not isinstance(argument, Connection)))
        if asked not in known and question(*arguments):
            known.add(asked)
        return asked in known

    return answer
