"""How a partner system is shown who asks: one class for each declared kind, with the tokens that some of them fetch."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from sync_platform.clock import Clock
from sync_platform.declarations.auth import (
    ApiKeyAuth,
    Auth,
    BasicAuth,
    BearerAuth,
    NoAuth,
    OAuth2ClientCredentialsAuth,
    SessionLoginAuth,
)
from sync_platform.errors import PartnerMisbehaved, PartnerRefused, PartnerUnavailable
from sync_platform.partners.envelope import Envelope
from sync_platform.partners.transport import Received


@dataclass(frozen=True)
class LoginRequest:
    """A request for a token or a session: `path` is relative to the base URL, or absolute where it is declared so."""

    path: str
    headers: Mapping[str, str]
    body: bytes


_BASIC = "Basic "
Login = Callable[[LoginRequest], Received]
"""Sends a login and returns its answer, whatever the status but 429 and 5xx."""


class Credentials(Protocol):
    """`description` names the environment variables that a person has to look at, never their values."""

    description: str

    def headers(self) -> Mapping[str, str]:
        """The headers that prove who asks; may log in first."""
        ...

    def renew(self, refused: Mapping[str, str]) -> bool:
        """After a 401 to these headers: whether others can be tried, fetched anew unless another thread just did."""
        ...

    def secrets(self) -> tuple[str, ...]:
        """Every value that must never be shown, as far as it is known yet."""
        ...


def open_credentials(auth: Auth, *, environment: Mapping[str, str], clock: Clock, login: Login) -> Credentials:
    """The credentials of a declared kind; the variables they need are in `environment`."""
    match auth:
        case NoAuth():
            return FixedCredentials("no credentials are declared", {}, secret_values=())
        case BearerAuth():
            token = environment[auth.token_env]
            return FixedCredentials(
                f"the token named by {auth.token_env}", {"Authorization": f"Bearer {token}"}, secret_values=(token,)
            )
        case ApiKeyAuth():
            key = environment[auth.key_env]
            return FixedCredentials(f"the key named by {auth.key_env}", {auth.header: key}, secret_values=(key,))
        case BasicAuth():
            username, password = environment[auth.username_env], environment[auth.password_env]
            header = basic_header(username, password)
            return FixedCredentials(
                f"the credentials named by {auth.username_env} and {auth.password_env}",
                {"Authorization": header},
                secret_values=(password, username, header.removeprefix(_BASIC)),
            )
        case OAuth2ClientCredentialsAuth():
            client = (environment[auth.client_id_env], environment[auth.client_secret_env])
            return TokenCredentials(OAuth2Tokens(auth, client=client, login=login), clock=clock)
        case SessionLoginAuth():
            user = (environment[auth.username_env], environment[auth.password_env])
            return TokenCredentials(Sessions(auth, user=user, login=login), clock=clock)


class FixedCredentials:
    """Headers that are known from the start: no login, and nothing to renew after a 401."""

    def __init__(self, description: str, headers: Mapping[str, str], *, secret_values: tuple[str, ...]) -> None:
        self.description = description
        self._headers = headers
        self._secrets = secret_values

    def headers(self) -> Mapping[str, str]:
        return self._headers

    def renew(self, refused: Mapping[str, str]) -> bool:  # noqa: ARG002 - the protocol's signature
        return False

    def secrets(self) -> tuple[str, ...]:
        return self._secrets


@dataclass(frozen=True)
class Token:
    """What a login gave: the headers that use it, and for how many seconds (None: until it is refused)."""

    headers: Mapping[str, str]
    secret_values: tuple[str, ...]
    lifetime_seconds: float | None


class TokenSource(Protocol):
    """Where tokens come from: a client's token endpoint or a login form."""

    description: str
    fixed_secrets: tuple[str, ...]

    def fetch(self) -> Token: ...


class TokenCredentials:
    """Headers from a token that is fetched at first need, before it ends, and once after a 401.

    One thread fetches while the others wait for its token (faults.md, A36).
    """

    def __init__(self, source: TokenSource, *, clock: Clock) -> None:
        self.description = source.description
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._ends_at: float | None = None

    def headers(self) -> Mapping[str, str]:
        with self._lock:
            over = self._ends_at is not None and self._clock.monotonic() >= self._ends_at
            if self._token is None or over:
                return self._fetch().headers
            return self._token.headers

    def renew(self, refused: Mapping[str, str]) -> bool:
        with self._lock:
            if self._token is None or self._token.headers == refused:
                self._fetch()
            return True

    def secrets(self) -> tuple[str, ...]:
        token = self._token
        return (*self._source.fixed_secrets, *(token.secret_values if token else ()))

    def _fetch(self) -> Token:
        asked_at = self._clock.monotonic()
        self._token = None
        token = self._source.fetch()
        self._token = token
        self._ends_at = None if token.lifetime_seconds is None else asked_at + token.lifetime_seconds
        return token


