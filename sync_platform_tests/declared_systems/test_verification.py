"""Every declared system that can be asked for figures: settled days are held against it, down to differing keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import ceil, log2
from typing import Any

import pytest
from psycopg import sql

from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.landed_figures import open_letters
from sync_platform.pull.readers import entity_tools
from sync_platform.verification.verification import Verification, VerifyTools
from sync_platform.verification.verify_day import verify_day
from sync_platform_tests.declared_systems.connected import Connected, plain_key
from sync_platform_tests.declared_systems.served import cases

DAYS = [date(2026, 11, 14), date(2026, 11, 15), date(2026, 11, 16)]
"""Settled at the servers' NOW, 2026-11-20 03:30 in Colombo: the last of them since 2026-11-19 04:00."""
SETTLED = DAYS[-1]


def is_verifiable(entity: Entity) -> bool:
    return entity.declaration.verify is not None


def sums_up(entity: Entity) -> bool:
    return is_verifiable(entity) and entity.declaration.verify.totals is not None  # type: ignore[union-attr]


def only_counts(entity: Entity) -> bool:
    return is_verifiable(entity) and not sums_up(entity)


def can_be_cut(entity: Entity) -> bool:
    return is_verifiable(entity) and entity.declaration.verify.windows is not None  # type: ignore[union-attr]


def verify(connected: Connected, day: date = SETTLED, *, stores: bool = True) -> Verification:
    tools = VerifyTools(
        connected.database, connected.tools.client, connected.clock, stores=stores, seal=connected.tools.seal
    )
    return verify_day(tools, connected.system, connected.entity, day=day)


def landed_table(connected: Connected) -> sql.Identifier:
    return entity_tools(connected.entity).table.identifier


def letters(connected: Connected, day: date = SETTLED) -> int:
    """Open dead letters of the day whose record is not landed."""
    with connected.database.connect() as connection:
        found = list(open_letters(connection, entity_tools(connected.entity).table, day=day, seal=connected.tools.seal))
    return sum(not letter.landed for letter in found)


def key_of_one(connected: Connected, statement: str, **values: object) -> str:
    """Run a statement on one landed row in the middle of the settled day; its key, as the partner writes it."""
    table = entity_tools(connected.entity).table
    key = sql.SQL(", ").join(map(sql.Identifier, table.contract.key))
    one = sql.SQL(
        "{key} = (select {key} from {table} where _business_day = %(day)s and _deleted_at is null"
        " order by {key} offset 3 limit 1)"
    ).format(key=key, table=table.identifier)
    composed = sql.SQL(statement).format(table=table.identifier, one=one, key=key)  # type: ignore[arg-type]
    with connected.database.connect() as connection:
        row = connection.execute(composed, {"day": SETTLED, **values}).fetchone()
    return "/".join(str(part) for part in row or ())


def kept_keys(verification: Verification) -> list[tuple[str, str | None]]:
    return [(one.kind, plain_key(one.record_key)) for one in verification.differences]


@cases(is_verifiable)
def test_a_settled_day_as_it_was_loaded_agrees_with_its_partner(connected: Connected) -> None:
    load = connected.pull(SETTLED)

    verification = verify(connected)

    assert verification.ok, verification.words
    assert verification.verdict == ("explained" if letters(connected) else "agrees")
    assert verification.partner is not None
    assert verification.landed is not None
    assert verification.partner.count == verification.landed.count + letters(connected) > 4
    assert verification.landed.count == load.inserted
    assert (verification.differing, verification.searched, verification.requests) == (0, False, 1)


@cases(is_verifiable)
def test_a_record_that_is_missing_here_is_found_down_to_its_key_and_comes_with_the_remedy(
    connected: Connected,
) -> None:
    connected.pull(SETTLED)
    gone = key_of_one(connected, "delete from {table} where {one} returning {key}")

    verification = verify(connected)

    assert verification.verdict == "differs"
    assert kept_keys(verification) == [("missing_here", gone)]
    assert f"1 missing here. Take it in: `sync-platform pull {connected.entity.address} --day {SETTLED}`." in (
        verification.words
    )
    connected.pull(SETTLED)
    assert verify(connected).ok
    assert connected.select("select * from sync.verification_difference") == []


@cases(is_verifiable)
def test_a_record_that_is_landed_and_not_there_is_found_down_to_its_key(connected: Connected) -> None:
    connected.pull(SETTLED)
    columns = connected.entity.contract.columns
    (name,) = connected.entity.contract.key
    listed = [f't."{column}"' if column != name else "%(id)s" for column in columns]
    ours = [column for column in connected.rows()[0] if column.startswith("_")]
    into, values = ", ".join((*columns, *ours)), ", ".join((*listed, *ours))
    copy = f"insert into {{table}} ({into}) select {values} from {{table}} t where {{one}} returning {{key}}"  # noqa: S608
    more = key_of_one(connected, copy, id=_another_key(connected))

    verification = verify(connected)

    assert verification.verdict == "differs"
    assert kept_keys(verification) == [("missing_there", more)]


