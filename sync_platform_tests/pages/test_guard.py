"""What the pages withstand: foreign forms and frames, false hosts, scripts in data, and visitors without the role."""

from __future__ import annotations

import re
import socket

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from sync_platform.gateway.pages.console import PAGES, console
from sync_platform.gateway.pages.settings import ConsoleSettings, read_console_settings
from sync_platform.gateway.pages.tools import NO_SOURCES, ConsoleTools, console_tools
from sync_platform.gateway.pages.visit import ANYONE, Answer, Page, Visit
from sync_platform.landing.database import Database
from sync_platform_tests.pages.site import PASSWORD, Browser, Site
from sync_platform_tests.reports.listening import listening

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'"


def path_of(page: Page) -> str:
    return page.path.replace("{name}", "viewer").replace("{number}", "1").replace("{key:path}", "1")


def test_x5_a_form_from_elsewhere_does_nothing(site: Site) -> None:
    """Threat: a foreign page that changes state (CSRF)."""
    admin = site.browser("admin")
    site.has_user("ravi")
    csrf = admin.csrf("/users")
    path, form = "/users/ravi/role", {"csrf": csrf, "role": "admin"}
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    tries = [
        admin.post(path, {"role": "admin"}),
        admin.post(path, {**form, "csrf": "0" * 64}),
        admin.post(path, {**form, "csrf": site.browser("operator").csrf("/")}),
        admin.post(path, form, headers=foreign),
        admin.post(path, form, headers={"Origin": "null"}),
        admin.post(path, form, headers={"Sec-Fetch-Site": "same-site"}),
    ]
    assert [answer.status_code for answer in tries] == [403] * 6
    assert admin.get(path).status_code == 405
    assert site.rows("select role from access.\"user\" where name = 'ravi'") == [("viewer",)]

    assert admin.post(path, form).status_code == 303
    assert site.rows("select role from access.\"user\" where name = 'ravi'") == [("admin",)]


def test_nobody_is_logged_in_by_a_foreign_form(site: Site) -> None:
    """Login CSRF: to work unawares under somebody else's name."""
    site.has_user("mallory")
    browser = Browser(site.url)
    form = {"name": "mallory", "password": PASSWORD}
    assert browser.post("/login", form).status_code == 403
    other = Browser(site.url).csrf("/login")
    browser.get("/login")
    assert browser.post("/login", {**form, "csrf": other}).status_code == 403


def test_x6_a_script_in_what_a_partner_sent_is_shown_and_not_run(site: Site) -> None:
    """Threat: XSS by a record's content. The content policy would not run it either."""
    with site.tools.database.connect() as connection:
        connection.execute(
            "insert into sync.load (load_id, system, entity, business_day, way, outcome, started_at, error,"
            " contract_version, platform_version, correlation_id) values (gen_random_uuid(), 'till', 'sales',"
            " '2026-11-20', 'whole_day', 'misbehaved', now(), %s, '1.0.0', '0.1.0', gen_random_uuid())",
            [HOSTILE],
        )
    text = site.browser("viewer").get("/").text
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in text
    assert not re.search(r"<script|<img|\son\w+=[\"']", text)


def test_x7_no_page_is_framed_sniffed_kept_or_runs_a_script(site: Site) -> None:
    """Threat: clickjacking; every answer, also a refusal, has its headers."""
    admin = site.browser("admin")
    answers = [admin.get(path) for path in ("/", "/users", "/login", "/nowhere", "/api/status", "/static/console.css")]
    answers.append(admin.post("/users/admin/disable", {"role": "x"}))
    assert [answer.status_code for answer in answers] == [200, 200, 303, 404, 401, 200, 403]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answers[0].headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "user@127.0.0.1", "[::1", "127.0.0.1:x"])
def test_a_request_for_another_host_is_not_answered(site: Site, host: str) -> None:
    """Threat: a false Host header, a rebound name."""
    answer = Browser(site.url).get("/login", headers={"Host": host})
    assert answer.status_code in (400, 421)
    assert "password" not in answer.text
    assert Browser(site.url).get("/login", headers={"Host": "localhost:3020"}).status_code == 200


