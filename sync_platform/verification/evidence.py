"""Differing keys as they are kept and shown: a bounded number, personal values masked, long ones cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from sync_platform.contracts.contract import Contract
from sync_platform.landing.differing_keys import DifferingKey
from sync_platform.landing.verifications import StoredDifference
from sync_platform.redact import excerpt, mask_value

MOST_KEPT = 200
"""Of each day; what is beyond is counted. A person who sees two hundred pulls the day again, whichever they are."""
_VALUE_CHARACTERS = 80


def evidence(contract: Contract, differing: Iterable[DifferingKey]) -> tuple[StoredDifference, ...]:
    """The first of them, in the order they came."""
    return tuple(islice(_kept(contract, differing), MOST_KEPT))


def _kept(contract: Contract, differing: Iterable[DifferingKey]) -> Iterator[StoredDifference]:
    personal = {field.name for field in contract.fields if field.personal}
    masked_key = bool(personal.intersection(contract.key))
    for one in differing:
        yield StoredDifference(
            record_key=mask_value(one.record_key) if masked_key and one.record_key else one.record_key,
            kind=one.kind,
            fields={
                name: {side: _shown(value, personal=name in personal) for side, value in sides.items()}
                for name, sides in one.fields.items()
            },
            note=excerpt(one.note),
        )


def _shown(value: Any, *, personal: bool) -> str | None:
    if value is None:
        return None
    text = str(value)
    if personal:
        return mask_value(text)
    return text if len(text) <= _VALUE_CHARACTERS else text[: _VALUE_CHARACTERS - 1] + "…"
