"""Rows A1 to A18, A36 and A40 of faults.md brought about on real sockets; A30 stands with the pages."""

from __future__ import annotations

import gzip
import json
import random
import socket
import threading
import time
import traceback
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from sync_platform.errors import (
    PartnerError,
    PartnerMisbehaved,
    PartnerRefused,
    PartnerThrottled,
    PartnerUnavailable,
    RecordRejected,
)
from sync_platform.partners.body import BodyTooLargeError, read_body
from sync_platform.partners.client import PartnerClient
from sync_platform.partners.request import Request
from sync_platform.partners.retry import BUDGET_STOCK
from sync_platform_tests.partners.conftest import SECRETS, OpenShop, Shop
from sync_platform_tests.partners.given import NOON, GivenClock, declare
from sync_platform_tests.partners.server import Asked, Reply

OK = Reply({"orders": [{"id": "1"}]})
HTTP_HEAD = b"HTTP/1.1 200 OK\r\nDate: Fri, 20 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n"


def throttled(**headers: str) -> Reply:
    return Reply({}, status=429, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture(autouse=True)
def _same_jitter() -> None:
    random.seed(1)


def test_a1_two_throttled_answers_are_waited_out_for_as_long_as_asked(open_shop: OpenShop) -> None:
    shop = open_shop([throttled(Retry_After="7"), throttled(Retry_After="7"), OK])

    assert shop.ask().status == 200
    assert len(shop.partner.asked) == 3
    assert [7.0 <= seconds <= 7.7 for seconds in shop.clock.slept] == [True, True]


def test_a1_a_pause_asked_of_one_thread_holds_for_all(open_shop: OpenShop) -> None:
    shop = open_shop([throttled(Retry_After="50"), OK], attempts=1)

    with pytest.raises(PartnerThrottled):
        shop.ask()
    shop.ask()

    assert shop.clock.slept == [50.0]


@pytest.mark.parametrize(
    ("written", "at_least"),
    [
        (format_datetime(NOON + timedelta(seconds=20), usegmt=True), 20.0),
        (format_datetime(NOON - timedelta(hours=1), usegmt=True), 0.0),
        ("-30", 0.0),
        ("0", 0.0),
        ("2.5", 2.5),
    ],
)
def test_a2_retry_after_as_a_date_in_the_past_or_negative(open_shop: OpenShop, written: str, at_least: float) -> None:
    shop = open_shop([throttled(Retry_After=written), OK])

    shop.ask()

    (slept,) = shop.clock.slept
    assert at_least <= slept <= at_least + 2.0


def test_a2_a_retry_after_date_is_read_by_the_partners_clock(open_shop: OpenShop) -> None:
    """The partner's clock is three hours ahead of ours; its date means five seconds, not three hours."""
    ahead = NOON + timedelta(hours=3)
    date = format_datetime(ahead + timedelta(seconds=5), usegmt=True)
    shop = open_shop([Reply({}, status=429, headers={"Retry-After": date}, date=ahead), OK])

    shop.ask()

    assert 5.0 <= shop.clock.slept[0] <= 5.5


@pytest.mark.parametrize(
    "written", ["soon", "1,5", "1e9", "inf", "nan", "12:30", "99999999999999999999", "\N{ARABIC-INDIC DIGIT FIVE}"]
)
def test_a3_garbage_in_retry_after_falls_back_to_backoff(open_shop: OpenShop, written: str) -> None:
    shop = open_shop([throttled(Retry_After=written.encode().decode("latin-1")), OK])

    assert shop.ask().status == 200
    assert shop.clock.slept[0] <= 0.5


@pytest.mark.parametrize(("written", "kept"), [("61", 61.0), ("7200", 7200.0), ("999999999", 21600.0)])
def test_a3_a_long_retry_after_gives_the_worker_back_at_once(open_shop: OpenShop, written: str, kept: float) -> None:
    shop = open_shop([throttled(Retry_After=written), OK])

    with pytest.raises(PartnerThrottled) as raised:
        shop.ask()
    with pytest.raises(PartnerThrottled, match="GET /orders was not sent"):
        shop.ask()

    assert raised.value.retry_after_seconds == kept
    assert shop.clock.slept == []
    assert len(shop.partner.asked) == 1


def test_a4_without_retry_after_the_backoff_doubles_with_full_jitter(open_shop: OpenShop) -> None:
    shop = open_shop([throttled()])

    with pytest.raises(PartnerThrottled, match="shop/orders: 429 from GET /orders"):
        shop.ask()

    assert len(shop.partner.asked) == 4
    assert len(shop.clock.slept) == 3
    assert all(0 <= slept <= most for slept, most in zip(shop.clock.slept, (0.5, 1.0, 2.0), strict=True))


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"},
        {"RateLimit-Remaining": "0", "RateLimit-Reset": "30"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOON.timestamp()) + 30)},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str((int(NOON.timestamp()) + 30) * 1000)},
    ],
)
def test_a5_an_exhausted_limit_slows_the_next_request_before_it_is_refused(
    open_shop: OpenShop, headers: dict[str, str]
) -> None:
    shop = open_shop([Reply(OK.body, headers=headers), OK])

    shop.ask()
    assert shop.clock.slept == []
    shop.ask()

    assert shop.clock.slept == [30.0]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "30"},
        {"X-RateLimit-Remaining": "0"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "later"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"},
    ],
)
def test_a5_a_limit_that_is_not_exhausted_or_not_readable_slows_nothing(
    open_shop: OpenShop, headers: dict[str, str]
) -> None:
    shop = open_shop([Reply(OK.body, headers=headers), OK])

    shop.ask()
    shop.ask()

    assert shop.clock.slept == []


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a6_a_server_failure_is_tried_again(open_shop: OpenShop, status: int) -> None:
    shop = open_shop([Reply({}, status=status), OK])

    assert shop.ask().status == 200
    assert len(shop.partner.asked) == 2


