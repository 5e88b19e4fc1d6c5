"""Open dead letters whose record was taken in later in a good version: nobody has to look at them any more."""

from __future__ import annotations

from uuid import UUID

from psycopg import sql

from sync_platform.landing.database import Connection
from sync_platform.landing.landed_figures import key_text
from sync_platform.landing.merge import hashed
from sync_platform.landing.queries import queries
from sync_platform.landing.stage import Stage

WHO = "sync-platform"
_WHY = "a later version of the record was taken in"


def supersede_letters(connection: Connection, stage: Stage, *, load_id: UUID) -> int:
    """Close the open letters that the staged and merged rows of this load supersede; returns how many.

    In the transaction that publishes the rows, after the load's own letters are stored. One short query where the
    entity has no open letter from before.
    """
    table = stage.table
    of_a_day = "_business_day" in table.key
    values = {
        "system": table.system,
        "entity": table.entity,
        "load_id": load_id,
        "of_a_day": of_a_day,
        "who": WHO,
        "why": _WHY,
    }
    waits = connection.execute(queries("dead_letters")["waits_from_before"], values).fetchone()
    if not waits or not waits[0]:
        return 0
    statement = sql.SQL(queries("dead_letters")["supersede"]).format(
        stage=stage.identifier,
        landing=table.identifier,
        key_text=key_text("s", table),
        same_key=sql.SQL(" and ").join(sql.SQL("t.{0} = s.{0}").format(sql.Identifier(column)) for column in table.key),
    )
    with hashed(connection):
        return connection.execute(statement, values).rowcount
