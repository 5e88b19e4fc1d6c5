"""A transaction that is tried again by itself when PostgreSQL ended it for the sake of another one (fault D3)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sync_platform.clock import Clock
from sync_platform.landing.database import INTERLEAVED, Connection, LockConflict, landing_errors

# Each deadlock is found after the server's deadlock_timeout of 1 s, so five of them end well within a lease's 90 s.
MOST_ATTEMPTS = 5
FIRST_WAIT_SECONDS = 0.05


def transactions(connection: Connection, *, clock: Clock) -> Iterator[AbstractContextManager[None]]:
    """The same transaction until it is committed, after a deadlock or serialization failure up to five times.

        for transaction in transactions(connection, clock=clock):
            with transaction:
                fence(connection, lease)

    What is done within must bear to be done again. The waits between are random, up to 0.05 s and twice as long each
    time, so that two that met do not meet again. Any other error comes at once, as `landing_errors` has it; raises
    LockConflict when the last attempt was ended too.
    """
    ended: list[LockConflict] = []

    @contextmanager
    def attempt() -> Iterator[None]:
        try:
            with landing_errors(), connection.transaction():
                yield
        except LockConflict as error:
            if not isinstance(error.__cause__, INTERLEAVED) or len(ended) + 1 == MOST_ATTEMPTS:
                raise
            ended.append(error)

    while True:
        before = len(ended)
        yield attempt()
        if len(ended) == before:
            return
        clock.sleep(random.uniform(0.0, FIRST_WAIT_SECONDS * 2**before))
