"""The generated sandbox as a server of the suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from sync_platform.declarations.partner_system import Entity
from sync_platform.sandbox import Sandbox
from sync_platform_tests.declared_systems.partner_server import NOW, PartnerServer

LEAST_LATE, MOST_LATE = timedelta(seconds=1.5), timedelta(seconds=6)
"""A record visible later than that is the sandbox's other quirk: a change that leaves the changed time."""


@contextmanager
def open_sandbox(credentials: Mapping[str, str]) -> Iterator[PartnerServer]:
    """The four partner systems of the sandbox, their clock standing at NOW."""
    with Sandbox.generated(now=NOW, environment=credentials) as sandbox:
        yield SandboxServer(sandbox)


class SandboxServer:
    """All four of its partner systems; an entity says which one is meant."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.environment: Mapping[str, str] = sandbox.environment
        self.failure_in_200: Any = {"error": {"code": "E500", "message": "internal error"}}

    def now(self) -> datetime:
        return self._sandbox.clock.now()

    def advance(self, seconds: float) -> None:
        self._sandbox.clock.advance(seconds)

    def keys(self, entity: Entity, day: date | None) -> set[str]:
        if day is not None:
            return set(self._sandbox.truth.keys(system=entity.system, entity=entity.name, day=day.isoformat()))
        found = self._sandbox.partners.entity(entity.system, entity.name)
        records = found.feed.record(found.feed.rows(now=self._sandbox.clock.now_ms()))
        return {found.key(record) for record in records.tolist()}

    def touch(self, entity: Entity, count: int) -> set[str]:
        return set(self._sandbox.touch(entity.system, entity.name, count=count).keys)

    def late_changes(self, entity: Entity) -> list[tuple[datetime, str]]:
        found = self._sandbox.partners.entity(entity.system, entity.name)
        rows = np.arange(len(found.feed))
        changed = found.feed.changed(rows)
        visible = np.array([found.feed.visible(row) for row in rows.tolist()])
        late = (visible - changed >= LEAST_LATE / _MS) & (visible - changed <= MOST_LATE / _MS)
        coming = rows[late & (changed > self._sandbox.clock.now_ms())]
        moments = sorted((int(visible[row]), int(row)) for row in coming.tolist())
        return [
            (datetime.fromtimestamp((at - 1) / 1000, UTC), found.key(int(found.feed.record(np.array([row]))[0])))
            for at, row in moments
        ]

    def repeats_records(self, entity: Entity) -> bool:
        return (entity.system, entity.name) == ("pos", "sales")

    def fault(self, entity: Entity, kind: str, *, times: int | None = None, **options: Any) -> None:
        changed = entity.declaration.changed_since
        paths = [entity.declaration.path]
        if changed is not None and changed.events is not None:
            paths.append(changed.events.path)
        if entity.declaration.verify is not None and entity.declaration.verify.totals is not None:
            paths.append(entity.declaration.verify.totals.path)
        for path in paths if kind != "clock_skew" else paths[:1]:
            self._sandbox.faults.add(system=entity.system, kind=kind, path=path, next_requests=times, **options)

    def mend(self) -> None:
        self._sandbox.faults.clear()


_MS = timedelta(milliseconds=1)
