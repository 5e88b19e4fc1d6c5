"""What `finisher` does to one decoded value, done to a whole column: limits are held by its least and its largest."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Field, FieldType
from sync_platform.contracts.field_value import (
    FIRST_DATE_YEAR,
    Finisher,
    finisher,
    range_limits,
    usual_decimal_limits,
)
from sync_platform.contracts.time_format import EPOCH_MICROSECONDS, LAST_YEAR, epoch_limits, from_microseconds
from sync_platform.errors import RecordRejected

# Finishes a column; the indexes of what it could not settle are added to the set, and what stands there is no value.
ColumnFinisher = Callable[[list[Any], set[int]], list[Any]]
# A limit and what breaks it: `operator.lt` breaks a minimum.
Limits = Sequence[tuple[Any, Callable[[Any, Any], bool]]]


def column_finisher(field: Field, calendar: BusinessCalendar) -> ColumnFinisher:
    """The column form of the field's finisher: it gives the same values, or leaves them to it."""
    finish = finisher(field, calendar)
    if finish is None:
        return _as_it_is
    if field.type is FieldType.DATE:
        return _within([(date(FIRST_DATE_YEAR, 1, 1), operator.lt), (date(LAST_YEAR, 12, 31), operator.gt)])
    if field.type is FieldType.INTEGER and field.valid_values is None:
        return _within([(limit, broken) for limit, broken, _ in range_limits(field)])
    if field.type is FieldType.TEXT:
        return _among(frozenset(field.valid_values or ()))
    if field.type is FieldType.DECIMAL:
        return _decimals(field, finish)
    if field.time_format in EPOCH_MICROSECONDS:
        return _epochs(EPOCH_MICROSECONDS[field.time_format], finish)
    # Moments repeat: the lines of a basket have one time, a branch one as_of.
    return _each_once(finish) if field.type is FieldType.TIMESTAMP else _each(finish)


def has_none(column: Sequence[Any]) -> bool:
    """`None in column`, for which a Decimal takes 0.7 us a value to find out that it is not None."""
    return NoneType in map(type, column)


def _as_it_is(column: list[Any], suspects: set[int]) -> list[Any]:  # noqa: ARG001 - nothing to suspect
    return column


def _within(limits: Limits) -> ColumnFinisher:
    def finish(column: list[Any], suspects: set[int]) -> list[Any]:
        values = column if not has_none(column) else [value for value in column if value is not None]
        if values and any(broken((min if broken in _LOW else max)(values), limit) for limit, broken in limits):
            suspects.update(_breaking(column, limits))
        return column

    return finish


_LOW = (operator.lt, operator.le)


def _breaking(column: list[Any], limits: Limits) -> Iterable[int]:
    for limit, broken in limits:
        yield from [index for index, value in enumerate(column) if value is not None and broken(value, limit)]


def _among(values: frozenset[Any]) -> ColumnFinisher:
    def finish(column: list[Any], suspects: set[int]) -> list[Any]:
        strange = set(column) - values - {None}
        if strange:
            suspects.update(index for index, value in enumerate(column) if value in strange)
        return column

    return finish


def _decimals(field: Field, finish: Finisher) -> ColumnFinisher:
    """Decimals written with all their places and within limits, which most are; the others one by one."""
    usual = usual_decimal_limits(field)
    if usual is None:
        return _each(finish)
    step, low, high = usual
    each = _each(finish)

    def finish_column(column: list[Any], suspects: set[int]) -> list[Any]:
        values: list[Decimal] = column if not has_none(column) else [value for value in column if value is not None]
        # The quantum first: NaN has another one, and to compare it would raise.
        if not values or (all(map(step.same_quantum, values)) and low <= min(values) and max(values) <= high):
            return column
        return each(column, suspects)

    return finish_column


def _epochs(unit: int, finish: Finisher) -> ColumnFinisher:
    """Moments written as integers: their limits are integers too. `unit` is in microseconds."""
    low, high = (limit // unit for limit in epoch_limits())
    each = _each_once(finish)

    def finish_column(column: list[Any], suspects: set[int]) -> list[Any]:
        different = set(column)
        if None in different or min(different, default=low) < low or max(different, default=low) >= high:
            return each(column, suspects)
        if len(different) * 2 > len(column):
            return [from_microseconds(value * unit) for value in column]
        moments = {value: from_microseconds(value * unit) for value in different}
        return [moments[value] for value in column]

    return finish_column


def _each(finish: Finisher) -> ColumnFinisher:
    def finish_column(column: list[Any], suspects: set[int]) -> list[Any]:
        finished = []
        for index, value in enumerate(column):
            try:
                finished.append(None if value is None else finish(value))
            except RecordRejected:
                suspects.add(index)
                finished.append(None)
        return finished

    return finish_column


def _each_once(finish: Finisher) -> ColumnFinisher:
    def finish_column(column: list[Any], suspects: set[int]) -> list[Any]:
        finished: dict[Any, Any] = {}
        for value in set(column):
            try:
                finished[value] = None if value is None else finish(value)
            except RecordRejected:
                suspects.update(index for index, other in enumerate(column) if other == value)
                finished[value] = None
        return [finished[value] for value in column]

    return finish_column
