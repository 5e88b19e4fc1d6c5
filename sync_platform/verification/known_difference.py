"""The difference that is known before anything is compared: records that are dead letters and not landed.

A letter that the day's last complete read did not meet any more stands for nothing: the partner mended or removed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError

from sync_platform.contracts.figures import Figures
from sync_platform.contracts.time_format import read_moment
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.landed_figures import OpenLetter

_DECODER = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True)
class _Absent:
    """One record that came and was rejected: its moment where that can be read, and what it says of the sums."""

    moment: datetime | None
    sums: dict[str, Decimal]


class KnownDifference:
    """The open dead letters of a day: which records are known, and what those that are not landed add up to."""

    def __init__(
        self, entity: Entity, letters: Iterable[OpenLetter], *, sums: Sequence[str], field: str | None
    ) -> None:
        self._sums = tuple(sums)
        self._keys: set[str] = set()
        self._hashes: set[bytes] = set()
        self._absent: list[_Absent] = []
        for letter in letters:
            self._hashes.add(letter.payload_hash)
            if letter.record_key is not None:
                self._keys.add(letter.record_key)
            if letter.met_lately and not letter.landed:
                self._absent.append(_read(entity, letter.payload, sums=self._sums, field=field))

    def knows(self, record_key: str | None, payload_hash: bytes) -> bool:
        """Whether there is a dead letter of that record."""
        return record_key in self._keys or payload_hash in self._hashes

    def knows_key(self, record_key: str) -> bool:
        """Whether there is a dead letter with that key."""
        return record_key in self._keys

    def figures(self, since: datetime | None = None, until: datetime | None = None) -> Figures:
        """What the partner has more than us for that reason, in [since, until).

        A record whose moment cannot be read counts with the part that has no beginning.
        """
        inside = [one for one in self._absent if _is_inside(one.moment, since, until)]
        return Figures(
            count=len(inside),
            sums={name: sum((one.sums[name] for one in inside), Decimal(0)) for name in self._sums},
        )


def _is_inside(moment: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    if moment is None:
        return since is None
    return (since is None or moment >= since) and (until is None or moment < until)


def _read(entity: Entity, payload: bytes | None, *, sums: Sequence[str], field: str | None) -> _Absent:
    """What can be read of a broken record; what cannot counts as 0, and the comparison by keys then decides."""
    try:
        document = None if payload is None else _DECODER.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InvalidOperation):
        document = None
    return _Absent(
        moment=_moment(entity, document, field) if field else None,
        sums={name: _summed(entity, document, name) for name in sums},
    )


def _picked(entity: Entity, document: Any, name: str) -> Any:
    try:
        return jmespath.search(entity.declaration.fields.get(name, name), document)
    except JMESPathError:
        return None


def _moment(entity: Entity, document: Any, field: str) -> datetime | None:
    time_format = entity.contract.field(field).time_format
    written = _picked(entity, document, field)
    if written is None or time_format is None:
        return None
    try:
        return read_moment(written, time_format=time_format, zone=entity.calendar.zone)
    except ValueError:
        return None


def _summed(entity: Entity, document: Any, summed: str) -> Decimal:
    name, _, item = summed.partition("[].")
    value = _picked(entity, document, name)
    if not item:
        return _number(value)
    items = value if isinstance(value, list) else []
    return sum((_number(each.get(item)) for each in items if isinstance(each, dict)), Decimal(0))


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return Decimal(0)
    try:
        number = Decimal(value)
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)
