"""An audit log with sealed entries, and an owner who can get round what the database refuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync_platform.audit.archive import ARCHIVE
from sync_platform.audit.entry import Action
from sync_platform.audit.kept_seal import SEALS, keep_seals, read_kept_seals
from sync_platform.audit.log import read_batches, record, seal
from sync_platform.audit.verify import AuditVerdict, verify_audit
from sync_platform.landing.database import Connection

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass
class Log:
    """The audit log of one database, and what is kept of it in `state`."""

    connection: Connection
    state: Path

    def add(self, *subjects: str) -> list[int]:
        """An entry about each order, by its number."""
        return [
            record(
                self.connection,
                Action("nimal", "dead_letter.discard", "shop", "orders", subject, detail={"why": f"test {subject}"}),
                now=NOW,
            )
            for subject in subjects
        ]

    def seal(self) -> None:
        """Seal what is new, and keep its seal outside."""
        seal(self.connection, now=NOW)
        keep_seals(self.state / SEALS, read_batches(self.connection))

    def verify(self) -> AuditVerdict:
        return verify_audit(
            self.connection,
            kept_seals=read_kept_seals(self.state / SEALS),
            archive_folder=self.state / ARCHIVE,
        )

    def found(self) -> list[tuple[str, str]]:
        """Kind and place of everything that does not agree."""
        return [(one.kind, one.where) for one in self.verify().tampering]

    def as_owner(self, statement: str) -> None:
        """What the owner of the tables can do: turn the triggers off, and on again as if nothing had been."""
        for table in ("entry", "batch", "archive", "key"):
            self.connection.execute(f"alter table audit.{table} disable trigger all")  # type: ignore[call-overload]
        self.connection.execute(statement)  # type: ignore[call-overload]
        for table in ("entry", "batch", "archive", "key"):
            self.connection.execute(f"alter table audit.{table} enable trigger all")  # type: ignore[call-overload]


@pytest.fixture
def log(connection: Connection, tmp_path: Path) -> Log:
    """Two batches of three entries each: 1 to 3 and 4 to 6."""
    log = Log(connection, tmp_path)
    log.add("1001", "1002", "1003")
    log.seal()
    log.add("1004", "1005", "1006")
    log.seal()
    return log
