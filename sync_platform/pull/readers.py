"""The record reader and row writer of each entity, built once per process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sync_platform.contracts.contract import Contract, SourceVersion, VersionKind
from sync_platform.contracts.record import RecordReader, key_text
from sync_platform.contracts.record_batch import RecordBatch
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import RecordRejected
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.row import RowWriter
from sync_platform.pull.page_rows import PageReader


@dataclass(frozen=True)
class EntityTools:
    """What turns an entity's records into rows."""

    table: EntityTable
    pages: PageReader
    key_reader: RecordReader
    day_reader: RecordReader | None

    @property
    def reader(self) -> RecordReader:
        return self.pages.reader

    @property
    def writer(self) -> RowWriter:
        return self.pages.writer

    def read(self, raws: Sequence[bytes], *, text: bytes | None = None) -> RecordBatch:
        """See PageReader.read."""
        return self.pages.read(raws, text=text)

    def keys(self, batch: RecordBatch) -> list[str]:
        """Each record's key as one text."""
        names = self.table.contract.columns
        return [
            key_text(values)
            for values in zip(*(batch.columns[names.index(name)] for name in self.table.contract.key), strict=True)
        ]

    def key_of_rejected(self, raw: bytes) -> str | None:
        """The key text of a record that is broken elsewhere, by the key fields' own types; None when it has none.

        A NUL can be in no landed key, so what stands in its place does not matter.
        """
        try:
            record = self.key_reader.read(raw.replace(b"\\u0000", b"?"))
        except RecordRejected:
            return None
        return key_text(record.values)

    def day_of_rejected(self, raw: bytes) -> date | None:
        """The business day of a record that is broken elsewhere; None when it names none that can be read."""
        if self.day_reader is None:
            return None
        try:
            return self.day_reader.read(raw.replace(b"\\u0000", b"?")).business_day
        except RecordRejected:
            return None


_built: dict[tuple[str, str, str, int], EntityTools] = {}


def entity_tools(entity: Entity) -> EntityTools:
    """The entity's tools. Building them compiles its expressions and structs, so it is done once per declaration."""
    key = (entity.system, entity.name, entity.contract.version, id(entity.contract))
    if key not in _built:
        contract, picks, calendar = entity.contract, entity.declaration.fields, entity.calendar
        _built[key] = EntityTools(
            table=EntityTable(system=entity.system, contract=contract),
            pages=PageReader(contract, picks=picks, calendar=calendar),
            key_reader=_part_reader(
                replace(contract, source_version=SourceVersion(VersionKind.NONE), business_day_field=None),
                contract.key,
                entity=entity,
            ),
            day_reader=_day_reader(entity),
        )
    return _built[key]


def _day_reader(entity: Entity) -> RecordReader | None:
    name = entity.contract.business_day_field
    if entity.is_state or name is None:
        return None
    return _part_reader(
        replace(entity.contract, source_version=SourceVersion(VersionKind.NONE)), (name,), entity=entity
    )


def _part_reader(contract: Contract, names: tuple[str, ...], *, entity: Entity) -> RecordReader:
    """Reads these fields alone, of a record that may be broken elsewhere."""
    part = replace(
        contract,
        fields=tuple(contract.field(name) for name in names),
        key=tuple(name for name in contract.key if name in names),
        as_of_field=None,
    )
    picks = {name: pick for name, pick in entity.declaration.fields.items() if name in names}
    return RecordReader(part, picks=picks, calendar=entity.calendar)
