"""Signatures: what partners sign verifies, by official libraries and published values; nothing else does."""

from __future__ import annotations

import random
import string
from datetime import datetime, timedelta

import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook as StandardWebhook

from sync_platform.errors import DeclarationError, WebhookRejected
from sync_platform.partners.webhooks.incoming import Incoming, Keys
from sync_platform.partners.webhooks.signature import MOST_SIGNATURES
from sync_platform.partners.webhooks.stripe import lasting_content
from sync_platform.partners.webhooks.verify import read_secret, verify_delivery
from sync_platform_tests.webhooks.signing import (
    BODY,
    KINDS,
    NOW,
    OLD_SECRET,
    SECRET,
    STAMP,
    TIMED,
    Signed,
    sign,
    webhook,
)

MINUTE = timedelta(minutes=1)


def reason(signed: Signed, *, now: datetime = NOW) -> str:
    """Why a delivery is rejected."""
    with pytest.raises(WebhookRejected) as caught:
        signed.verify(now=now)
    assert caught.value.status == 401
    return caught.value.reason


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_partner_signed_verifies(kind: str) -> None:
    assert sign(kind).verify().secret == 0


def test_what_the_standard_webhooks_library_signs_verifies() -> None:
    signature = StandardWebhook(SECRET).sign("msg_1", NOW, BODY.decode())

    signed = sign("standard_webhooks").with_header("webhook-signature", signature)

    assert signed.verify().delivery_id == "msg_1"


def test_what_stripes_library_signs_verifies() -> None:
    digest = stripe.WebhookSignature._compute_signature(f"{STAMP}.{BODY.decode()}", SECRET)

    assert sign("stripe").with_header("stripe-signature", f"t={STAMP},v1={digest}").verify().secret == 0


