"""Pages of admins: who may do what, and who looked at what and did what."""

from __future__ import annotations

from starlette.responses import RedirectResponse

from sync_platform.access.role import ADMIN, ROLES, read_role
from sync_platform.errors import AccessRefused
from sync_platform.gateway.pages.acted import record_act
from sync_platform.gateway.pages.template import render
from sync_platform.gateway.pages.visit import Answer, Page, Visit
from sync_platform.landing.access_log import list_accesses
from sync_platform.landing.users import list_users, require_user, set_disabled, set_role

_AT_ONCE = 200
_LARGEST = 2**63 - 1


def _show(visit: Visit) -> Answer:
    users = list_users(visit.connection, now=visit.now)
    return Answer(render(visit, "users", users=users, roles=ROLES))


def _change_role(visit: Visit) -> Answer:
    user = require_user(visit.connection, visit.path["name"])
    role = read_role(visit.form.get("role", ""))
    set_role(visit.connection, user, role)
    record_act(visit, "users.role", subject=user.name, before=user.role, role=role)
    return Answer(RedirectResponse("/users", status_code=303), about=f"{user.name}: {user.role} to {role}")


def _disable(visit: Visit) -> Answer:
    user = require_user(visit.connection, visit.path["name"])
    set_disabled(visit.connection, user, visit.now)
    record_act(visit, "users.disable", subject=user.name)
    return Answer(RedirectResponse("/users", status_code=303), about=user.name)


def _enable(visit: Visit) -> Answer:
    user = require_user(visit.connection, visit.path["name"])
    set_disabled(visit.connection, user, None)
    record_act(visit, "users.enable", subject=user.name)
    return Answer(RedirectResponse("/users", status_code=303), about=user.name)


def _show_log(visit: Visit) -> Answer:
    before = visit.query.get("before", "")
    if before and not (before.isascii() and before.isdigit() and int(before[:20]) <= _LARGEST):
        raise AccessRefused("There is no such entry.", status=404)
    accesses = list_accesses(visit.connection, name=None, before=int(before) if before else None, limit=_AT_ONCE)
    return Answer(render(visit, "access_log", accesses=accesses, more=len(accesses) == _AT_ONCE))


PAGES = (
    Page("/users", _show, needs=ADMIN, words="Users"),
    Page("/users/{name}/role", _change_role, needs=ADMIN, method="POST", fields=("role",)),
    Page("/users/{name}/disable", _disable, needs=ADMIN, method="POST"),
    Page("/users/{name}/enable", _enable, needs=ADMIN, method="POST"),
    Page("/access-log", _show_log, needs=ADMIN, words="Access log", query=("before",)),
)
