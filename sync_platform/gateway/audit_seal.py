"""Seals the audit log while the gateway runs, in a thread of its own: no webhook and no page waits for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from sync_platform.audit.kept_seal import seal_and_keep
from sync_platform.clock import Clock
from sync_platform.errors import AuditBroken, SyncError
from sync_platform.landing.database import Database

# What was written since the last seal can be changed unnoticed by whoever owns the database.
EVERY_SECONDS = 60.0

log = structlog.get_logger("gateway")


async def keep_sealed(
    database: Database, state_dir: Path, *, clock: Clock, every_seconds: float = EVERY_SECONDS
) -> None:
    """Seal what is new at once and then each minute, until cancelled. What fails is logged, and tried again."""
    while True:
        await asyncio.to_thread(seal_once, database, state_dir, clock=clock)
        await asyncio.sleep(every_seconds)


def seal_once(database: Database, state_dir: Path, *, clock: Clock) -> int:
    """Seal what is new; how many entries that were, none where it failed: the log says why."""
    try:
        with database.connect() as connection:
            return seal_and_keep(connection, state_dir, now=clock.now())
    except AuditBroken as error:
        log.error("audit_log_broken", why=str(error))
    except (SyncError, OSError) as error:
        log.warning("audit_log_not_sealed", why=str(error))
    return 0