def test_a6_a_lasting_server_failure_is_unavailable_after_the_last_attempt(open_shop: OpenShop) -> None:
    shop = open_shop([Reply({}, status=503)])

    with pytest.raises(PartnerUnavailable, match="shop/orders: 503 from GET /orders; it is tried again later"):
        shop.ask()

    assert len(shop.partner.asked) == 4


def test_a6_the_wait_that_a_503_asks_for_is_kept(open_shop: OpenShop) -> None:
    shop = open_shop([Reply({}, status=503, headers={"Retry-After": "12"}), OK])

    shop.ask()

    assert 12.0 <= shop.clock.slept[0] <= 13.2


def test_a6_a7_in_a_long_outage_retries_stay_a_tenth_of_the_requests(open_shop: OpenShop) -> None:
    shop = open_shop([Reply({}, status=500)])

    for _ in range(300):
        with pytest.raises(PartnerUnavailable):
            shop.ask()

    assert 300 <= len(shop.partner.asked) <= 300 * 1.1 + BUDGET_STOCK


def test_a8_half_failing_answers_are_amplified_by_a_tenth_at_most(open_shop: OpenShop) -> None:
    draws = random.Random(8)
    shop = open_shop(lambda _: Reply({}, status=500) if draws.random() < 0.5 else OK)

    for _ in range(300):
        try:
            shop.ask()
        except PartnerUnavailable:
            continue

    assert len(shop.partner.asked) <= 300 * 1.1 + BUDGET_STOCK


def _nobody_listens() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:{port}", "a refused connection from GET /orders"),
        ("https://no-such-host.invalid", "no address for its host name from GET /orders"),
    ],
)
def test_a9_nobody_there_is_unavailable(tmp_path: Path, clock: GivenClock, url: str, said: str) -> None:
    system = declare(tmp_path)
    address = url.format(port=_nobody_listens())
    client = PartnerClient(system.declaration, environment={"SHOP_BASE_URL": address}, clock=clock, attempts=2)

    with pytest.raises(PartnerUnavailable, match=said):
        client.ask(Request("GET", "/orders", entity="orders"))
    assert len(clock.slept) == 1
    assert [(exchange.status, exchange.error_kind) for exchange in client.take_exchanges()] == [
        (None, "unreachable")
    ] * 2