def test_where_pages_are_public_only_their_own_name_counts_and_cookies_travel_by_https_alone(
    tools: ConsoleTools,
) -> None:
    settings = read_console_settings({"SYNC_PLATFORM_PUBLIC_URL": "https://hub.example.com/"})
    with listening(console(ConsoleTools(**{**vars(tools), "settings": settings}))) as port:
        url = f"http://127.0.0.1:{port}"
        assert Browser(url).get("/login").status_code == 421
        answer = Browser(url).get("/login", headers={"Host": "hub.example.com"})
    assert answer.status_code == 200
    assert answer.headers["Set-Cookie"].startswith("__Host-sync_platform_login=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("url", ["http://hub.example.com", "hub.example.com", "https://hub.example.com/x", "ftp://a"])
def test_a_public_url_that_is_none_is_refused_with_its_variable(url: str) -> None:
    with pytest.raises(Exception, match="SYNC_PLATFORM_PUBLIC_URL"):
        read_console_settings({"SYNC_PLATFORM_PUBLIC_URL": url})


def test_every_page_is_closed_to_strangers_unless_it_says_anyone(site: Site) -> None:
    """Threat: roles that grow. What a page needs has no default, so this list is complete."""
    stranger = site.browser()
    assert {path_of(page) for page in PAGES if page.needs == ANYONE} == {"/login"}
    for page in PAGES:
        if page.needs == ANYONE:
            continue
        answer = stranger.get(path_of(page)) if page.method == "GET" else stranger.post(path_of(page), {"role": "x"})
        assert answer.status_code == (303 if page.method == "GET" else 401), page.path


def test_a_role_sees_and_does_what_it_may_and_no_more(site: Site) -> None:
    viewer, operator, admin = (site.browser(role) for role in ("viewer", "operator", "admin"))
    csrf = {browser: browser.csrf("/") for browser in (viewer, operator, admin)}
    for page in PAGES:
        for browser, may in ((viewer, page.needs in ("viewer", ANYONE)), (operator, page.needs != "admin")):
            if may or page.path == "/logout":
                continue
            form = {"csrf": csrf[browser], "role": "admin"}
            answer = browser.get(path_of(page)) if page.method == "GET" else browser.post(path_of(page), form)
            assert answer.status_code == 403, page.path
    assert 'href="/users"' not in viewer.get("/").text
    assert 'href="/users"' in admin.get("/").text

    changed = admin.post("/users/viewer/role", {"csrf": csrf[admin], "role": "admin"})
    assert changed.status_code == 303
    assert viewer.get("/users").status_code == 200, "a role counts from the next request on"
    assert admin.post("/users/viewer/role", {"csrf": csrf[admin], "role": "king"}).status_code == 422
    assert admin.post("/users/nobody/disable", {"csrf": csrf[admin]}).status_code == 422


def test_every_look_at_a_page_and_every_action_is_in_the_access_log(site: Site) -> None:
    stranger, viewer, admin = site.browser(), site.browser("viewer"), site.browser("admin")
    viewer.get("/?q=secret")
    viewer.get("/users")
    stranger.log_in("viewer", "wrong")
    admin.post("/users/viewer/disable", {"csrf": admin.csrf("/users")})
    found = site.rows("select name, way, method, path, about, status, peer from access.access_log order by access_id")
    assert found == [
        (None, "none", "POST", "/login", "viewer", 303, "127.0.0.1"),
        (None, "none", "POST", "/login", "admin", 303, "127.0.0.1"),
        ("viewer", "session", "GET", "/", None, 200, "127.0.0.1"),
        ("viewer", "session", "GET", "/users", None, 403, "127.0.0.1"),
        (None, "none", "POST", "/login", None, 401, "127.0.0.1"),
        ("admin", "session", "GET", "/users", None, 200, "127.0.0.1"),
        ("admin", "session", "POST", "/users/viewer/disable", "viewer", 303, "127.0.0.1"),
    ]
    page = admin.get("/access-log").text
    assert "POST /users/viewer/disable" in page
    assert [admin.get(f"/access-log?before={before}").status_code for before in ("3", "x", "9" * 30)] == [200, 404, 404]


def test_the_last_admin_cannot_lock_everybody_out(site: Site) -> None:
    admin = site.browser("admin")
    answer = admin.post("/users/admin/disable", {"csrf": admin.csrf("/users")})
    assert answer.status_code == 422
    assert "admin is the only admin" in answer.text
    assert admin.get("/users").status_code == 200


def test_what_is_no_form_of_ours_is_refused_before_it_is_read(site: Site) -> None:
    browser = site.browser()
    with_json = browser.session.post(f"{site.url}/login", json={"name": "x"}, timeout=10)
    too_many = browser.post("/login", {f"f{number}": "" for number in range(200)})
    assert (with_json.status_code, too_many.status_code) == (415, 400)
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as raw:
        raw.sendall(
            b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: 99999999\r\n\r\n" + b"a" * 100_000
        )
        assert raw.recv(100).startswith(b"HTTP/1.1 413")


def test_while_the_database_is_away_the_answer_says_so(tools: ConsoleTools) -> None:
    away = ConsoleTools(**{**vars(tools), "database": Database("postgresql://127.0.0.1:1/nowhere")})
    with listening(console(away)) as port:
        answer = Browser(f"http://127.0.0.1:{port}").get("/login")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "nowhere" not in answer.text


def test_mounted_beside_other_routes_the_pages_are_what_they_are_alone(tools: ConsoleTools, database: Database) -> None:
    made = console_tools(
        database, tools.systems, environment={}, clock=tools.clock, sources=NO_SOURCES, counts=tools.counts
    )
    assert (made.settings.is_secure, made.issuer) == (False, None)
    with listening(Starlette(routes=[Mount("/", console(tools))])) as port:
        site = Site(tools, port)
        admin = site.browser("admin")
        site.has_user("ravi")
        assert admin.get("/").status_code == 200
        done = admin.post("/users/ravi/disable", {"csrf": admin.csrf("/users")})
        assert (done.status_code, done.headers["X-Frame-Options"]) == (303, "DENY")
        assert Browser(site.url).get("/login", headers={"Host": "evil.example"}).status_code == 421


def test_what_nobody_foresaw_is_a_500_that_tells_nothing_and_did_nothing(tools: ConsoleTools) -> None:
    def fail(visit: Visit) -> Answer:
        visit.connection.execute("delete from access.session")
        raise RuntimeError("a secret in an error")

    with listening(console(tools, pages=(*PAGES, Page("/fails", fail, needs="viewer")))) as port:
        site = Site(tools, port)
        answer = site.browser("viewer").get("/fails")
        assert site.rows("select count(*) from access.session") == [(1,)]
    assert (answer.status_code, "secret" in answer.text) == (500, False)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_settings_for_this_machine_alone_take_no_other_name() -> None:
    settings = ConsoleSettings()
    assert [settings.is_our_host(host) for host in ("localhost", "127.0.0.1:3020", "[::1]:3020")] == [True] * 3
    assert not settings.is_our_origin("null", "localhost")
