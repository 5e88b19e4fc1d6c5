"""What is derived of landed days and stored by day: compared again once a day of its inputs was replayed.

What reports show beside it is read from the tables when it is shown, and needs no refresh.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from psycopg.rows import dict_row

from sync_platform.declarations.duplicates import DuplicatesDeclaration, customer_sources
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.duplicates import products
from sync_platform.duplicates.comparison import DuplicateReport, compare_customers
from sync_platform.duplicates.products import ProductReport, compare_products
from sync_platform.errors import DayHeld
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.days import DayKey, read_day
from sync_platform.landing.queries import queries
from sync_platform.pull.day_rules import check_day
from sync_platform.pull.tools import LoadTools
from sync_platform.reconciliation import stock
from sync_platform.reconciliation.stock import StockReport, compare_stock

Report = StockReport | DuplicateReport | ProductReport


@dataclass(frozen=True)
class Derivation:
    """A stored comparison of several entities' days. `figures` names the query for what it said last."""

    name: str
    inputs: tuple[Entity, ...]
    compare: Callable[[Database, date, datetime], Report]
    figures: str

    def said(self, connection: Connection, day: date) -> dict[str, int]:
        """What it said last of the day; nothing where it never compared it."""
        with connection.cursor(row_factory=dict_row) as cursor:
            query = queries("derived", package="sync_platform.replay")[self.figures]
            row: dict[str, Any] | None = cursor.execute(query, {"day": day}).fetchone()
        return row or {}


@dataclass(frozen=True)
class Refreshed:
    """A comparison made again. `held` says why it could not be: the last one stays."""

    name: str
    day: date
    before: dict[str, int]
    after: dict[str, int]
    report: Report | None
    held: str | None = None


def derivations(systems: Sequence[PartnerSystem], duplicates: DuplicatesDeclaration | None) -> tuple[Derivation, ...]:
    """Everything that is derived of the declared systems' entities."""
    found = [
        _derivation("reconciliation/stock", stock.INPUTS, systems, _stock, "stock"),
        _derivation("duplicates/products", products.INPUTS, systems, _products, "products"),
    ]
    if duplicates is not None:
        sources = customer_sources(duplicates, tuple(systems))

        def customers(database: Database, day: date, now: datetime) -> Report:
            return compare_customers(database, sources, day=day, country=duplicates.country, now=now)

        entities = tuple(source.entity for source in sources)
        found.append(Derivation("duplicates/customers", entities, customers, "customers"))
    return tuple(each for each in found if each is not None)


def derived_of(derived: Iterable[Derivation], entities: Iterable[Entity]) -> tuple[Derivation, ...]:
    """Those that one of the entities goes into."""
    moved = {entity.address for entity in entities}
    return tuple(each for each in derived if any(entity.address in moved for entity in each.inputs))


def refresh(tools: LoadTools, derivation: Derivation, *, day: date) -> Refreshed:
    """Compare the day again, after the rules of inputs that are due (promise 8). Raises LandingUnavailable."""
    with tools.database.connect() as connection:
        before = derivation.said(connection, day)
        landed = {
            entity.address: read_day(connection, DayKey(entity.system, entity.name, day))
            for entity in derivation.inputs
        }
    for entity in derivation.inputs:
        known = landed[entity.address]
        if known is not None and known.dirty_since is not None:
            check_day(tools.database, entity, day=day, check=tools.check, statistics=tools.statistics)
    told = partial(Refreshed, derivation.name, day, before)
    try:
        report = derivation.compare(tools.database, day, tools.clock.now())
    except DayHeld as error:
        return told(before, None, held=str(error))
    tools.reached("derived_refreshed")
    with tools.database.connect() as connection:
        return told(derivation.said(connection, day), report)


def _derivation(
    name: str,
    inputs: Sequence[tuple[str, str]],
    systems: Sequence[PartnerSystem],
    compare: Callable[[Database, date, datetime], Report],
    figures: str,
) -> Derivation | None:
    """None where one of its inputs is not declared."""
    declared = {(system.name, entity.name): entity for system in systems for entity in system.entities}
    entities = [declared[pair] for pair in inputs if pair in declared]
    return Derivation(name, tuple(entities), compare, figures) if len(entities) == len(inputs) else None


def _stock(database: Database, day: date, _now: datetime) -> Report:
    return compare_stock(database, day=day)


def _products(database: Database, day: date, now: datetime) -> Report:
    return compare_products(database, day=day, now=now)