QUICK = {"timeout": "300ms"}
SLOW_ANSWERS = {
    "a10 headers that never come": Reply(raw=b"", stall=True),
    "a10 a body that stalls": Reply(OK.body, hang_up_after=5, stall=True),
    "a11 headers and a body that drip": Reply({"orders": ["x" * 1000]}, drip=True),
    "a11 a chunked body that drips": Reply({"orders": ["x" * 1000]}, drip=True, framing="chunked"),
}


@pytest.mark.parametrize("kind", SLOW_ANSWERS)
def test_a10_a11_a_slow_answer_ends_at_the_total_time(open_shop: OpenShop, kind: str) -> None:
    """A drip of 200 bytes a second would last over five seconds, each wait far below the timeout."""
    shop = open_shop([SLOW_ANSWERS[kind]], api=QUICK, attempts=1)
    started = time.monotonic()

    with pytest.raises(PartnerUnavailable, match=r"no complete answer within 0\.3 s from GET /orders"):
        shop.ask()

    assert time.monotonic() - started < 1.0


def test_a11_a_drip_of_the_body_alone_ends_at_the_total_time(open_shop: OpenShop) -> None:
    """The headers are few enough to be through in time; 4,000 bytes of body would take 20 s."""
    no_headers = {"Content-Type": "", "Date": ""}
    shop = open_shop([Reply(b" " * 4000, drip=True, headers=no_headers)], api={"timeout": "600ms"}, attempts=1)
    started = time.monotonic()

    with pytest.raises(PartnerUnavailable, match=r"no complete answer within 0\.6 s"):
        shop.ask()

    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    "cut",
    [
        Reply(OK.body, hang_up_after=10),
        Reply(OK.body, hang_up_after=0),
        Reply(OK.body, framing="chunked", hang_up_after=14),
        Reply(raw=HTTP_HEAD + b'\r\n{"orders": [{"id": "1"}, {"i'),
        Reply(raw=HTTP_HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b'{"orders": []}')[:-9]),
        Reply(raw=b""),
        Reply(raw=b"HTTP/1.1 2"),
    ],
)
def test_a12_a_cut_body_is_never_read_and_tried_again(open_shop: OpenShop, cut: Reply) -> None:
    shop = open_shop([cut, OK])

    assert shop.ask().body == json.dumps(OK.body).encode()
    assert len(shop.partner.asked) == 2


def test_a12_a_body_that_is_always_cut_is_unavailable(open_shop: OpenShop) -> None:
    shop = open_shop([Reply(OK.body, hang_up_after=10)])

    with pytest.raises(PartnerUnavailable, match="shop/orders: a body cut before its end from GET /orders"):
        shop.ask()


MAINTENANCE = {
    "by its type": Reply(b"<html><body>Back soon</body></html>", headers={"Content-Type": "text/html; charset=utf-8"}),
    "by its first byte": Reply(b"\n <!doctype html><title>Sign in</title>"),
}


@pytest.mark.parametrize("kind", MAINTENANCE)
def test_a15_a_maintenance_page_is_an_outage_first(open_shop: OpenShop, kind: str) -> None:
    shop = open_shop([MAINTENANCE[kind], OK])

    assert shop.ask().status == 200


def test_a15_a_maintenance_page_that_stays_is_misbehaviour(open_shop: OpenShop) -> None:
    shop = open_shop([MAINTENANCE["by its type"]])

    with pytest.raises(PartnerMisbehaved, match=r"a web page instead of JSON from GET /orders.*Back soon"):
        shop.ask()
    assert len(shop.partner.asked) == 4


def test_a15_the_head_of_a_page_shows_no_address_and_no_number(open_shop: OpenShop) -> None:
    page = b"<html>Dear jane.doe@example.com, your order 31198570044 of +94 77 123 4567 token=abcdef123"
    shop = open_shop([Reply(page)], attempts=1)

    with pytest.raises(PartnerMisbehaved) as raised:
        shop.ask()

    for personal in ("jane", "31198570044", "123 4567", "abcdef123"):
        assert personal not in str(raised.value)


