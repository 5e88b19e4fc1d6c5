"""Sends one HTTP request and reads its whole answer within a total time; knows nothing of what the answer means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from sync_platform.clock import Clock
from sync_platform.errors import PartnerError, PartnerMisbehaved, PartnerUnavailable
from sync_platform.partners.body import BodyBrokenError, BodyTooLargeError, read_body
from sync_platform.partners.deadline import DeadlineAdapter

# What OpenSSL says when the other side just went away; any other TLS failure is one that a repetition does not mend.
_TLS_CUT = ("UNEXPECTED_EOF", "EOF occurred", "timed out", "CONNECTION_RESET", "SHUTDOWN")


@dataclass(frozen=True)
class Outgoing:
    """A request ready to be sent: `url` is absolute. `headers` hold the credentials, so it is never shown."""

    method: str
    url: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Received:
    """What came back. `sent_at` and `arrived_at` (of the headers) are seconds of the clock's monotonic time."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes
    length_known: bool
    sent_at: float
    arrived_at: float


class Transport:
    """Keep-alive connections to one partner. Follows no redirect, keeps no cookie, always verifies certificates."""

    def __init__(self, *, timeout_seconds: float, max_body_bytes: int, clock: Clock) -> None:
        self._timeout_seconds = timeout_seconds
        self._max_body_bytes = max_body_bytes
        self._clock = clock
        self._session = _Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, DeadlineAdapter(max_retries=0))
        self._session.headers.clear()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        # Without an auth of its own, requests puts what ~/.netrc has for the host in place of our Authorization header.
        self._session.auth = _leave_as_it_is
        self._session.trust_env = False
        self._ways: dict[str, Any] = {}

    def send(self, outgoing: Outgoing) -> Received:
        """The whole answer. Raises PartnerUnavailable (worth repeating) or PartnerMisbehaved.

        Their texts name what happened but not where, and they chain nothing: what `requests` raises holds the full URL.
        """
        failure: PartnerError
        try:
            return self._exchange(outgoing)
        except BodyTooLargeError:
            failure = PartnerMisbehaved(f"a body of more than {self._max_body_bytes:,} bytes")
        except BodyBrokenError as error:
            failure = PartnerUnavailable(f"a broken body ({error})")
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            failure = _failure(error, timeout_seconds=self._timeout_seconds)
        raise failure

    def close(self) -> None:
        """End the connections."""
        self._session.close()

    def _exchange(self, outgoing: Outgoing) -> Received:
        sent_at = self._clock.monotonic()
        total = self._timeout_seconds
        response = self._session.request(
            outgoing.method,
            outgoing.url,
            params=outgoing.params or None,
            headers=outgoing.headers,
            data=outgoing.body,
            stream=True,
            allow_redirects=False,
            timeout=urllib3.Timeout(total=total, connect=total, read=total),  # type: ignore[arg-type]
            **self._way_to(outgoing.url),
        )
        arrived_at = self._clock.monotonic()
        whole = False
        try:
            raw = response.raw
            _refuse_announced(response.headers.get("Content-Length", ""), self._max_body_bytes)
            body = read_body(
                lambda size: raw.read(size, decode_content=False),
                encoding=response.headers.get("Content-Encoding", ""),
                limit_bytes=self._max_body_bytes,
            )
            whole = True
        finally:
            if not whole:
                response.raw.close()  # a connection with half a body in it must not be used again
            response.close()
        return Received(
            status=response.status_code,
            headers=response.headers,
            cookies={cookie.name: cookie.value or "" for cookie in response.cookies},
            body=body,
            length_known=raw.chunked or "Content-Length" in response.headers or response.status_code in (204, 304),
            sent_at=sent_at,
            arrived_at=arrived_at,
        )

    def _way_to(self, url: str) -> Any:
        """Proxies and certificates that the environment names for the host: read once, they cost 0.3 ms a time."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._ways:
            with _Session() as trusting:
                way = trusting.merge_environment_settings(origin, {}, None, None, None)
            self._ways[origin] = {"proxies": dict(way["proxies"]), "verify": way["verify"]}
        return self._ways[origin]


class _Session(requests.Session):
    """A session for which no answer is a redirect.

    With `allow_redirects=False` alone, requests still reads a redirect's whole body, without a limit, to prepare the
    next request; and following one would carry an X-Api-Key header to whatever host it names.
    """

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - requests' signature
        return None


def _refuse_announced(length: str, limit_bytes: int) -> None:
    if length.isascii() and length.isdigit() and int(length) > limit_bytes:
        raise BodyTooLargeError


def _leave_as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _failure(error: Exception, *, timeout_seconds: float) -> PartnerError:
    text = str(error)
    names = [type(cause).__name__ for cause in _causes(error)]
    if "CERTIFICATE_VERIFY_FAILED" in text or isinstance(error, requests.exceptions.SSLError):
        if any(mark in text for mark in _TLS_CUT):
            return PartnerUnavailable("a TLS connection that was cut")
        return PartnerMisbehaved(f"a TLS problem ({_tls_problem(text)})")
    if "NameResolutionError" in names or "gaierror" in names:
        return PartnerUnavailable("no address for its host name")
    if "ConnectionRefusedError" in names:
        return PartnerUnavailable("a refused connection")
    if any(name in names for name in ("ConnectTimeoutError", "ReadTimeoutError", "TimeoutError", "ConnectTimeout")):
        return PartnerUnavailable(f"no complete answer within {timeout_seconds:g} s")
    if "IncompleteRead" in names or "InvalidChunkLength" in names:
        return PartnerUnavailable("a body cut before its end")
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader)):
        return PartnerMisbehaved("a request that cannot be sent: its address or a header is malformed")
    return PartnerUnavailable(f"a broken connection ({names[-1]})")


def _causes(error: BaseException) -> list[BaseException]:
    """The error and everything it came from: requests and urllib3 keep causes in arguments, reasons and chains."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 20:
        candidate = waiting.pop(0)
        if isinstance(candidate, BaseException) and candidate not in found:
            found.append(candidate)
            waiting += [*candidate.args, getattr(candidate, "reason", None), candidate.__cause__, candidate.__context__]
    return found


def _tls_problem(text: str) -> str:
    """OpenSSL's own words (`certificate verify failed: certificate has expired`) without the URL around them."""
    _, _, problem = text.partition("certificate verify failed: ")
    if problem:
        return f"certificate verify failed: {problem.split(' (_ssl')[0].split(')')[0][:120]}"
    start, _, rest = text.partition("[SSL: ")
    return (rest.split("]")[0] if rest else "the handshake failed")[:120] or start
