"""What a partner answered is kept byte for byte, unreadable without its key, and for as long as is declared."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest

from sync_platform.audit.detail_key import erase_key
from sync_platform.audit.exchange_body import keep_bodies, read_body
from sync_platform.errors import AuditBroken, PartnerUnavailable
from sync_platform.landing.database import Connection
from sync_platform.partners.exchange_log import ExchangeLog
from sync_platform.partners.transport import Outgoing, Received
from sync_platform.pull.exchange_ledger import ExchangeLedger
from sync_platform_tests.audit.kept import BODY, kept
from sync_platform_tests.landing.planted import NOW, Planted
from sync_platform_tests.partners.given import GivenClock


@pytest.mark.parametrize(
    ("keeps", "entity", "expected"), [(True, "orders", BODY), (False, "orders", None), (True, None, None)]
)
def test_answers_are_kept_where_declared_and_those_to_a_login_never(
    clock: GivenClock, keeps: bool, entity: str | None, expected: bytes | None
) -> None:
    log = ExchangeLog("shop", clock=clock, secrets=tuple, keeps_bodies=keeps)
    sending = log.begin(Outgoing("GET", "http://localhost/orders"), entity=entity, attempt=1)

    log.end(sending, received=received(), partner_time=None, error=None)

    (exchange,) = log.take()
    assert (zlib.decompress(exchange.body) if exchange.body else None) == expected
    assert exchange.response_sha256 == sha256(BODY).hexdigest()


def received() -> Received:
    return Received(status=200, headers={}, cookies={}, body=BODY, sent_at=0.0, arrived_at=0.1, length_known=True)


def test_a_body_comes_back_as_it_was_received_and_lies_encrypted(connection: Connection) -> None:
    body = kept(NOW)
    keep_bodies(connection, [body])
    keep_bodies(connection, [body])

    assert read_body(connection, body.exchange_id) == BODY
    assert read_body(connection, uuid4()) is None
    row = connection.execute("select body from sync.exchange_body").fetchone()
    assert row is not None
    assert b"nimal" not in row[0]


def test_a_body_that_is_not_what_was_received_is_never_shown(connection: Connection) -> None:
    body = kept(NOW)
    keep_bodies(connection, [body])
    for change in ("sha256 = repeat('0', 64)", "body = substr(body, 2)"):
        connection.execute(f"update sync.exchange_body set {change}")  # type: ignore[call-overload]  # noqa: S608
        with pytest.raises(AuditBroken):
            read_body(connection, body.exchange_id)


def test_the_bodies_of_a_day_are_forgotten_with_their_key(connection: Connection) -> None:
    body, later = kept(NOW), kept(NOW + timedelta(days=1))
    keep_bodies(connection, [body, later])

    assert erase_key(connection, "exchange/till/sales/2026-11-20", now=datetime.now(UTC))

    assert read_body(connection, body.exchange_id) is None
    assert read_body(connection, later.exchange_id) == BODY


def test_bodies_go_with_their_age_or_their_request_and_never_while_a_change_waits(connection: Connection) -> None:
    planted = Planted(connection)
    old, young, orphan, awaited = uuid4(), uuid4(), uuid4(), uuid4()
    for exchange_id, days in ((old, 31), (young, 29), (awaited, 31)):
        planted.exchange(days, exchange_id=exchange_id, status=500, error_kind="unreachable")
    planted.change(31, exchange_id=awaited, applied_load_id=None)
    for exchange_id, days in ((old, 31), (young, 29), (orphan, 3), (awaited, 31)):
        keep_bodies(connection, [kept(NOW - timedelta(days=days), exchange_id=exchange_id)])

    assert planted.prune(dry_run=True)["sync.exchange_body"].gone == 2
    assert planted.prune()["sync.exchange_body"].gone == 2

    assert planted.left("exchange_body", "exchange_id") == sorted([young, awaited])


class Asked:
    """A client that was asked already."""

    def __init__(self, log: ExchangeLog) -> None:
        self.take_exchanges = log.take


def test_of_a_poll_that_brought_nothing_only_what_failed_is_kept(connection: Connection, clock: GivenClock) -> None:
    log = ExchangeLog("shop", clock=clock, secrets=tuple, keeps_bodies=True)
    for error in (None, PartnerUnavailable("a page of maintenance")):
        sending = log.begin(Outgoing("GET", "http://localhost/orders"), entity="orders", attempt=1)
        log.end(sending, received=received(), partner_time=None, error=error)

    ExchangeLedger(Asked(log), correlation_id=uuid4()).insert(connection, eventful=False)

    kept_of = "select e.error_kind from sync.exchange_body join sync.exchange e using (exchange_id)"
    assert connection.execute(kept_of).fetchall() == [("unreachable",)]
    assert connection.execute("select count(*) from sync.exchange").fetchall() == [(2,)]
