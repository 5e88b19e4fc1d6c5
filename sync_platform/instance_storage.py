"""Dagster's own PostgreSQL storage, with connections that are kept and questions about its schema asked once.

`dagster_postgres` opens a session per statement, asks the catalogue at nearly each turn whether the schema is migrated
(15 times a second), and a code server builds all of it anew for each sensor tick. `dagster.yaml` names this class.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import pg_url_from_config
from sqlalchemy import Connection, Engine, create_engine

# Threads of a process share the kept ones; more are opened while more are needed. A kept one is asked before its use
# whether it is alive: a database that was restarted costs nobody an error.
_KEPT, _MORE = 2, 30
_RECYCLED_SECONDS = 300
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
    """`storage.custom` of a `dagster.yaml`, configured like `storage.postgres`; only for a login by URL."""

    def __init__(
        self, postgres_url: str, should_autocreate_tables: bool = True, inst_data: ConfigurableClassData | None = None
    ) -> None:
        schema = _known_schema(os.getpid(), postgres_url)
        super().__init__(postgres_url, should_autocreate_tables and not schema, inst_data)
        # The URL's tables were looked for, and made where they were missing: not again in this process.
        schema.add(("tables",))
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = _engine(os.getpid(), postgres_url)
            for name in _SCHEMA_QUESTIONS:
                if hasattr(storage, name):
                    setattr(storage, name, _asked_once(getattr(storage, name), schema, (type(storage).__name__, name)))

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> KeptPostgresStorage:
        return cls(
            pg_url_from_config(config_value),
            should_autocreate_tables=config_value.get("should_autocreate_tables", True),
            inst_data=inst_data,
        )


@cache
def _engine(process: int, url: str) -> Engine:  # noqa: ARG001 - a child that was forked opens connections of its own
    return create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=_KEPT,
        max_overflow=_MORE,
        pool_pre_ping=True,
        pool_recycle=_RECYCLED_SECONDS,
        pool_use_lifo=True,
    )


@cache
def _known_schema(process: int, url: str) -> set[tuple[object, ...]]:  # noqa: ARG001
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
