"""Logging in with an organisation's account: to the issuer, and back with its word for who it is."""

from __future__ import annotations

from starlette.responses import RedirectResponse

from sync_platform.access.oidc import Issuer, begin_login, finish_login
from sync_platform.access.secret import csrf_token, is_csrf_token, new_secret
from sync_platform.errors import AccessRefused
from sync_platform.gateway.pages.cookies import OIDC, drop_cookie, read_cookie, set_cookie
from sync_platform.gateway.pages.login import own_path, welcome
from sync_platform.gateway.pages.template import render
from sync_platform.gateway.pages.visit import ANYONE, Answer, Page, Visit

_BACK = "/login/openid/back"


def _to_issuer(visit: Visit) -> Answer:
    target = own_path(visit.query.get("next", ""))
    cookie = new_secret()
    # The state is bound to this browser: a link that finishes somebody else's login does nothing here.
    address = begin_login(
        visit.connection,
        _issuer(visit),
        state=csrf_token(cookie),
        back_to=_back_to(visit),
        return_to=target,
        now=visit.now,
    )
    response = RedirectResponse(address, status_code=303)
    set_cookie(response, OIDC, cookie, visit.tools.settings)
    return Answer(response, unlogged=True)


def _back(visit: Visit) -> Answer:
    state = visit.query.get("state", "")
    cookie = read_cookie(visit.request, OIDC, visit.tools.settings)
    if not cookie or not is_csrf_token(state, cookie):
        raise AccessRefused("This login was not begun in this browser. Begin again at /login.", status=403)
    if "code" not in visit.query:
        raise AccessRefused("You were not logged in at your organisation. Begin again at /login.", status=403)
    user, return_to = finish_login(
        visit.connection, _issuer(visit), state=state, code=visit.query["code"], back_to=_back_to(visit), now=visit.now
    )
    # A redirect would still count as the issuer's, and the Strict cookie would not go along: the page itself goes on.
    page = render(visit, "welcome", next=return_to)
    drop_cookie(page, OIDC, visit.tools.settings)
    return Answer(welcome(visit, user, page), about=user.name)


def _issuer(visit: Visit) -> Issuer:
    if visit.tools.issuer is None:
        raise AccessRefused("No issuer is set up.", status=404)
    return visit.tools.issuer


def _back_to(visit: Visit) -> str:
    return f"{visit.tools.settings.public_url}{_BACK}"


PAGES = (Page("/login/openid", _to_issuer, needs=ANYONE), Page(_BACK, _back, needs=ANYONE))