# Published with their results: docs.github.com "Validating webhook deliveries"; the specification of Standard Webhooks.
PUBLISHED = [
    (
        "github",
        "It's a Secret to Everybody",
        {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        b"Hello, World!",
        NOW,
    ),
    (
        "standard_webhooks",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        b'{"test": 2432232314}',
        datetime.fromtimestamp(1614265330, tz=NOW.tzinfo),
    ),
]


@pytest.mark.parametrize(("kind", "secret", "headers", "body", "now"), PUBLISHED, ids=["github", "standard_webhooks"])
def test_a_published_example_verifies(
    kind: str, secret: str, headers: dict[str, str], body: bytes, now: datetime
) -> None:
    declared = webhook(kind)
    keys = Keys((read_secret(declared, secret, variable="SECRET"),), now, MINUTE)

    assert verify_delivery(declared, Incoming(headers=headers, body=body), keys).secret == 0


@pytest.mark.parametrize("kind", KINDS)
def test_during_a_rotation_both_secrets_count_and_it_is_told_which(kind: str) -> None:
    """Fault B14."""
    assert [sign(kind, secret=secret).verify().secret for secret in (SECRET, OLD_SECRET)] == [0, 1]
    assert reason(sign(kind, secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")) == "signature"


@pytest.mark.parametrize("kind", ["standard_webhooks", "svix", "stripe"])
def test_one_right_signature_among_several_is_enough(kind: str) -> None:
    signed, header = sign(kind), "stripe-signature" if kind == "stripe" else f"{kind.split('_')[0]}-signature"
    header = header.replace("standard-", "webhook-")
    wrong = {"stripe": "v1=00,"}.get(kind, "v1a,x v1,AAAA ")

    assert signed.with_header(header, wrong + signed.headers[header]).verify().secret == 0
    assert reason(signed.with_header(header, wrong * (MOST_SIGNATURES + 1) + signed.headers[header])) == "signature"


@pytest.mark.parametrize("kind", TIMED)
def test_a_signed_time_more_than_five_minutes_off_is_rejected_either_way(kind: str) -> None:
    """Fault B3."""
    signed = sign(kind)
    assert signed.verify(now=NOW + 5 * MINUTE).secret == 0
    assert signed.verify(now=NOW - 5 * MINUTE).secret == 0
    assert reason(signed, now=NOW + 6 * MINUTE) == "timestamp_old"
    assert reason(signed, now=NOW - 6 * MINUTE) == "timestamp_future"


@pytest.mark.parametrize("kind", TIMED)
@pytest.mark.parametrize(
    "stamp", ["", "soon", "-1", "1e9", "9" * 400, "\uff11\uff12", "1795176000.0", " 1795176000", "nan"]
)
def test_a_malformed_time_is_rejected(kind: str, stamp: str) -> None:
    assert reason(sign(kind, stamp=stamp)) in ("timestamp_malformed", "header_missing")


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_header_is_rejected(kind: str) -> None:
    """Fault B2."""
    signed = sign(kind)
    needed = {name for name in signed.headers if "topic" not in name and name not in ("x-github-delivery",)}
    needed -= {"x-shopify-webhook-id", "x-wc-webhook-delivery-id"}
    for name in needed:
        rest = {other: value for other, value in signed.headers.items() if other != name}
        assert reason(signed.but(headers=rest)) == "header_missing"


MUTATIONS = 2_000


def test_two_thousand_mutated_deliveries_do_not_verify() -> None:
    """Fault B1: a bit of the body, of the signature, of the signed id or time, another address or secret."""
    chance = random.Random(20261120)
    mutated = [mutate(sign(chance.choice(KINDS)), chance) for _ in range(MUTATIONS)]
    verified = [one for one in mutated if one is not None and accepts(one)]

    assert verified == []
    assert len([one for one in mutated if one is not None]) == MUTATIONS


def accepts(signed: Signed) -> bool:
    try:
        return signed.verify().secret is not None
    except WebhookRejected:
        return False


def mutate(signed: Signed, chance: random.Random) -> Signed:
    signature = next(name for name in signed.headers if "signature" in name or "hmac" in name)
    ways = [
        "body",
        "cut",
        "grow",
        "signature",
        *(["id", "time"] if signed.kind in ("standard_webhooks", "svix") else []),
    ]
    ways += ["url"] if signed.kind in ("square", "hmac") else []
    place = chance.randrange(len(signed.body))
    match chance.choice(ways):
        case "body":
            flipped = signed.body[place] ^ (1 << chance.randrange(8))
            return signed.but(body=signed.body[:place] + bytes([flipped]) + signed.body[place + 1 :])
        case "cut":
            return signed.but(body=signed.body[:place])
        case "grow":
            return signed.but(body=signed.body + chance.choice([b" ", b"\n", b"\0", b"}"]))
        case "url":
            return signed.but(url=signed.url + "?")
        case "id":
            return signed.with_header(next(n for n in signed.headers if n.endswith("-id")), "msg_2")
        case "time":
            return signed.with_header(next(n for n in signed.headers if n.endswith("-timestamp")), str(int(STAMP) + 1))
    value = signed.headers[signature]
    end = value.index(",v0=") if signed.kind == "stripe" else len(value)
    at = chance.randrange(end)
    other = chance.choice([c for c in string.ascii_lowercase + string.digits if c != value[at].lower()])
    return signed.with_header(signature, value[:at] + other + value[at + 1 :])


texts = st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1"))


@settings(max_examples=40)
@given(kind=st.sampled_from((*KINDS, "none")), body=st.binary(max_size=200), value=texts, data=st.data())
def test_whatever_a_stranger_sends_is_one_kind_of_rejection(
    kind: str, body: bytes, value: str, data: st.DataObject
) -> None:
    """Fault B2: hostile headers and bodies that are not UTF-8."""
    signed = sign(kind)
    if signed.headers:
        signed = signed.with_header(data.draw(st.sampled_from(sorted(signed.headers))), value)

    with pytest.raises(WebhookRejected):
        signed.but(body=body + b"!", url="\udcff" if kind == "none" else signed.url).verify()


def test_unsigned_deliveries_are_taken_from_this_machine_alone() -> None:
    declared, keys = webhook("none"), Keys((), NOW, MINUTE)

    def verify(peer: str | None, **headers: str) -> bool:
        try:
            verify_delivery(declared, Incoming(headers=headers, body=BODY, peer=peer), keys)
        except WebhookRejected:
            return False
        return True

    assert [verify("127.0.0.1"), verify("::1")] == [True, True]
    assert [verify("203.0.113.9"), verify(None), verify("localhost")] == [False, False, False]
    assert verify("127.0.0.1", **{"x-forwarded-for": "203.0.113.9"}) is False


def test_woocommerces_unsigned_greeting_is_answered_and_is_no_event() -> None:
    assert Signed("woocommerce", body=b"webhook_id=17").verify().greeting
    assert reason(Signed("woocommerce", body=b"webhook_id=17&id=7")) == "header_missing"


def test_a_secret_that_cannot_be_one_is_named_by_its_variable_alone() -> None:
    with pytest.raises(DeclarationError, match="SHOP_SECRET") as caught:
        read_secret(webhook("svix"), "whsec_not base64", variable="SHOP_SECRET")
    assert "not base64" not in str(caught.value)


def test_two_attempts_of_one_stripe_event_are_the_same_content() -> None:
    first, second = (b'{"id":"evt_1","pending_webhooks": %d,"type":"x"}' % count for count in (2, 1))
    assert lasting_content(first) == lasting_content(second)
    assert lasting_content(first) != lasting_content(second.replace(b"evt_1", b"evt_2"))
