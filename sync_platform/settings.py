"""What the environment says: where the databases and the state folder are; secrets are read where they are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync_platform.errors import DeclarationError

DATABASE_URL = "SYNC_PLATFORM_DATABASE_URL"
DAGSTER_DATABASE_URL = "SYNC_PLATFORM_DAGSTER_DATABASE_URL"
STATE_DIR = "SYNC_PLATFORM_STATE_DIR"
LETTER_KEYS = "SYNC_PLATFORM_LETTER_KEYS"
"""Fernet keys, the newest first, separated by commas."""
BODY_STORE_URL = "SYNC_PLATFORM_BODY_STORE_URL"
"""A path or an fsspec URL; partners' kept answers are moved there from the database."""

LOST_SERVER_LIMITS: dict[str, Any] = {
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
"""libpq's, for every database connection: a server that vanished without a word is noticed after 10 s (the first is in
milliseconds), which the kernel alone would take a quarter of an hour for."""


@dataclass(frozen=True)
class Settings:
    """`database_url` is a libpq URL (`postgresql://…`) for our own tables; `state_dir` holds what we write to disk."""

    database_url: str
    state_dir: Path


def state_dir(environment: Mapping[str, str]) -> Path:
    """The folder for what the platform writes to disk: reports, logs, the embedded database."""
    return Path(environment.get(STATE_DIR) or ".sync_platform").resolve()


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables. Raises DeclarationError that names the missing variable."""
    return Settings(
        database_url=libpq_url(required_variable(environment, DATABASE_URL)), state_dir=state_dir(environment)
    )


def required_variable(environment: Mapping[str, str], name: str) -> str:
    """The value of an environment variable. Raises DeclarationError when it is unset or empty."""
    value = environment.get(name, "")
    if not value:
        raise DeclarationError(f"the environment variable {name} is not set.", remedy=f"Set it: export {name}=…")
    return value


def libpq_url(url: str) -> str:
    """The URL as psycopg reads it, without SQLAlchemy's driver suffix."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in ("postgresql", "postgres"):
        raise DeclarationError(
            f"{DATABASE_URL} is not a PostgreSQL URL.", remedy="Write postgresql://user:password@host:5432/database"
        )
    return f"postgresql://{rest}"


def sqlalchemy_url(url: str, *, driver: str) -> str:
    """The URL with its driver spelled out: of a bare one SQLAlchemy 2.1 makes psycopg 3, which Dagster cannot use."""
    return f"postgresql+{driver}://{libpq_url(url).partition('://')[2]}"
