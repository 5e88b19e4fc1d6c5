"""Walks the pages of "what changed?" so that a record which changes meanwhile pushes no other off the pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sync_platform.contracts.record_batch import RecordBatch
from sync_platform.declarations.pages import OffsetPages, PageNumberPages
from sync_platform.declarations.partner_system import Entity
from sync_platform.declarations.window import ChangedSince
from sync_platform.errors import PartnerMisbehaved
from sync_platform.partners.pages import Page, read_pages
from sync_platform.partners.question import ChangedBetween
from sync_platform.pull.readers import EntityTools, entity_tools
from sync_platform.pull.tools import PullTools


def walk_changes(
    tools: PullTools, entity: Entity, declared: ChangedSince, *, since: datetime, until: datetime
) -> Iterator[Page]:
    """The pages of the window. Page numbers shift when records change while we read, so a sorted feed is walked by key:
    the next question starts at the last record's changed time; only ties longer than a page are walked by number."""
    pages = entity.declaration.pages
    if not declared.ascending or not isinstance(pages, PageNumberPages | OffsetPages) or declared.events is not None:
        yield from read_pages(tools.client, entity, ChangedBetween(since=since, until=until))
        return
    step = declared.since.resolution
    start_page = 0
    previous: list[bytes] = []
    for _ in range(pages.limit_pages):
        page = next(
            iter(read_pages(tools.client, entity, ChangedBetween(since=since, until=until, start_page=start_page))),
            None,
        )
        if page is None:
            return
        if start_page and page.records == previous:
            raise PartnerMisbehaved(
                f"{entity.address}: page {start_page + 1} of the changes since {since:%Y-%m-%d %H:%M:%S} UTC repeats "
                "the page before it; the paging declaration may be wrong."
            )
        previous = page.records
        yield page
        if not page.full:
            return
        newest = _newest_changed(entity, declared, page)
        following = _floor(newest, step) if newest is not None else since
        if following > since:
            since, start_page = following, 0
        else:
            start_page += 1
    raise PartnerMisbehaved(
        f"{entity.address}: more than {pages.limit_pages} pages of changes; the walk was stopped. "
        "Raise pages.limit_pages if there truly are so many."
    )


def changed_at(parts: EntityTools, declared: ChangedSince | None, batch: RecordBatch) -> list[datetime | None]:
    """Each record's first non-null changed field: some partners leave it empty until the first update."""
    names = parts.table.contract.columns
    found: list[datetime | None] = [None] * len(batch.positions)
    for name in declared.field if declared else ():
        column = batch.columns[names.index(name)]
        found = [
            value if moment is None and isinstance(value, datetime) else moment
            for moment, value in zip(found, column, strict=True)
        ]
    return found


def _newest_changed(entity: Entity, declared: ChangedSince, page: Page) -> datetime | None:
    parts = entity_tools(entity)
    for raw in reversed(page.records):
        (*_, newest) = (None, *changed_at(parts, declared, parts.read([raw])))
        if newest is not None:
            return newest
    return None


def _floor(moment: datetime, step: timedelta) -> datetime:
    """The moment rounded down to the partner's clock step: it compares whole steps only."""
    micro = round(step.total_seconds() * 1_000_000)
    over = (moment.second * 1_000_000 + moment.microsecond) % micro if micro <= 60_000_000 else 0
    return moment - timedelta(microseconds=over)
