"""Walks that count: page numbers and offsets."""

from __future__ import annotations

from math import ceil

from sync_platform.declarations.pages import OffsetPages, PageNumberPages
from sync_platform.partners.walk import PageRead, Step, count_of, size_params


class _Tally:
    """How much a counting walk has seen, against the partner's total.

    A record repeated on its own or the next page (partners do that when rows shift) is not counted twice: else a walk
    would stop before the last records, believing to have them all.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._seen = 0
        self._previous: set[bytes] = set()

    def is_last(self, page: PageRead, *, pages_read: int) -> bool:
        """Whether `page` ends the walk. Without a total a short page does; with one, no empty page before it."""
        if page.total is None:
            return len(page.records) < self._size
        records = set(page.records)
        self._seen += len(records - self._previous)
        self._previous = records
        return self._seen >= page.total or (not records and pages_read >= ceil(page.total / self._size))


class PageNumberWalk:
    """`page=1, 2, 3 …`"""

    def __init__(self, pages: PageNumberPages) -> None:
        self._pages = pages
        self._page = pages.first
        self._start = 0
        self._tally = _Tally(pages.size)

    @property
    def knows_the_end(self) -> bool:
        return self._pages.total_pages_header is not None

    def first(self, start_page: int) -> Step:
        self._start = start_page
        self._page = self._pages.first + start_page
        return self._step()

    def following(self, page: PageRead) -> Step | None:
        pages_read = self._page - self._pages.first + 1
        if self._is_last(page, pages_read):
            return None
        self._page += 1
        return self._step()

    def _is_last(self, page: PageRead, pages_read: int) -> bool:
        header = self._pages.total_pages_header
        total_pages = count_of(page.answer.headers.get(header), name=header, origin=page.origin) if header else None
        if total_pages is not None:
            return pages_read >= total_pages
        if self._start and page.total is not None:  # what lies before the start was seen by an earlier walk
            return pages_read >= ceil(page.total / self._pages.size)
        return self._tally.is_last(page, pages_read=pages_read)

    def _step(self) -> Step:
        declared = self._pages
        params = ((declared.param, str(self._page)), *size_params(declared.size_param, declared.size))
        return Step(params, {"page": self._page, "size": declared.size})


class OffsetWalk:
    """`offset=0, limit=200`; moves on by what came, because a partner may cap the limit below what was asked."""

    def __init__(self, pages: OffsetPages) -> None:
        self._pages = pages
        self._offset = 0
        self._start = 0
        self._tally = _Tally(pages.limit)

    knows_the_end = False

    def first(self, start_page: int) -> Step:
        self._start = self._offset = start_page * self._pages.limit
        return self._step()

    def following(self, page: PageRead) -> Step | None:
        limit = self._pages.limit
        self._offset += min(len(page.records), limit) or limit
        if self._is_last(page):
            return None
        return self._step()

    def _is_last(self, page: PageRead) -> bool:
        if self._start and page.total is not None:
            return self._offset >= page.total
        return self._tally.is_last(page, pages_read=ceil(self._offset / self._pages.limit))

    def _step(self) -> Step:
        declared = self._pages
        params = ((declared.param, str(self._offset)), *size_params(declared.limit_param, declared.limit))
        return Step(params, {"offset": self._offset, "limit": declared.limit, "size": declared.limit})
