"""Reads many records at once, column by column: what RecordReader says of each, at a fraction of its cost.

What is plainly good is settled for a whole column by C code (decode, minimum, maximum, set); every record with
anything else in it is read again by RecordReader, which alone decides what is rejected and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any

import msgspec

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.column_finisher import column_finisher
from sync_platform.contracts.contract import Contract, Field, FieldType
from sync_platform.contracts.field_value import usual_decimal_limits
from sync_platform.contracts.record import Record, RecordReader
from sync_platform.contracts.record_struct import attribute, dotted_paths, struct_type
from sync_platform.contracts.time_format import EPOCH_MICROSECONDS, microseconds
from sync_platform.errors import RecordRejected

_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """Records as their contract reads them, in the partner's order: `positions` are theirs among what was given.

    `columns` follow the contract's fields; a decimal written with all its places may be its text. `versions`, `days`
    and `as_of` are a Record's, one per record. `rejected` are the positions of the others and what is wrong with them.
    """

    positions: Sequence[int]
    columns: list[list[Any]]
    versions: list[int | None]
    days: list[date | None]
    as_of: list[datetime | None]
    rejected: list[tuple[int, RecordRejected]]

    def without(self, refused: Mapping[int, RecordRejected]) -> RecordBatch:
        """The batch less the rows at these indexes, whose records are rejected too."""
        rejected = [*self.rejected, *((self.positions[index], error) for index, error in refused.items())]
        last_first = sorted(refused, reverse=True)
        return RecordBatch(
            positions=_less(self.positions, last_first),
            columns=[_less(column, last_first) for column in self.columns],
            versions=_less(self.versions, last_first),
            days=_less(self.days, last_first),
            as_of=_less(self.as_of, last_first),
            rejected=sorted(rejected, key=lambda one: one[0]),
        )


def _less(values: Sequence[Any], last_first: Sequence[int]) -> list[Any]:
    kept = list(values)
    for index in last_first:
        del kept[index]
    return kept


class _Decoders:
    """How one kind of struct is decoded, by the list and alone."""

    def __init__(self, struct: type[msgspec.Struct]) -> None:
        self.many = msgspec.json.Decoder(list[struct])  # type: ignore[valid-type]
        self._one = msgspec.json.Decoder(struct)

    def struct_of(self, raw: bytes) -> Any:
        """The record's struct, None when it is no such struct."""
        try:
            return self._one.decode(raw)
        except _UNREADABLE:
            return None


