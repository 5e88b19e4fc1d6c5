"""Walks that are told where to go on: a cursor in the answer, or the last record's own field."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sync_platform.declarations.pages import CursorPages, KeysetPages
from sync_platform.errors import DeclarationError, PartnerMisbehaved
from sync_platform.partners.envelope import Envelope
from sync_platform.partners.walk import PageRead, Step, refuse_middle, size_params


class _Trail:
    """The positions a walk has been at: one that comes again would lead in a circle."""

    def __init__(self) -> None:
        self._visited: set[str | int] = set()

    def go_on(self, position: str | int, *, origin: str) -> None:
        if position in self._visited:
            raise PartnerMisbehaved(f"{origin} names a next position that was read before; the pages run in a circle.")
        self._visited.add(position)


class CursorWalk:
    """A cursor from the body or a header, sent as a parameter or as `{cursor}` in the body."""

    knows_the_end = True

    def __init__(self, pages: CursorPages, *, owner: str) -> None:
        if pages.next is None and pages.next_header is None:
            problem = f"{owner}: the cursor pages do not say where the next cursor is."
            raise DeclarationError(problem, remedy="Declare next or next_header.")
        self._pages = pages
        self._owner = owner
        self._trail = _Trail()

    def first(self, start_page: int) -> Step:
        refuse_middle(start_page, owner=self._owner)
        return self._step(None)

    def following(self, page: PageRead) -> Step | None:
        more = _has_more(self._pages.has_more, page)
        if more is False:
            return None
        cursor = _position(self._next(page), page)
        if cursor is None:
            if more:
                raise PartnerMisbehaved(f"{page.origin} says there is more but names no next cursor.")
            return None
        self._trail.go_on(cursor, origin=page.origin)
        return self._step(cursor)

    def _next(self, page: PageRead) -> Any:
        if self._pages.next_header is not None:
            return page.answer.headers.get(self._pages.next_header)
        return page.answer.envelope.value(self._pages.next or "")

    def _step(self, cursor: str | int | None) -> Step:
        declared = self._pages
        params = size_params(declared.size_param, declared.size)
        if declared.param is not None and cursor is not None:
            params = (*params, (declared.param, str(cursor)))
        return Step(params, {"cursor": cursor, "size": declared.size, "limit": declared.size})


class KeysetWalk:
    """The next page starts after the last record (`starting_after`)."""

    def __init__(self, pages: KeysetPages, *, owner: str) -> None:
        self._pages = pages
        self._owner = owner
        self._trail = _Trail()

    @property
    def knows_the_end(self) -> bool:
        return self._pages.has_more is not None

    def first(self, start_page: int) -> Step:
        refuse_middle(start_page, owner=self._owner)
        return self._step(None)

    def following(self, page: PageRead) -> Step | None:
        more = _has_more(self._pages.has_more, page)
        if more is None:
            more = len(page.records) >= (self._pages.size or 1)
        if not more:
            return None
        if not page.records:
            raise PartnerMisbehaved(f"{page.origin} says there is more but holds no record to go on from.")
        last = Envelope(page.records[-1], origin=page.origin)
        key = _position(last.value(self._pages.field), page)
        if key is None:
            raise PartnerMisbehaved(f"{page.origin} has no `{self._pages.field}` in its last record to go on from.")
        self._trail.go_on(key, origin=page.origin)
        return self._step(key)

    def _step(self, key: str | int | None) -> Step:
        declared = self._pages
        params = size_params(declared.size_param, declared.size)
        if key is not None:
            params = (*params, (declared.param, str(key)))
        return Step(params, {"cursor": key, "size": declared.size, "limit": declared.size})


def _has_more(expression: str | None, page: PageRead) -> bool | None:
    """What the answer says; None where nothing is declared. Raises PartnerMisbehaved unless it is true or false."""
    if expression is None:
        return None
    more = page.answer.envelope.value(expression)
    if not isinstance(more, bool):
        raise PartnerMisbehaved(f"{page.origin} has neither true nor false at `{expression}`.")
    return more


def _position(value: Any, page: PageRead) -> str | int | None:
    """A cursor or key; none for null, false and an empty text."""
    if value is None or value is False or value == "":
        return None
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return str(value)
    raise PartnerMisbehaved(f"{page.origin} names a next position that is neither text nor number.")
