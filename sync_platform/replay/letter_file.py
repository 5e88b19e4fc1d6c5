"""Dead letters as a file for a spreadsheet or a program: CSV without live formulas, or JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from sync_platform.declarations.partner_system import Entity
from sync_platform.freshness.table_file import replacing, write_csv
from sync_platform.landing.database import Connection
from sync_platform.landing.letter_queue import KeptLetter, Selection, each_chunk
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform.replay.masked import masked_key, masked_record

COLUMNS = (
    "dead_letter_id",
    "system",
    "entity",
    "business_day",
    "record_key",
    "reason",
    "field",
    "message",
    "state",
    "attempts",
    "first_at",
    "last_at",
    "way",
    "correlation_id",
    "contract_version",
    "source_version",
    "decided_by",
    "decided_at",
    "why",
    "record",
)


def write_letters(
    connection: Connection,
    entities: Iterable[Entity],
    selection: Selection,
    *,
    file: Path,
    form: Literal["csv", "jsonl"],
    seal: LetterSeal,
    reveal: bool,
) -> int:
    """Write the wanted letters and return how many they are; the file is there whole or as it was.

    `record` is the masked record; with `reveal` the payload as it is kept, where it can be read.
    """
    known = {(entity.system, entity.name): entity for entity in entities}
    rows = _rows(connection, known, selection, seal=seal, reveal=reveal)
    if form == "csv":
        cells = (list(_with_text(row).values()) for row in rows)
        return write_csv(file, columns=COLUMNS, rows=cells, zone=UTC)
    written = 0
    with replacing(file) as stream:
        for row in rows:
            stream.write(json.dumps(row, default=_plain, ensure_ascii=False) + "\n")
            written += 1
    return written


def _rows(
    connection: Connection,
    entities: dict[tuple[str, str], Entity],
    selection: Selection,
    *,
    seal: LetterSeal,
    reveal: bool,
) -> Iterator[dict[str, Any]]:
    for letters in each_chunk(connection, selection):
        for letter in letters:
            entity = entities.get((letter.system, letter.entity))
            row = {name: getattr(letter, name) for name in COLUMNS if name not in ("record", "record_key")}
            key = None if entity is None else letter.record_key if reveal else masked_key(entity, letter)
            yield {name: key if name == "record_key" else row.get(name) for name in COLUMNS[:-1]} | {
                "record": _record(entity, letter, seal=seal, reveal=reveal)
            }


def _record(entity: Entity | None, letter: KeptLetter, *, seal: LetterSeal, reveal: bool) -> Any:
    if reveal:
        payload = letter.opened(seal)
        return None if payload is None else payload.decode("utf-8", "backslashreplace")
    return None if entity is None else masked_record(entity, letter, seal=seal)


def _with_text(row: dict[str, Any]) -> dict[str, Any]:
    record = row["record"]
    text = record if isinstance(record, str | None) else json.dumps(record, ensure_ascii=False)
    correlation = row["correlation_id"]
    return {**row, "record": text, "correlation_id": str(correlation) if correlation else None}


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
