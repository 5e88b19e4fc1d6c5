"""As of which moment a page is true, as a whole and per branch, by what the partner says itself."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

import msgspec

from sync_platform.contracts.time_format import TimeFormat, read_moment
from sync_platform.declarations.system import AsOf, BranchAsOf
from sync_platform.errors import PartnerMisbehaved
from sync_platform.partners.envelope import Envelope
from sync_platform.partners.expression import evaluator, plain_steps
from sync_platform.partners.request import Answer


def page_as_of(declared: AsOf, answer: Answer, *, zone: tzinfo, origin: str) -> datetime | None:
    """The moment the partner names, None where it is declared but not given; undeclared, when the request was made.

    `Date` says when the answer was written, but its data was read before that: then the earlier moment counts.
    """
    if declared.header is not None:
        written, name = answer.headers.get(declared.header), declared.header
    elif declared.body is not None:
        written, name = answer.envelope.value(declared.body), declared.body
    else:
        return answer.requested_at
    moment = _moment(written, declared.format, zone=zone, name=name, origin=origin)
    if moment is not None and name.lower() == "date":
        return min(moment, answer.requested_at)
    return moment


class BranchTimes:
    """Reads the per-branch as_of of a walk's pages; the same list again, as it stands on every page, is read once."""

    def __init__(self, declared: BranchAsOf | None, *, zone: tzinfo) -> None:
        self._declared = declared
        self._zone = zone
        self._text = b""
        self._times: dict[str, datetime] = {}

    def read(self, envelope: Envelope, *, origin: str) -> dict[str, datetime]:
        """The as_of of each branch that names one. Raises PartnerMisbehaved where the list is missing or unreadable."""
        declared = self._declared
        if declared is None:
            return {}
        steps = plain_steps(declared.records)
        raw = envelope.raw(steps) if steps is not None else None
        text = bytes(raw) if isinstance(raw, msgspec.Raw) else b""
        if not text or text != self._text:
            self._times = self._read_list(envelope.value(declared.records), declared, origin=origin)
            self._text = text
        return self._times

    def _read_list(self, items: Any, declared: BranchAsOf, *, origin: str) -> dict[str, datetime]:
        if not isinstance(items, list):
            raise PartnerMisbehaved(f"{origin} has no list at `{declared.records}`.")
        branch_of, as_of_of = evaluator(declared.branch), evaluator(declared.as_of)
        times = {}
        for item in items:
            branch = branch_of(item)
            moment = _moment(as_of_of(item), declared.format, zone=self._zone, name=declared.as_of, origin=origin)
            if branch is None:
                raise PartnerMisbehaved(f"{origin} has a branch without `{declared.branch}`.")
            if moment is not None:
                times[str(branch)] = moment
        return times


def _moment(written: Any, time_format: TimeFormat, *, zone: tzinfo, name: str, origin: str) -> datetime | None:
    if written is None or written == "":
        return None
    try:
        return read_moment(written, time_format=time_format, zone=zone)
    except ValueError as error:
        raise PartnerMisbehaved(f"{origin} has no moment at `{name}`: {error}.") from error
