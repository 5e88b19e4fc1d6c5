"""What an answer means: usable, or which error of the tree, and whether another try may mend it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync_platform.declarations.system import ErrorRule
from sync_platform.errors import (
    PartnerError,
    PartnerMisbehaved,
    PartnerRefused,
    PartnerThrottled,
    PartnerUnavailable,
    RecordRejected,
)
from sync_platform.partners.envelope import Envelope
from sync_platform.partners.retry import retry_after_seconds
from sync_platform.partners.sample import sample
from sync_platform.partners.transport import Received

_JSON_STARTS = (b"{", b"[")
# 408 Request Timeout and 425 Too Early (RFC 9110, RFC 8470) ask for a repetition although they begin with a 4.
_REPEATABLE = {408, 425}


@dataclass(frozen=True)
class Asked:
    """Who asked what, as errors say it: `shop/orders`, `GET /orders`; `credentials` names the variables."""

    address: str
    call: str
    credentials: str
    secrets: tuple[str, ...]

    @property
    def command(self) -> str:
        """What a person runs after having mended something."""
        return f"`sync-platform {'pull' if '/' in self.address else 'connect'} {self.address}`"

    @property
    def origin(self) -> str:
        """The start of a sentence about the answer."""
        return f"{self.address}: the answer to {self.call}"

    def says(self, what: str, then: str = "") -> str:
        """One error's text: what came from where, and what to do."""
        return f"{self.address}: {what} from {self.call}" + (f"; {then}" if then else ".")


@dataclass(frozen=True)
class Failure:
    """An attempt that gave nothing usable.

    `wait_seconds` is what the partner asked for, None for our own backoff. `unauthorised`: another token may help.
    `persisting` takes the error's place when the last attempt ended so too.
    """

    error: PartnerError | RecordRejected
    again: bool = False
    wait_seconds: float | None = None
    unauthorised: bool = False
    persisting: PartnerError | None = None

    @property
    def final(self) -> PartnerError | RecordRejected:
        """What is raised when no further attempt is made."""
        return self.persisting or self.error


def judge(
    received: Received, envelope: Envelope, *, rules: tuple[ErrorRule, ...], asked: Asked, partner_now: datetime
) -> Failure | None:
    """The failure that the answer is, None for a usable one. Declared rules come first, then status, then content."""
    found = _by_rules(received, envelope, rules=rules, asked=asked, partner_now=partner_now)
    return found or _by_status(received, asked, partner_now) or _by_content(received, asked)


def _by_rules(
    received: Received, envelope: Envelope, *, rules: tuple[ErrorRule, ...], asked: Asked, partner_now: datetime
) -> Failure | None:
    if not rules or received.body.lstrip()[:1] not in _JSON_STARTS:
        return None
    for rule in rules:
        if rule.status is not None and rule.status != received.status:
            continue
        try:
            if not _is_true(envelope.value(rule.when)):
                continue
        except PartnerMisbehaved:
            if 200 <= received.status < 300:
                raise
            return None  # an error page may be broken JSON; its status says enough
        return _failure(rule, received, envelope, asked=asked, partner_now=partner_now)
    return None


def _failure(
    rule: ErrorRule, received: Received, envelope: Envelope, *, asked: Asked, partner_now: datetime
) -> Failure:
    message = envelope.value(rule.message) if rule.message else None
    said = f" saying {sample(str(message).encode(), secrets=asked.secrets)!r}" if message is not None else ""
    what = f"{received.status}{said}"
    match rule.then:
        case "unavailable":
            wait = retry_after_seconds(received.headers, now=partner_now)
            error = PartnerUnavailable(asked.says(f"a failure ({what})", "it is tried again later."))
            return Failure(error, again=True, wait_seconds=wait)
        case "throttled":
            return _throttled(received, asked, partner_now=partner_now, what=what)
        case "refused":
            error_ = PartnerRefused(
                asked.says(what, f"{asked.credentials} was refused. Renew it, then run {asked.command}.")
            )
            # Systems that answer everything with 200 say so too when a session has ended.
            return Failure(error_, unauthorised=received.status != 403)
        case "rejected":
            return Failure(RecordRejected(reason="partner_rejected", field="", message=asked.says(what)))
        case "misbehaved":
            return Failure(PartnerMisbehaved(asked.says(what, "the request is wrong, or the partner changed its API.")))


def _by_status(received: Received, asked: Asked, partner_now: datetime) -> Failure | None:
    status = received.status
    if 200 <= status < 300 or status == 304:
        return None
    if status == 429:
        return _throttled(received, asked, partner_now=partner_now, what="429")
    if status >= 500 or status in _REPEATABLE:
        wait = retry_after_seconds(received.headers, now=partner_now)
        return Failure(
            PartnerUnavailable(asked.says(str(status), "it is tried again later.")), again=True, wait_seconds=wait
        )
    if status == 401:
        text = asked.says("401", f"{asked.credentials} was refused. Renew it, then run {asked.command}.")
        return Failure(PartnerRefused(text), unauthorised=True)
    if status == 403:
        text = asked.says(
            "403", f"{asked.credentials} may not read this. Ask the partner for the right, then run {asked.command}."
        )
        return Failure(PartnerRefused(text))
    if 300 <= status < 400:
        return Failure(
            PartnerMisbehaved(asked.says(f"a redirect ({status})", "none is followed. Correct the base URL."))
        )
    said = sample(received.body, secrets=asked.secrets)
    return Failure(PartnerMisbehaved(asked.says(str(status), f"it said: {said or 'nothing'}")))


def _by_content(received: Received, asked: Asked) -> Failure | None:
    """A web page with 200 is a maintenance page or a proxy's login; it is an outage until it stays (faults.md, A15)."""
    if received.status == 304 or not _is_page(received):
        return None
    said = sample(received.body, secrets=asked.secrets)
    what = asked.says("a web page instead of JSON", f"it begins: {said}")
    return Failure(PartnerUnavailable(what), again=True, persisting=PartnerMisbehaved(what))


def _throttled(received: Received, asked: Asked, *, partner_now: datetime, what: str) -> Failure:
    wait = retry_after_seconds(received.headers, now=partner_now)
    then = "it asked for patience." if wait is None else f"it asked us to wait {wait:.0f} s."
    return Failure(PartnerThrottled(asked.says(what, then), retry_after_seconds=wait), again=True, wait_seconds=wait)


def _is_page(received: Received) -> bool:
    declared = received.headers.get("Content-Type", "").lower()
    return "html" in declared or received.body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def _is_true(value: Any) -> bool:
    """JMESPath's own truth: 0 is true, what is empty is not."""
    return value is not None and value is not False and value not in ("", [], {})
