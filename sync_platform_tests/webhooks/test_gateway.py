"""The gateway's answers: 2xx for what is in the database, once, and for nothing else (B1-B9, B15-B17)."""

from __future__ import annotations

import gzip
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from sync_platform.gateway.connection import LimitedConnection
from sync_platform.gateway.writer import MOST_WAITING
from sync_platform.landing.database import Database
from sync_platform_tests.webhooks.conftest import NewGateway
from sync_platform_tests.webhooks.gateway import Gateway
from sync_platform_tests.webhooks.signing import NOW, OLD_SECRET, Signed, sign
from sync_platform_tests.webhooks.telling import delivery, told


def test_a_delivery_is_stored_as_it_came_before_it_is_answered(gateway: Gateway) -> None:
    answer = gateway.send(delivery(told()), headers={"Authorization": "Bearer x", "X-Shop-Token": "y", "X-Seen": "z"})

    assert (answer.status_code, answer.content) == (202, b"")
    assert gateway.stored("event_id", "body", "state", "secret") == [("msg_1", told(), "waiting", "TILL_SECRET")]
    (headers,) = gateway.stored("headers")
    assert headers["x-seen"] == "z"
    assert not headers.keys() & {"authorization", "x-shop-token"}
    assert gateway.woken == 1


def test_a_forged_delivery_is_not_stored_and_counted(gateway: Gateway) -> None:
    """Fault B1."""
    forged = delivery(told()).but(body=told(amount="9.99"))

    answers = [gateway.send(forged) for _ in range(2)]

    assert [(answer.status_code, answer.content) for answer in answers] == [(401, b"")] * 2
    assert gateway.stored("event_id") == []
    assert gateway.counts == {"sales": {"signature": 2}}


