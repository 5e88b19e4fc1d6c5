"""The ledger dialect and its quirks."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import pytest
import requests

from sync_platform.sandbox import Sandbox
from sync_platform_tests.sandbox.conftest import TODAY, YESTERDAY, Client

ENTRIES = "/journal/entries"


def test_a_token_is_good_for_three_minutes(client: Client, sandbox: Sandbox) -> None:
    assert client.ledger(ENTRIES).status_code == 200
    sandbox.clock.advance(179)
    assert client.ledger(ENTRIES).status_code == 200
    sandbox.clock.advance(1)
    refused = client.ledger(ENTRIES)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_the_client_may_authenticate_in_the_basic_header(shared: Client) -> None:
    auth = (shared.environment["LEDGER_CLIENT_ID"], shared.environment["LEDGER_CLIENT_SECRET"])
    url = f"{shared.environment['LEDGER_BASE_URL']}/oauth/token"
    answer = requests.post(url, data={"grant_type": "client_credentials"}, auth=auth, timeout=10).json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 180


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        (
            {"grant_type": "client_credentials", "client_id": "sandbox-client-id", "client_secret": "no"},
            401,
            "invalid_client",
        ),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
    ],
)
def test_wrong_clients_get_no_token(shared: Client, form: dict[str, str], status: int, error: str) -> None:
    answer = requests.post(f"{shared.environment['LEDGER_BASE_URL']}/oauth/token", data=form, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"offset": -1}, {"postingDate": "today"}])
def test_wrong_parameters_are_400(shared: Client, query: dict[str, Any]) -> None:
    answer = shared.ledger(ENTRIES, **query)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_an_unknown_path_is_404(shared: Client) -> None:
    assert shared.ledger("/journal/accounts").status_code == 404


def test_every_entry_balances_to_the_cent(shared: Client) -> None:
    entries = shared.all_entries()
    assert len(entries) > 1700
    for entry in entries:
        assert sum(Decimal(line["debit"]) - Decimal(line["credit"]) for line in entry["lines"]) == 0
        assert [line["lineNo"] for line in entry["lines"]] == list(range(1, len(entry["lines"]) + 1))
        assert all(min(Decimal(line["debit"]), Decimal(line["credit"])) == 0 for line in entry["lines"])


def test_each_basket_is_booked_with_what_the_pos_took(shared: Client) -> None:
    entries = [e for e in shared.all_entries(postingDate=YESTERDAY) if e["memo"].startswith("Sale")]
    booked = {entry["reference"]: Decimal(entry["lines"][0]["debit"]) for entry in entries}
    taken: defaultdict[str, Decimal] = defaultdict(Decimal)
    sales = {sale["lineId"]: sale for sale in shared.all_pos("/sales", "sales", businessDate=YESTERDAY)}
    for sale in sales.values():
        taken[str(sale["receiptNo"])] += Decimal(sale["amount"])
    assert len(booked) == 40
    assert sum(booked[receipt] == taken[receipt] for receipt in booked) >= 38  # but for voided lines


def test_offset_pages_give_every_entry_once_in_order(shared: Client) -> None:
    entries = shared.all_entries(limit=173)
    keys = [(entry["updatedAt"] or entry["postedAt"], entry["entryId"]) for entry in entries]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys) == shared.ledger(ENTRIES).json()["count"]


def test_an_entry_has_the_fields_of_the_dialect(shared: Client) -> None:
    document = shared.ledger(ENTRIES, postingDate=YESTERDAY).json()
    entry = document["entries"][0]
    assert list(document) == ["entries", "offset", "limit", "count", "lastPosted"]
    assert list(entry) == [
        *("entryId", "postingDate", "postedAt", "updatedAt", "status", "reference", "branch", "currency", "memo"),
        "lines",
    ]
    assert entry["entryId"].startswith("JE-0")
    assert datetime.fromisoformat(entry["postedAt"]).utcoffset() == timedelta(hours=5, minutes=30)


def test_if_modified_since_is_inclusive_to_the_second(shared: Client) -> None:
    entry = shared.all_entries()[-10]
    at = datetime.fromisoformat(entry["updatedAt"] or entry["postedAt"])

    def found(since: datetime) -> bool:
        answer = shared.ledger(ENTRIES, limit=1000, since=_http_date(since))
        return entry["entryId"] in [one["entryId"] for one in answer.json()["entries"]]

    assert found(at)
    assert not found(at + timedelta(seconds=1))


def test_nothing_changed_is_a_304_without_a_body(shared: Client) -> None:
    newest = parsedate_to_datetime(shared.ledger(ENTRIES).headers["Last-Modified"])
    assert shared.ledger(ENTRIES, since=_http_date(newest)).status_code == 200
    answer = shared.ledger(ENTRIES, since=_http_date(newest + timedelta(seconds=1)))
    assert (answer.status_code, answer.content) == (304, b"")
    assert "Content-Length" not in answer.headers


def test_nothing_posted_before_last_posted_appears_later(client: Client, sandbox: Sandbox) -> None:
    first = client.ledger(ENTRIES, postingDate=TODAY, limit=1000).json()
    before = {entry["entryId"] for entry in first["entries"]}
    sandbox.clock.advance(170)
    later = client.ledger(ENTRIES, postingDate=TODAY, limit=1000).json()["entries"]
    assert all(entry["postedAt"] > first["lastPosted"] for entry in later if entry["entryId"] not in before)


def test_quirk_updated_at_is_null_until_the_first_update(shared: Client) -> None:
    entries = shared.all_entries()
    reversed_ = [entry for entry in entries if entry["status"] == "REVERSED"]
    assert {entry["updatedAt"] is None for entry in entries if entry["status"] == "POSTED"} == {True}
    assert 3 <= len(reversed_) <= 20
    assert all(entry["updatedAt"] > entry["postedAt"] for entry in reversed_)


def test_quirk_a_line_is_reclassified_without_touching_updated_at(client: Client, sandbox: Sandbox) -> None:
    entries = sandbox.partners.ledger.entries
    record = int((entries._reclassified_at < 2**62).nonzero()[0][0])
    at = int(entries._reclassified_at[record]) / 1000

    def entry(seconds: int) -> dict[str, object]:
        sandbox.clock.set(datetime.fromtimestamp(at + seconds, tz=UTC))
        client._token = None
        return next(one for one in client.all_entries() if one["entryId"] == entries.key(record))

    before, after = entry(-60), entry(60)
    assert before["lines"] != after["lines"]
    assert {**before, "lines": None} == {**after, "lines": None}


def test_quirk_some_refunds_are_booked_only_two_days_later(shared: Client) -> None:
    booked = {e["reference"]: e for e in shared.all_entries() if e["memo"].startswith("Refund")}
    waits = [
        datetime.fromisoformat(entry["postedAt"]).date() - datetime.fromisoformat(entry["postingDate"]).date()
        for entry in booked.values()
    ]
    assert timedelta(days=2) in waits
    assert timedelta(0) in waits


def test_quirk_some_sales_are_posted_the_next_morning(shared: Client) -> None:
    entries = [e for e in shared.all_entries(postingDate=YESTERDAY) if e["memo"].startswith("Sale")]
    morning = [e for e in entries if e["postedAt"].startswith(f"{TODAY}T08")]
    assert 1 <= len(morning) <= 10


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def test_the_totals_of_a_day_are_those_of_its_entries(shared: Client) -> None:
    entries = shared.all_entries(postingDate=YESTERDAY)
    lines = [line for entry in entries for line in entry["lines"]]

    totals = shared.ledger("/journal/totals", postingDate=YESTERDAY).json()

    assert totals["entryCount"] == len(entries) > 30
    assert Decimal(totals["debit"]) == sum(Decimal(line["debit"]) for line in lines)
    assert Decimal(totals["credit"]) == sum(Decimal(line["credit"]) for line in lines)
    assert totals["reversedCount"] == sum(entry["status"] == "REVERSED" for entry in entries)


def test_totals_are_of_one_posting_date(shared: Client) -> None:
    assert shared.ledger("/journal/totals").status_code == 400
    empty = shared.ledger("/journal/totals", postingDate="2020-02-29").json()
    assert (empty["entryCount"], empty["debit"]) == (0, "0.00")
