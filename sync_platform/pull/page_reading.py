"""Pages of a business day with their rows: asked ahead, and in long reads turned into rows by a second process."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from datetime import date
from typing import Self

from sync_platform.declarations.partner_system import Entity
from sync_platform.partners.pages import Page, read_ahead
from sync_platform.pull.page_rows import PageRecords, PageRows
from sync_platform.pull.readers import entity_tools
from sync_platform.pull.reading_process import ReadingProcess

# A start costs 0.2 s of processor time, what 20 pages of 1,000 sales take to be read (8 MB, 0.2 s).
LONG_READ_BYTES = 8_000_000


def read_rows(pages: Iterator[Page], entity: Entity, *, day: date) -> Generator[tuple[Page, PageRows]]:
    """The pages in order, each with its rows as of that day; the next one is asked while one is worked on.

    No more than three pages are held at a time. Raises what reading the pages raises, after the pages before it.
    """
    with _Reading(entity, day=day) as reading:
        for page, was_sent in read_ahead(reading.sent(pages)):
            yield page, reading.rows(page, was_sent=was_sent)


class _Reading:
    """Where the pages of one read become rows: here, or in a process of their own once the read is long."""

    def __init__(self, entity: Entity, *, day: date) -> None:
        self._entity, self._day = entity, day
        self._reader = entity_tools(entity).pages
        self._process: ReadingProcess | None = None
        self._bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process is not None:
            self._process.end()

    def sent(self, pages: Iterator[Page]) -> Iterator[tuple[Page, bool]]:
        """The pages, and whether they were handed to the process."""
        for page in pages:
            self._bytes += sum(map(len, page.records))
            if self._process is None and page.full and self._bytes > LONG_READ_BYTES and _cores() > 1:
                self._process = ReadingProcess(
                    self._entity.contract,
                    picks=dict(self._entity.declaration.fields),
                    calendar=self._entity.calendar,
                    day=self._day,
                )
            process = self._process
            takes = process is not None and not page.broken and process.is_ready()
            yield page, takes and process is not None and process.send(_records(page))

    def rows(self, page: Page, *, was_sent: bool) -> PageRows:
        """The rows of the next page; one that the process does not give back is read here."""
        rows = self._process.receive() if was_sent and self._process is not None else None
        return rows or self._reader.rows_of_day(_records(page), self._day, text=page.text, broken=page.broken)


def _records(page: Page) -> PageRecords:
    return PageRecords(
        raws=page.records,
        requested_at=page.requested_at,
        as_of=page.as_of or page.requested_at,
        exchange_id=page.exchange_id,
    )


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
