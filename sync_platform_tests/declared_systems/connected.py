"""One entity of a declared system connected to its server and to a database: what each test of the suite works with."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.rows import dict_row

from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.contracts.contract import Contract
from sync_platform.declarations.pages import OffsetPages, Pages
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.landing.database import Database
from sync_platform.landing.entity_table import EntityTable, ensure_entity_table
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform.landing.loads import Load
from sync_platform.partners.client import PartnerClient
from sync_platform.partners.pages import Page, read_pages
from sync_platform.partners.question import Current, Question, WholeDay
from sync_platform.pull.delta import DeltaReport, pull_delta
from sync_platform.pull.tools import PullTools
from sync_platform.pull.whole_day import pull_day
from sync_platform_tests.declared_systems.partner_server import PartnerServer

Row = dict[str, Any]
LETTER_KEY = "b3VyIG93biBrZXkgb2YgMzIgYnl0ZXMsIGZvciB0ZXM="
"""Seals the payloads of dead letters in these tests alone."""
LOAD_COLUMNS = ("_load_id", "_exchange_id")
"""What differs between two loads of the same data."""


class WorldClock:
    """Our clock goes with the server's world: who sleeps here lets time pass there. `slept` is every sleep."""

    def __init__(self, server: PartnerServer) -> None:
        self._server = server
        self._began = server.now()
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._server.now()

    def monotonic(self) -> float:
        return (self._server.now() - self._began).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._server.advance(seconds)


@dataclass
class Connected:
    """`entity` is pulled from `server` into `database`; keys are written as the partner writes them, `/` between."""

    system: PartnerSystem
    entity: Entity
    server: PartnerServer
    database: Database
    clock: WorldClock
    tools: PullTools

    @property
    def today(self) -> date:
        return self.entity.calendar.day_of(self.server.now())

    @property
    def day(self) -> date:
        """The day that is pulled whole: the current one of a state, the last closed one of events."""
        return self.today if self.entity.is_state else self.today - timedelta(days=1)

    @property
    def question(self) -> Question:
        """What asks for that day."""
        return Current() if self.entity.is_state else WholeDay(self.day)

    @property
    def truth(self) -> set[str]:
        """The keys that the partner truly has for that day."""
        return self.server.keys(self.entity, None if self.entity.is_state else self.day)

    def pages(self, question: Question | None = None) -> list[Page]:
        return list(read_pages(self.tools.client, self.entity, question or self.question))

    def pull(self, day: date | None = None) -> Load:
        return pull_day(self.tools, self.entity, day=day or self.day)

    def delta(self) -> DeltaReport:
        return pull_delta(self.tools, self.entity)

    def asked_in_pages_of(self, size: int) -> None:
        """From now on ask for so many records a page."""
        declared = self.entity.declaration
        self.entity = replace(
            self.entity, declaration=declared.model_copy(update={"pages": pages_of(declared.pages, size)})
        )

    def tolerating_rejects(self) -> None:
        """From now on any share of rejected records may be published: a small day has few records."""
        contract = replace(self.entity.contract, max_rejected=Decimal(1))
        self.entity = replace(self.entity, contract=contract)

    def without_margins(self) -> None:
        """From now on read up to the partner's clock and nothing twice, which is how changes are lost."""
        declared = self.entity.declaration
        if declared.changed_since is not None:
            changed = declared.changed_since.model_copy(update={"overlap": timedelta(0), "safety_lag": timedelta(0)})
            self.entity = replace(self.entity, declaration=declared.model_copy(update={"changed_since": changed}))

    def spoilable_field(self) -> str:
        """A required field that nothing else hangs on: not key, version, day or as_of."""
        contract = self.entity.contract
        needed = {*contract.key, *contract.source_version.fields, contract.business_day_field, contract.as_of_field}
        return next(
            field.name
            for field in contract.fields
            if field.required and field.name not in needed and "[" not in self.path_of(field.name)
        )

    def spoilable_path(self) -> str:
        """Where the partner writes that field."""
        return self.path_of(self.spoilable_field())

    def path_of(self, field: str) -> str:
        return self.entity.declaration.fields.get(field, field)

    @property
    def event_prefix(self) -> str:
        """What stands before a record's fields where changes come as events."""
        changed = self.entity.declaration.changed_since
        return f"{changed.events.record}." if changed is not None and changed.events is not None else ""

    def rows(self, *, live: bool = True) -> list[Row]:
        """The landed rows of all days in key order."""
        table = EntityTable(self.entity.system, self.entity.contract)
        wanted = sql.SQL("_deleted_at is null" if live else "true")
        order = sql.SQL(", ").join(map(sql.Identifier, table.key))
        query = sql.SQL("select * from {} where {} order by {}").format(table.identifier, wanted, order)
        with self.database.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query).fetchall()

    def keys(self) -> set[str]:
        """The keys of the live landed rows."""
        return {self.key_of(row) for row in self.rows()}

    def day_keys(self) -> set[str]:
        """The same, of `day` alone."""
        return {self.key_of(row) for row in self.rows() if row["_business_day"] == self.day}

    def key_of(self, row: Row) -> str:
        return "/".join(str(row[name]) for name in self.entity.contract.key)

    def letters(self) -> list[Row]:
        return self.select("select * from sync.dead_letter order by dead_letter_id")

    def rejected_keys(self) -> set[str]:
        """The keys of dead letters, where they could be read."""
        keys = (plain_key(letter["record_key"]) for letter in self.letters())
        return {key for key in keys if key is not None}

    def state(self) -> str | None:
        """Where `day` stands: complete, partial, held, not_obtainable, or None."""
        rows = self.select("select state from sync.entity_day where business_day = %s", self.day)
        return rows[0]["state"] if rows else None

    def select(self, query: str, *parameters: object) -> list[Row]:
        with self.database.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, parameters).fetchall()

    def changed_since_load(self, loads: set[UUID]) -> set[str]:
        """Keys of rows that one of these loads wrote."""
        return {self.key_of(row) for row in self.rows() if row["_load_id"] in loads}


