"""The whole chain of one order: how it came, what was decided about it, and what was derived from it."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from sync_platform.landing.letter_seal import LetterSeal
from sync_platform.trace.event import Event
from sync_platform_tests.declared_systems.connected import LETTER_KEY
from sync_platform_tests.trace.conftest import Disputed

SEAL = LetterSeal((LETTER_KEY,))


def of_kind(disputed: Disputed, kind: str, **asked: Any) -> list[Event]:
    return [event for event in disputed.trace(disputed.number, **asked).events if event.kind == kind]


def has_letter(disputed: Disputed, payload: dict[str, Any], *, key: str | None, seal: LetterSeal) -> int:
    """A letter of a rejected order, sealed as loads do, or withheld without a key; its number."""
    raw = json.dumps(payload).encode()
    entity = next(one for one in disputed.systems if one.name == "shop").entity("orders")
    kept = seal.keep(raw, entity.contract)
    with disputed.database.connect() as connection:
        row = connection.execute(
            "insert into sync.dead_letter (system, entity, business_day, record_key, reason, field, message, payload,"
            " sealed, payload_hash, contract_version, load_id, way) values ('shop', 'orders', '2026-11-19', %s, 'type',"
            " 'total', 'is no number', %s, %s, sha256(%s), '1.0.0', gen_random_uuid(), 'webhook')"
            " returning dead_letter_id",
            (key, kept.payload, kept.sealed, raw),
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_delivery_that_brought_a_version_is_told_with_its_checksum(disputed: Disputed) -> None:
    disputed.execute(
        "with told as (insert into sync.webhook_delivery (system, webhook, event_id, content_hash, headers, body,"
        " secret, state, received_at) values ('shop', 'events', 'd-1', sha256('{}'), '{}', '{}', 'SHOP_WEBHOOK_SECRET',"
        " 'captured', '2026-11-20 03:00+00') returning delivery_id)"
        " update sync.change set delivery_id = (select delivery_id from told)"
        " where change_id = (select min(change_id) from sync.change where record_key = %(key)s)",
        key=f"[{disputed.number}]",
    )

    (delivery,) = of_kind(disputed, "delivery")
    brought = [change for change in of_kind(disputed, "change") if "delivery_id" in change.facts]

    assert delivery.words == "delivery d-1 of webhook events was received: captured"
    assert delivery.facts["body_sha256"] == sha256(b"{}").hexdigest()
    assert delivery.facts["secret"] == "SHOP_WEBHOOK_SECRET"
    assert [change.facts["delivery_id"] for change in brought] == [delivery.facts["delivery_id"]]


def test_each_answer_is_told_with_its_checksum_and_whether_its_bytes_are_kept(disputed: Disputed) -> None:
    asked = of_kind(disputed, "exchange")

    assert {event.facts["body_kept"] for event in asked if event.system in ("shop", "payments")} == {True}
    assert {event.facts["body_kept"] for event in asked if event.system in ("pos", "ledger")} == {False}
    assert {len(event.facts["response_sha256"]) for event in asked} == {64}


def test_a_poll_that_brings_nothing_is_logged_and_its_body_not_kept(disputed: Disputed) -> None:
    counted = "select (select count(*) from sync.exchange), (select count(*) from sync.exchange_body)"
    with disputed.database.connect() as connection:
        before = connection.execute(counted).fetchone()
        disputed.sandbox.clock.advance(60)
        assert disputed.orders.delta().capture.captured == 0
        after = connection.execute(counted).fetchone()

    assert before is not None
    assert after is not None
    assert after[0] > before[0]
    assert after[1] == before[1]


def test_a_rejected_order_is_told_with_everything_that_was_decided_about_it(disputed: Disputed) -> None:
    number = has_letter(disputed, {"id": 77, "total": "?"}, key="[77]", seal=SEAL)
    disputed.execute(
        "insert into sync.dead_letter_action (dead_letter_id, action, who, why, at, before_hash, after_hash) values"
        " (%(number)s, 'edited', 'kamala', 'typing error', now(), sha256('a'), sha256('b')),"
        " (%(number)s, 'resolved', 'kamala', 'mended', now() + interval '1 second', sha256('b'), sha256('b'))",
        number=number,
    )

    events = disputed.trace("77").events

    assert [event.words for event in events if event.kind in ("dead_letter", "decision")] == [
        "could not be taken in: total: is no number; open",
        f"dead letter {number} edited by kamala: typing error",
        f"dead letter {number} resolved by kamala: mended",
    ]
    edited = next(event for event in events if "edited" in event.words)
    assert edited.facts["after_hash"] == sha256(b"b").hexdigest()


@pytest.mark.parametrize("seal", [SEAL, LetterSeal()], ids=["sealed", "withheld"])
def test_an_order_that_never_landed_is_found_by_its_number_whatever_was_kept_of_it(
    disputed: Disputed, seal: LetterSeal
) -> None:
    key = "88" if seal.keys else "89"
    payload = {"id": int(key), "total": "?"}
    has_letter(disputed, payload, key=f"[{key}]", seal=seal)

    (letter,) = [event for event in disputed.trace(key).events if event.kind == "dead_letter"]

    assert letter.facts["payload_sha256"] == sha256(json.dumps(payload).encode()).hexdigest()
    assert letter.facts["payload"] == "sealed or withheld"


def test_a_sealed_letter_is_found_by_what_is_in_it_where_its_key_is(disputed: Disputed) -> None:
    payload = {"total": "?", "transaction_id": disputed.order["transaction_id"], "billing": {"email": "n@example.com"}}
    has_letter(disputed, payload, key=None, seal=SEAL)

    assert of_kind(disputed, "dead_letter") == []
    (letter,) = of_kind(disputed, "dead_letter", seal=SEAL)
    assert "payload" not in letter.facts
    (shown,) = of_kind(disputed, "dead_letter", seal=SEAL, personal=True)
    assert json.loads(shown.facts["payload"]) == payload


def test_what_was_derived_from_the_order_is_told(disputed: Disputed) -> None:
    order = disputed.order
    disputed.execute(
        "insert into sync.stock_comparison (business_day, sku, branch, pos_units, shop_units, difference, pos_as_of,"
        " shop_as_of, as_of, limited_by, verdict) values (%(day)s, %(sku)s, %(branch)s, 40, 52, 12, now(), now(),"
        " now(), 'shop/listings', 'oversold')",
        day=order["sold_on"],
        sku=str(order["product_id"]),
        branch=order["branch"],
    )
    disputed.execute(
        "insert into sync.duplicate_proposal (kind, left_system, left_key, right_system, right_key, cluster, score,"
        " reason, first_seen_at, last_seen_at) values ('customers', 'pos', '990017', 'shop', %(customer)s,"
        " 'pos/990017', 0.9, 'same phone', now(), now())",
        customer=str(order["customer_id"]),
    )

    copies, stock = sorted(of_kind(disputed, "derived"), key=lambda event: event.words)
    (clear,) = [event for event in of_kind(disputed, "derived", personal=True) if "customer" in event.words]

    assert stock.words == f"stock of {order['product_id']} in {order['branch']}, POS against shop: oversold"
    assert {name: stock.facts[name] for name in ("pos_units", "shop_units", "difference")} == {
        "pos_units": "40",
        "shop_units": "52",
        "difference": "12",
    }
    assert "same phone; open" in copies.words
    assert "990017" not in copies.words
    assert "pos's 990017" in clear.words


def test_a_file_that_brought_a_row_is_told_with_its_checksum(disputed: Disputed) -> None:
    disputed.execute(
        "insert into sync.file (file_id, system, entity, name, size, modified, state, sha256, first_seen_at,"
        " changed_at, place) select _exchange_id, 'ledger', 'entries', 'entries.csv', 7, now(), 'accepted',"
        " sha256('entries'), now(), now(), 'archive' from landing.ledger__entries where reference = %(receipt)s"
        " limit 1",
        receipt=disputed.order["receipt_no"],
    )

    (file,) = of_kind(disputed, "file")

    assert file.words.startswith("entries.csv, 7 bytes, written ")
    assert file.facts["sha256"] == sha256(b"entries").hexdigest()
