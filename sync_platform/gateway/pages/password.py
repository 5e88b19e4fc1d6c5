"""Where a user chooses another password, by telling the present one."""

from __future__ import annotations

from starlette.responses import RedirectResponse

from sync_platform.access.login import Attempt, log_in
from sync_platform.access.password import check_password
from sync_platform.access.role import VIEWER
from sync_platform.errors import AccessRefused
from sync_platform.gateway.pages.login import locked_words, welcome
from sync_platform.gateway.pages.template import render
from sync_platform.gateway.pages.visit import Answer, Page, Visit
from sync_platform.landing.users import User, set_password


def _show(visit: Visit) -> Answer:
    return Answer(render(visit, "password", refusal=None, has_password=_user(visit).password_hash is not None))


def _change(visit: Visit) -> Answer:
    """Whoever finds an open browser does not know the present password, and may guess no oftener than at the login."""
    user = _user(visit)
    attempt = Attempt(user.name, visit.form.get("present", ""), visit.peer)
    outcome = log_in(visit.connection, visit.tools.passwords, attempt, now=visit.now)
    if outcome.locked_for is not None:
        return _refused(visit, locked_words(outcome.locked_for), 429)
    if outcome.user is None:
        return _refused(visit, "This is not your present password.", 403)
    new = visit.form.get("new", "")
    if new != visit.form.get("again", ""):
        return _refused(visit, "The two new passwords differ.", 422)
    check_password(new, name=user.name)
    set_password(visit.connection, user, visit.tools.passwords.hash(new))
    return Answer(welcome(visit, user, RedirectResponse("/", status_code=303)))


def _refused(visit: Visit, words: str, status: int) -> Answer:
    """Returned and not raised: the attempt has to be counted."""
    return Answer(render(visit, "password", status=status, refusal=words, has_password=True))


def _user(visit: Visit) -> User:
    if visit.user is None:
        raise AccessRefused("You are not logged in any more.", status=401)
    return visit.user


PAGES = (
    Page("/password", _show, needs=VIEWER, words="Password"),
    Page("/password", _change, needs=VIEWER, method="POST", fields=("present", "new", "again")),
)