HOSTILE = [
    delivery(told()).but(headers={}),
    delivery(told()).with_header("webhook-signature", "v1,%%%"),
    delivery(told()).with_header("webhook-signature", "\xff\xfe,\xff"),
    delivery(told()).with_header("webhook-id", "\xe9"),
    delivery(told()).but(body=b"\xff\xfe\xfd"),
    delivery(told()).but(body=b""),
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_malformed_delivery_is_refused_and_is_no_fault_of_ours(gateway: Gateway, hostile: Signed) -> None:
    """Fault B2."""
    assert gateway.status(hostile) == 401
    assert gateway.stored("event_id") == []


NOT_JSON = [b"\xff\xfe", b"", b"null", b"7", b"[", b'{"a": NaN}', b'{"id": 1', b"id=1", b'{"\xff": 1}']


@pytest.mark.parametrize("body", NOT_JSON)
def test_what_the_partner_signed_but_is_no_json_is_refused(gateway: Gateway, body: bytes) -> None:
    assert gateway.status(delivery(body)) == 400
    assert gateway.stored("event_id") == []


@pytest.mark.parametrize("id_", [b'{"type":"x"}', b'{"id":null}', b'{"id":true}', b'{"id":""}', b'{"id":"a\\u0000"}'])
def test_a_delivery_without_the_id_that_its_kind_has_is_refused(gateway: Gateway, id_: bytes) -> None:
    assert gateway.status(sign("stripe", id_), "paid") == 400


def test_an_old_or_future_delivery_is_refused(gateway: Gateway) -> None:
    """Fault B3."""
    for off in (timedelta(minutes=6), -timedelta(minutes=6)):
        assert gateway.status(delivery(told(), now=NOW + off)) == 401
    assert gateway.counts == {"sales": {"timestamp_future": 1, "timestamp_old": 1}}


def test_a_delivery_that_comes_again_is_acknowledged_and_stored_once(gateway: Gateway) -> None:
    """Fault B4."""
    again = delivery(told(), now=NOW + timedelta(minutes=1))

    assert [gateway.status(delivery(told())), gateway.status(delivery(told())), gateway.status(again)] == [202] * 3
    assert gateway.stored("event_id") == ["msg_1"]
    assert gateway.counts == {"sales": {"new": 1, "known": 2}}


def test_equal_content_under_another_id_counts_once_where_a_strict_version_tells_states_apart(gateway: Gateway) -> None:
    """An id that is not signed may be another's; elsewhere a record may truly go back to what it was."""
    for id_ in ("1", "2"):
        assert gateway.status(sign("github", told(), id_=id_), "strict") == 202
        assert gateway.status(delivery(told(type_="coarse.changed"), id_)) == 202
    assert gateway.stored("webhook", "event_id") == [("strict", "1"), ("sales", "1"), ("sales", "2")]


def test_the_same_id_with_another_body_is_refused_and_both_hashes_are_kept(gateway: Gateway) -> None:
    """Fault B5."""
    assert gateway.status(delivery(told())) == 202
    assert gateway.status(delivery(told(amount="2.00"))) == 409

    ((body, conflicts, first, other),) = gateway.stored("body", "conflicts", "content_hash", "conflicting_hash")
    assert (body, conflicts) == (told(), 1)
    assert first != other


def test_another_attempt_of_a_stripe_event_is_the_same_delivery(gateway: Gateway) -> None:
    bodies = [b'{"id":"evt_1","type":"x","pending_webhooks":%d}' % count for count in (2, 1)]
    assert [gateway.status(sign("stripe", body), "paid") for body in bodies] == [202, 202]
    assert gateway.stored("body") == bodies[:1]


def test_one_delivery_at_two_gateways_at_once_is_stored_once(new_gateway: NewGateway) -> None:
    """Fault B6."""
    gateways = [new_gateway(), new_gateway()]
    deliveries = [delivery(told(f"{number}"), f"msg_{number}") for number in range(20)]
    with ThreadPoolExecutor(8) as senders:
        answers = [senders.submit(one.status, sent) for sent in deliveries for one in gateways]
        assert {answer.result() for answer in answers} == {202}
    assert sorted(gateways[0].stored("event_id")) == sorted(f"msg_{number}" for number in range(20))


def test_a_body_that_is_too_large_is_refused_before_it_was_read(gateway: Gateway) -> None:
    """Fault B7."""
    with gateway.connect() as announced:
        announced.sendall(b"POST /webhooks/till/sales HTTP/1.1\r\nHost: hub\r\nContent-Length: 999999999\r\n\r\n{")
        assert announced.recv(100).startswith(b"HTTP/1.1 413 ")
    with gateway.connect() as chunked:
        chunked.sendall(b"POST /webhooks/till/sales HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(6):
            chunked.sendall(b"800\r\n" + b"x" * 2048 + b"\r\n")
        assert chunked.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_false_content_length_is_no_delivery(new_gateway: NewGateway) -> None:
    """Fault B7: one that says too much waits for the rest and is given up; one that says too little was cut."""
    gateway, signed = new_gateway(body_seconds=0.2), delivery(told())
    head = "".join(f"{name}: {value}\r\n" for name, value in signed.headers.items())
    for length, answers in ((len(signed.body) + 10, (b"408",)), (len(signed.body) - 10, (b"400", b"401"))):
        with gateway.connect() as connection:
            request = f"POST /webhooks/till/sales HTTP/1.1\r\nHost: hub\r\n{head}Content-Length: {length}\r\n\r\n"
            connection.sendall(request.encode() + signed.body)
            assert connection.recv(100)[9:12] in answers
    assert gateway.stored("event_id") == []


def test_what_comes_at_once_is_stored_in_few_commits_and_none_is_lost(gateway: Gateway) -> None:
    """Fault B8, in small: the burst of 10,000 is a benchmark."""
    deliveries = [delivery(told(f"{number % 250}"), f"msg_{number % 250}") for number in range(300)]
    with ThreadPoolExecutor(30) as senders:
        assert set(senders.map(gateway.status, deliveries)) == {202}
    assert len(gateway.stored("event_id")) == 250
    assert gateway.woken < 250


def test_more_than_may_wait_is_asked_to_come_again(
    gateway: Gateway, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault B8: back-pressure, while the database stands still."""
    monkeypatch.setattr("sync_platform.gateway.writer.MOST_WAITING", 2)
    assert MOST_WAITING > 2
    with database.connect() as other, ThreadPoolExecutor(12) as senders:
        with other.transaction():
            other.execute("lock table sync.webhook_delivery")
            answers = [senders.submit(gateway.send, delivery(told(f"{n}"), f"msg_{n}")) for n in range(12)]
            refused = [answer.result() for answer in _first(answers, 6)]
        done = [answer.result() for answer in answers]
    assert {(one.status_code, one.headers["Retry-After"]) for one in refused} == {(503, "5")}
    assert len(gateway.stored("event_id")) == sum(one.status_code == 202 for one in done) >= 1


def _first(answers: list, count: int) -> list:  # type: ignore[type-arg]
    """The first futures that are done."""
    done: list = []  # type: ignore[type-arg]
    enough = threading.Event()

    def add(answer: object) -> None:
        done.append(answer)
        if len(done) >= count:
            enough.set()

    for answer in answers:
        answer.add_done_callback(add)
    assert enough.wait(15)
    return done[:count]


def test_without_a_database_the_partner_is_asked_to_come_again(new_gateway: NewGateway, database: Database) -> None:
    """Fault B9."""
    gateway = new_gateway(database=replace(database, url="postgresql://nobody@127.0.0.1:1/none"))

    answer = gateway.send(delivery(told()))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert requests.get(f"{gateway.url}/healthz", timeout=10).json()["ok"] is False


def test_a_database_that_was_restarted_between_two_deliveries_costs_none(gateway: Gateway, database: Database) -> None:
    assert gateway.status(delivery(told("A"), "msg_1")) == 202
    with database.connect() as other:
        other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    assert gateway.status(delivery(told("B"), "msg_2")) == 202
    assert gateway.stored("event_id") == ["msg_1", "msg_2"]


def test_a_database_that_takes_nothing_for_a_while_is_no_end(gateway: Gateway, database: Database) -> None:
    """Fault B9: as a stand-by that nobody has promoted yet."""
    with database.connect() as other:
        name = other.info.dbname
        other.execute(f"alter database {name} set default_transaction_read_only = on")
        assert gateway.status(delivery(told())) == 503
        other.execute(f"alter database {name} reset default_transaction_read_only")
    assert gateway.status(delivery(told())) == 202


def test_a_gateway_that_ends_stores_what_it_accepted(new_gateway: NewGateway) -> None:
    gateway = new_gateway()
    with ThreadPoolExecutor(4) as senders:
        answers = [senders.submit(gateway.status, delivery(told(f"{n}"), f"msg_{n}")) for n in range(4)]
        accepted = [answer.result() for answer in answers]
    gateway.__exit__(None, None, None)
    assert accepted == [202] * 4
    assert len(gateway.stored("event_id")) == 4


def test_a_delivery_signed_with_the_old_secret_says_so(gateway: Gateway) -> None:
    """Fault B14."""
    assert gateway.status(delivery(told(), secret=OLD_SECRET)) == 202
    assert gateway.status(delivery(told("B"), "msg_2")) == 202
    assert gateway.stored("secret") == ["TILL_OLD_SECRET", "TILL_SECRET"]
    assert gateway.counts == {"sales": {"new": 2, "older_secret": 1}}


def test_slow_headers_and_slow_bodies_hold_nobody_up(new_gateway: NewGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault B16."""
    monkeypatch.setattr(LimitedConnection, "header_seconds", 0.3)
    gateway = new_gateway(body_seconds=0.3)
    silent, slow, dripping = gateway.connect(), gateway.connect(), gateway.connect()
    slow.sendall(b"POST /webhooks/till/sales HTTP/1.1\r\nHost:")
    dripping.sendall(b"POST /webhooks/till/sales HTTP/1.1\r\nHost: hub\r\nContent-Length: 100\r\n\r\n{")

    assert gateway.status(delivery(told())) == 202
    assert (silent.recv(100), slow.recv(100)) == (b"", b"")
    assert dripping.recv(100).startswith(b"HTTP/1.1 408 ")
    for connection in (silent, slow, dripping):
        connection.close()


def test_endless_headers_are_cut_off(gateway: Gateway) -> None:
    """Fault B16."""
    with gateway.connect() as connection:
        connection.sendall(b"POST /webhooks/till/sales HTTP/1.1\r\n")
        with pytest.raises(OSError, match=r"[Rr]eset|[Bb]roken"):
            connection.sendall(b"X: %s\r\n" % (b"x" * 1000) * 10_000)


def test_one_connection_too_many_is_asked_to_come_later(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault B16."""
    monkeypatch.setattr(LimitedConnection, "most_connections", 2)
    with gateway.connect(), gateway.connect():
        answer = gateway.send(delivery(told()))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_compressed_body_is_refused_unread(gateway: Gateway) -> None:
    """Fault B17: 50 MB in 50 kB."""
    bomb = gzip.compress(b" " * 50_000_000)
    assert gateway.status(delivery(bomb), headers={"Content-Encoding": "gzip"}) == 415


@pytest.mark.parametrize("deep", [b"[" * 4_900 + b"]" * 4_900, b'{"a":' * 1_600 + b"1" + b"}" * 1_600])
def test_json_nested_without_end_is_refused(gateway: Gateway, deep: bytes) -> None:
    """Fault B17."""
    assert gateway.status(delivery(deep)) == 400


def test_only_webhooks_and_health_are_served(gateway: Gateway) -> None:
    paths = ["/", "/webhooks", "/webhooks/till", "/webhooks/till/none", "/webhooks/shop/sales", "/webhooks/till/sales/"]
    assert [requests.post(gateway.url + path, data=b"{}", timeout=10).status_code for path in paths] == [404] * 6
    assert requests.get(f"{gateway.url}/webhooks/till/sales", timeout=10).status_code == 405
    assert requests.get(f"{gateway.url}/healthz", timeout=10).json() == {"ok": True, "webhooks": {}}


def test_a_webhook_whose_secret_is_not_set_is_asked_to_come_again(gateway: Gateway) -> None:
    assert gateway.send(sign("stripe"), "later").headers["Retry-After"] == "5"
    assert gateway.counts == {"later": {"not_ready": 1}}


def test_xeros_handshake_is_answered_as_xero_wants_it(gateway: Gateway) -> None:
    intent = sign("xero", json.dumps({"events": [], "firstEventSequence": 0, "entropy": "S0m3r4Nd0mt3xt"}).encode())
    answers = [gateway.send(intent, "ledger"), gateway.send(intent.with_header("x-xero-signature", "x"), "ledger")]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b""), (401, b"")]


def test_unsigned_deliveries_are_taken_from_this_machine(gateway: Gateway) -> None:
    assert gateway.status(Signed("none", body=b'{"type":"x"}'), "loose") == 202
    assert gateway.status(Signed("none", body=b"{}", headers={"x-forwarded-for": "127.0.0.1"}), "loose") == 401