class BatchReader:
    """Reads records of one entity by the hundreds. Built once, with the reader that has the last word."""

    def __init__(
        self, contract: Contract, *, picks: Mapping[str, str], calendar: BusinessCalendar, reader: RecordReader
    ) -> None:
        self._contract = contract
        self._calendar = calendar
        self._reader = reader
        paths = {field.name: picks.get(field.name, field.name) for field in contract.fields}
        dotted = dotted_paths(paths)
        # A field that only a query finds is found by the reader alone; then a batch is its reads, one by one.
        self._plain = len(dotted) == len(contract.fields)
        by_path = {path: contract.field(name) for name, path in dotted.items()}
        texts = [
            field.name for field in contract.fields if usual_decimal_limits(field) and field.name not in contract.key
        ]
        # First as the last page was: some partners write money as strings, others as numbers.
        self._decoders = [_Decoders(struct_type(contract.entity, by_path, as_text=names)) for names in (texts, ())]
        self._paths = [tuple(attribute(step) for step in paths[field.name].split(".")) for field in contract.fields]
        self._finishers = [column_finisher(field, calendar) for field in contract.fields]
        names = contract.columns
        self._version = [
            (names.index(name), _version_of(contract.field(name))) for name in contract.source_version.fields
        ]
        self._day = names.index(contract.business_day_field) if contract.business_day_field else None
        self._as_of = names.index(contract.as_of_field) if contract.as_of_field else None

    def read(self, raws: Sequence[bytes], *, text: bytes | None = None) -> RecordBatch:
        """All that can be read of `raws` (each a record's JSON text), and what is rejected of them.

        `text` is all of them as one JSON list, where the caller has it.
        """
        together = b"[%b]" % b",".join(raws) if text is None else text
        # NUL, and what the field readers cannot do by column, is for the reader.
        structs = None if not self._plain or b"\\u0000" in together else self._decoded(raws, together)
        if structs is None:
            return self._one_by_one(raws)
        suspects = {index for index, struct in enumerate(structs) if struct is None} if None in structs else set()
        decoded = self._columns(structs)
        columns = [finish(column, suspects) for finish, column in zip(self._finishers, decoded, strict=True)]
        versions = self._versions(decoded, columns, suspects)
        days = self._days(columns)
        as_of = columns[self._as_of] if self._as_of is not None else [None] * len(raws)
        batch = RecordBatch(range(len(raws)), columns, versions, days, list(as_of), [])
        if len(suspects) * 10 > len(raws):
            self._decoders.reverse()
        return self._settled(batch, raws, suspects) if suspects else batch

    def _decoded(self, raws: Sequence[bytes], together: bytes) -> list[Any] | None:
        """Each record's struct, None for one that is no such struct."""
        for decoders in self._decoders:
            try:
                structs: list[Any] = decoders.many.decode(together)
            except _UNREADABLE:
                continue
            if decoders is not self._decoders[0]:
                self._decoders.reverse()
            return structs if len(structs) == len(raws) else None
        return [self._decoders[0].struct_of(raw) for raw in raws]

    def _columns(self, structs: list[Any]) -> list[list[Any]]:
        """Each field's decoded values; None where the record or a parent is missing."""
        parents: dict[tuple[str, ...], list[Any]] = {(): structs}
        return [_column(parents, path) for path in self._paths]

    def _versions(self, decoded: list[list[Any]], columns: list[list[Any]], suspects: set[int]) -> list[int | None]:
        if not self._version:
            return [None] * len(columns[0])
        found = [of(decoded[index], columns[index]) for index, of in self._version]
        versions = found[0]
        for later in found[1:]:
            if None not in versions:
                break
            versions = [other if version is None else version for version, other in zip(versions, later, strict=True)]
        if None in versions:
            suspects.update(index for index, version in enumerate(versions) if version is None)
        return versions

    def _days(self, columns: list[list[Any]]) -> list[date | None]:
        if self._day is None:
            return [None] * len(columns[0])
        moments = columns[self._day]
        if self._contract.fields[self._day].type is FieldType.DATE:
            return moments
        different = set(moments)
        if different and None not in different:
            first, last = self._calendar.day_of(min(different)), self._calendar.day_of(max(different))
            if first == last:
                return [first] * len(moments)
        day_of = {moment: None if moment is None else self._calendar.day_of(moment) for moment in different}
        return [day_of[moment] for moment in moments]

    def _settled(self, batch: RecordBatch, raws: Sequence[bytes], suspects: set[int]) -> RecordBatch:
        """The batch with what the reader says of each suspect record in its place."""
        refused: dict[int, RecordRejected] = {}
        for index in sorted(suspects):
            try:
                record = self._reader.read(raws[index])
            except RecordRejected as error:
                refused[index] = _without_trace(error)
                continue
            for column, value in zip(batch.columns, record.values, strict=True):
                column[index] = value
            batch.versions[index] = record.source_version
            batch.days[index] = record.business_day
            batch.as_of[index] = record.as_of
        return batch.without(refused) if refused else batch

    def _one_by_one(self, raws: Sequence[bytes]) -> RecordBatch:
        positions: list[int] = []
        records: list[Record] = []
        rejected: list[tuple[int, RecordRejected]] = []
        for position, raw in enumerate(raws):
            try:
                records.append(self._reader.read(raw))
                positions.append(position)
            except RecordRejected as error:
                rejected.append((position, _without_trace(error)))
        return RecordBatch(
            positions=positions,
            columns=[[record.values[index] for record in records] for index in range(len(self._contract.fields))],
            versions=[record.source_version for record in records],
            days=[record.business_day for record in records],
            as_of=[record.as_of for record in records],
            rejected=rejected,
        )


def _without_trace(error: RecordRejected) -> RecordRejected:
    """The same without traceback and cause: their frames refer to the batch, which would live on in that cycle.

    In a load of 1,400,000 records that was 50 MB until the garbage collector came by.
    """
    return RecordRejected(error.reason, error.field, error.message)


def _column(parents: dict[tuple[str, ...], list[Any]], path: tuple[str, ...]) -> list[Any]:
    """The values at a path below the structs, each parent looked up once.

    One attribute at a time: a tuple per record would be quicker to make, but not for the garbage collector.
    """
    *above, name = path
    outer = tuple(above)
    if outer not in parents:
        parents[outer] = _column(parents, outer)
    get = attrgetter(name)
    try:
        return list(map(get, parents[outer]))
    except AttributeError:  # a missing parent is None, which has no attributes
        return [None if parent is None else get(parent) for parent in parents[outer]]


def _version_of(field: Field) -> Callable[[list[Any], list[Any]], list[int | None]]:
    """Versions from a field's decoded and finished values. An epoch is nearly its version already."""
    per_unit = EPOCH_MICROSECONDS.get(field.time_format) if field.time_format is not None else None
    if per_unit is not None:
        return lambda decoded, _: [None if value is None else value * per_unit for value in decoded]
    if field.type is FieldType.TIMESTAMP:
        return lambda _, finished: [microseconds(value) if isinstance(value, datetime) else None for value in finished]
    return lambda _, finished: finished
