"""The API: tokens with scopes, an OpenAPI document that is true, and no question that is answered with a 500."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests

from sync_platform.landing.api_tokens import revoke_token
from sync_platform.landing.users import require_user, set_disabled, set_role
from sync_platform_tests.pages.site import Site
from sync_platform_tests.partners.given import GivenClock


def ask(site: Site, path: str, token: str | None = None, **options: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(site.url + path, headers=headers, timeout=10, **options)


@pytest.fixture
def reader(site: Site) -> str:
    """A token of a viewer who may read the status."""
    site.has_user("nimali")
    return site.token("nimali", "status:read")


def test_the_status_is_what_the_command_line_says(site: Site, reader: str) -> None:
    answer = ask(site, "/api/status?system=till", reader)
    assert answer.status_code == 200
    entities = answer.json()["entities"]
    assert {entity["system"] for entity in entities} == {"till"}
    assert {"verdict", "as_of", "rows_today", "held_days", "owed_days", "last_load"} <= entities[0].keys()
    assert ask(site, "/api/status?system=nowhere", reader).status_code == 404
    assert site.rows("select name, way, path, status from access.access_log order by access_id") == [
        ("nimali", "token", "/api/status", 200),
        ("nimali", "token", "/api/status", 404),
    ]


def test_without_a_valid_token_nothing_is_told(site: Site, reader: str) -> None:
    prefix, _, _ = reader.rpartition("_")
    for token in (None, "x", "sp_", f"{prefix}_", f"{prefix}_{'A' * 43}", reader[:-1], f"{reader}x", "sp_\xff_\xff"):
        answer = ask(site, "/api/status", token)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), token
    basic = requests.get(f"{site.url}/api/status", auth=("nimali", reader), timeout=10)
    assert basic.status_code == 401
    session = site.browser("viewer")
    assert session.get("/api/status").status_code == 401, "a cookie is no token: another site could send it along"


def test_a_token_does_what_its_scopes_and_its_user_may(site: Site, reader: str) -> None:
    assert ask(site, "/api/access-log", reader).status_code == 403
    site.has_user("first", "admin")
    site.has_user("second", "admin")
    both = site.token("second", "status:read", "access_log:read")
    assert ask(site, "/api/access-log?limit=1", both).json()["accesses"][0]["path"] == "/api/access-log"
    with site.tools.database.connect() as connection:
        set_role(connection, require_user(connection, "second"), "viewer")
    assert (ask(site, "/api/access-log", both).status_code, ask(site, "/api/status", both).status_code) == (403, 200)


def test_a_token_ends_by_time_by_revocation_and_with_its_user(site: Site, reader: str, clock: GivenClock) -> None:
    short = site.token("nimali", "status:read", lasts=timedelta(hours=1))
    revoked = site.token("nimali", "status:read")
    with site.tools.database.connect() as connection:
        revoke_token(connection, "_".join(revoked.split("_")[:2]), now=clock.now())
    assert ask(site, "/api/status", revoked).status_code == 401
    assert ask(site, "/api/status", short).status_code == 200
    clock.advance(3_600)
    assert ask(site, "/api/status", short).status_code == 401
    assert ask(site, "/api/status", reader).status_code == 200
    with site.tools.database.connect() as connection:
        set_disabled(connection, require_user(connection, "nimali"), clock.now())
    assert ask(site, "/api/status", reader).status_code == 401


@pytest.mark.parametrize("name", ["token", "access_token", "Authorization", "api_key"])
def test_a_token_in_an_address_is_refused_with_what_to_do(site: Site, reader: str, name: str) -> None:
    """Threat: a token in a URL, which ends up in logs and histories; ours holds no query."""
    answer = ask(site, f"/api/status?{name}={reader}", reader)
    assert answer.status_code == 400
    assert "revoke it" in answer.json()["error"]["message"]
    assert reader not in answer.text
    assert site.rows("select count(*) from access.access_log where path like '%sp_%'") == [(0,)]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "limit=1.5", "before=-1", "before=9999999999999999999"]
)
def test_a_wrong_number_is_refused_with_the_right_ones(site: Site, query: str) -> None:
    site.has_user("nimali", "admin")
    answer = ask(site, f"/api/access-log?{query}", site.token("nimali", "access_log:read"))
    assert answer.status_code == 400
    assert "is a number from 1 to" in answer.json()["error"]["message"]
