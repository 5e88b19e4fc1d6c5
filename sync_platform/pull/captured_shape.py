"""Keeps the shape of records that came as changes: with the first record that shows something the day had not yet."""

from __future__ import annotations

from datetime import date

from sync_platform.contracts.record_shape import RecordShape, merged
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey
from sync_platform.landing.profiles import read_shape, store_shape

_stored: dict[tuple[str, str], tuple[date, frozenset[tuple[str, str]]]] = {}
"""By entity the newest day and the paths and types that this process found stored of it: a poll every five seconds that
shows nothing else costs no statement."""


def note_shape(connection: Connection, entity: Entity, *, day: date, shape: RecordShape) -> None:
    """Add to the day's stored shape, in the caller's transaction, where these records have what it lacks."""
    if not shape.samples:
        return
    seen = frozenset((path, type_) for path, types in shape.paths.items() for type_ in types)
    stored_day, stored = _stored.get((entity.system, entity.name), (day, frozenset()))
    if stored_day == day and seen <= stored:
        return
    key = DayKey(system=entity.system, entity=entity.name, day=day)
    before = read_shape(connection, key)
    known = before.paths if before is not None else {}
    if before is None or any(type_ not in known.get(path, ()) for path, type_ in seen):
        store_shape(
            connection,
            key,
            contract_version=entity.contract.version,
            samples=shape.samples + (before.samples if before is not None else 0),
            paths=merged(known, shape.paths),
            cut=shape.cut or (before is not None and before.cut),
        )
        # Known to be stored only once it is read back: this transaction may yet come to nothing.
        return
    _stored[entity.system, entity.name] = (day, seen | (stored if stored_day == day else frozenset()))
