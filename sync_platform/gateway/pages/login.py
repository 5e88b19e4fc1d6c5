"""Logging in and out with a name and a password."""

from __future__ import annotations

import re
from datetime import timedelta
from math import ceil

from starlette.responses import RedirectResponse, Response

from sync_platform.access.login import Attempt, log_in, open_session
from sync_platform.access.secret import hash_of, new_secret
from sync_platform.gateway.pages.cookies import LOGIN, SESSION, drop_cookie, read_cookie, set_cookie
from sync_platform.gateway.pages.template import render
from sync_platform.gateway.pages.visit import ANYONE, Answer, Page, Visit
from sync_platform.landing.sessions import end_session
from sync_platform.landing.users import User

# A path of ours and nothing else: browsers read `//host` and `/\host` as another host's, and drop tabs and line breaks.
_OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_WRONG = "The name or the password is wrong."


def own_path(text: str) -> str:
    """The path, if it leads to a page of ours; else that of the first page."""
    return text if len(text) <= 2_000 and _OWN_PATH.fullmatch(text) else "/"


def welcome(visit: Visit, user: User, response: Response) -> Response:
    """The response with a new session's cookie; a session that the browser had ends."""
    settings = visit.tools.settings
    before = read_cookie(visit.request, SESSION, settings)
    if before:
        end_session(visit.connection, hash_of(before))
    set_cookie(response, SESSION, open_session(visit.connection, user, now=visit.now), settings)
    drop_cookie(response, LOGIN, settings)
    return response


def locked_words(locked_for: timedelta) -> str:
    """What is told to who may not try for a while."""
    minutes = ceil(locked_for.total_seconds() / 60)
    return (
        f"There were too many failed logins. Try again in {minutes} minute{'s' if minutes > 1 else ''}, or have an "
        "admin give you a new password with `sync-platform users password`."
    )


def _show(visit: Visit) -> Answer:
    target = own_path(visit.query.get("next", ""))
    if visit.user is not None:
        return Answer(RedirectResponse(target, status_code=303), unlogged=True)
    return Answer(_form(visit, target), unlogged=True)


def _log_in(visit: Visit) -> Answer:
    target = own_path(visit.form.get("next", ""))
    attempt = Attempt(visit.form.get("name", "")[:200], visit.form.get("password", ""), visit.peer)
    outcome = log_in(visit.connection, visit.tools.passwords, attempt, now=visit.now)
    if outcome.user is not None:
        response = welcome(visit, outcome.user, RedirectResponse(target, status_code=303))
        return Answer(response, about=outcome.user.name)
    if outcome.locked_for is not None:
        words = locked_words(outcome.locked_for)
        response = _form(visit, target, refusal=words, status=429)
        response.headers["Retry-After"] = str(ceil(outcome.locked_for.total_seconds()))
        # An attempt that was not even looked at is no news, and would let anybody fill the log.
        return Answer(response, unlogged=True)
    return Answer(_form(visit, target, refusal=_WRONG, status=401))


def _log_out(visit: Visit) -> Answer:
    end_session(visit.connection, hash_of(visit.cookie))
    response = RedirectResponse("/login", status_code=303)
    drop_cookie(response, SESSION, visit.tools.settings)
    return Answer(response)


def _form(visit: Visit, target: str, *, refusal: str | None = None, status: int = 200) -> Response:
    """The login form, tied to this browser by a cookie of its own."""
    cookie = visit.cookie or new_secret()
    tied = Visit(**{**vars(visit), "cookie": cookie})
    openid = visit.tools.issuer is not None
    response = render(tied, "login", status=status, next=target, refusal=refusal, openid=openid)
    if cookie != visit.cookie:
        set_cookie(response, LOGIN, cookie, visit.tools.settings)
    return response


PAGES = (
    Page("/login", _show, needs=ANYONE, query=("next",)),
    Page("/login", _log_in, needs=ANYONE, method="POST", fields=("name", "password", "next")),
    Page("/logout", _log_out, needs="viewer", method="POST"),
)
