"""Alembic migrations of schema `sync`; Dagster's own tables and the landing tables are not theirs."""
