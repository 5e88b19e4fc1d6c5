"""Compares a day's customers, brings the proposal queue up to what matches, and measures the duplicate entity rate."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sync_platform.declarations.duplicates import DeclaredCustomers
from sync_platform.duplicates.inputs import is_newest, oldest_input, read_customers
from sync_platform.duplicates.linkage import SkippedBlock, link
from sync_platform.duplicates.proposals import Stored, Weighed, store_pairs, weigh_pairs
from sync_platform.duplicates.rate import ALL, Rate, rates, store_rates
from sync_platform.landing.database import Database

CUSTOMERS = "customers"


@dataclass(frozen=True)
class DuplicateReport:
    """What one comparison found. `as_of` is the oldest of its inputs', `limited_by` names that input.

    `stored` is None for a day that is not the newest: it has its rate, and the queue stays as it is.
    """

    kind: str
    day: date
    found: int
    weighed: Weighed
    stored: Stored | None
    rates: tuple[Rate, ...]
    skipped: tuple[SkippedBlock, ...]
    as_of: datetime
    limited_by: str

    @property
    def records(self) -> int:
        return sum(rate.records for rate in self.rates if rate.system != ALL)

    @property
    def worst(self) -> Rate | None:
        """The system with the largest share of surplus records; None where there are no records."""
        each = [rate for rate in self.rates if rate.system != ALL and rate.share is not None]
        return max(each, key=lambda rate: rate.share or 0, default=None)


def compare_customers(
    database: Database, declared: tuple[DeclaredCustomers, ...], *, day: date, country: str, now: datetime
) -> DuplicateReport:
    """Compare one business day's customers of all sources, within each and across.

    Raises DayHeld when an input was not read whole or is held by a failed check: the last comparison stays.
    """
    addresses = [(each.entity.system, each.entity.name) for each in declared]
    with database.connect() as connection, connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext('duplicates/customers'))")
        as_of, limited_by = oldest_input(connection, addresses, day=day, what="duplicates/customers")
        customers = [
            customer for each in declared for customer in read_customers(connection, each, day=day, country=country)
        ]
        linkage = link(customers)
        weighed = weigh_pairs(connection, CUSTOMERS, linkage.pairs)
        stored = None
        if is_newest(connection, addresses, day=day):
            stored = store_pairs(connection, CUSTOMERS, linkage.pairs, weighed, now=now)
        records = dict.fromkeys((system for system, _ in addresses), 0)
        records |= Counter(customer.system for customer in customers)
        there = {customer.record for customer in customers}
        accepted = [couple for couple in weighed.accepted if there.issuperset(couple)]
        measured = rates(records, (*weighed.matching, *accepted), accepted)
        store_rates(connection, CUSTOMERS, day, measured, as_of=as_of, limited_by=limited_by, now=now)
    return DuplicateReport(
        kind=CUSTOMERS,
        day=day,
        found=len(linkage.pairs),
        weighed=weighed,
        stored=stored,
        rates=measured,
        skipped=linkage.skipped,
        as_of=as_of,
        limited_by=limited_by,
    )
