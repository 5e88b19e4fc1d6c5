"""A trace of one web order tells everything about it over shop, payments, ledger and POS, in order of time."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sync_platform.audit.entry import Action
from sync_platform.audit.log import record
from sync_platform.cli.answer import plain
from sync_platform.trace.event import Trace
from sync_platform.trace.page import render_trace
from sync_platform_tests.trace.conftest import Disputed

SYSTEMS = {"shop/orders", "payments/payments", "payments/payouts", "ledger/entries", "pos/sales"}


def systems_of(trace: Trace) -> set[str]:
    return {f"{record.system}/{record.entity}" for record in trace.records}


def as_text(trace: Trace) -> str:
    return json.dumps(trace, default=plain, ensure_ascii=False)


@pytest.mark.parametrize("known_as", ["order_id", "transaction_id", "receipt_no"])
def test_an_order_is_found_in_all_systems_by_any_of_its_numbers(disputed: Disputed, known_as: str) -> None:
    trace = disputed.trace(str(disputed.order[known_as]))

    expected = SYSTEMS if disputed.order["payout"] else SYSTEMS - {"payments/payouts"}
    assert systems_of(trace) == expected
    counted = Counter(f"{record.system}/{record.entity}" for record in trace.records)
    assert (counted["shop/orders"], counted["payments/payments"]) == (1, 1)
    assert not trace.cut


def test_events_come_in_order_of_time_with_requests_loads_and_landings_of_each_system(disputed: Disputed) -> None:
    trace = disputed.trace(disputed.number)

    moments = [event.at for event in trace.events]
    assert moments == sorted(moments)
    for system in ("shop", "payments", "ledger", "pos"):
        assert {event.kind for event in trace.events if event.system == system} >= {
            "partner",
            "exchange",
            "load",
            "landed",
        }
    ways = [event.words for event in trace.events if event.kind == "load" and event.system == "shop"]
    assert [words.split(" 2026")[0] for words in ways] == ["the whole day", "changes of the day", "changes of the day"]
    loads = [event for event in trace.events if event.kind in ("load", "exchange")]
    assert {event.correlation_id for event in loads} == set(trace.correlation_ids)


def test_a_change_tells_what_it_changed_and_which_request_and_load_it_went_through(disputed: Disputed) -> None:
    trace = disputed.trace(disputed.number, personal=True)

    first, second = [event for event in trace.events if event.kind == "change"]
    assert first.facts["fields"]["customer_note"] == "touched 1 times"
    assert second.facts["changed"]["customer_note"] == {"before": "touched 1 times", "after": "touched 2 times"}
    assert set(second.facts["changed"]) <= {"customer_note", "date_modified_gmt"}
    exchanges = {event.facts["exchange_id"] for event in trace.events if event.kind == "exchange"}
    loads = {event.facts["load_id"] for event in trace.events if event.kind == "load"}
    for event in (first, second):
        assert event.facts["exchange_id"] in exchanges
        assert event.facts["load_id"] in loads
        assert json.loads(event.facts["payload"])["id"] == disputed.order["order_id"]


def test_no_personal_value_is_shown_unless_it_was_asked_for(disputed: Disputed) -> None:
    masked, clear = (as_text(disputed.trace(disputed.number, personal=asked)) for asked in (False, True))

    for name in ("billing_email", "billing_last_name"):
        value = disputed.order[name]
        assert value in clear
        assert value not in masked
    assert "touched 2 times" not in masked
    assert "payload_sha256" in masked


def test_a_number_that_nobody_knows_has_neither_records_nor_events(disputed: Disputed) -> None:
    for unknown in ("no such order", "999999999999999999999999", ""):
        trace = disputed.trace(unknown)
        assert (trace.records, trace.events) == ((), ())


def test_a_dead_letter_of_the_order_is_told_of_although_it_never_landed(disputed: Disputed) -> None:
    """Another one has the order's number where an amount stands, which is no reference."""
    payload = {"id": "pay_broken", "amount": -1, "order_reference": disputed.number}
    other = {"id": "pay_other", "amount": disputed.order["order_id"], "order_reference": "1"}
    for letter in (payload, other):
        disputed.execute(
            "insert into sync.dead_letter (system, entity, business_day, record_key, reason, field, message, payload,"
            " payload_hash, contract_version, load_id) values ('payments', 'payments', '2026-11-19', null,"
            " 'constraint', 'amount', 'is below 0', %(payload)s, sha256(%(payload)s), '1.0.0', gen_random_uuid())",
            payload=json.dumps(letter).encode(),
        )

    letters = [event for event in disputed.trace(disputed.number).events if event.kind == "dead_letter"]

    assert [letter.words for letter in letters] == ["could not be taken in: amount: is below 0; open"]


def test_checks_and_the_partners_figures_of_the_orders_day_are_told(disputed: Disputed) -> None:
    day = next(record.business_day for record in disputed.trace(disputed.number).records if record.system == "shop")
    disputed.execute(
        "insert into sync.check_result select 'shop', 'orders', %(day)s, rule, 'warning', false, passed,"
        " '2 of 70 rows', 2, 70, '[]', null, '2026-11-20T01:00Z'"
        " from (values ('order_has_lines', false), ('currency_expected', true)) as r (rule, passed)",
        day=day,
    )
    disputed.execute(
        "insert into sync.verification (system, entity, business_day, scope, verdict, words, partner_count,"
        " landed_count, compared_at)"
        " values ('shop', 'orders', %(day)s, 'day', 'agrees', 'both say 70.', 70, 70, now())",
        day=day,
    )

    events = disputed.trace(disputed.number).events

    (check,) = [event for event in events if event.kind == "check"]
    assert check.words == f"the rules of {day}: 1 passed, 1 failed"
    assert check.facts == {"failed": {"order_has_lines": "warning: 2 of 70 rows"}}
    (verification,) = [event for event in events if event.kind == "verification"]
    assert verification.words == f"{day} was held against the partner's own figures: agrees; both say 70."


def test_what_a_person_did_with_the_order_is_told(disputed: Disputed) -> None:
    key = json.dumps([disputed.order["order_id"]])
    with disputed.database.connect() as connection:
        action = Action("nimal", "trace.personal", "shop", "orders", key)
        record(connection, action, now=datetime(2026, 11, 20, tzinfo=UTC))

    actions = [event.words for event in disputed.trace(disputed.number).events if event.kind == "action"]

    assert actions == ["nimal: trace.personal"]


def test_the_page_tells_all_of_it_without_a_script_or_the_network(disputed: Disputed) -> None:
    trace = disputed.trace(disputed.number)

    page = render_trace(trace, zone=ZoneInfo("Asia/Colombo"))

    for landed in trace.records:
        assert landed.key.replace('"', "&#34;") in page
    assert page.count("<li class=") == len(trace.events)
    assert "+05:30" in page
    for outside in ("<script", "http://", "https://", "src=", "@import", "url("):
        assert outside not in page
    assert disputed.order["billing_email"] not in page


def test_the_page_escapes_what_a_partner_or_a_person_wrote(disputed: Disputed) -> None:
    page = render_trace(disputed.trace("<script>alert(1)</script>"), zone=ZoneInfo("UTC"))

    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "No landed record has this number." in page