class OAuth2Tokens:
    """Tokens by RFC 6749 section 4.4, client credentials."""

    def __init__(self, auth: OAuth2ClientCredentialsAuth, *, client: tuple[str, str], login: Login) -> None:
        self.description = f"the client named by {auth.client_id_env} and {auth.client_secret_env}"
        self._auth = auth
        self._client = client
        self._login = login
        client_id, client_secret = client
        self._basic = basic_header(quote(client_id, safe=""), quote(client_secret, safe=""))
        self.fixed_secrets: tuple[str, ...] = (client_secret, self._basic.removeprefix(_BASIC))

    def fetch(self) -> Token:
        """A new token. Raises PartnerRefused when the client is not accepted."""
        answer = self._login(LoginRequest(self._auth.token_path, self._headers(), self._form()))
        _refuse_unless_accepted(answer, path=self._auth.token_path, description=self.description)
        envelope = _login_envelope(answer, self._auth.token_path)
        token = envelope.value("access_token")
        if not isinstance(token, str) or not token:
            raise PartnerMisbehaved(f"the answer from POST {self._auth.token_path} holds no access_token.")
        lifetime = _seconds(envelope.value("expires_in"))
        if lifetime is not None:
            # A token that lives shorter than the margin is still good for the one request it was fetched for.
            lifetime = max(lifetime / 2, lifetime - self._auth.refresh_before.total_seconds())
        return Token({"Authorization": f"Bearer {token}"}, (token,), lifetime)

    def _headers(self) -> Mapping[str, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return headers | ({"Authorization": self._basic} if self._auth.client_auth == "basic" else {})

    def _form(self) -> bytes:
        form = {"grant_type": "client_credentials"}
        if self._auth.scope:
            form["scope"] = self._auth.scope
        if self._auth.client_auth == "body":
            form["client_id"], form["client_secret"] = self._client
        return urlencode(form).encode()


class Sessions:
    """A login form: a token from the answer's body, or the cookies that it sets."""

    def __init__(self, auth: SessionLoginAuth, *, user: tuple[str, str], login: Login) -> None:
        self.description = f"the login named by {auth.username_env} and {auth.password_env}"
        self._auth = auth
        self._user = user
        self._login = login
        self.fixed_secrets: tuple[str, ...] = (user[1],)

    def fetch(self) -> Token:
        """A new session. Raises PartnerRefused when the login is not accepted."""
        auth = self._auth
        form = {auth.username_field: self._user[0], auth.password_field: self._user[1]}
        headers = {"Content-Type": "application/json"}
        answer = self._login(LoginRequest(auth.login_path, headers, json.dumps(form).encode()))
        _refuse_unless_accepted(answer, path=auth.login_path, description=self.description)
        if auth.token is None:
            return self._by_cookies(answer)
        token = _login_envelope(answer, auth.login_path).value(auth.token)
        if not isinstance(token, str) or not token:
            raise PartnerRefused(
                f"the answer from POST {auth.login_path} holds no token at `{auth.token}`; {self.description} was not "
                "accepted, or the declaration looks in the wrong place."
            )
        return Token({auth.header: f"{auth.prefix}{token}"}, (token,), None)

    def _by_cookies(self, answer: Received) -> Token:
        if not answer.cookies:
            raise PartnerRefused(f"POST {self._auth.login_path} set no cookie; {self.description} was not accepted.")
        cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        return Token({"Cookie": cookie}, (cookie, *answer.cookies.values()), None)


def basic_header(username: str, password: str) -> str:
    """The value of `Authorization` by RFC 7617."""
    return f"{_BASIC}{base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def _refuse_unless_accepted(answer: Received, *, path: str, description: str) -> None:
    """RFC 6749 section 5.2 answers a wrong client with 400 or 401; both mean that a person must act."""
    if answer.status in (400, 401, 403):
        raise PartnerRefused(f"{answer.status} from POST {path}; {description} was refused. Renew it, then try again.")
    if not 200 <= answer.status < 300:
        raise PartnerMisbehaved(f"{answer.status} from POST {path}; is the path right?")
    if answer.body.lstrip()[:1] == b"<":
        raise PartnerUnavailable(f"a web page instead of a token from POST {path}.")


def _login_envelope(answer: Received, path: str) -> Envelope:
    return Envelope(answer.body, origin=f"the answer from POST {path}")


def _seconds(value: Any) -> float | None:
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return None
