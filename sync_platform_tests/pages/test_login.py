"""Logging in: what a stranger learns of it (nothing), how often one may try, and when a session ends."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher

from sync_platform.access.password import Passwords
from sync_platform.gateway.pages.login import own_path
from sync_platform.landing.users import NewUser, add_user, require_user, set_disabled, set_password
from sync_platform_tests.pages.site import PASSWORD, Browser, Site
from sync_platform_tests.partners.given import GivenClock

SESSION = "sync_platform_session"


def test_who_logs_in_comes_to_the_page_that_was_asked_for(site: Site) -> None:
    site.has_user("nimali")
    browser = Browser(site.url)
    asked = browser.get("/?zone=UTC")
    assert (asked.status_code, asked.headers["Location"]) == (303, "/login?next=/%3Fzone%3DUTC")

    entered = browser.log_in(" Nimali ", next_="/?zone=UTC")
    assert (entered.status_code, entered.headers["Location"]) == (303, "/?zone=UTC")
    assert browser.get("/").status_code == 200

    kept = entered.headers["Set-Cookie"]
    assert f"{SESSION}=" in kept
    assert "HttpOnly" in kept
    assert "SameSite=strict" in kept
    secret = browser.cookies[SESSION]
    assert site.rows(f"select 1 from access.session where session_hash = '{secret}'::bytea") == []  # noqa: S608
    assert site.rows('select last_login_at is not null from access."user"') == [(True,)]


def test_unknown_mistaken_and_disabled_look_the_same(site: Site) -> None:
    """Threat: finding out by the answer who has an account."""
    site.has_user("nimali")
    site.has_user("ravi")
    with site.tools.database.connect() as connection:
        set_disabled(connection, require_user(connection, "ravi"), site.tools.clock.now())

    def answer(name: str, password: str) -> tuple[int, str]:
        browser = Browser(site.url)
        csrf = browser.csrf("/login")
        said = browser.post("/login", {"csrf": csrf, "name": name, "password": password})
        return said.status_code, said.text.replace(csrf, "")

    answers = {answer("nimali", "wrong"), answer("nobody", "wrong"), answer("ravi", PASSWORD), answer("\0", "\0")}
    assert len(answers) == 1
    assert answers.pop()[0] == 401


def test_an_unknown_user_takes_as_much_work_as_a_known_one() -> None:
    """With the real parameters, by processor time: the machine's other work does not count."""
    passwords = Passwords()
    kept = passwords.hash(PASSWORD)

    def seconds(password_hash: str | None) -> float:
        tries = []
        for _ in range(2):
            began = time.process_time()
            assert not passwords.verify(password_hash, "wrong")
            tries.append(time.process_time() - began)
        return min(tries)

    assert 0.5 < seconds(None) / seconds(kept) < 2


def test_a_hash_made_with_older_parameters_is_renewed_at_the_next_login(site: Site) -> None:
    with site.tools.database.connect() as connection:
        new = NewUser("nimali", "viewer", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD))
        add_user(connection, new, by="test", now=site.tools.clock.now())
    assert site.browser().log_in("nimali").status_code == 303
    assert "t=1" in site.rows('select password_hash from access."user"')[0][0]
    assert site.browser().log_in("nimali").status_code == 303


def test_guessing_ends_after_five_for_known_and_unknown_names_alike(site: Site, clock: GivenClock) -> None:
    """Threat: brute force. The remedy is on the page, and a correct password does not help before it."""
    site.has_user("nimali")
    site.has_user("ravi")
    for name in ("nimali", "nobody"):
        browser = Browser(site.url)
        assert [browser.log_in(name, f"guess {number}").status_code for number in range(5)] == [401] * 5
        clock.advance(60)
        locked = browser.log_in(name)
        assert (locked.status_code, locked.headers["Retry-After"]) == (429, str(14 * 60))
        assert "Try again in 14 minutes" in locked.text
        assert "sync-platform users password" in locked.text
        clock.advance(-60)
    assert site.browser().log_in("ravi").status_code == 303

    clock.advance(15 * 60)
    assert Browser(site.url).log_in("nimali").status_code == 303


def test_a_hundred_guesses_at_once_are_no_more_than_five(site: Site) -> None:
    site.has_user("nimali")

    def guess(number: int) -> int:
        return Browser(site.url).log_in("nimali", f"guess {number}").status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(24)))
    assert (answers.count(401), answers.count(429)) == (5, 19)


