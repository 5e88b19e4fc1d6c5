"""Asks a partner system for figures of a business day, or of a part of it, in place of its records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sync_platform.contracts.figures import Figures
from sync_platform.declarations.pages import OffsetPages, Pages, SinglePage
from sync_platform.declarations.partner_system import Entity
from sync_platform.declarations.verify import Totals
from sync_platform.errors import DeclarationError, PartnerMisbehaved
from sync_platform.partners.client import PartnerClient
from sync_platform.partners.pages import ask_page
from sync_platform.partners.question import Asking, DayPart, ask_for, on_day, within
from sync_platform.partners.walk import Step, count_of, partner_total
from sync_platform.partners.walk_kind import open_walk


@dataclass(frozen=True)
class AskedFigures:
    """What the partner says of a part of a day, and when it was asked, by its own clock."""

    figures: Figures
    requested_at: datetime
    exchange_id: UUID


def ask_figures(client: PartnerClient, entity: Entity, part: DayPart) -> AskedFigures:
    """The declared totals, else the list's own count, with one request.

    Raises what `PartnerClient.ask` raises, and PartnerMisbehaved for an answer without the figures.
    """
    verify = entity.declaration.verify
    if verify is None:
        raise DeclarationError(
            f"{entity.address} cannot be asked for figures.",
            remedy="Declare verify: {} (the list's own count), or verify.totals; see docs/verification.md.",
        )
    return _of_totals(client, entity, verify.totals, part) if verify.totals else _of_list(client, entity, part)


def _of_list(client: PartnerClient, entity: Entity, part: DayPart) -> AskedFigures:
    """A page of one record says how many there are."""
    asking = ask_for(entity, part)
    pages = _of_one_record(asking.pages)
    request = asking.request(open_walk(pages, owner=asking.owner).first(0))
    answer = ask_page(client, request)
    origin = client.origin_of(request)
    count = None if answer.not_modified else partner_total(pages, answer, origin=origin)
    if count is None:
        raise PartnerMisbehaved(f"{origin} does not say how many records there are at `{_place(pages)}`.")
    return AskedFigures(Figures(count), requested_at=answer.requested_at, exchange_id=answer.exchange_id)


def _of_totals(client: PartnerClient, entity: Entity, totals: Totals, part: DayPart) -> AskedFigures:
    asking = within(_asking(entity, totals, part), entity, part)
    request = asking.request(Step())
    answer = ask_page(client, request)
    origin = client.origin_of(request)
    if answer.not_modified:
        raise PartnerMisbehaved(f"{origin} is 304 where figures were asked for.")
    answer.envelope.refuse_duplicate_keys()
    count = count_of(answer.envelope.value(totals.count), name=totals.count, origin=origin)
    if count is None:
        raise PartnerMisbehaved(f"{origin} gives no count in `{totals.count}`.")
    sums = {
        name: _sum_of(answer.envelope.value(expression), count=count, expression=expression, origin=origin)
        for name, expression in totals.sums.items()
    }
    return AskedFigures(Figures(count, sums), requested_at=answer.requested_at, exchange_id=answer.exchange_id)


def _asking(entity: Entity, totals: Totals, part: DayPart) -> Asking:
    window = entity.declaration.business_day
    if window is None:
        raise DeclarationError(f"{entity.address} cannot be asked for a day.", remedy="Declare business_day.")
    bounds = (window.on, window.start, window.end)
    asking = Asking(
        owner=entity.address,
        entity=entity.name,
        method=totals.method,
        path=totals.path,
        records="@",
        pages=SinglePage(),
        params=tuple((name, str(value)) for name, value in totals.params.items()),
        headers=entity.declaration.headers,
        template=totals.body,
        windows={bound.variable: None for bound in (*bounds, *_cuts(entity)) if bound and bound.variable},
    )
    return on_day(asking, entity, window, day=part.day)


def _cuts(entity: Entity) -> tuple[Any, ...]:
    verify = entity.declaration.verify
    return (verify.windows.start, verify.windows.end) if verify and verify.windows else ()


def _of_one_record(pages: Pages) -> Pages:
    """The same paging, with the smallest page that there is."""
    name = "limit" if isinstance(pages, OffsetPages) else "size"
    return pages.model_copy(update={name: 1}) if getattr(pages, name, None) is not None else pages


def _place(pages: Pages) -> str:
    return pages.total_header or pages.total or "pages.total"


def _sum_of(value: object, *, count: int, expression: str, origin: str) -> Decimal:
    """A sum as partners write it, number or decimal text; of no records it may be null, and is 0."""
    if value is None and count == 0:
        return Decimal(0)
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        found = Decimal("NaN")
    if isinstance(value, bool) or not found.is_finite():
        raise PartnerMisbehaved(f"{origin} gives no sum in `{expression}`.")
    return found