RULES: dict[str, tuple[dict[str, Any], Reply, type[Exception], str]] = {
    "misbehaved": (
        {"when": "error", "then": "misbehaved", "message": "error.message"},
        Reply({"error": {"code": "E123", "message": "unknown branch"}}),
        PartnerMisbehaved,
        "unknown branch",
    ),
    "unavailable": (
        {"when": "error.code == 'BUSY'", "then": "unavailable"},
        Reply({"error": {"code": "BUSY"}}),
        PartnerUnavailable,
        "a failure",
    ),
    "throttled": (
        {"when": "errors[0].code", "then": "throttled"},
        Reply({"errors": [{"code": 7}]}),
        PartnerThrottled,
        "patience",
    ),
    "refused": (
        {"when": "errors", "then": "refused"},
        Reply({"data": None, "errors": ["no"]}),
        PartnerRefused,
        "refused",
    ),
    "rejected": (
        {"when": "code == 'invalid_id'", "then": "rejected", "status": 404},
        Reply({"code": "invalid_id"}, status=404),
        RecordRejected,
        "404",
    ),
    "a status that says less": (
        {"when": "@", "then": "refused", "status": 409},
        Reply({"a": 1}, status=409),
        PartnerRefused,
        "409",
    ),
}


@pytest.mark.parametrize("kind", RULES)
def test_a16_a_declared_rule_maps_an_answer_to_the_error_it_is(open_shop: OpenShop, kind: str) -> None:
    rule, reply, error, said = RULES[kind]
    shop = open_shop([reply], api={"errors": [rule]}, attempts=1)

    with pytest.raises(error, match=said):
        shop.ask()


@pytest.mark.parametrize(
    "body", [{"error": None, "orders": []}, {"error": "", "orders": []}, {"error": [], "orders": []}, []]
)
def test_a16_a_rule_that_does_not_hold_changes_nothing(open_shop: OpenShop, body: Any) -> None:
    shop = open_shop([Reply(body)], api={"errors": [{"when": "error", "then": "misbehaved"}]})

    assert shop.ask().status == 200


def test_a16_a_rule_for_one_status_leaves_the_others_alone(open_shop: OpenShop) -> None:
    rule = {"when": "code", "then": "rejected", "status": 404}
    shop = open_shop([Reply({"code": "x"}, status=410)], api={"errors": [rule]})

    with pytest.raises(PartnerMisbehaved, match="410 from GET /orders; it said"):
        shop.ask()


@pytest.mark.parametrize(
    "body",
    [
        b'{"orders": [{"id": NaN}]}',
        b'{"orders": [{"id": Infinity}]}',
        b'{"orders": [{"id": -Infinity}]}',
        b'{"orders": [{"id": 01}]}',
        b'{"orders": [{"id": "1", "id": "2"}]}',
        b'{"orders": [], "orders": [{"id": "1"}]}',
        b'{"orders": [{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 1_000_000,
        b'{"orders": [{"id": "1"}]} and more',
        b'{"orders": [',
        b"",
        b"not json",
    ],
    ids=lambda body: body[:30].decode(),
)
def test_a17_what_is_not_json_or_ambiguous_is_misbehaviour(open_shop: OpenShop, body: bytes) -> None:
    shop = open_shop([Reply(body)])

    with pytest.raises(PartnerMisbehaved, match="shop/orders: the answer to GET /orders"):
        shop.pages()
    assert len(shop.partner.asked) == 1


def test_a17_long_numbers_keep_every_digit(open_shop: OpenShop) -> None:
    body = b'{"orders": [{"id": 12345678901234567890123, "amount": 1.10, "far": 1e400}]}'
    shop = open_shop([Reply(body)])

    (page,) = shop.pages()

    assert page.records == [b'{"id": 12345678901234567890123, "amount": 1.10, "far": 1e400}']


BOMB = gzip.compress(b'{"orders": [' + b" " * 50_000_000 + b"]}")


@pytest.mark.parametrize(
    "bomb",
    [
        Reply(BOMB, headers={"Content-Encoding": "gzip"}),
        Reply(b" " * 2_000_001),
        Reply(b" " * 2_000_001, framing="close"),
        Reply(raw=HTTP_HEAD + b"Content-Length: 500000000\r\n\r\n"),
    ],
    ids=["gzip", "plain", "no length", "announced"],
)
def test_a18_a_bomb_stops_at_the_byte_cap(open_shop: OpenShop, bomb: Reply) -> None:
    shop = open_shop([bomb], api={"max_body_bytes": 2_000_000})

    with pytest.raises(PartnerMisbehaved, match="a body of more than 2,000,000 bytes from GET /orders"):
        shop.ask()
    assert len(shop.partner.asked) == 1


