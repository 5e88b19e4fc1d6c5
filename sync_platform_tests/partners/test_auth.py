"""Each kind of auth shows who asks, and is renewed where it can be."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from sync_platform.errors import DeclarationError, PartnerMisbehaved, PartnerRefused, PartnerUnavailable
from sync_platform.partners.client import PartnerClient
from sync_platform_tests.partners.conftest import SECRETS, OpenShop
from sync_platform_tests.partners.given import GivenClock, declare
from sync_platform_tests.partners.server import Asked, Reply

OK = Reply({"orders": []})
BASIC_HEADER = "Basic " + base64.b64encode(b"canary-user:canary-password-1").decode()
OAUTH = {
    "kind": "oauth2_client_credentials",
    "token_path": "/oauth/token",
    "client_id_env": "SHOP_CLIENT_ID",
    "client_secret_env": "SHOP_CLIENT_SECRET",
}
LOGIN = {"kind": "session_login", "login_path": "/login", "username_env": "SHOP_USER", "password_env": "SHOP_PASSWORD"}


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"kind": "none"}, "authorization", None),
        ({"kind": "bearer", "token_env": "SHOP_TOKEN"}, "authorization", "Bearer canary-token-1"),
        ({"kind": "api_key", "header": "X-Api-Key", "key_env": "SHOP_KEY"}, "x-api-key", "canary-key-1"),
        (
            {"kind": "basic", "username_env": "SHOP_USER", "password_env": "SHOP_PASSWORD"},
            "authorization",
            BASIC_HEADER,
        ),
    ],
)
def test_a_fixed_credential_goes_with_every_request(
    open_shop: OpenShop, auth: dict[str, Any], header: str, value: str | None
) -> None:
    shop = open_shop([OK], api={"auth": auth})

    shop.ask()
    shop.ask()

    assert [asked.headers.get(header) for asked in shop.partner.asked] == [value, value]


def test_a_fixed_credential_that_is_refused_is_not_tried_again(open_shop: OpenShop) -> None:
    shop = open_shop([Reply({}, status=401)], api={"auth": {"kind": "bearer", "token_env": "SHOP_TOKEN"}})

    with pytest.raises(PartnerRefused) as raised:
        shop.ask()

    assert str(raised.value) == (
        "shop/orders: 401 from GET /orders; the token named by SHOP_TOKEN was refused. "
        "Renew it, then run `sync-platform pull shop/orders`."
    )
    assert len(shop.partner.asked) == 1


def test_what_netrc_holds_for_the_host_does_not_replace_the_token(
    open_shop: OpenShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password wrong\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    shop = open_shop([OK], api={"auth": {"kind": "bearer", "token_env": "SHOP_TOKEN"}})

    shop.ask()

    assert shop.partner.asked[0].headers["authorization"] == "Bearer canary-token-1"


@pytest.mark.parametrize("client_auth", ["body", "basic"])
def test_oauth2_fetches_a_token_at_first_need_and_keeps_it(open_shop: OpenShop, client_auth: str) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply({"access_token": "token-number-1", "expires_in": "180"}) if asked.path == "/oauth/token" else OK

    shop = open_shop(answer, api={"auth": {**OAUTH, "client_auth": client_auth, "scope": "read all"}})
    assert shop.partner.asked == []

    shop.ask()
    shop.ask()

    token, first, second = shop.partner.asked
    assert token.method == "POST"
    assert first.headers["authorization"] == second.headers["authorization"] == "Bearer token-number-1"
    form = dict(pair.split("=") for pair in token.body.decode().split("&"))
    assert form["grant_type"] == "client_credentials"
    assert form["scope"] == "read+all"
    if client_auth == "basic":
        assert token.headers["authorization"] == "Basic " + base64.b64encode(b"client-1:canary-secret-1").decode()
        assert "client_secret" not in form
    else:
        assert (form["client_id"], form["client_secret"]) == ("client-1", "canary-secret-1")
        assert "authorization" not in token.headers


def test_oauth2_fetches_a_new_token_before_the_old_one_ends(open_shop: OpenShop) -> None:
    issued: list[str] = []

    def answer(asked: Asked) -> Reply:
        if asked.path == "/oauth/token":
            issued.append(f"token-number-{len(issued) + 1}")
            return Reply({"access_token": issued[-1], "expires_in": 180})
        return OK

    shop = open_shop(answer, api={"auth": {**OAUTH, "refresh_before": "30s"}})
    shop.ask()
    shop.clock.advance(149)
    shop.ask()
    assert len(issued) == 1
    shop.clock.advance(2)
    shop.ask()

    assert len(issued) == 2
    assert shop.partner.asked[-1].headers["authorization"] == "Bearer token-number-2"


@pytest.mark.parametrize("status", [400, 401, 403])
def test_oauth2_refused_at_the_token_endpoint_names_its_variables(open_shop: OpenShop, status: int) -> None:
    shop = open_shop([Reply({"error": "invalid_client"}, status=status)], api={"auth": OAUTH})

    with pytest.raises(PartnerRefused) as raised:
        shop.ask()

    assert str(raised.value) == (
        f"shop/orders: {status} from POST /oauth/token; the client named by SHOP_CLIENT_ID and SHOP_CLIENT_SECRET "
        "was refused. Renew it, then try again."
    )
    assert len(shop.partner.asked) == 1


def test_a_token_endpoint_that_fails_for_a_moment_is_tried_again(open_shop: OpenShop) -> None:
    answers = [Reply({}, status=503), Reply({"access_token": "token-number-1"}), OK]
    shop = open_shop(answers, api={"auth": OAUTH})

    assert shop.ask().status == 200


def test_a_token_endpoint_that_keeps_failing_is_unavailable(open_shop: OpenShop) -> None:
    shop = open_shop([Reply({}, status=503)], api={"auth": OAUTH}, attempts=2)

    with pytest.raises(PartnerUnavailable, match=r"^shop/orders: 503 from POST /oauth/token; it is tried again later"):
        shop.ask()


@pytest.mark.parametrize("body", [{}, {"access_token": ""}, {"access_token": 7}, b"not json", b"[]"])
def test_a_token_answer_without_a_token_is_misbehaviour(open_shop: OpenShop, body: Any) -> None:
    shop = open_shop([Reply(body)], api={"auth": OAUTH})

    with pytest.raises(PartnerMisbehaved, match="shop/orders: the answer from POST /oauth/token"):
        shop.ask()


def test_a_session_is_opened_by_a_login_whose_answer_holds_a_token(open_shop: OpenShop) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply({"session": {"key": "session-key-1"}}) if asked.path == "/login" else OK

    auth = {**LOGIN, "token": "session.key", "header": "X-Session", "prefix": "key ", "username_field": "user"}
    shop = open_shop(answer, api={"auth": auth})

    shop.ask()
    shop.ask()

    assert json.loads(shop.partner.asked[0].body) == {"user": "canary-user", "password": "canary-password-1"}
    assert [asked.headers.get("x-session") for asked in shop.partner.asked] == [
        None,
        "key session-key-1",
        "key session-key-1",
    ]


def test_a_session_by_cookies_sends_them_and_logs_in_again_after_a_401(open_shop: OpenShop) -> None:
    logins: list[str] = []

    def answer(asked: Asked) -> Reply:
        if asked.path == "/login":
            logins.append(f"sid=session-{len(logins) + 1}")
            return Reply({}, headers={"Set-Cookie": f"{logins[-1]}; Path=/; HttpOnly"})
        return OK if asked.headers.get("cookie") == logins[-1] and len(logins) == 2 else Reply({}, status=401)

    shop = open_shop(answer, api={"auth": LOGIN})

    assert shop.ask().status == 200
    assert [asked.path for asked in shop.partner.asked] == ["/login", "/orders", "/login", "/orders"]


def test_a_session_that_ended_is_opened_again_when_a_rule_says_so_with_200(open_shop: OpenShop) -> None:
    logins: list[str] = []

    def answer(asked: Asked) -> Reply:
        if asked.path == "/login":
            logins.append("login")
            return Reply({"token": f"session-{len(logins)}"})
        return OK if asked.headers["authorization"] == "session-2" else Reply({"errors": [{"code": "session_expired"}]})

    api = {
        "auth": {**LOGIN, "token": "token"},
        "errors": [{"when": "errors[?code=='session_expired']", "then": "refused"}],
    }
    shop = open_shop(answer, api=api)

    assert shop.ask().status == 200
    assert len(logins) == 2


def test_cookies_that_a_partner_sets_on_its_own_are_not_sent_back(open_shop: OpenShop) -> None:
    shop = open_shop([Reply({"orders": []}, headers={"Set-Cookie": "tracking=1; Path=/"})])

    shop.ask()
    shop.ask()

    assert "cookie" not in shop.partner.asked[1].headers


@pytest.mark.parametrize("auth", [LOGIN, {**LOGIN, "token": "token"}])
def test_a_login_that_gives_no_session_is_refused(open_shop: OpenShop, auth: dict[str, Any]) -> None:
    shop = open_shop([Reply({})], api={"auth": auth})

    with pytest.raises(PartnerRefused, match="the login named by SHOP_USER and SHOP_PASSWORD"):
        shop.ask()


def test_every_missing_variable_is_named_before_anything_is_sent(tmp_path: Path, clock: GivenClock) -> None:
    system = declare(tmp_path, api={"auth": OAUTH})

    with pytest.raises(DeclarationError, match="SHOP_BASE_URL, SHOP_CLIENT_SECRET"):
        PartnerClient(system.declaration, environment={"SHOP_CLIENT_ID": "client-1"}, clock=clock)


@pytest.mark.parametrize(
    "url",
    [
        "shop.example",
        "ftp://shop.example",
        "https://",
        "https://user:word@shop.example",
        "https://shop?x=1",
        "http://[x",
    ],
)
def test_a_base_url_that_is_none_names_its_variable(tmp_path: Path, clock: GivenClock, url: str) -> None:
    system = declare(tmp_path)

    with pytest.raises(DeclarationError, match=r"^SHOP_BASE_URL is not the URL of an API") as raised:
        PartnerClient(system.declaration, environment={**SECRETS, "SHOP_BASE_URL": url}, clock=clock)
    assert "word" not in str(raised.value)


@pytest.mark.parametrize("host", ["shop.example", "10.0.0.7", "127.evil.example", "localhost.example"])
def test_plain_http_to_another_machine_is_refused_unless_declared(tmp_path: Path, clock: GivenClock, host: str) -> None:
    """Threat 7."""
    environment = {**SECRETS, "SHOP_BASE_URL": f"http://{host}/api"}

    with pytest.raises(DeclarationError, match=r"^SHOP_BASE_URL is plain http") as raised:
        PartnerClient(declare(tmp_path).declaration, environment=environment, clock=clock)
    assert "plain_http: true" in str(raised.value)
    PartnerClient(declare(tmp_path, api={"plain_http": True}).declaration, environment=environment, clock=clock)


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:90"])
def test_plain_http_to_this_machine_is_fine(tmp_path: Path, clock: GivenClock, host: str) -> None:
    environment = {**SECRETS, "SHOP_BASE_URL": f"http://{host}/api"}
    PartnerClient(declare(tmp_path).declaration, environment=environment, clock=clock)


def test_declared_headers_version_and_what_is_accepted_go_with_each_request(open_shop: OpenShop) -> None:
    """Fault A35."""
    api = {"version": {"header": "X-Api-Version", "value": "2026-07"}, "headers": {"X-Tenant": "lk"}}
    shop = open_shop([OK], api=api, base="/api/v3/")

    shop.ask()

    headers = shop.partner.asked[0].headers
    assert shop.partner.asked[0].target == "/api/v3/orders"
    assert (headers["x-api-version"], headers["x-tenant"]) == ("2026-07", "lk")
    assert (headers["accept"], headers["accept-encoding"]) == ("application/json", "gzip")
