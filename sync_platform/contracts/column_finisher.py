"""What `finisher` does to one decoded value, done to a whole column: limits are held by its least and its largest."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
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
from sync_platform.contracts.time_format import EPOCH, EPOCH_MICROSECONDS, LAST_YEAR, epoch_limits
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
    each = _each(finish)
    if usual is None:
        return each
    step, low, high = usual
    texts = _decimal_texts(step, low, high)

    def finish_column(column: list[Any], suspects: set[int]) -> list[Any]:
        values: list[Any] = column if not has_none(column) else [value for value in column if value is not None]
        if values and type(values[0]) is str:
            return texts(column, values, suspects)
        # The quantum first: NaN has another one, and to compare it would raise.
        if not values or (all(map(step.same_quantum, values)) and low <= min(values) and max(values) <= high):
            return column
        return each(column, suspects)

    return finish_column


def _decimal_texts(step: Decimal, low: Decimal, high: Decimal) -> Callable[[list[Any], list[str], set[int]], list[Any]]:
    """For decimals that came as strings and stay so: as the number would be written, so equal numbers are equal texts.

    Judged on all texts together it takes 0.05 us a value; to make a Decimal and judge and write that takes 0.5.
    """
    places = -int(step.as_tuple().exponent)
    digits = max(len(str(int(abs(limit)))) for limit in (low, high))
    # A zero has no sign, else it would be another text for the same number.
    sign = r"(?!-[0.]+(?:\n|\Z))-?" if low < 0 else ""
    fraction = rf"\.[0-9]{{{places}}}" if places else ""
    one = re.compile(rf"{sign}(?:0|[1-9][0-9]{{0,{digits - 1}}}){fraction}")
    all_of_them = re.compile(rf"{one.pattern}(?:\n{one.pattern})*+")
    most = Decimal(f"{'9' * digits}.{'9' * places}")
    # Where the contract only limits the digits, the pattern alone decides.
    plain_limits = high == most and low in (0, most.copy_negate())

    def is_good(text: str) -> bool:
        return one.fullmatch(text) is not None and low <= Decimal(text) <= high

    def finish(column: list[Any], values: list[str], suspects: set[int]) -> list[Any]:
        if not (plain_limits and all_of_them.fullmatch("\n".join(values))):
            suspects.update(index for index, value in enumerate(column) if value is not None and not is_good(value))
        return column

    return finish


def _epochs(unit: int, finish: Finisher) -> ColumnFinisher:
    """Moments written as integers: their limits are integers too. `unit` is in microseconds."""
    low, high = (limit // unit for limit in epoch_limits())
    step = timedelta(microseconds=unit)
    each = _each_once(finish)

    def finish_column(column: list[Any], suspects: set[int]) -> list[Any]:
        different = set(column)
        if None in different or min(different, default=low) < low or max(different, default=low) >= high:
            return each(column, suspects)
        if len(different) * 2 > len(column):
            return [EPOCH + value * step for value in column]
        moments = {value: EPOCH + value * step for value in different}
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
