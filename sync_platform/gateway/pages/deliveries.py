"""What partner systems sent: what waits, was ignored or given up, what was refused and why; operators try again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import RedirectResponse

from sync_platform.access.role import OPERATOR, VIEWER
from sync_platform.errors import AccessRefused
from sync_platform.gateway.pages.acted import read_why, record_act
from sync_platform.gateway.pages.letter_choice import read_number
from sync_platform.gateway.pages.template import render
from sync_platform.gateway.pages.visit import Answer, Page, Visit
from sync_platform.landing.delivery_queue import (
    STATES,
    DeliveryCount,
    KeptDelivery,
    count_deliveries,
    dead_deliveries,
    find_delivery,
    list_deliveries,
    retry_deliveries,
)

SHOWN_PERIOD = timedelta(days=7)
_AT_ONCE = 50
# What became of a request that was stored; everything else that is counted was refused or not stored.
_STORED = ("new", "known")


@dataclass(frozen=True)
class WebhookRow:
    """One webhook: deliveries by state, and what was refused since the gateway started, by reason."""

    system: str
    webhook: str
    counts: dict[str, int]
    conflicts: int
    waits_since: datetime | None
    refused: tuple[tuple[str, int], ...]
    missing: tuple[str, ...]


def _show(visit: Visit) -> Answer:
    counted = count_deliveries(visit.connection, since=visit.now - SHOWN_PERIOD)
    page = render(
        visit,
        "deliveries",
        webhooks=_rows(visit, counted),
        days=SHOWN_PERIOD.days,
        dead=list_deliveries(visit.connection, state="dead", limit=_AT_ONCE),
        waiting=list_deliveries(visit.connection, state="waiting", limit=_AT_ONCE),
    )
    return Answer(page)


def _show_one(visit: Visit) -> Answer:
    delivery = _named(visit)
    return Answer(render(visit, "delivery", delivery=delivery), about=f"delivery {delivery.delivery_id}")


def _retry_one(visit: Visit) -> Answer:
    delivery = _named(visit)
    why = read_why(visit)
    if not retry_deliveries(visit.connection, [delivery.delivery_id]):
        raise AccessRefused(f"Delivery {delivery.delivery_id} is {delivery.state}, not dead.", status=409)
    number = delivery.delivery_id
    record_act(visit, "webhooks.retry", system=delivery.system, webhook=delivery.webhook, deliveries=[number], why=why)
    return Answer(RedirectResponse(f"/deliveries/{number}", status_code=303), about=f"delivery {number}")


def _retry_webhook(visit: Visit) -> Answer:
    """All that were given up of one webhook."""
    system, webhook = visit.form.get("system", ""), visit.form.get("webhook", "")
    why = read_why(visit)
    dead = dead_deliveries(visit.connection, delivery_ids=None, system=system, webhook=webhook)
    if visit.form.get("deliveries") != str(len(dead)):
        raise AccessRefused("The deliveries are not those of the page any more. Look at it again.", status=409)
    again = retry_deliveries(visit.connection, dead)
    record_act(visit, "webhooks.retry", system=system, webhook=webhook, deliveries=again, why=why)
    return Answer(RedirectResponse("/deliveries", status_code=303), about=f"{system}/{webhook}")


def _named(visit: Visit) -> KeptDelivery:
    number = read_number(visit.path["number"])
    found = None if number is None else find_delivery(visit.connection, number)
    if found is None:
        raise AccessRefused("There is no such delivery.", status=404)
    return found


def _rows(visit: Visit, counted: list[DeliveryCount]) -> list[WebhookRow]:
    """Every declared webhook, and those that once were."""
    tools = visit.tools
    declared = [(system.name, webhook.name) for system in tools.systems for webhook in system.declaration.webhooks]
    names = dict.fromkeys([*declared, *((one.system, one.webhook) for one in counted)])
    told = tools.counts.told()
    rows = []
    for system, webhook in names:
        path = f"/webhooks/{system}/{webhook}"
        mine = [one for one in counted if (one.system, one.webhook) == (system, webhook)]
        unready = tools.sources.unready.get(path)
        rows.append(
            WebhookRow(
                system=system,
                webhook=webhook,
                counts={state: sum(one.deliveries for one in mine if one.state == state) for state in STATES},
                conflicts=sum(one.conflicts for one in mine),
                waits_since=min((one.oldest_at for one in mine if one.state == "waiting"), default=None),
                refused=tuple((why, count) for why, count in told.get(path, {}).items() if why not in _STORED),
                missing=unready.missing if unready else (),
            )
        )
    return rows


PAGES = (
    Page("/deliveries", _show, needs=VIEWER, words="Deliveries"),
    Page(
        "/deliveries/retry",
        _retry_webhook,
        needs=OPERATOR,
        method="POST",
        fields=("system", "webhook", "deliveries", "why"),
    ),
    Page("/deliveries/{number}", _show_one, needs=VIEWER),
    Page("/deliveries/{number}/retry", _retry_one, needs=OPERATOR, method="POST", fields=("why",)),
)
