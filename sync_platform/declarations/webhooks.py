"""The events that a partner system sends us: how they are signed, what their types mean, where the records stand."""

from __future__ import annotations

from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field, model_validator

from sync_platform.contracts.time_format import TimeFormat
from sync_platform.declarations.model import Declared, Duration, EnvironmentVariable, Expression, Name

Kind = Literal[
    "standard_webhooks", "svix", "stripe", "shopify", "square", "woocommerce", "xero", "github", "hmac", "none"
]
# Stripe's and Standard Webhooks' own libraries allow five minutes (read 2026-11-21).
_TOLERANCE = timedelta(minutes=5)
# Shopify's largest payloads were 1-2 MB (its documentation, 2026-11-21); most events are a few kilobytes.
_MOST_BYTES = 2_000_000


class Place(Declared):
    """Where a value of a delivery stands: in a header, or in the body."""

    header: str | None = None
    body: Expression | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Place:
        if (self.header is None) == (self.body is None):
            raise ValueError("give header or body, one of them")
        return self


class EventTime(Place):
    """As of when the record of an event is true. Of an event that does not tell, the record's own changed time."""

    format: TimeFormat
    resolution: Duration = Field(default="1s", validate_default=True)


class Fetch(Declared):
    """The record of an event that carries only its id: asked of the partner at `path`, where `{id}` stands for it."""

    id: Expression
    path: str = Field(pattern=r"^/.*\{id\}")
    record: Expression = "@"


class EventRoute(Declared):
    """What events of some types are about: `entity`, as the `record` that they carry or one to `fetch`; or nothing.

    `types` may end in `*`. `time` is needed beside `record`: a late delivery must not look newer than what was polled.
    """

    types: tuple[str, ...] = Field(min_length=1)
    entity: str | None = None
    record: Expression | None = None
    time: EventTime | None = None
    fetch: Fetch | None = None
    ignore: bool = False

    @model_validator(mode="after")
    def _one_meaning(self) -> EventRoute:
        if self.ignore:
            if self.entity or self.record or self.time or self.fetch:
                raise ValueError("what is ignored has no entity, record, time or fetch")
            return self
        if self.entity is None:
            raise ValueError("name the entity, or write ignore: true")
        if (self.record is None) == (self.fetch is None):
            raise ValueError("give record or fetch, one of them")
        if (self.record is None) != (self.time is None):
            raise ValueError("time belongs beside record, which needs it: without it a late delivery looks new")
        return self

    def is_for(self, type_: str) -> bool:
        """Whether events of this type are meant."""
        return any(fnmatchcase(type_, pattern) for pattern in self.types)


class DeclaredSignature(Declared):
    """An HMAC as `kind: hmac` describes it: of `signed`, in which {body}, {timestamp}, {id} and {url} are filled in.

    `timestamp` and `id` name headers; a timestamp is in epoch seconds.
    """

    header: str
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    signed: str = Field(default="{body}", pattern=r"\{body\}")
    timestamp: str | None = None
    id: str | None = None

    @model_validator(mode="after")
    def _what_is_signed_has_its_header(self) -> DeclaredSignature:
        for name, header in (("timestamp", self.timestamp), ("id", self.id)):
            if (f"{{{name}}}" in self.signed) != (header is not None):
                raise ValueError(f"signed holds {{{name}}} exactly when {name} names its header")
        return self


class Webhook(Declared):
    """One endpoint, POST /webhooks/{system}/{name}.

    `secrets_env`: any of them is accepted, the newest first, so that a rotation loses nothing. `id` and `type` are
    known of most kinds. `each` lists the events of a delivery of several; the other expressions are on one event then.
    """

    name: Name
    kind: Kind
    secrets_env: tuple[EnvironmentVariable, ...] = ()
    tolerance: Duration = Field(default=_TOLERANCE, validate_default=True)
    max_body_bytes: int = Field(default=_MOST_BYTES, gt=0, le=64_000_000)
    url_env: EnvironmentVariable | None = None
    signature: DeclaredSignature | None = None
    id: Place | None = None
    type: Place | None = None
    each: Expression | None = None
    events: tuple[EventRoute, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _what_the_kind_needs(self) -> Webhook:
        if (self.kind == "none") == bool(self.secrets_env):
            raise ValueError("secrets_env is needed, but for kind none, which has none")
        if (self.kind == "hmac") != (self.signature is not None):
            raise ValueError("signature describes kind hmac, and no other")
        signs_url = self.kind == "square" or (self.signature is not None and "{url}" in self.signature.signed)
        if signs_url != (self.url_env is not None):
            raise ValueError("url_env names the address that the partner signs: needed exactly where it signs one")
        if self.type_place is None:
            raise ValueError(f"kind {self.kind} says nothing of where the type stands: declare type")
        return self

    @property
    def id_place(self) -> Place | None:
        """Where the partner's own id of a delivery stands; None where it gives none."""
        return self.id or _IDS.get(self.kind)

    @property
    def type_place(self) -> Place | None:
        """Where the type of an event stands."""
        return self.type or _TYPES.get(self.kind)

    def route(self, type_: str) -> EventRoute | None:
        """What events of a type are about, the first that fits; None for a type nobody declared."""
        return next((route for route in self.events if route.is_for(type_)), None)


_IDS = {
    "standard_webhooks": Place(header="webhook-id"),
    "svix": Place(header="svix-id"),
    "stripe": Place(body="id"),
    "shopify": Place(header="x-shopify-webhook-id"),
    "square": Place(body="event_id"),
    "woocommerce": Place(header="x-wc-webhook-delivery-id"),
    "github": Place(header="x-github-delivery"),
}
_TYPES = {
    "standard_webhooks": Place(body="type"),
    "svix": Place(body="type"),
    "stripe": Place(body="type"),
    "shopify": Place(header="x-shopify-topic"),
    "square": Place(body="type"),
    "woocommerce": Place(header="x-wc-webhook-topic"),
    "github": Place(header="x-github-event"),
}
