"""What a client keeps of each exchange, its pace, and how it meets certificates."""

from __future__ import annotations

import datetime as dt
import hashlib
import ssl
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sync_platform.errors import PartnerMisbehaved, PartnerUnavailable
from sync_platform_tests.partners.conftest import OpenShop
from sync_platform_tests.partners.given import NOON
from sync_platform_tests.partners.server import Asked, Reply

OK = Reply({"orders": []})


def test_each_attempt_is_an_exchange_without_secrets(open_shop: OpenShop) -> None:
    auth = {"kind": "basic", "username_env": "SHOP_USER", "password_env": "SHOP_PASSWORD"}
    shop = open_shop([Reply({}, status=503), OK], api={"auth": auth})

    shop.ask(params=(("page", "2"), ("consumer_key", "ck_abcdef"), ("q", "canary-password-1")))

    failed, answered = shop.client.take_exchanges()
    assert (failed.status, failed.attempt, failed.error_kind) == (503, 1, "unreachable")
    assert (answered.status, answered.attempt, answered.error_kind, answered.error) == (200, 2, None, None)
    assert (answered.system, answered.entity, answered.method) == ("shop", "orders", "GET")
    assert answered.path.startswith("/orders?page=2&consumer_key=")
    assert "ck_abcdef" not in answered.path
    assert "canary-password-1" not in answered.path
    assert answered.response_sha256 == hashlib.sha256(b'{"orders": []}').hexdigest()
    assert (answered.request_bytes, answered.response_bytes) == (0, 14)
    assert answered.partner_time == NOON
    assert failed.exchange_id != answered.exchange_id
    assert shop.client.take_exchanges() == []


def test_an_answer_names_its_exchange(open_shop: OpenShop) -> None:
    shop = open_shop([OK])

    answer = shop.ask()

    assert [exchange.exchange_id for exchange in shop.client.take_exchanges()] == [answer.exchange_id]


def test_headers_of_an_answer_are_read_without_regard_to_case(open_shop: OpenShop) -> None:
    assert open_shop([Reply({}, headers={"X-WP-Total": "5"})]).ask().headers["x-wp-total"] == "5"


def test_requests_are_spread_over_the_declared_rate(open_shop: OpenShop) -> None:
    shop = open_shop([OK], api={"rate": {"requests": 4, "per": "2s"}})

    for _ in range(5):
        shop.ask()

    assert shop.clock.slept == [0.5, 0.5, 0.5, 0.5]


def test_threads_share_the_declared_rate(open_shop: OpenShop) -> None:
    shop = open_shop([OK], api={"rate": {"requests": 10, "per": "1s"}})

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: shop.ask(), range(30)))

    assert shop.clock.monotonic() - 1000.0 >= 2.9 - 1e-6


def test_a_client_can_be_used_again_after_closing(open_shop: OpenShop) -> None:
    shop = open_shop([OK])

    shop.ask()
    shop.client.close()

    assert shop.ask().status == 200


def test_a_connection_with_half_an_answer_in_it_is_not_used_again(open_shop: OpenShop) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(b"x" * 3_000_000) if asked.query.get("big") else OK

    shop = open_shop(answer, api={"max_body_bytes": 2_500_000})
    with pytest.raises(PartnerMisbehaved):
        shop.ask(params=(("big", "1"),))

    assert shop.ask().body == b'{"orders": []}'


def certificate(folder: Path, *, address: str, expired: bool = False) -> ssl.SSLContext:
    """A self-signed certificate for an address, as a server presents it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "partner")])
    now = dt.datetime.now(dt.UTC)
    end = now - dt.timedelta(days=1) if expired else now + dt.timedelta(days=1)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=2))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = built.public_bytes(serialization.Encoding.PEM)
    (folder / "authority.pem").write_bytes(pem)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(pem + secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


def test_a_trusted_certificate_is_accepted_and_the_answer_has_its_deadline(
    open_shop: OpenShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certificate(tmp_path, address="127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    answers = [OK, Reply({"orders": ["x" * 1000]}, drip=True)]
    shop = open_shop(answers, context=context, api={"timeout": "500ms"}, attempts=1)

    assert shop.ask().status == 200
    with pytest.raises(PartnerUnavailable, match="no complete answer within"):
        shop.ask()


@pytest.mark.parametrize(
    ("address", "expired", "trusted", "said"),
    [
        ("127.0.0.1", False, False, "self-signed certificate"),
        ("127.0.0.1", True, True, "certificate has expired"),
        ("127.0.0.9", False, True, "IP address mismatch"),
    ],
)
def test_a39_a_wrong_certificate_is_misbehaviour_that_names_the_problem(
    open_shop: OpenShop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    expired: bool,
    trusted: bool,
    said: str,
) -> None:
    context = certificate(tmp_path, address=address, expired=expired)
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    shop = open_shop([OK], context=context)

    with pytest.raises(PartnerMisbehaved, match=f"a TLS problem .*{said}.* from GET /orders"):
        shop.ask()
    assert shop.partner.asked == []
    assert shop.clock.slept == []
