"""The payment gateway's dialect and its quirks."""

import json
import zlib
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import requests

from sync_platform.sandbox import Sandbox
from sync_platform_tests.sandbox.conftest import NOW, YESTERDAY, Client

NOW_SECONDS = round(NOW.timestamp())


def test_without_its_key_the_gateway_answers_401(shared: Client) -> None:
    answer = requests.get(f"{shared.environment['PAYMENTS_BASE_URL']}/v1/payments", timeout=10)
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/payments?limit=101", 400),
        ("/payments?starting_after=pay_none", 400),
        ("/payments?created[gte]=x", 400),
        ("/payments/pay_0", 404),
        ("/refunds", 404),
    ],
)
def test_errors_have_stripes_shape(shared: Client, path: str, status: int) -> None:
    answer = shared.payments(path)
    assert answer.status_code == status
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_payment_has_the_fields_of_the_dialect(shared: Client) -> None:
    page = shared.payments("/payments", limit=1).json()
    payment = page["data"][0]
    assert (page["object"], page["has_more"]) == ("list", True)
    assert list(payment) == [
        *("id", "object", "amount", "fee", "net", "amount_refunded", "currency", "status", "created", "method"),
        *("order_reference", "branch", "payout"),
    ]
    assert shared.payments(f"/payments/{payment['id']}").json() == payment


def test_fees_are_2_9_percent_and_30_rupees_in_minor_units(shared: Client) -> None:
    for payment in shared.all_payments("/payments"):
        assert payment["fee"] == (payment["amount"] * 29 + 500) // 1000 + 30
        assert payment["net"] == payment["amount"] - payment["fee"]


def test_starting_after_leads_through_all_payments_once_newest_first(shared: Client) -> None:
    payments = shared.all_payments("/payments")
    created = [payment["created"] for payment in payments]
    assert created == sorted(created, reverse=True)
    assert len({payment["id"] for payment in payments}) == len(payments) > 900


def test_created_limits_are_gte_inclusive_and_lt_exclusive(shared: Client) -> None:
    payment = shared.payments("/payments", limit=100).json()["data"][50]
    at = payment["created"]
    assert payment in shared.payments("/payments", created__gte=at, created__lt=at + 1).json()["data"]
    assert payment not in shared.all_payments("/payments", created__gte=at + 1)
    assert payment not in shared.all_payments("/payments", created__lt=at)


def test_a_web_order_names_its_payment_and_the_payment_its_order(shared: Client) -> None:
    payments = {payment["id"]: payment for payment in shared.all_payments("/payments")}
    orders = [order for order in shared.all_shop("/orders") if order["transaction_id"] and Decimal(order["total"]) > 0]
    assert len(orders) > 150
    for order in orders:
        payment = payments[order["transaction_id"]]
        assert payment["order_reference"] == order["number"]
        assert payment["amount"] == Decimal(order["total"]) * 100


def test_other_payments_name_their_receipt_for_about_half_the_baskets(shared: Client) -> None:
    receipts = {str(sale["receiptNo"]) for sale in shared.all_pos("/sales", "sales")}
    references = {payment["order_reference"] for payment in shared.all_payments("/payments")}
    share = len(references & receipts) / len(receipts)
    assert 0.44 < share < 0.53  # 55 % of the 88 % that are not web orders


