"""Logging in with an organisation's account: who the issuer vouches for is let in, everything else is not believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import OctKey

from sync_platform.access.oidc import Issuer as KnownIssuer
from sync_platform.access.oidc_settings import OidcSettings, read_oidc_settings
from sync_platform.errors import DeclarationError
from sync_platform.gateway.pages.console import console
from sync_platform.gateway.pages.settings import ConsoleSettings, read_console_settings
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform_tests.pages.issuer import CLIENT_ID, CLIENT_SECRET, Issuer, key_pair
from sync_platform_tests.pages.site import Browser, Site
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.reports.listening import listening

ENVIRONMENT = {
    "SYNC_PLATFORM_PUBLIC_URL": "https://hub.example.com",
    "SYNC_PLATFORM_OIDC_ISSUER": "https://login.example.com/",
    "SYNC_PLATFORM_OIDC_CLIENT_ID": CLIENT_ID,
    "SYNC_PLATFORM_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    "SYNC_PLATFORM_OIDC_ROLES": "hub-admins=admin, hub-staff=viewer,shop=operator",
}


@pytest.fixture
def issuer(clock: GivenClock) -> Iterator[Issuer]:
    with Issuer(int(clock.now().timestamp())) as issuer:
        yield issuer


@pytest.fixture
def site(tools: ConsoleTools, issuer: Issuer) -> Iterator[Site]:
    """The pages, with that issuer set up."""
    known = read_oidc_settings(ENVIRONMENT)
    assert known is not None
    oidc = OidcSettings(**{**vars(known), "issuer": issuer.url})
    with listening(console(tools)) as free:
        pass
    settings = ConsoleSettings(public_url=f"http://127.0.0.1:{free}", oidc=oidc)
    with_issuer = ConsoleTools(**{**vars(tools), "settings": settings, "issuer": KnownIssuer(oidc)})
    with listening(console(with_issuer), port=free) as port:
        yield Site(with_issuer, port)


def come_in(site: Site, issuer: Issuer, browser: Browser | None = None, path: str = "/login/openid") -> Any:
    """To the issuer and back, as a browser is led; the last answer."""
    browser = browser or site.browser()
    away = browser.get(path)
    assert away.status_code == 303, away.text
    return browser.get(issuer.grant(away.headers["Location"]).removeprefix(site.url))


def users(site: Site) -> list[tuple[Any, ...]]:
    return site.rows('select name, role, issuer is not null, password_hash from access."user" order by name')


def test_whom_the_issuer_vouches_for_is_let_in_with_the_role_of_its_claim(site: Site, issuer: Issuer) -> None:
    browser = site.browser()
    assert "organisation" in browser.get("/login").text
    answer = come_in(site, issuer, browser, "/login/openid?next=/%3Fsystem%3Dtill")
    assert answer.status_code == 200
    assert 'content="0; url=/?system=till"' in answer.text
    assert browser.get("/").status_code == 200
    assert users(site) == [("nimali", "viewer", True, None)]

    asked = parse_qs(urlsplit(site.browser().get("/login/openid").headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{site.url}/login/openid/back"]
    assert {"nonce", "state", "code_challenge"} <= asked.keys()
    assert issuer.exchanged[0]["code_verifier"]

    issuer.claims["groups"] = ["hub-staff", "hub-admins"]
    issuer.claims["preferred_username"] = "nimali.perera"
    assert come_in(site, issuer).status_code == 200
    assert users(site) == [("nimali", "admin", True, None)], "the subject is the person, and the role is today's"


def test_a_name_at_the_issuer_is_no_way_to_become_somebody_who_is_here(site: Site, issuer: Issuer) -> None:
    site.has_user("nimali", "admin")
    answer = come_in(site, issuer)
    assert (answer.status_code, "another user nimali" in answer.text) == (403, True)
    assert users(site)[0][2] is False


def test_without_a_role_and_when_disabled_nobody_comes_in(site: Site, issuer: Issuer) -> None:
    assert come_in(site, issuer).status_code == 200
    with site.tools.database.connect() as connection:
        connection.execute('update access."user" set disabled_at = now()')
    assert come_in(site, issuer).status_code == 403
    issuer.claims |= {"sub": "p-18", "groups": ["everybody"]}
    assert "gives you no role" in come_in(site, issuer).text
    assert len(users(site)) == 1


def _claims(**wrong: Any) -> Any:
    return lambda issuer: issuer.claims.update(wrong)


FORGED = {
    "of another issuer": _claims(iss="https://evil.example"),
    "for another client": _claims(aud="somebody-else"),
    "for two clients, ours not the one": _claims(aud=[CLIENT_ID, "other"], azp="other"),
    "with another nonce": _claims(nonce="of another login"),
    "that has ended": lambda issuer: issuer.claims.update(exp=issuer.now - 3_600),
    "without a subject": _claims(sub=None),
    "signed by another key": lambda issuer: setattr(issuer, "signs_with", key_pair("wrong")),
    "signed by a secret": lambda issuer: issuer.__dict__.update(
        signs_with=OctKey.import_key(CLIENT_SECRET * 2), algorithm="HS256"
    ),
    "with another access token's hash": _claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_token_is_not_believed_that_is(site: Site, issuer: Issuer, forged: str) -> None:
    FORGED[forged](issuer)
    browser = site.browser()
    answer = come_in(site, issuer, browser)
    assert (answer.status_code, "cannot be believed" in answer.text) == (403, True)
    assert browser.get("/").status_code == 303
    assert users(site) == []


def test_a_login_is_finished_once_in_its_own_browser_and_in_time(site: Site, issuer: Issuer, clock: GivenClock) -> None:
    browser = site.browser()
    back = issuer.grant(browser.get("/login/openid").headers["Location"]).removeprefix(site.url)
    assert site.browser().get(back).status_code == 403, "somebody else's link"
    assert browser.get(f"{back}x").status_code == 403
    assert browser.get("/login/openid/back?state=x").status_code == 403

    cookie = dict(browser.cookies)
    assert browser.get(back).status_code == 200
    again = site.browser()
    again.session.cookies.update(cookie)
    assert "used already" in again.get(back).text

    late = site.browser()
    back = issuer.grant(late.get("/login/openid").headers["Location"]).removeprefix(site.url)
    clock.advance(11 * 60)
    assert "too old" in late.get(back).text


def test_an_issuer_that_is_away_or_another_is_said_to_be(site: Site, issuer: Issuer) -> None:
    issuer.documents["/.well-known/openid-configuration"] = {"issuer": "https://evil.example"}
    answer = site.browser().get("/login/openid")
    assert (answer.status_code, "log in with a password" in answer.text) == (502, True)
    issuer.documents.clear()
    issuer.documents["/keys"] = {"keys": "none"}
    assert come_in(site, issuer).status_code == 502


def test_without_an_issuer_there_is_no_such_page(tools: ConsoleTools) -> None:
    assert read_oidc_settings({}) is None
    with listening(console(tools)) as port:
        browser = Browser(f"http://127.0.0.1:{port}")
        assert browser.get("/login/openid").status_code == 404
        assert "openid" not in browser.get("/login").text


WRONG = {
    "SYNC_PLATFORM_PUBLIC_URL": "",
    "SYNC_PLATFORM_OIDC_ISSUER": "http://login.example.com",
    "SYNC_PLATFORM_OIDC_CLIENT_SECRET": "",
    "SYNC_PLATFORM_OIDC_ROLES": "hub-admins",
}


@pytest.mark.parametrize("variable", WRONG)
def test_settings_that_cannot_be_used_name_their_variable_and_no_secret(variable: str) -> None:
    with pytest.raises(DeclarationError, match=variable) as refused:
        read_console_settings({**ENVIRONMENT, variable: WRONG[variable]})
    assert CLIENT_SECRET not in str(refused.value)
    assert CLIENT_SECRET not in repr(read_console_settings(ENVIRONMENT))
