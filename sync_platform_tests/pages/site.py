"""A site of ours under test: its users, and browsers that keep cookies and fill in forms as people do."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import requests

from sync_platform.access.login import make_token
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform.landing.users import NewUser, add_user, require_user

PASSWORD = "correct horse battery staple"
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


class Browser:
    """Follows no redirect by itself."""

    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.headers.update(headers or {})

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.url + path, allow_redirects=False, timeout=10, **options)

    def post(self, path: str, form: dict[str, str], **options: Any) -> requests.Response:
        """As a page of ours sends it."""
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin", **options.pop("headers", {})}
        return self.session.post(
            self.url + path, data=form, headers=headers, allow_redirects=False, timeout=10, **options
        )

    def csrf(self, page: str) -> str:
        """What the forms of that page hold."""
        found = _CSRF.search(self.get(page).text)
        assert found, f"{page} has no form"
        return found.group(1)

    def log_in(self, name: str, password: str = PASSWORD, next_: str = "/") -> requests.Response:
        """Opens the form, fills it in, sends it."""
        form = {"csrf": self.csrf("/login"), "name": name, "password": password, "next": next_}
        return self.post("/login", form)

    @property
    def cookies(self) -> dict[str, str]:
        return dict(self.session.cookies.items())


class Site:
    """The pages at a port of this machine."""

    def __init__(self, tools: ConsoleTools, port: int) -> None:
        self.tools = tools
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def has_user(self, name: str, role: str = "viewer", password: str = PASSWORD) -> None:
        with self.tools.database.connect() as connection:
            new = NewUser(name=name, role=role, password_hash=self.tools.passwords.hash(password))
            add_user(connection, new, by="test", now=self.tools.clock.now())

    def browser(self, role: str | None = None) -> Browser:
        """One with nobody logged in, or with a user of that role, whose name it is too."""
        browser = Browser(self.url)
        if role is not None:
            self.has_user(role, role)
            assert browser.log_in(role).status_code == 303
        return browser

    def token(self, name: str, *scopes: str, lasts: timedelta = timedelta(days=1)) -> str:
        now = self.tools.clock.now()
        with self.tools.database.connect() as connection:
            user = require_user(connection, name)
            return make_token(connection, user, scopes, lasts=lasts, by="test", now=now)[0]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.tools.database.connect() as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]