def test_a_payout_is_what_its_payments_bring_less_what_was_paid_back(shared: Client) -> None:
    payments = shared.all_payments("/payments")
    net: Counter[str | None] = Counter()
    back: Counter[int] = Counter()
    for payment in payments:
        net[payment["payout"]] += payment["net"]
    for event in shared.all_payments("/events", type="payment.refunded"):
        back[event["created"] // 86_400] += event["data"]["object"]["amount_refunded"]
    payouts = shared.all_payments("/payouts")
    assert len(payouts) == 45
    for payout in payouts:
        day = payout["created"] // 86_400 - 1
        assert payout["amount"] == net[payout["id"]] - back[day]
        assert payout["payment_count"] == sum(payment["payout"] == payout["id"] for payment in payments)
        assert payout["status"] == ("paid" if (day + 3) * 86_400 + 6 * 3600 <= NOW_SECONDS else "pending")


def test_applying_the_events_in_order_gives_the_payments(shared: Client) -> None:
    """But for the payout, of which no payment event tells."""
    objects: dict[str, dict[str, object]] = {}
    events = shared.all_payments("/events", type="payment.*")
    assert {event["type"] for event in events} == {"payment.created", "payment.refunded"}
    for event in reversed(events):
        objects[event["data"]["object"]["id"]] = event["data"]["object"]
    now = {payment["id"]: payment for payment in shared.all_payments("/payments")}
    assert {key: {**one, "payout": None} for key, one in objects.items()} == {
        key: {**one, "payout": None} for key, one in now.items()
    }


def test_events_tell_of_payouts_as_they_were(shared: Client) -> None:
    states = defaultdict(set)
    for event in shared.all_payments("/events", type="payout.*"):
        states[event["type"]].add(event["data"]["object"]["status"])
    assert states == {"payout.created": {"pending"}, "payout.paid": {"paid"}}


def test_quirk_a_refund_moves_no_time_of_the_payment_and_shows_only_in_an_event(
    client: Client, sandbox: Sandbox
) -> None:
    event = client.payments("/events", type="payment.refunded", limit=1).json()["data"][0]
    refunded = event["data"]["object"]
    sandbox.clock.set(datetime.fromtimestamp(event["created"] - 1, tz=UTC))
    before = client.payments(f"/payments/{refunded['id']}").json()
    sandbox.clock.advance(30)
    after = client.payments(f"/payments/{refunded['id']}").json()
    assert before["amount_refunded"] == 0
    assert after["amount_refunded"] > 0
    assert {**before, "amount_refunded": after["amount_refunded"]} == after
    assert not [name for name in after if "updated" in name or "modified" in name]


def test_quirk_every_answer_is_gzipped_even_when_the_client_refuses_it(shared: Client) -> None:
    headers = {"X-Api-Key": shared.environment["PAYMENTS_API_KEY"], "Accept-Encoding": "identity"}
    url = f"{shared.environment['PAYMENTS_BASE_URL']}/v1/payments"
    answer = requests.get(url, headers=headers, stream=True, timeout=10)
    raw = answer.raw.read(decode_content=False)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(zlib.decompress(raw, wbits=31))["object"] == "list"


def test_the_gateways_day_is_the_utc_day(shared: Client) -> None:
    keys = set(shared.sandbox.truth.keys(system="payments", entity="payments", day=YESTERDAY))
    start = NOW_SECONDS // 86_400 * 86_400 - 86_400
    asked = shared.all_payments("/payments", created__gte=start, created__lt=start + 86_400)
    assert keys == {payment["id"] for payment in asked} != set()


def test_the_settlement_summary_of_any_hours_is_what_their_payments_add_up_to(shared: Client) -> None:
    payments = shared.all_payments("/payments")
    oldest, newest = payments[-1]["created"], payments[0]["created"]
    middle = (oldest + newest) // 2

    for since, before in ((oldest, newest + 1), (oldest, middle), (middle, newest + 1), (newest + 1, newest + 2)):
        inside = [payment for payment in payments if since <= payment["created"] < before]
        summary = shared.payments("/settlement_summary", created__gte=since, created__lt=before).json()
        assert summary["payment_count"] == len(inside)
        for name in ("amount", "fee", "net", "amount_refunded"):
            assert summary[name] == sum(payment[name] for payment in inside), name
    assert sum(payment["amount_refunded"] for payment in payments) > 0


def test_a_touched_payment_moves_the_summary_too(client: Client, sandbox: Sandbox) -> None:
    before = client.payments("/settlement_summary").json()
    sandbox.touch("payments", "payments", count=2)
    after = client.payments("/settlement_summary").json()
    assert after["amount_refunded"] == before["amount_refunded"] + 2
    assert {**after, "amount_refunded": 0} == {**before, "amount_refunded": 0}