def _another_key(connected: Connected) -> object:
    """A key that no partner has."""
    (name,) = connected.entity.contract.key
    return 987654321 if isinstance(connected.rows()[0][name], int) else "X-987654321"


CHANGED = {
    "ledger/entries": ("lines", '[{"lineNo": 1, "account": "1010", "debit": "1.00", "credit": "1.00"}]'),
    "payments/payments": ("amount", 1),
}


@cases(sums_up)
def test_a_changed_amount_is_found_down_to_its_key_and_field(connected: Connected) -> None:
    connected.pull(SETTLED)
    column, value = CHANGED[connected.entity.address]
    update = f"update {{table}} set {column} = %(value)s where {{one}} returning {{key}}"  # noqa: S608
    changed = key_of_one(connected, update, value=value)

    verification = verify(connected)

    assert verification.verdict == "differs"
    assert kept_keys(verification) == [("changed", changed)]
    assert list(verification.differences[0].fields) == [column]
    assert verification.differences[0].fields[column]["landed"] != verification.differences[0].fields[column]["partner"]


@cases(only_counts)
def test_what_a_partner_only_counts_is_not_noticed_to_have_another_content(connected: Connected) -> None:
    """The limit of a count, and why a totals endpoint is worth declaring."""
    connected.pull(SETTLED)
    key_of_one(connected, "update {table} set branch = 'XXX' where {one} returning {key}")

    assert verify(connected).ok


@cases(is_verifiable)
def test_a_partner_that_lies_about_its_count_is_found_out_and_is_not_verified(connected: Connected) -> None:
    connected.pull(SETTLED)
    connected.server.fault(connected.entity, "wrong_total", difference=2)

    verification = verify(connected)

    assert (verification.verdict, verification.ok, verification.differing) == ("contradicts", False, 0)
    assert "its figures contradict its records. Ask the partner" in verification.words
    assert verification.through is not None
    assert verification.through.verified_through is None
    assert verification.through.hole == "contradicts"


FAILURES: list[tuple[str, dict[str, Any], str]] = [
    ("status", {"status": 503}, "unreachable"),
    ("status", {"status": 429, "headers": {"Retry-After": "3600"}}, "throttled"),
    ("status", {"status": 403}, "refused"),
    ("not_json", {}, "misbehaved"),
]


@pytest.mark.parametrize(("kind", "options", "outcome"), FAILURES, ids=[outcome for _, _, outcome in FAILURES])
@cases(is_verifiable)
def test_each_way_of_not_answering_is_an_outcome_of_its_own_and_never_a_verdict(
    connected: Connected, kind: str, options: dict[str, Any], outcome: str
) -> None:
    """Promise 7."""
    connected.pull(SETTLED)
    connected.server.fault(connected.entity, kind, **options)

    verification = verify(connected)

    assert (verification.verdict, verification.failure_kind, verification.ok) == ("unanswered", outcome, False)
    (stored,) = connected.select("select verdict, failure_kind, partner_count, asked_at from sync.verification")
    assert stored == {"verdict": "unanswered", "failure_kind": outcome, "partner_count": None, "asked_at": None}
    assert verification.through is not None
    assert verification.through.verified_through is None


@cases(is_verifiable)
def test_a_day_that_was_verified_stays_so_while_its_partner_is_away_and_says_that_it_is(connected: Connected) -> None:
    connected.pull(SETTLED)
    verdict = verify(connected).verdict
    connected.server.fault(connected.entity, "status", status=503)

    verify(connected)

    (stored,) = connected.select("select verdict, failure_kind from sync.verification")
    assert stored == {"verdict": verdict, "failure_kind": "unreachable"}
    connected.server.mend()
    verify(connected)
    (stored,) = connected.select("select verdict, failure_kind, failure, failed_at from sync.verification")
    assert stored == {"verdict": verdict, "failure_kind": None, "failure": None, "failed_at": None}


@cases(is_verifiable)
def test_verified_through_has_no_holes(connected: Connected) -> None:
    for day in DAYS:
        connected.pull(day)

    def through(day: date) -> tuple[object, ...]:
        found = verify(connected, day).through
        assert found is not None
        assert (found.verified_from, found.settled_through) == (DAYS[0], SETTLED)
        return found.verified_through, found.hole_day, found.hole

    assert through(DAYS[0]) == (DAYS[0], DAYS[1], "not verified")
    assert through(DAYS[2]) == (DAYS[0], DAYS[1], "not verified"), "the day between is a hole"
    assert through(DAYS[1]) == (DAYS[2], None, None)

    key_of_one(connected, "delete from {table} where {one} returning {key}")
    assert through(DAYS[2]) == (DAYS[1], DAYS[2], "differs")


