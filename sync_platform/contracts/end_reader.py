"""Reads the end of a contract's major version from the standard's `endOfSupport` or `endOfLife`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from open_data_contract_standard.model import ServiceLevelAgreementProperty

from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import YamlSource

# The standard tells them apart: no more help, no more data. Here both are the last day on which readers may rely on the
# version, and of two dates nobody could tell which of them counts.
ENDS = ("endOfSupport", "endOfLife")


def read_end(source: YamlSource, promises: Sequence[ServiceLevelAgreementProperty]) -> date | None:
    """The last day of the major version; None where no end is announced. Raises DeclarationError."""
    found: date | None = None
    for index, promise in enumerate(promises):
        if promise.property not in ENDS:
            continue
        if found is not None:
            raise DeclarationError(
                "the contract ends twice.",
                place=source.place(("slaProperties", index)),
                remedy=f"Keep one of {' and '.join(ENDS)}.",
            )
        try:
            found = date.fromisoformat(str(promise.value))
        except ValueError as error:
            raise DeclarationError(
                f"{promise.property} {promise.value!r} is no day.",
                place=source.place(("slaProperties", index, "value")),
                remedy='Write the last day in quotes, like "2027-03-31".',
            ) from error
    return found


def ends_in(content: dict[str, Any]) -> date | None:
    """The end that a document of plain values announces, which was read as a contract before."""
    for promise in content.get("slaProperties") or ():
        if promise.get("property") in ENDS:
            return date.fromisoformat(str(promise.get("value")))
    return None
