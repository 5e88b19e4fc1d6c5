"""Where an entity stands, from rows written by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

from sync_platform.declarations.partner_system import PartnerSystem, find_system
from sync_platform.freshness.owed import EntityOwed
from sync_platform.landing.database import Connection, Database
from sync_platform.operations.entity_status import read_status

# 00:30 on the 22nd in Colombo, where POS and shop have their business day.
NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
AS_OF = datetime(2026, 11, 21, 18, 59, tzinfo=UTC)


def put_day(connection: Connection, entity: str, day: str, state: str, *, rows: int = 5) -> None:
    connection.execute(
        "insert into sync.entity_day (system, entity, business_day, state, rows, as_of, looked_at, loaded_at)"
        " values ('pos', %s, %s, %s, %s, %s, %s, %s)",
        [entity, day, state, rows, AS_OF, AS_OF, AS_OF],
    )


def test_status_tells_today_last_complete_day_held_and_owed_days(
    database: Database, systems: tuple[PartnerSystem, ...]
) -> None:
    pos = find_system(systems, "pos")
    with database.connect() as connection:
        put_day(connection, "sales", "2026-11-22", "partial", rows=3)
        put_day(connection, "sales", "2026-11-21", "complete", rows=70)
        put_day(connection, "sales", "2026-11-20", "held")
        put_day(connection, "stock_levels", "2026-11-21", "complete")
        connection.execute(
            "insert into sync.dead_letter (system, entity, business_day, reason, field, message, payload, payload_hash,"
            " contract_version, load_id) values ('pos', 'sales', '2026-11-21', 'range', 'quantity', 'not above 0',"
            " 'x', 'y', '1.0.0', %s)",
            [uuid4()],
        )
        sales, stock, _ = read_status(connection, pos, now=NOW)

    assert (sales.entity, sales.business_day) == ("sales", date(2026, 11, 22))
    assert sales.today is not None
    assert (sales.today.state, sales.today.rows) == ("partial", 3)
    assert (sales.last_complete_day, sales.as_of) == (date(2026, 11, 21), AS_OF)
    assert sales.owed.held == (date(2026, 11, 20),)
    # 15 days are wanted: one is complete and one is held.
    assert len(sales.owed.unread) == 13
    assert (sales.owed.unread[0], sales.owed.unread[-1]) == (date(2026, 11, 22), date(2026, 11, 8))
    assert (sales.owed.due, sales.owed.waiting, sales.verified) == ((), 0, None)
    assert sales.dead_letters == 1
    assert stock.today is None
    assert stock.owed.unread == (date(2026, 11, 22),)


def test_a_past_day_of_a_state_that_nobody_observed_is_not_owed(
    database: Database, systems: tuple[PartnerSystem, ...]
) -> None:
    with database.connect() as connection:
        put_day(connection, "stock_levels", "2026-11-22", "complete")
        put_day(connection, "stock_levels", "2026-11-21", "not_obtainable")
        stock = read_status(connection, find_system(systems, "pos"), now=NOW)[1]
    assert stock.owed == EntityOwed()
