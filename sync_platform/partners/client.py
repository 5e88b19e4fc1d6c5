"""Asks one partner system: with its credentials, at its pace, within limits, again where that helps, and on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode, urlsplit

from sync_platform.clock import Clock
from sync_platform.contracts.time_format import TimeFormat, read_moment
from sync_platform.declarations.system import PartnerSystemDeclaration
from sync_platform.errors import (
    DeclarationError,
    PartnerError,
    PartnerMisbehaved,
    PartnerThrottled,
    PartnerUnavailable,
    RecordRejected,
)
from sync_platform.partners.auth import Credentials, LoginRequest, open_credentials
from sync_platform.partners.envelope import Envelope
from sync_platform.partners.exchange import Exchange
from sync_platform.partners.exchange_log import ExchangeLog, Sending
from sync_platform.partners.link_walk import same_origin
from sync_platform.partners.partner_time import PartnerTime
from sync_platform.partners.rate import RateLimiter
from sync_platform.partners.request import Answer, Request
from sync_platform.partners.retry import LONGEST_WAIT_SECONDS, RetryBudget, backoff_seconds, exhausted_seconds, jittered
from sync_platform.partners.transport import Outgoing, Received, Transport
from sync_platform.partners.verdict import Asked, Failure, judge

_FIXED_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "sync-platform"}


class PartnerClient:
    """One per partner system and process; its threads share connections, token, pace and clock."""

    def __init__(
        self,
        declaration: PartnerSystemDeclaration,
        *,
        environment: Mapping[str, str],
        clock: Clock,
        attempts: int = 4,
    ) -> None:
        """Sends nothing yet. Raises DeclarationError naming every missing variable, or the one that is no URL."""
        api = declaration.api
        if api is None:
            raise DeclarationError(
                f"{declaration.system} has no api to ask.",
                remedy=f"See `sync-platform files list {declaration.system}`.",
            )
        missing = [name for name in api.variables if not environment.get(name)]
        if missing:
            raise DeclarationError(
                f"{declaration.system}: not set in the environment: {', '.join(missing)}.",
                remedy=f"export {' '.join(f'{name}=…' for name in missing)}",
            )
        self._system = declaration.system
        self._declaration = declaration
        self._api = api
        self._clock = clock
        self._attempts = attempts
        self._base_url = _base_url(environment[api.base_url_env], variable=api.base_url_env, plain_http=api.plain_http)
        self._headers = {**_FIXED_HEADERS, **api.headers}
        if api.version:
            self._headers[api.version.header] = api.version.value
        self._transport = Transport(
            timeout_seconds=api.timeout.total_seconds(), max_body_bytes=api.max_body_bytes, clock=clock
        )
        self._credentials: Credentials = open_credentials(
            api.auth, environment=environment, clock=clock, login=self._login
        )
        self._limiter = RateLimiter(api.rate, clock=clock)
        self._budget = RetryBudget()
        self._partner_time = PartnerTime()
        self._log = ExchangeLog(
            declaration.system, clock=clock, secrets=self._credentials.secrets, keeps_bodies=api.keep_bodies
        )

    def ask(self, request: Request) -> Answer:
        """The complete answer to one request, which may take several attempts.

        Raises PartnerUnavailable, PartnerThrottled, PartnerRefused or PartnerMisbehaved; RecordRejected only where a
        declared rule says so. Waits are slept on the clock, at most a minute each.
        """
        url = self._url(request.path)
        asked = self._asked(request)
        if not same_origin(url, self._base_url):
            raise PartnerMisbehaved(asked.says("a link to another host", "only the partner's own address is asked."))
        self._budget.earn()
        attempt, renewed = 1, False
        while True:
            outcome, headers = self._attempt(request, url=url, asked=asked, attempt=attempt)
            if isinstance(outcome, Answer):
                return outcome
            if outcome.unauthorised and not renewed:
                renewal = self._renew(headers, asked)
                if renewal is True:
                    renewed = True
                    continue
                outcome = renewal or outcome
            self._wait_or_give_up(outcome, attempt)
            attempt += 1

    def partner_now(self) -> datetime:
        """The partner's clock now, never ahead of it. Asks the first entity's path once when nothing was asked yet."""
        now = self._partner_time.at(self._clock.monotonic())
        if now is None:
            entity = self._declaration.entities[0]
            try:
                params = tuple((name, str(value)) for name, value in entity.params.items())
                self.ask(Request("GET", entity.path, params))
            except (PartnerMisbehaved, RecordRejected):
                # Even "405, this path wants POST" told the time; an answer without a time is raised on.
                if self._partner_time.at(self._clock.monotonic()) is None:
                    raise
            now = self._partner_time.at(self._clock.monotonic())
        if now is None:
            raise PartnerMisbehaved(_no_time(f"{self._system}: the partner"))
        return now

    def url_of(self, request: Request) -> str:
        """The URL that the request asks, query included: for resolving links, never for showing."""
        url = self._url(request.path)
        return f"{url}{'&' if '?' in url else '?'}{urlencode(request.params)}" if request.params else url

    def origin_of(self, request: Request) -> str:
        """How errors name the answer to a request: `shop/orders: the answer to GET /orders`."""
        return self._asked(request).origin

    def take_exchanges(self) -> list[Exchange]:
        """What was asked since the last take, in the order of its end."""
        return self._log.take()

    def close(self) -> None:
        """End the connections; the client may be used again and then opens new ones."""
        self._transport.close()

    def _attempt(
        self, request: Request, *, url: str, asked: Asked, attempt: int
    ) -> tuple[Answer | Failure, Mapping[str, str]]:
        self._keep_pace(asked)
        try:
            credentials = self._credentials.headers()
        except PartnerError as error:
            return _failed(error, f"{asked.address}: {error}"), {}
        asked = replace(asked, secrets=self._credentials.secrets())
        outgoing = Outgoing(
            method=request.method,
            url=url,
            params=request.params,
            headers={**self._headers, **request.headers, **credentials},
            body=request.body,
        )
        sending = self._log.begin(outgoing, entity=request.entity, attempt=attempt)
        try:
            received = self._transport.send(outgoing)
        except PartnerError as error:
            then = "it is tried again later." if _is_unavailable(error) else ""
            failure = _failed(error, asked.says(str(error), then))
            self._log.end(sending, received=None, partner_time=None, error=failure.error)
            return failure, credentials
        return self._read(received, sending=sending, asked=asked), credentials

    def _read(self, received: Received, *, sending: Sending, asked: Asked) -> Answer | Failure:
        """The answer, its exchange kept either way."""
        envelope = Envelope(received.body, origin=asked.origin)
        failure: Failure | None = None
        partner_time = None
        try:
            partner_time = self._tell_time(received, envelope)
            now = partner_time or self._partner_time.at(received.arrived_at) or self._clock.now()
            self._heed_limit(received, now=now)
            rules = self._api.errors
            failure = judge(received, envelope, rules=rules, asked=asked, partner_now=now)
            failure = failure or _cut(received, envelope, asked)
        except PartnerMisbehaved as error:
            failure = _cut(received, envelope, asked) or Failure(error)
        requested_at = self._partner_time.at(received.sent_at)
        if requested_at is None:
            failure = failure or Failure(PartnerMisbehaved(_no_time(asked.origin)))
        self._log.end(sending, received=received, partner_time=partner_time, error=failure.error if failure else None)
        if failure is not None or requested_at is None:
            return failure or Failure(PartnerMisbehaved(_no_time(asked.origin)))
        return Answer(
            status=received.status,
            headers=received.headers,
            body=received.body,
            requested_at=requested_at,
            exchange_id=sending.exchange_id,
            not_modified=received.status == 304,
            envelope=envelope,
            length_known=received.length_known,
        )

    def _login(self, login: LoginRequest) -> Received:
        """Send a token or login request, as part of the attempt that needs it."""
        outgoing = Outgoing("POST", self._url(login.path), (), {**self._headers, **login.headers}, login.body)
        sending = self._log.begin(outgoing, entity=None, attempt=1)
        call = f"POST {urlsplit(outgoing.url).path}"
        try:
            received = self._transport.send(outgoing)
        except PartnerError as error:
            failure = _failed(error, f"{error} from {call}.")
            self._log.end(sending, received=None, partner_time=None, error=failure.error)
            raise failure.error from None
        failure_ = None
        if received.status == 429 or received.status >= 500:
            asked = Asked(self._system, call, self._credentials.description, self._credentials.secrets())
            now = self._partner_time.at(received.arrived_at) or self._clock.now()
            failure_ = judge(received, Envelope(b"", origin=asked.origin), rules=(), asked=asked, partner_now=now)
        self._log.end(sending, received=received, partner_time=None, error=failure_.error if failure_ else None)
        if failure_ is not None:
            text = str(failure_.error).removeprefix(f"{self._system}: ")  # whoever needed the login says who asked
            raise _failed(failure_.error, text).error
        return received

    def _renew(self, refused: Mapping[str, str], asked: Asked) -> bool | Failure:
        """Whether there is another token to try; a failure where none could be fetched."""
        try:
            return self._credentials.renew(refused)
        except PartnerError as error:
            return _failed(error, f"{asked.address}: {error}")

    def _keep_pace(self, asked: Asked) -> None:
        pause = self._limiter.pause_seconds()
        if pause > LONGEST_WAIT_SECONDS:
            raise PartnerThrottled(
                f"{asked.address}: the partner asked for a pause of {pause:.0f} s more; {asked.call} was not sent.",
                retry_after_seconds=pause,
            )
        self._limiter.wait()

    def _heed_limit(self, received: Received, *, now: datetime) -> None:
        pause = exhausted_seconds(received.headers, now=now)
        if pause:
            self._limiter.pause(pause)

    def _wait_or_give_up(self, failure: Failure, attempt: int) -> None:
        """Sleep until the next attempt; raise the failure when there is to be none."""
        wait = failure.wait_seconds
        throttled = isinstance(failure.error, PartnerThrottled)
        if throttled and wait:
            self._limiter.pause(wait)
        patient = wait is None or wait <= LONGEST_WAIT_SECONDS
        if not (failure.again and patient and attempt < self._attempts and self._budget.spend()):
            raise failure.final
        self._clock.sleep(backoff_seconds(attempt) if wait is None else jittered(wait))

    def _tell_time(self, received: Received, envelope: Envelope) -> datetime | None:
        """The time the answer names, taken into the partner's clock; None where it names none that can be read."""
        try:
            written, time_format = self._written_time(received, envelope)
            if written is None:
                return None
            moment = read_moment(written, time_format=time_format, zone=self._declaration.calendar.zone)
        except (ValueError, PartnerMisbehaved):
            return None  # a page that is no JSON is judged for what it is, not for its missing time
        self._partner_time.observe(moment, requested_at=received.sent_at, arrived_at=received.arrived_at)
        return moment

    def _written_time(self, received: Received, envelope: Envelope) -> tuple[Any, TimeFormat]:
        """The time as declared. Where a body has none, like a 304's, `Date` serves while nothing else is known."""
        declared = self._api.clock
        if declared.body is None and declared.header is not None:
            return received.headers.get(declared.header), declared.format
        if declared.body is not None and received.status == 200:
            return envelope.value(declared.body), declared.format
        known = self._partner_time.at(received.arrived_at) is not None
        return None if known else received.headers.get("Date"), TimeFormat.HTTP_DATE

    def _asked(self, request: Request) -> Asked:
        return Asked(
            address=f"{self._system}/{request.entity}" if request.entity else self._system,
            call=f"{request.method} {urlsplit(request.path).path}",
            credentials=self._credentials.description,
            secrets=self._credentials.secrets(),
        )

    def _url(self, path: str) -> str:
        if urlsplit(path).scheme:
            return path
        return f"{self._base_url}/{path.lstrip('/')}"


