"""The answer to an error on COMMIT, which means "unknown" and not "failed" (promise 10)."""

from __future__ import annotations

from uuid import UUID

import psycopg

from sync_platform.errors import LandingConflict, LandingUnavailable
from sync_platform.landing.leases import Lease, fence, release
from sync_platform.landing.loads import is_committed
from sync_platform.pull.tools import LoadTools


def was_committed(tools: LoadTools, lease: Lease, load_id: UUID) -> bool:
    """Whether the load's transaction was committed, asked on a fresh connection; the lease is given back.

    The server may still be at work on the lost connection's COMMIT. That transaction holds the lease's row, so locking
    the row waits for its end, and the answer is final. Raises LandingUnavailable when nobody can tell now.
    """
    with tools.database.connect() as connection:
        try:
            with connection.transaction():
                fence(connection, lease)
        except psycopg.errors.LockNotAvailable as error:
            raise LandingUnavailable(
                f"{lease.system}/{lease.entity} {lease.scope}: the connection was lost at its COMMIT, and the database "
                f"has not noticed yet: nobody can tell what became of load {load_id}. Try again; nothing is done twice."
            ) from error
        except LandingConflict:
            # Another writer has the day by now, so the transaction has ended one way or the other.
            return is_committed(connection, load_id)
        release(connection, lease)
        return is_committed(connection, load_id)
