"""The JSON around the records: cuts the records out as text and decodes only what an expression asks for.

Records stay undecoded here, so that a number keeps every digit and a record is decoded once, by its contract.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from jmespath.exceptions import JMESPathError

from sync_platform.errors import PartnerMisbehaved
from sync_platform.partners.expression import evaluator, list_steps, plain_steps, root_names
from sync_platform.partners.json_text import items_of, members_of

Members = dict[str, msgspec.Raw]
Steps = tuple[str, ...]

_MEMBERS = msgspec.json.Decoder(Members)
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])
_VALUE = msgspec.json.Decoder(float_hook=Decimal)
_RECORD = msgspec.json.Encoder(decimal_format="number")
_BRACE = ord("{")
_UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, InvalidOperation)


class Envelope:
    """One answer's body, read on demand. `origin` says in errors which answer it is (`shop/orders: … GET /orders`).

    Every method raises PartnerMisbehaved for what is not JSON (NaN and Infinity are not) or is nested without end.
    """

    def __init__(self, body: bytes, *, origin: str) -> None:
        self._body = body
        self._origin = origin
        self._opened: dict[Steps, Members | None] = {}

    def value(self, expression: str) -> Any:
        """What the expression selects, floats as Decimal; None where it selects nothing."""
        steps = plain_steps(expression)
        if steps is not None:
            raw = self.raw(steps)
            return None if raw is None else self._decode(raw)
        return self._evaluate(expression)

    def raw(self, steps: Steps) -> bytes | msgspec.Raw | None:
        """The undecoded JSON text at a plain path; None where there is none."""
        if not steps:
            return self._body
        members = self._members(steps[:-1])
        return None if members is None else members.get(steps[-1])

    def records(self, expression: str) -> list[bytes]:
        """Each record's JSON text, in the partner's order. Raises PartnerMisbehaved unless it is a list of objects."""
        steps = list_steps(expression)
        if steps is None:
            return self._evaluated_records(expression)
        raw = self.raw(steps)
        if raw is None or not _opens_with(raw, b"["):
            raise self._misbehaved(f"has no list at `{expression}`")
        records = self._items(raw)
        for number, record in enumerate(records):
            if record[0] != _BRACE:
                raise self._misbehaved(f"has something else than an object at `{expression}`, item {number}")
        return records

    def list_text(self, expression: str) -> bytes | None:
        """The records' list as the partner wrote it; None where the expression made it."""
        steps = list_steps(expression)
        raw = self.raw(steps) if steps is not None else None
        return None if raw is None else bytes(raw)

    def record(self, expression: str) -> bytes:
        """The JSON text of the one object that the expression selects."""
        steps = plain_steps(expression)
        raw = self.raw(steps) if steps is not None else None
        if steps is None:
            value = self._evaluate(expression)
            raw = _RECORD.encode(value) if isinstance(value, dict) else None
        if raw is None or not _opens_with(raw, b"{"):
            raise self._misbehaved(f"has no object at `{expression}`")
        return bytes(raw)

    def check(self) -> None:
        """Read the whole body without keeping anything. Raises PartnerMisbehaved when it is not JSON."""
        try:
            msgspec.json.decode(self._body, type=msgspec.Raw)
        except _UNREADABLE as error:
            raise self._unreadable(error) from error

    def refuse_duplicate_keys(self) -> None:
        """Raise PartnerMisbehaved when an object anywhere names a key twice: nobody can tell which value is meant.

        Costs about 8 ms for 350 kB where everything else here takes 1 ms, so it is for small bodies and first pages.
        """
        try:
            json.loads(self._body, object_pairs_hook=_unique, parse_constant=_not_json, parse_float=str, parse_int=str)
        except _DuplicateKeyError as error:
            raise self._misbehaved(f"names the key {error.args[0]!r} twice in one object") from error
        except (ValueError, RecursionError) as error:
            raise self._unreadable(error) from error

    def _members(self, steps: Steps) -> Members | None:
        if steps not in self._opened:
            raw = self.raw(steps)
            is_object = raw is not None and _opens_with(raw, b"{")
            self._opened[steps] = self._open(raw) if raw is not None and is_object else None
            if raw is self._body and self._opened[steps] is None:
                self.check()  # what is no object was not read yet; it may be a list, or no JSON at all
        return self._opened[steps]

    def _open(self, raw: bytes | msgspec.Raw) -> Members:
        try:
            return _MEMBERS.decode(raw)
        except _UNREADABLE as error:
            try:
                return {name: msgspec.Raw(text) for name, text in members_of(bytes(raw)).items()}
            except (ValueError, RecursionError):
                raise self._unreadable(error) from error

    def _items(self, raw: bytes | msgspec.Raw) -> list[bytes]:
        try:
            return [bytes(item) for item in _ITEMS.decode(raw)]
        except _UNREADABLE as error:
            try:
                return items_of(bytes(raw))
            except (ValueError, RecursionError):
                raise self._unreadable(error) from error

    def _evaluate(self, expression: str) -> Any:
        names = root_names(expression)
        if names is None:
            document = self._decode(self._body)
        else:
            members = self._members(()) or {}
            document = {name: self._decode(members[name]) for name in names if name in members}
        try:
            return evaluator(expression)(document)
        except JMESPathError as error:
            raise self._misbehaved(f"does not suit `{expression}`: {type(error).__name__}") from error

    def _evaluated_records(self, expression: str) -> list[bytes]:
        records = self._evaluate(expression)
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise self._misbehaved(f"has no list of objects at `{expression}`")
        return [_RECORD.encode(record) for record in records]

    def _decode(self, raw: bytes | msgspec.Raw) -> Any:
        try:
            return _VALUE.decode(raw)
        except _UNREADABLE as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> PartnerMisbehaved:
        if isinstance(error, RecursionError):
            return self._misbehaved("is nested deeper than any record would be")
        if not self._body.strip():
            return self._misbehaved("has an empty body where JSON was expected")
        # msgspec names the byte, never the text; the other libraries' messages may quote it.
        problem = str(error) if isinstance(error, msgspec.MsgspecError) else "a broken value"
        return self._misbehaved(f"is not JSON: {problem}")

    def _misbehaved(self, problem: str) -> PartnerMisbehaved:
        return PartnerMisbehaved(f"{self._origin} {problem}.")


class _DuplicateKeyError(ValueError):
    """Carries the key that stands twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        names = [name for name, _ in pairs]
        raise _DuplicateKeyError(next(name for name in names if names.count(name) > 1)[:40])
    return unique


def _not_json(constant: str) -> Any:
    raise ValueError(constant)


def _opens_with(raw: bytes | msgspec.Raw, bracket: bytes) -> bool:
    return bytes(memoryview(raw)[:64]).lstrip()[:1] == bracket
