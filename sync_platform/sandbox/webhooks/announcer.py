"""Which deliveries are due: what became visible at the shop and the payment gateway since the last look."""

import random

from sync_platform.sandbox.clock import SandboxClock
from sync_platform.sandbox.partners import Partners
from sync_platform.sandbox.webhooks.delivery import Delivery, stripe_delivery, woocommerce_delivery

# Listings change with every sale: a shop's owner would not subscribe to that.
_SHOP_RESOURCES = {"orders": "order", "customers": "customer"}


class Announcer:
    """Begins with what happens after it was made; each change is told once."""

    def __init__(
        self, partners: Partners, clock: SandboxClock, *, shop_secret: str, payments_secret: str, seed: int
    ) -> None:
        self._partners, self._clock = partners, clock
        self._shop_secret, self._payments_secret = shop_secret, payments_secret
        self._random = random.Random(seed)
        self._told_until = clock.now_ms()

    def due(self) -> list[Delivery]:
        """Deliveries of what became visible since the last call."""
        after, now = self._told_until, self._clock.now_ms()
        self._told_until = max(now, after)
        return [*self._of_shop(after, now), *self._of_payments(after, now)]

    def _of_shop(self, after: int, now: int) -> list[Delivery]:
        found = []
        for name, resource in _SHOP_RESOURCES.items():
            entity = self._partners.shop.entities[name]
            rows = entity.feed.shown_since(after, now=now)
            for record in entity.records(rows, now=now):
                id_ = f"{self._random.getrandbits(128):032x}"
                found.append(
                    woocommerce_delivery(record, resource=resource, event="updated", id_=id_, secret=self._shop_secret)
                )
        return found

    def _of_payments(self, after: int, now: int) -> list[Delivery]:
        events = self._partners.payments.events
        with events.lock:
            documents = events.records(events.feed.shown_since(after, now=now))
        return [stripe_delivery(document, secret=self._payments_secret, now_ms=now) for document in documents]