def test_a18_a_gzip_bomb_is_not_inflated_past_the_cap() -> None:
    """49 kB would become 50 MB in one step; what is held meanwhile stays near the cap of 1 MB."""
    wire = [BOMB]
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLargeError):
            read_body(lambda _: wire.pop() if wire else b"", encoding="gzip", limit_bytes=1_000_000)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 4_000_000


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
def test_gzip_that_nobody_asked_for_is_read(open_shop: OpenShop, encoding: str) -> None:
    shop = open_shop([Reply(gzip.compress(b'{"orders": []}'), headers={"Content-Encoding": encoding})])

    assert shop.ask().body == b'{"orders": []}'


@pytest.mark.parametrize("headers", [{"Content-Encoding": "br"}, {"Content-Encoding": "gzip"}])
def test_a_body_that_is_not_encoded_as_it_says_is_broken(open_shop: OpenShop, headers: dict[str, str]) -> None:
    shop = open_shop([Reply(b'{"orders": []}', headers=headers)], attempts=1)

    with pytest.raises(PartnerUnavailable, match="a broken body"):
        shop.ask()


OAUTH = {
    "kind": "oauth2_client_credentials",
    "token_path": "/oauth/token",
    "client_id_env": "SHOP_CLIENT_ID",
    "client_secret_env": "SHOP_CLIENT_SECRET",
}


class Ledger:
    """Tokens t1, t2 …; the orders are refused to every token but the one that is valid now."""

    def __init__(self) -> None:
        self.issued = 0
        self.valid = ""
        self.accepts = True
        self._lock = threading.Lock()

    def __call__(self, asked: Asked) -> Reply:
        with self._lock:
            if asked.path == "/oauth/token":
                self.issued += 1
                self.valid = f"token-number-{self.issued}" if self.accepts else "never"
                return Reply({"access_token": f"token-number-{self.issued}", "expires_in": 180})
            if asked.headers.get("authorization") != f"Bearer {self.valid}":
                return Reply({}, status=401)
            start = int(asked.query.get("offset", "0"))
            return Reply({"orders": [{"id": str(start)}] if start < 4 else []})


def test_a36_a_token_that_ends_on_page_three_is_renewed_and_the_page_asked_again(open_shop: OpenShop) -> None:
    ledger = Ledger()

    def answer(asked: Asked) -> Reply:
        if asked.query.get("offset") == "2" and ledger.issued == 1:
            ledger.valid = "revoked"
        return ledger(asked)

    shop = open_shop(answer, api={"auth": OAUTH}, entity={"pages": {"kind": "offset", "limit": 1}})

    assert shop.ids() == [["0"], ["1"], ["2"], ["3"], []]
    assert ledger.issued == 2
    assert shop.clock.slept == []


def test_a36_a_second_401_is_refused_and_not_tried_again(open_shop: OpenShop) -> None:
    ledger = Ledger()
    ledger.accepts = False
    shop = open_shop(ledger, api={"auth": OAUTH})

    with pytest.raises(
        PartnerRefused, match="401 from GET /orders; the client named by SHOP_CLIENT_ID and SHOP_CLIENT_SECRET"
    ):
        shop.ask()

    assert ledger.issued == 2
    assert shop.clock.slept == []


def test_a36_many_threads_renew_a_token_once(open_shop: OpenShop) -> None:
    ledger = Ledger()
    shop = open_shop(ledger, api={"auth": OAUTH})
    shop.ask()
    ledger.valid = "revoked"

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: shop.ask().status, range(24)))

    assert answers == [200] * 24
    assert ledger.issued == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a40_a_redirect_is_not_followed_and_carries_no_key_away(open_shop: OpenShop, status: int) -> None:
    elsewhere = open_shop([OK])
    shop = open_shop(
        [Reply({}, status=status, headers={"Location": f"{elsewhere.partner.url}/orders"})],
        api={"auth": {"kind": "api_key", "header": "X-Api-Key", "key_env": "SHOP_KEY"}},
    )

    with pytest.raises(PartnerMisbehaved, match=f"a redirect \\({status}\\) from GET /orders; none is followed"):
        shop.ask()

    assert elsewhere.partner.asked == []
    assert len(shop.partner.asked) == 1


