"""Each kind of fault, through HTTP."""

import json
import socket
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from sync_platform.sandbox import Sandbox, SandboxError
from sync_platform_tests.sandbox.conftest import NOW, YESTERDAY, Client

NOW_MS = round(NOW.timestamp() * 1000)


def test_status_answers_so_for_the_next_requests_only(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(
        system="pos", kind="status", status=429, headers={"Retry-After": "7"}, body={"slow": "down"}, next_requests=2
    )
    answers = [client.pos("/sales") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert answers[0].json() == {"slow": "down"}


def test_a_fault_hits_only_its_system_and_path(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(system="pos", kind="status", status=503, path="/api/v1/sales")
    assert client.pos("/sales").status_code == 503
    assert client.pos("/stock-levels").status_code == 200
    assert client.shop("/orders").status_code == 200


def test_a_fault_hits_only_requests_that_ask_with_its_query(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(
        system="pos", kind="status", status=503, path="/api/v1/sales", query={"businessDate": "2026-11-19"}
    )
    assert client.pos("/sales", businessDate="2026-11-19", page=1).status_code == 503
    assert client.pos("/sales", businessDate="2026-11-18", page=1).status_code == 200
    assert client.pos("/sales").status_code == 200


def test_a_probability_is_drawn_from_the_seed() -> None:
    def statuses() -> list[int]:
        with Sandbox.generated(now=NOW) as sandbox:
            sandbox.faults.add(system="pos", kind="status", status=500, probability=0.5)
            client = Client(sandbox)
            return [client.pos("/stock-levels", pageSize=1).status_code for _ in range(30)]

    first = statuses()
    assert {200, 500} == set(first)
    assert first == statuses()


def test_delay_waits_before_the_answer(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(system="pos", kind="delay", seconds=0.3, next_requests=1)
    started = time.monotonic()
    client.pos("/sales", pageSize=1)
    assert time.monotonic() - started >= 0.3


def test_drip_sends_byte_by_byte(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(system="ledger", kind="drip", seconds_per_byte=0.001, path="/nothing")
    started = time.monotonic()
    answer = requests.get(f"{client.environment['LEDGER_BASE_URL']}/nothing", timeout=10)
    assert answer.status_code == 404
    assert time.monotonic() - started >= 0.001 * len(answer.content)


def test_cut_body_with_its_length_breaks_the_connection(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(system="pos", kind="cut_body", after_bytes=40, next_requests=1)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        client.pos("/sales")
    assert client.pos("/sales").status_code == 200


def test_cut_body_without_length_looks_whole(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(system="pos", kind="cut_body", after_bytes=40, keep_length=False, next_requests=1)
    answer = client.pos("/sales")
    assert (answer.status_code, len(answer.content)) == (200, 40)
    assert "Content-Length" not in answer.headers


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"field": "amount", "value": "twelve"}, ["twelve"]),
        ({"field": "product.id", "value": None, "count": 2}, [None, None]),
        ({"field": "branch", "remove": True}, ["absent"]),
    ],
)
def test_bad_record_spoils_a_field(
    client: Client, sandbox: Sandbox, options: dict[str, Any], expected: list[object]
) -> None:
    sandbox.faults.add(system="pos", kind="bad_record", **options)
    sales = client.pos("/sales", pageSize=5).json()["sales"]
    found = []
    for sale in sales:
        place: Any = sale
        for name in options["field"].split("."):
            place = place.get(name, "absent")
        found.append(place)
    assert found[: len(expected)] == expected
    assert not [value for value in found[len(expected) :] if value in ("twelve", None, "absent")]


def test_page_shift_loses_rows_between_pages(client: Client, sandbox: Sandbox) -> None:
    whole = [entry["entryId"] for entry in client.ledger("/journal/entries", limit=20).json()["entries"]]
    sandbox.faults.add(system="ledger", kind="page_shift", rows=1)
    pages = [client.ledger("/journal/entries", limit=10, offset=n).json()["entries"] for n in (0, 10)]
    read = [entry["entryId"] for page in pages for entry in page]
    assert whole[10] not in read
    assert read[:10] == whole[:10]
    assert read[10] == whole[11]


def test_page_shift_has_no_effect_on_a_cursor(client: Client, sandbox: Sandbox) -> None:
    whole = client.all_payments("/payouts")
    sandbox.faults.add(system="payments", kind="page_shift", rows=3)
    assert client.all_payments("/payouts") == whole


def test_clock_skew_moves_the_date_and_all_later_stamps_of_that_system(client: Client, sandbox: Sandbox) -> None:
    yesterday = client.pos("/sales", businessDate=YESTERDAY).content
    fault = sandbox.faults.add(system="pos", kind="clock_skew", seconds=7200)
    sandbox.clock.advance(3600)
    answer = client.pos("/sales", modifiedSince=NOW_MS + 3_600_000)
    assert parsedate_to_datetime(answer.headers["Date"]) == sandbox.clock.now().replace(microsecond=0) + timedelta(
        seconds=7200
    )
    document = answer.json()
    assert document["serverTime"] == NOW_MS + 10_800_000
    assert document["sales"]
    assert min(sale["modifiedAt"] for sale in document["sales"]) >= NOW_MS + 7_200_000
    assert parsedate_to_datetime(client.shop("/orders").headers["Date"]) == sandbox.clock.now()
    before = json.loads(yesterday)["sales"]
    assert client.pos("/sales", businessDate=YESTERDAY).json()["sales"] == before
    sandbox.faults.remove(fault)
    assert client.pos("/sales").json()["serverTime"] == NOW_MS + 3_600_000
    assert client.pos("/sales", modifiedSince=NOW_MS + 3_600_000).json()["sales"] == document["sales"]


def test_a_clock_set_back_stamps_later_records_with_earlier_times_and_keeps_the_order(
    client: Client, sandbox: Sandbox
) -> None:
    sandbox.faults.add(system="pos", kind="clock_skew", seconds=-10_800)
    sandbox.clock.advance(7200)
    sales = client.all_pos("/sales", "sales", page_size=100, modifiedSince=NOW_MS - 10_800_000)
    keys = list(dict.fromkeys((sale["modifiedAt"], sale["lineId"]) for sale in sales))
    overtaken = [sale for sale in sales if sale["modifiedAt"] < NOW_MS - 3_600_000]
    assert keys == sorted(keys)
    assert {sale["soldAt"] > "2026-11-20T16:00:00" for sale in overtaken} == {True, False}


def test_clock_skew_ends_when_its_requests_are_used_up(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(system="pos", kind="clock_skew", seconds=-600, next_requests=1)
    assert [client.pos("/sales", pageSize=1).json()["serverTime"] - NOW_MS for _ in range(2)] == [-600_000, 0]
    assert sandbox.faults.in_force() == []


def test_schema_change_renames_retypes_and_adds(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(
        system="pos", kind="schema_change", rename={"amount": "amt"}, retype="quantity", add={"colour": "red"}
    )
    for sale in client.pos("/sales", pageSize=5).json()["sales"]:
        assert "amount" not in sale
        assert float(sale["amt"]) >= 0
        assert isinstance(sale["quantity"], str)
        assert sale["colour"] == "red"


def test_html_comes_with_200(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(system="shop", kind="html")
    answer = client.shop("/orders")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_empty_has_no_records_and_says_there_are_none(client: Client, sandbox: Sandbox) -> None:
    for system in ("pos", "shop", "ledger", "payments"):
        sandbox.faults.add(system=system, kind="empty")
    assert (client.pos("/sales").json()["total"], client.pos("/sales").json()["sales"]) == (0, [])
    assert (client.shop("/orders").headers["X-WP-Total"], client.shop("/orders").json()) == ("0", [])
    assert client.ledger("/journal/entries").json()["count"] == 0
    assert client.payments("/payments").json()["has_more"] is False


def test_not_json_is_no_json(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add(system="payments", kind="not_json")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        client.payments("/payments").json()


def test_wrong_total_differs_by_the_given_number(client: Client, sandbox: Sandbox) -> None:
    totals = client.pos("/sales").json()["total"], int(client.shop("/orders").headers["X-WP-Total"])
    sandbox.faults.add(system="pos", kind="wrong_total", difference=-3)
    sandbox.faults.add(system="shop", kind="wrong_total", difference=2)
    assert client.pos("/sales").json()["total"] == totals[0] - 3
    assert int(client.shop("/orders").headers["X-WP-Total"]) == totals[1] + 2


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"system": "bank", "kind": "html"}, "choose one of pos, shop, ledger, payments"),
        ({"system": "pos", "kind": "flood"}, "choose one of status, delay"),
        ({"system": "pos", "kind": "status"}, "needs status"),
        ({"system": "pos", "kind": "html", "rows": 3}, "has no rows"),
        ({"system": "pos", "kind": "status", "status": 700}, "from 200 to 599"),
        ({"system": "pos", "kind": "html", "probability": 2}, "from 0 to 1"),
        ({"system": "pos", "kind": "html", "next_requests": 0}, "at least 1"),
    ],
)
def test_a_wrong_fault_is_refused_in_words(sandbox: Sandbox, fault: dict[str, Any], says: str) -> None:
    with pytest.raises(SandboxError, match=says):
        sandbox.faults.add(**fault)


def test_faults_over_http_can_be_added_listed_and_ended(client: Client) -> None:
    added = client.control("POST", "/faults", {"system": "pos", "kind": "status", "status": 500})
    fault_id = added.json()["id"]
    assert client.control("GET", "/faults").json()["faults"][0]["id"] == fault_id
    assert client.pos("/sales").status_code == 500
    assert client.control("DELETE", f"/faults/{fault_id}").status_code == 200
    assert client.pos("/sales").status_code == 200
    assert client.control("DELETE", f"/faults/{fault_id}").status_code == 404
    assert client.control("POST", "/faults", {"system": "pos"}).status_code == 400
    assert client.control("POST", "/faults", {"system": "pos", "kind": "html"}).status_code == 200
    assert client.control("DELETE", "/faults").json() == {"faults": []}


def test_a_connection_is_kept_alive(shared: Client) -> None:
    address = urlsplit(shared.environment["POS_BASE_URL"])
    ask = b"GET /api/v1/nothing HTTP/1.1\r\nHost: pos\r\n\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        for _ in range(2):
            connection.sendall(ask)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 401")


def test_a_record_is_sent_again_under_another_id_and_counted(client: Client, sandbox: Sandbox) -> None:
    def orders() -> tuple[list[dict[str, Any]], int]:
        answer = client.shop("/orders", per_page=5, orderby="id", order="asc")
        return answer.json(), int(answer.headers["X-WP-Total"])

    before, total = orders()
    sandbox.faults.add(system="shop", kind="resent", field="id", count=2, path="/wp-json/wc/v3/orders")
    after, counted = orders()

    assert [order["id"] for order in after] == [10001, 900_010_001, 10002, 900_010_002, 10003, 10004, 10005]
    assert after[1] == {**before[0], "id": 900_010_001}
    assert [after[0], after[2], *after[4:]] == before
    assert counted == total + 2


def test_changed_values_changes_a_share_of_the_records_always_the_same(client: Client, sandbox: Sandbox) -> None:
    def quantities() -> dict[str, int]:
        return {
            line["lineId"]: line["quantity"] for line in client.pos("/sales", businessDate=YESTERDAY).json()["sales"]
        }

    true = quantities()
    sandbox.faults.add(system="pos", kind="changed_values", field="quantity", factor=12, share=0.4)
    changed = quantities()
    twelvefold = {key for key, quantity in changed.items() if quantity == 12 * true[key] != true[key]}
    assert {key for key in true if changed[key] != true[key]} == twelvefold
    assert 0.2 < len(twelvefold) / len(true) < 0.6
    assert quantities() == changed


def test_changed_values_keeps_a_numbers_kind(client: Client, sandbox: Sandbox) -> None:
    before = client.pos("/sales", businessDate=YESTERDAY, pageSize=1).json()["sales"][0]
    sandbox.faults.add(system="pos", kind="changed_values", field="amount", factor=100)
    sandbox.faults.add(system="pos", kind="changed_values", field="modifiedAt", plus=3_600_000)
    sandbox.faults.add(system="pos", kind="changed_values", field="product.department", remove=True)
    line = client.pos("/sales", businessDate=YESTERDAY, pageSize=1).json()["sales"][0]
    assert line["amount"] == f"{float(before['amount']) * 100:.2f}"
    assert line["modifiedAt"] == before["modifiedAt"] + 3_600_000
    assert "department" not in line["product"]


def test_the_records_of_an_hour_can_be_missing(client: Client, sandbox: Sandbox) -> None:
    whole = [line["soldAt"] for line in client.pos("/sales", businessDate=YESTERDAY, pageSize=1000).json()["sales"]]
    fourteen, fifteen = f"{YESTERDAY}T14", f"{YESTERDAY}T15"
    sandbox.faults.add(system="pos", kind="missing_records", field="soldAt", at_least=fourteen, below=fifteen)
    left = [line["soldAt"] for line in client.pos("/sales", businessDate=YESTERDAY, pageSize=1000).json()["sales"]]
    assert 0 < len(left) < len(whole)
    assert left == [sold_at for sold_at in whole if not sold_at.startswith(fourteen)]


def test_missing_records_vanish_from_the_page_and_its_total(client: Client, sandbox: Sandbox) -> None:
    whole = client.pos("/sales", businessDate=YESTERDAY, pageSize=1000).json()
    branch = whole["sales"][0]["branch"]
    sandbox.faults.add(system="pos", kind="missing_records", field="branch", value=branch)
    left = client.pos("/sales", businessDate=YESTERDAY, pageSize=1000).json()
    assert {line["branch"] for line in left["sales"]} == {line["branch"] for line in whole["sales"]} - {branch}
    assert left["total"] == len({line["lineId"] for line in left["sales"]})