def test_many_names_from_one_address_are_held_up_too(site: Site) -> None:
    site.has_user("nimali")
    with site.tools.database.connect() as connection:
        connection.execute(
            "insert into access.login_attempt (name_hash, peer, succeeded, attempted_at)"
            " select sha256(n::text::bytea), '127.0.0.1', false, %s from generate_series(1, 100) as n",
            [site.tools.clock.now()],
        )
    assert Browser(site.url).log_in("nimali").status_code == 429


def test_a_session_that_was_planted_is_not_the_one_that_is_logged_in(site: Site) -> None:
    """Threat: session fixation."""
    site.has_user("nimali")
    victim = Browser(site.url)
    victim.session.cookies.set(SESSION, "planted-by-somebody", domain="127.0.0.1", path="/")
    victim.log_in("nimali")
    values = [cookie.value for cookie in victim.session.cookies if cookie.name == SESSION]
    assert "planted-by-somebody" not in values

    thief = Browser(site.url)
    thief.session.cookies.set(SESSION, "planted-by-somebody")
    assert thief.get("/").status_code == 303


def test_logging_in_again_ends_the_session_before_and_logging_out_this_one(site: Site) -> None:
    site.has_user("nimali")
    browser = Browser(site.url)
    browser.log_in("nimali")
    first = browser.cookies[SESSION]
    browser.post("/login", {"csrf": browser.csrf("/"), "name": "nimali", "password": PASSWORD})
    assert browser.cookies[SESSION] != first
    assert site.rows("select count(*) from access.session") == [(1,)]

    old = dict(browser.cookies)
    left = browser.post("/logout", {"csrf": browser.csrf("/")})
    assert (left.status_code, left.headers["Location"]) == (303, "/login")
    again = Browser(site.url)
    again.session.cookies.update(old)
    assert again.get("/").status_code == 303


@pytest.mark.parametrize(
    ("minutes", "looks", "goes_on"), [(29, 1, True), (31, 1, False), (25, 19, True), (25, 20, False)]
)
def test_a_session_ends_after_half_an_hour_of_nothing_and_after_eight_hours(
    site: Site, clock: GivenClock, minutes: int, looks: int, goes_on: bool
) -> None:
    browser = site.browser("viewer")
    for _ in range(looks):
        clock.advance(minutes * 60)
        last = browser.get("/")
    assert (last.status_code == 200) is goes_on


def test_a_new_password_and_being_disabled_end_every_session(site: Site) -> None:
    first, second = site.browser("viewer"), site.browser("operator")
    with site.tools.database.connect() as connection:
        set_password(connection, require_user(connection, "viewer"), site.tools.passwords.hash(f"{PASSWORD} 2"))
        set_disabled(connection, require_user(connection, "operator"), site.tools.clock.now())
    assert [browser.get("/").status_code for browser in (first, second)] == [303, 303]


def test_a_user_changes_the_password_knowing_the_present_one(site: Site) -> None:
    browser, other = site.browser("viewer"), Browser(site.url)
    other.log_in("viewer")
    new = f"{PASSWORD} too"

    def change(present: str, wish: str, again: str) -> int:
        form = {"csrf": browser.csrf("/password"), "present": present, "new": wish, "again": again}
        return browser.post("/password", form).status_code

    assert change("guess", new, new) == 403
    assert change(PASSWORD, new, f"{new}x") == 422
    assert change(PASSWORD, "short", "short") == 422
    before = browser.cookies[SESSION]
    assert change(PASSWORD, new, new) == 303
    assert browser.cookies[SESSION] != before
    assert (browser.get("/").status_code, other.get("/").status_code) == (200, 303)
    assert [Browser(site.url).log_in("viewer", typed).status_code for typed in (PASSWORD, new)] == [401, 303]

    assert [change("guess", new, new) for _ in range(6)] == [403] * 5 + [429]


OWN = ["/", "/users", "/?system=shop", "/trace/S%2F1"]
FOREIGN = [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "javascript:alert(1)",
    " //evil.example",
    "evil.example",
    "",
    "/" + "a" * 3_000,
]


@pytest.mark.parametrize("path", OWN + FOREIGN)
def test_after_the_login_one_stays_with_us(path: str) -> None:
    """Threat: open redirect."""
    assert own_path(path) == (path if path in OWN else "/")


def test_the_redirect_after_a_login_never_leads_elsewhere(site: Site) -> None:
    site.has_user("nimali")
    browser = Browser(site.url)
    assert browser.get("/login?next=//evil.example").text.count("evil.example") == 0
    assert browser.log_in("nimali", next_="//evil.example").headers["Location"] == "/"
    assert browser.get("/login?next=https://evil.example").headers["Location"] == "/"
