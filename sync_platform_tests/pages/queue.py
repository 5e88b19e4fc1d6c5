"""Dead letters of the till in a database, as loads leave them: some would pass now, some not, one is personal."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import uuid4

from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform.landing.dead_letters import DeadLetter, MetBy, insert_dead_letters
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform_tests.replay.given import with_field
from sync_platform_tests.till.till import TODAY, sale

SEAL = LetterSeal(("b3VyIG93biBrZXkgb2YgMzIgYnl0ZXMsIGZvciB0ZXM=",))
PERSON = "Nadarajah Ravi"
HOSTILE = "<script>alert('x')</script>"


def with_queue(tools: ConsoleTools) -> ConsoleTools:
    """The same pages, with letters 1 to 6; loose sales know whose they are, and letter 6 is one of them."""
    (till,) = tools.systems
    system = replace(till, entities=tuple(_personal(till, entity.name) for entity in till.entities))
    filled = replace(tools, systems=(system,), seal=SEAL)
    for number in (1, 2, 3):
        reject(filled, f"S{number}", "1.00", reason="value_set", field="status", before=timedelta(days=2))
    for number in (4, 5):
        reject(filled, f"S{number}", HOSTILE, reason="type", field="amount", before=timedelta(hours=number))
    reject(filled, "L6", None, reason="required", field="amount", entity="loose_sales", status=PERSON)
    return filled


def reject(
    tools: ConsoleTools,
    key: str,
    amount: str | None,
    *,
    reason: str,
    field: str,
    before: timedelta = timedelta(hours=1),
    entity: str = "sales",
    **more: object,
) -> None:
    """A letter of that sale, first met so long before now."""
    (system,) = tools.systems
    declared = system.entity(entity)
    at: datetime = tools.clock.now() - before
    letter = DeadLetter(
        business_day=date.fromisoformat(TODAY),
        record_key=json.dumps([key]),
        reason=reason,
        field=field,
        message=f"{amount} is wrong",
        payload=json.dumps(sale(key, amount, **more)).encode(),
        observed_at=at,
        as_of=at,
    )
    with tools.database.connect() as connection:
        table = EntityTable(declared.system, declared.contract)
        met_by = MetBy(uuid4(), "whole_day", uuid4())
        insert_dead_letters(connection, table, [letter], met_by=met_by, seal=tools.seal)
        connection.execute("update sync.dead_letter set first_at = %s where record_key = %s", [at, letter.record_key])


def _personal(system: PartnerSystem, name: str) -> Entity:
    entity = system.entity(name)
    return with_field(entity, "status", personal=True) if name == "loose_sales" else entity
