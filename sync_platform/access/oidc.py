"""OpenID Connect as its relying party: authorisation code with PKCE, nonce and state; every claim is checked.

What an issuer says of a person is a subject, which is the person; a name, which is only shown; and a role by a claim.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
import structlog
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from sync_platform.access.oidc_settings import OidcSettings
from sync_platform.access.secret import hash_of, new_secret
from sync_platform.errors import AccessRefused, DeclarationError
from sync_platform.landing.database import Connection
from sync_platform.landing.oidc_logins import OidcLogin, keep_login, take_login
from sync_platform.landing.users import NewUser, User, add_user, find_subject, find_user, read_name, take_role

_TIMEOUT_SECONDS = (3.05, 7)
_LEEWAY_SECONDS = 60
# Signatures with a key pair only: `none` and those by a shared secret prove nothing of the issuer.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_UNAVAILABLE = "Your organisation's login does not answer properly now. Try again later, or log in with a password."
_UNBELIEVED = "What your organisation's login answered cannot be believed. Begin again at /login."

log = structlog.get_logger(__name__)


class Issuer:
    """An issuer: where it is asked, read once from its discovery document, and its keys."""

    def __init__(self, settings: OidcSettings) -> None:
        self.settings = settings
        self._reading = threading.Lock()
        self._metadata: dict[str, Any] | None = None

    def metadata(self) -> dict[str, Any]:
        """The discovery document. Raises AccessRefused when it cannot be had or is another issuer's."""
        with self._reading:
            if self._metadata is None:
                found = _get(f"{self.settings.issuer}/.well-known/openid-configuration")
                wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                if str(found.get("issuer", "")).rstrip("/") != self.settings.issuer or not all(map(found.get, wanted)):
                    raise _unavailable("discovery document of another issuer, or incomplete")
                self._metadata = found
            return self._metadata

    def keys(self) -> KeySet:
        """Its keys as they are now: it may have changed them since the last login."""
        try:
            return KeySet.import_key_set(_get(self.metadata()["jwks_uri"]))  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _unavailable("keys that cannot be read") from error

    def client(self, back_to: str) -> OAuth2Session:
        """A client for one login; it follows no redirect with the secret."""
        client = OAuth2Session(
            self.settings.client_id,
            self.settings.client_secret,
            scope="openid profile email",
            redirect_uri=back_to,
            code_challenge_method="S256",
        )
        client.max_redirects = 0
        return client


@dataclass(frozen=True)
class Person:
    """Whom an issuer vouches for."""

    subject: str
    name: str
    role: str


def begin_login(
    connection: Connection, issuer: Issuer, *, state: str, back_to: str, return_to: str, now: datetime
) -> str:
    """The issuer's address to send the browser to. Raises AccessRefused when the issuer is away."""
    login = OidcLogin(nonce=new_secret(), code_verifier=new_secret(), return_to=return_to)
    address, _ = issuer.client(back_to).create_authorization_url(
        issuer.metadata()["authorization_endpoint"],
        state=state,
        nonce=login.nonce,
        code_verifier=login.code_verifier,
    )
    keep_login(connection, hash_of(state), login, now=now)
    return str(address)


def finish_login(
    connection: Connection, issuer: Issuer, *, state: str, code: str, back_to: str, now: datetime
) -> tuple[User, str]:
    """The user, added at the first login, with the role the issuer gives now, and the path to go on to.

    Raises AccessRefused for a login that is unknown, used, too old, not believed, or of somebody without a role.
    """
    login = take_login(connection, hash_of(state), now=now)
    if login is None:
        raise AccessRefused("This login is too old or was used already. Begin again at /login.", status=403)
    token = _exchange(issuer, code, login, back_to)
    person = _read_person(issuer, token, login, now)
    return _user_of(connection, issuer, person, now), login.return_to


def _exchange(issuer: Issuer, code: str, login: OidcLogin, back_to: str) -> dict[str, Any]:
    try:
        token = issuer.client(back_to).fetch_token(
            issuer.metadata()["token_endpoint"],
            code=code,
            code_verifier=login.code_verifier,
            timeout=_TIMEOUT_SECONDS,
        )
    except requests.RequestException as error:
        raise _unavailable(type(error).__name__) from error
    except AccessRefused:
        raise
    except Exception as error:
        raise _unbelieved(type(error).__name__) from error
    return dict(token)


def _read_person(issuer: Issuer, token: dict[str, Any], login: OidcLogin, now: datetime) -> Person:
    """Signature, issuer, audience, expiry, nonce and access token hash, then what it says of the person."""
    settings = issuer.settings
    try:
        decoded = jwt.decode(str(token.get("id_token", "")), issuer.keys(), algorithms=_ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "values": [settings.issuer, f"{settings.issuer}/"]},
                "aud": {"essential": True, "value": settings.client_id},
            },
            params={
                "nonce": login.nonce,
                "client_id": settings.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=int(now.timestamp()), leeway=_LEEWAY_SECONDS)
        subject = str(claims["sub"])
    except AccessRefused:
        raise
    except Exception as error:
        raise _unbelieved(type(error).__name__) from error
    role = settings.role_of(claims.get(settings.role_claim))
    if role is None:
        raise AccessRefused("Your organisation gives you no role here. Ask an admin of the platform.", status=403)
    return Person(subject=subject, name=str(claims.get("preferred_username") or claims.get("email") or ""), role=role)


def _user_of(connection: Connection, issuer: Issuer, person: Person, now: datetime) -> User:
    known = find_subject(connection, issuer=issuer.settings.issuer, subject=person.subject)
    if known is None:
        return _added(connection, issuer, person, now)
    if known.disabled_at is not None:
        raise AccessRefused("An admin keeps this user out.", status=403)
    return take_role(connection, known, person.role)


def _added(connection: Connection, issuer: Issuer, person: Person, now: datetime) -> User:
    """Never somebody who is there already: a name at the issuer is not proof of being that user here."""
    try:
        name = read_name(person.name)
    except DeclarationError:
        name = f"openid-{hash_of(f'{issuer.settings.issuer} {person.subject}').hex()[:16]}"
    if find_user(connection, name) is not None:
        raise AccessRefused(f"There is another user {name}. Ask an admin of the platform.", status=403)
    new = NewUser(name=name, role=person.role, issuer=issuer.settings.issuer, subject=person.subject)
    return add_user(connection, new, by=issuer.settings.issuer, now=now)


def _get(url: str) -> dict[str, Any]:
    try:
        answer = requests.get(url, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise _unavailable(type(error).__name__) from error
    if not isinstance(found, dict):
        raise _unavailable("not a document")
    return found


def _unavailable(what: str) -> AccessRefused:
    log.warning("openid_unavailable", what=what)
    return AccessRefused(_UNAVAILABLE, status=502)


def _unbelieved(what: str) -> AccessRefused:
    log.warning("openid_unbelieved", what=what)
    return AccessRefused(_UNBELIEVED, status=403)
