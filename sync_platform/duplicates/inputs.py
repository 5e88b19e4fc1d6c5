"""Reads what is compared: a day's customers of every declared source, and one record again for whoever looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from psycopg import sql

from sync_platform.declarations.duplicates import DeclaredCustomers
from sync_platform.duplicates.customer import Customer, read_customer
from sync_platform.errors import DayHeld
from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey, read_day
from sync_platform.landing.entity_table import EntityTable


def oldest_input(
    connection: Connection, addresses: Sequence[tuple[str, str]], *, day: date, what: str
) -> tuple[datetime, str]:
    """The as_of of the oldest of the inputs (system, entity) on a day, and which one that is.

    Raises DayHeld when one was not read whole or is held by a failed check: what was found before stays.
    """
    clocks = []
    for system, entity in addresses:
        landed = read_day(connection, DayKey(system=system, entity=entity, day=day))
        if landed is None or landed.state != "complete" or landed.as_of is None:
            state = landed.state if landed else "never loaded"
            raise DayHeld(f"{what} {day}: {system}/{entity} is {state}; the last comparison stays.")
        clocks.append((landed.as_of, f"{system}/{entity}"))
    return min(clocks)


def is_newest(connection: Connection, addresses: Sequence[tuple[str, str]], *, day: date) -> bool:
    """Whether no later day is there whole of every input: what is so no more must not be proposed, nor withdrawn."""
    later = connection.execute(
        "select from sync.entity_day"
        " where system || '/' || entity = any (%(names)s) and business_day > %(day)s and state = 'complete'"
        " and complete_at is not null group by business_day having count(*) = %(inputs)s limit 1",
        {"names": ["/".join(pair) for pair in addresses], "day": day, "inputs": len(addresses)},
    ).fetchone()
    return later is None


def read_customers(connection: Connection, declared: DeclaredCustomers, *, day: date, country: str) -> list[Customer]:
    """The live records of a day in the order of their keys."""
    source, entity = declared.source, declared.entity
    table = EntityTable(entity.system, entity.contract)
    query = sql.SQL(
        "select {key}, {name}, {phone}, {email}, {town} from {table}"
        " where _business_day = %s and _deleted_at is null order by 1"
    ).format(
        key=_key(declared),
        name=sql.SQL("concat_ws(' ', {})").format(_fields(source.name)),
        phone=_field(source.phone),
        email=_field(source.email),
        town=_field(source.town),
        table=table.identifier,
    )
    return [
        read_customer(entity.system, key, name=name, phone=phone, email=email, town=town, country=country)
        for key, name, phone, email, town in connection.execute(query, [day])
    ]


def look_up(connection: Connection, declared: DeclaredCustomers, key: str) -> dict[str, str | None] | None:
    """What a record says in the compared fields today or, before today is landed, yesterday; None when it is gone.

    Personal: for the person who decides, and for nothing that is kept.
    """
    source, entity = declared.source, declared.entity
    names = (*source.name, *filter(None, (source.phone, source.email, source.town)))
    query = sql.SQL(
        # The key of a state's table begins with the day: without one, all days would be read.
        "select {fields} from {table} where _business_day >= (select max(_business_day) - 1 from {table})"
        " and {key} = %s and _deleted_at is null order by _business_day desc limit 1"
    ).format(
        fields=sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names),
        table=EntityTable(entity.system, entity.contract).identifier,
        key=_key(declared),
    )
    row = connection.execute(query, [key]).fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def _key(declared: DeclaredCustomers) -> sql.Composed:
    return sql.SQL("concat_ws('/', {})").format(_fields(declared.entity.contract.key))


def _fields(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _field(name: str | None) -> sql.Composable:
    return sql.SQL("null") if name is None else sql.SQL("{}::text").format(sql.Identifier(name))
