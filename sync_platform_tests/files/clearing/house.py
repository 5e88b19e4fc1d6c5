"""The clearing house and the platform beside its drop folder: files by name, and what became of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from sync_platform.checks.result import RuleResult
from sync_platform.clock import Clock
from sync_platform.declarations.files import FileDeclaration
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.landing.database import Database
from sync_platform.landing.files import KnownFile, read_files
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform.partners.files.folder import open_folder
from sync_platform.pull.files import FilesTaken, take_files
from sync_platform.pull.steps import pass_by
from sync_platform.pull.tools import LoadTools

DAY = "20261120"
NAME = f"transfers_{DAY}.csv"
NAMES = "id;day;amount;payee;pieces"


def transfers(*lines: str, day: str = DAY, count: int | None = None, total: str = "0,00", version: str = "3") -> str:
    """A statement as the house writes it; a `count` of its own to lie."""
    head = [f"H;{version};{day}", NAMES]
    return "\n".join([*head, *lines, f"T;{len(lines) if count is None else count};{total}"]) + "\n"


def transfer(id_: str, amount: str, *, day: str = "20.11.2026", payee: str = "Perera", pieces: str = "1") -> str:
    return f"{id_};{day};{amount};{payee};{pieces}"


GOOD = transfers(transfer("A", "1.234,50"), transfer("B", "-0,50"), total="1.234,00")


class House:
    """Drops files, and takes them as one process of the platform does. `reached` is told each step."""

    def __init__(self, *, database: Database, system: PartnerSystem, clock: Clock, folder: Path) -> None:
        self.database, self.system, self.clock, self.folder = database, system, clock, folder
        self.url = str(folder)
        self.reached: Callable[[str], None] = pass_by
        self.verdicts: tuple[RuleResult, ...] = ()

    def drops(
        self,
        content: str | bytes,
        name: str = NAME,
        *,
        done: bool = True,
        at: datetime | None = None,
        sums: bool = False,
    ) -> Path:
        """A file, with its done marker unless it is still being written; `sums` writes its digest beside it."""
        self.clock.sleep(1)
        raw = content.encode("windows-1252") if isinstance(content, str) else content
        file = self.folder / name
        file.write_bytes(raw)
        written = (at or self.clock.now()).timestamp()
        os.utime(file, (written, written))
        if sums:
            (self.folder / f"{name}.sha256").write_text(f"{sha256(raw).hexdigest()}  {name}\n")
        if done:
            (self.folder / f"{name}.done").touch()
        return file

    def takes(self, entity: str = "transfers") -> FilesTaken:
        wanted = self.entity(entity)
        assert wanted.file is not None
        folder = open_folder(wanted.file, {"CLEARING_DROP": self.url}, owner=wanted.address)
        return take_files(self.tools, wanted, folder, deadline=self.clock.monotonic() + 20)

    def told(self, entity: str = "transfers") -> list[tuple[str, str | None]]:
        """State and reason of each file that this look has something to say of."""
        return [(file.state, file.reason) for file in self.takes(entity).files]

    @property
    def tools(self) -> LoadTools:
        return LoadTools(
            database=self.database,
            clock=self.clock,
            check=lambda *_: self.verdicts,
            holder="clearing",
            seal=NO_KEYS,
            reached=lambda step: self.reached(step),
            lease_wait_seconds=0.0,
        )

    def entity(self, name: str) -> Entity:
        return self.system.entity(name)

    def declares(self, entity: str, **changes: Any) -> None:
        """From now on the entity's files are declared with these changes."""
        declared = self.entity(entity)
        assert declared.file is not None
        changed = FileDeclaration.model_validate(declared.file.model_dump(mode="json", exclude_none=True) | changes)
        others = tuple(one for one in self.system.entities if one.name != entity)
        self.system = replace(self.system, entities=(*others, replace(declared, file=changed)))

    def landed(self, entity: str = "transfers", *, value: str = "amount", key: str = "id") -> dict[str, str]:
        """Live rows, as text."""
        rows = self.query(f"select {key} k, {value} v from landing.clearing__{entity} where _deleted_at is null")  # noqa: S608
        return {row["k"]: str(row["v"]) for row in sorted(rows, key=lambda row: str(row["k"]))}

    def files(self) -> list[KnownFile]:
        """What is known of files, in the order of their coming."""
        with self.database.connect() as connection:
            return read_files(connection, system="clearing", limit=1000)[::-1]

    def loads(self) -> list[dict[str, Any]]:
        return self.query("select * from sync.load order by started_at, ctid")

    def letters(self) -> list[tuple[str | None, str]]:
        rows = self.query("select record_key, reason from sync.dead_letter order by dead_letter_id")
        return [(row["record_key"], row["reason"]) for row in rows]

    def lying(self, below: str = "") -> list[str]:
        """What lies in the folder, or in one below."""
        folder = self.folder / below
        return sorted(file.name for file in folder.iterdir() if not file.is_dir()) if folder.is_dir() else []

    def report(self) -> str:
        """The only report there is."""
        (name,) = [name for name in self.lying("rejected") if name.endswith(".report.csv")]
        return (self.folder / "rejected" / name).read_text()

    def query(self, statement: Any, values: list[Any] | None = None) -> list[dict[str, Any]]:
        with self.database.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement, values).fetchall()
