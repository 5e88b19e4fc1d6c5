"""Runs the migrations on the connection that `migrate` passes in, all in its one transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import MetaData

from sync_platform.landing import (  # noqa: F401 - their tables are in the metadata too
    access_tables,
    file_tables,
    findings_tables,
    letter_tables,
    webhook_tables,
)
from sync_platform.landing.access_tables import ACCESS
from sync_platform.landing.audit_tables import AUDIT
from sync_platform.landing.tables import SCHEMA, metadata


def include_name(name: str | None, type_: str, _parent_names: object) -> bool:
    """Only our own schemas are compared or touched."""
    return name in (SCHEMA, ACCESS, AUDIT) if type_ == "schema" else True


def run(target: MetaData) -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=target,
        include_schemas=True,
        include_name=include_name,
        version_table_schema=SCHEMA,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(metadata)