def connect(system: PartnerSystem, entity_name: str, *, server: PartnerServer, database: Database) -> Connected:
    """Make the landing tables, open a client. The partner's published pace is left out: the client's own tests hold
    it, and waiting would move the world on."""
    with database.connect() as connection:
        for entity in system.entities:
            ensure_entity_table(connection, EntityTable(entity.system, entity.contract))
    clock = WorldClock(server)
    unhurried = system.declaration.api.model_copy(update={"rate": None})
    declaration = system.declaration.model_copy(update={"api": unhurried})
    tools = PullTools(
        database=database,
        client=PartnerClient(declaration, environment=server.environment, clock=clock),
        clock=clock,
        check=_no_rules,
        holder="suite",
        seal=LetterSeal((LETTER_KEY,)),
    )
    return Connected(
        system=system,
        entity=system.entity(entity_name),
        server=server,
        database=database,
        clock=clock,
        tools=tools,
    )


def plain_key(text: str | None) -> str | None:
    """A key as the platform writes it, `["S0330",1095275]`, as the servers write it: `S0330/1095275`."""
    return None if text is None else "/".join(str(part) for part in json.loads(text))


def pages_of(pages: Pages, size: int) -> Pages:
    """The same paging with another page size."""
    return pages.model_copy(update={"limit" if isinstance(pages, OffsetPages) else "size": size})


def page_size(entity: Entity) -> int | None:
    """The page size that we ask for; None where the partner decides alone."""
    pages = entity.declaration.pages
    if isinstance(pages, OffsetPages):
        return pages.limit if pages.limit_param else None
    size: int | None = getattr(pages, "size", None)
    asked = getattr(pages, "size_param", None) is not None or "{size}" in (entity.declaration.body or "")
    return size if asked else None


def _no_rules(contract: Contract, relation: Relation) -> tuple[RuleResult, ...]:
    """Great Expectations takes seconds to import; that rules hold a day back is shown in the promises' tests."""
    return ()