def _base_url(value: str, *, variable: str, plain_http: bool) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or "@" in parts.netloc or parts.query or parts.fragment:
        raise DeclarationError(
            f"{variable} is not the URL of an API.", remedy="Write https://host/path, without a user name or a query."
        )
    if parts.scheme == "http" and not plain_http and not _is_this_machine(parts.hostname or ""):
        raise DeclarationError(
            f"{variable} is plain http: whoever listens on the way reads the credentials and may change the data.",
            remedy="Write https://…; where the way is safe otherwise, declare api: plain_http: true.",
        )
    return value.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _failed(error: PartnerError | RecordRejected, text: str) -> Failure:
    """The same kind of error with the text that says where it happened."""
    if isinstance(error, PartnerThrottled):
        wait = error.retry_after_seconds
        return Failure(PartnerThrottled(text, retry_after_seconds=wait), again=True, wait_seconds=wait)
    if isinstance(error, RecordRejected):
        return Failure(error)
    return Failure(type(error)(text), again=_is_unavailable(error))


def _is_unavailable(error: PartnerError) -> bool:
    return isinstance(error, PartnerUnavailable)


def _cut(received: Received, envelope: Envelope, asked: Asked) -> Failure | None:
    """A body whose end only the closed connection marks, and that is no JSON, was cut (faults.md, A12)."""
    if received.length_known or received.status == 304:
        return None
    try:
        envelope.check()
    except PartnerMisbehaved:
        what = asked.says("a body cut before its end", "it is tried again later.")
        return Failure(PartnerUnavailable(what), again=True)
    return None


def _no_time(subject: str) -> str:
    return (
        f"{subject} names no time that can be read, so nobody can say as of when it is true. "
        "Declare where the partner writes its time: api: clock: {header: …} or {body: …}."
    )
