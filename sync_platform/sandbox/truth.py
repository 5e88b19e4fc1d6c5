"""What is true, kept apart from what any partner system says, for measuring how well a reader does."""

from typing import Any

import numpy as np

from sync_platform.sandbox.colombo import day_from
from sync_platform.sandbox.error import SandboxError
from sync_platform.sandbox.feed import FOREVER
from sync_platform.sandbox.partners import Partners
from sync_platform.sandbox.world import World


class Truth:
    """Answers for the present moment of the sandbox's clock."""

    def __init__(self, world: World, partners: Partners) -> None:
        self._world, self._partners = world, partners

    def stock(self, *, branch: str, sku: int) -> int | None:
        """Units truly on hand, below zero where more was sold than counted in; None where that stock is not counted."""
        levels = self._partners.pos.stock_levels
        pair = levels.pair(branch=branch, sku=sku)
        return None if pair is None else levels.true_on_hand(pair, now=self._world.clock.now_ms())

    def counts(self, *, day: str) -> dict[str, Any]:
        """Per entity how many records of a day, in the partner's own zone, are visible now and will be in the end.

        For state entities the final number is that of the records that change on that day.
        """
        now, number = self._world.clock.now_ms(), _day_number(day)
        counts: dict[str, Any] = {"day": day, "now_ms": now}
        for system, partner in self._partners.systems.items():
            for name, entity in partner.entities.items():
                rows = entity.day_rows(number)
                counts[f"{system}/{name}"] = {
                    "visible": len(entity.feed.rows(now=now, among=rows)),
                    "final": len(np.unique(entity.feed.record(entity.feed.rows(now=FOREVER - 1, among=rows)))),
                }
        counts["pos/sales"] |= self._defects(number, now=now)
        return counts

    def keys(self, *, system: str, entity: str, day: str) -> list[str]:
        """The keys of a day's records that are visible now, each once."""
        found = self._partners.entity(system, entity)
        rows = found.feed.rows(now=self._world.clock.now_ms(), among=found.day_rows(_day_number(day)))
        return [found.key(record) for record in np.unique(found.feed.record(rows)).tolist()]

    def disagreements(self) -> list[dict[str, Any]]:
        """Every listing shown now whose quantity is not the POS's count in units, with the reason.

        `oversold`: the count is below zero, which the shop cannot show; `missed_decrement`: the shop missed one;
        `lag`: the shop's next refresh, within 15 minutes, will mend it.
        """
        now = self._world.clock.now_ms()
        levels, listings = self._partners.pos.stock_levels, self._partners.shop.listings
        level_rows = levels.feed.rows(now=now)
        units = dict(zip(levels.feed.record(level_rows).tolist(), levels.units(level_rows).tolist(), strict=True))
        rows = listings.feed.rows(now=now)
        found = []
        for record, shown in zip(listings.feed.record(rows).tolist(), listings.quantity(rows).tolist(), strict=True):
            pair = listings.pair(record)
            if units[pair] != shown:
                branch, _, sku = levels.key(pair).partition("/")
                found.append(
                    {
                        "branch": branch,
                        "sku": int(sku),
                        "listing": int(listings.key(record)),
                        "pos_units": units[pair],
                        "shop_quantity": shown,
                        "true_on_hand": levels.true_on_hand(pair, now=now),
                        "reason": self._reason(pair, units[pair]),
                    }
                )
        return found

    def customers(self) -> dict[tuple[str, str], int]:
        """By system and key, the person whose record it is, of every record visible now. No partner system and no
        control server tells this: it is what a linkage is measured by."""
        now = self._world.clock.now_ms()
        pos, shop = self._partners.pos.customers, self._partners.shop.customers
        persons = {}
        for system, customers in (("pos", pos), ("shop", shop)):
            for record in customers.feed.record(customers.feed.rows(now=now)).tolist():
                persons[system, customers.key(record)] = customers.person(record)
        return persons

    def visible(self) -> dict[str, int]:
        """Per entity how many records are visible now."""
        now = self._world.clock.now_ms()
        return {
            f"{system}/{name}": len(entity.feed.rows(now=now))
            for system, partner in self._partners.systems.items()
            for name, entity in partner.entities.items()
        }

    def _reason(self, pair: int, units: int) -> str:
        if units < 0:
            return "oversold"
        return "missed_decrement" if self._partners.shop.listings.missed[pair] else "lag"

    def _defects(self, day: int, *, now: int) -> dict[str, int]:
        """Of a day's lines visible now: the data's own defects; and how many lines have vanished."""
        sales, columns = self._partners.pos.sales, self._world.columns
        rows = sales.day_rows(day)
        shown = sales.feed.record(sales.feed.rows(now=now, among=rows))
        every = sales.feed.record(rows)
        unlisted = np.array([product.department is None for product in columns.products])
        ended = every[sales.void(every)]
        return {
            "zero_quantity": int((columns.quantity[shown] == 0).sum()),
            "unlisted_product": int(unlisted[columns.product[shown]].sum()),
            "over_1000": int((columns.quantity[shown] > 1000).sum()),
            "void_in_the_end": len(ended),
        }


def _day_number(day: str) -> int:
    number = day_from(day)
    if number is None:
        raise SandboxError(f"day is {day!r}; write a date like 2026-11-20")
    return number
