"""The record reader and row writer of each entity, built once per process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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


_built: dict[tuple[str, str, str, int], EntityTools] = {}


def entity_tools(entity: Entity) -> EntityTools:
    """The entity's tools. Building them compiles its expressions and structs, so it is done once per declaration."""
    key = (entity.system, entity.name, entity.contract.version, id(entity.contract))
    if key not in _built:
        contract, picks, calendar = entity.contract, entity.declaration.fields, entity.calendar
        _built[key] = EntityTools(
            table=EntityTable(system=entity.system, contract=contract),
            pages=PageReader(contract, picks=picks, calendar=calendar),
            key_reader=RecordReader(
                _key_only(contract),
                picks={name: pick for name, pick in picks.items() if name in contract.key},
                calendar=calendar,
            ),
        )
    return _built[key]


def _key_only(contract: Contract) -> Contract:
    return replace(
        contract,
        fields=tuple(contract.field(name) for name in contract.key),
        source_version=SourceVersion(VersionKind.NONE),
        business_day_field=None,
        as_of_field=None,
    )