@cases(is_verifiable)
def test_verifying_twice_changes_nothing_that_is_landed_and_nothing_that_was_found(connected: Connected) -> None:
    connected.pull(SETTLED)
    key_of_one(connected, "delete from {table} where {one} returning {key}")
    landed = connected.rows(live=False)
    kept = "select * from sync.verification_difference order by record_key"
    found = "select verdict, words, partner_count, landed_count, missing_here, requests from sync.verification"

    verify(connected)
    first = connected.select(kept), connected.select(found), connected.select("select * from sync.dead_letter")
    verify(connected)

    assert connected.rows(live=False) == landed
    again = connected.select(kept), connected.select(found), connected.select("select * from sync.dead_letter")
    assert again == first
    assert len(first[0]) == 1


@cases(is_verifiable)
def test_a_look_alone_stores_nothing(connected: Connected) -> None:
    connected.pull(SETTLED)
    exchanges = connected.select("select count(*) as n from sync.exchange")

    verification = verify(connected, stores=False)

    assert verification.ok
    assert verification.requests == 1
    for table in ("verification", "verification_difference", "verified_through"):
        assert connected.select(f"select * from sync.{table}") == []  # noqa: S608
    assert connected.select("select count(*) as n from sync.exchange") == exchanges


@cases(is_verifiable)
def test_every_request_of_a_verification_is_in_the_exchange_log(connected: Connected) -> None:
    connected.pull(SETTLED)
    before = {row["exchange_id"] for row in connected.select("select exchange_id from sync.exchange")}
    key_of_one(connected, "delete from {table} where {one} returning {key}")

    verification = verify(connected)

    (stored,) = connected.select("select exchange_id, requests from sync.verification")
    logged = {row["exchange_id"] for row in connected.select("select exchange_id from sync.exchange")} - before
    assert stored["exchange_id"] in logged
    assert len(logged) == stored["requests"] == verification.requests > 1


@cases(can_be_cut)
def test_a_single_difference_is_found_with_about_as_many_requests_as_halvings(connected: Connected) -> None:
    """The figures of the day, a halving at a time down to a page, and the records of that page."""
    load = connected.pull(SETTLED)
    size = 2
    connected.asked_in_pages_of(size)
    gone = key_of_one(connected, "delete from {table} where {one} returning {key}")

    verification = verify(connected)

    assert kept_keys(verification) == [("missing_here", gone)]
    # What is left may be a record fuller than half a page; a walk without a count ends with a page that is not full.
    assert verification.requests <= 1 + (ceil(log2(load.read / size)) + 1) + 2


@cases(can_be_cut)
def test_however_much_differs_a_search_is_bounded_by_the_pages_of_the_day(connected: Connected) -> None:
    load = connected.pull(SETTLED)
    size = 2
    connected.asked_in_pages_of(size)
    with connected.database.connect() as connection:
        deleted = connection.execute(
            sql.SQL("delete from {} where _business_day = %s and hashtext({}::text) %% 2 = 0").format(
                landed_table(connected), sql.Identifier(connected.entity.contract.key[0])
            ),
            [SETTLED],
        ).rowcount

    verification = verify(connected)

    landed, there = load.inserted - deleted, len(connected.server.keys(connected.entity, SETTLED))
    assert verification.differing == deleted > 1
    assert verification.requests <= 2 + 2 * ceil(landed / size) + ceil(there / size)


@cases(is_verifiable)
def test_a_day_that_was_never_loaded_is_not_asked_for_and_is_no_day_that_agrees(connected: Connected) -> None:
    verification = verify(connected)

    assert (verification.verdict, verification.ok, verification.requests) == ("not_loaded", False, 0)
    assert f"`sync-platform pull {connected.entity.address} --day {SETTLED}`" in verification.words
    assert connected.select("select * from sync.verification") == []


@cases(is_verifiable)
def test_personal_values_are_masked_in_the_evidence(connected: Connected) -> None:
    connected.pull(SETTLED)
    fields = tuple(replace(field, personal=True) for field in connected.entity.contract.fields)
    connected.entity = replace(connected.entity, contract=replace(connected.entity.contract, fields=fields))
    gone = key_of_one(connected, "delete from {table} where {one} returning {key}")

    verification = verify(connected)

    assert verification.differing == 1
    assert gone not in repr(verification.differences)
    assert "•" in verification.differences[0].record_key