def test_a40_the_body_of_a_redirect_is_capped_too(open_shop: OpenShop) -> None:
    headers = {"Location": "/elsewhere", "Content-Encoding": "gzip"}
    shop = open_shop([Reply(BOMB, status=302, headers=headers)], api={"max_body_bytes": 100_000})

    with pytest.raises(PartnerMisbehaved, match="more than 100,000 bytes"):
        shop.ask()


def test_a40_a_request_to_another_origin_is_never_sent(open_shop: OpenShop) -> None:
    shop = open_shop([OK])

    with pytest.raises(PartnerMisbehaved, match="a link to another host"):
        shop.ask(path="http://127.0.0.2:9/orders")
    assert shop.partner.asked == []


def test_403_is_refused_at_once(open_shop: OpenShop) -> None:
    """Fault A38."""
    shop = open_shop([Reply({}, status=403)], api={"auth": {"kind": "bearer", "token_env": "SHOP_TOKEN"}})

    with pytest.raises(PartnerRefused, match="403 from GET /orders; the token named by SHOP_TOKEN may not read this"):
        shop.ask()
    assert len(shop.partner.asked) == 1


@pytest.mark.parametrize("status", [400, 404, 409, 410, 418, 422])
def test_another_4xx_is_misbehaviour_with_a_sample(open_shop: OpenShop, status: int) -> None:
    shop = open_shop([Reply({"message": "bad parameter"}, status=status)])

    with pytest.raises(PartnerMisbehaved, match=f"{status} from GET /orders; it said: .*bad parameter"):
        shop.ask()
    assert len(shop.partner.asked) == 1


CANARIES = [value for value in SECRETS.values() if value.startswith("canary")]
BASIC = {"kind": "basic", "username_env": "SHOP_USER", "password_env": "SHOP_PASSWORD"}


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"message": "canary-password-1 of canary-user is wrong"}, status=400),
        Reply({}, status=401),
        Reply(b"<p>canary-password-1"),
        Reply(raw=b""),
        Reply({}, status=429, headers={"Retry-After": "900"}),
        Reply(b"canary-password-1"),
    ],
)
def test_no_error_and_no_exchange_shows_a_secret_or_a_query(open_shop: OpenShop, reply: Reply) -> None:
    """Fault X3."""
    shop = open_shop([reply], api={"auth": BASIC}, attempts=1)

    with pytest.raises(PartnerError) as raised:
        _read_with_secret_in_query(shop)

    shown = _everything_shown(raised.value) + repr(shop.client.take_exchanges())
    assert [canary for canary in CANARIES if canary in shown] == []
    assert "name=jane" not in str(raised.value)


def test_an_unreachable_partner_leaves_no_secret_in_the_traceback(tmp_path: Path, clock: GivenClock) -> None:
    system = declare(tmp_path)
    environment = {"SHOP_BASE_URL": f"http://127.0.0.1:{_nobody_listens()}"}
    client = PartnerClient(system.declaration, environment=environment, clock=clock, attempts=1)

    with pytest.raises(PartnerUnavailable) as raised:
        client.ask(Request("GET", "/orders", (("consumer_secret", SECRETS["SHOP_CLIENT_SECRET"]),)))

    assert SECRETS["SHOP_CLIENT_SECRET"] not in _everything_shown(raised.value) + repr(client.take_exchanges())


def _read_with_secret_in_query(shop: Shop) -> None:
    answer = shop.ask(params=(("consumer_secret", SECRETS["SHOP_CLIENT_SECRET"]), ("name", "jane")))
    answer.envelope.records("orders")


def _everything_shown(error: BaseException) -> str:
    """The traceback, and each error of the chain, also of a suppressed one: collectors of errors print those too."""
    shown = "".join(traceback.format_exception(error))
    chained: BaseException | None = error
    while chained is not None:
        shown += repr(chained)
        chained = chained.__cause__ or chained.__context__
    return shown
