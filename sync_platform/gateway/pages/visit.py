"""One request as the pages see it, and what they answer: plain functions from a Visit to an Answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from sync_platform.access.role import is_at_least
from sync_platform.errors import AccessRefused
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform.landing.database import Connection
from sync_platform.landing.users import User

ANYONE = "anyone"
"""What a page needs that is seen without a login; written out, so that nothing is open by omission."""
MOST_FORM_BYTES = 64 * 1024


@dataclass(frozen=True)
class Visit:
    """Runs in a thread of its own and in a transaction of `connection`, which is undone when the page raises.

    `cookie` is the secret to which forms are bound, of the session or, before there is one, of the login form.
    """

    tools: ConsoleTools
    connection: Connection
    request: Request
    form: Mapping[str, str] = field(repr=False)
    now: datetime
    user: User | None
    cookie: str = field(repr=False)
    peer: str

    @property
    def query(self) -> Mapping[str, str]:
        return _without_nul(self.request.query_params)

    @property
    def path(self) -> Mapping[str, str]:
        """The parts of the path that the page's address leaves open."""
        return _without_nul(self.request.path_params)

    @property
    def who(self) -> str:
        """The name of who is logged in. Raises AccessRefused when nobody is."""
        if self.user is None:
            raise AccessRefused("You are not logged in any more.", status=401)
        return self.user.name

    def may(self, role: str) -> bool:
        """Whether who is logged in has at least that role."""
        return self.user is not None and is_at_least(self.user.role, role)


@dataclass(frozen=True)
class Answer:
    """`about` is what was acted on, for the access log; `unlogged` is for looks that nobody asks after."""

    response: Response
    about: str | None = None
    unlogged: bool = False


@dataclass(frozen=True)
class Page:
    """A page and who may see it: `needs` is a role or ANYONE and has no default. `words` put it into the menu.

    `query` and `fields` name what its address and its form may hold; a form larger than `form_bytes` is not read.
    """

    path: str
    answer: Callable[[Visit], Answer]
    needs: str
    method: str = "GET"
    words: str | None = None
    query: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    form_bytes: int = MOST_FORM_BYTES


def _without_nul(values: Mapping[str, str]) -> dict[str, str]:
    """PostgreSQL takes no NUL in a text."""
    return {name: value.replace("\0", "\N{REPLACEMENT CHARACTER}") for name, value in values.items()}
