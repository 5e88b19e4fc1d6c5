"""One received request as the signature schemes see it, and what a verified one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Incoming:
    """`headers` by lower-case name; `url` is the address that the partner was given, `peer` where it came from."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str = ""
    peer: str | None = None


@dataclass(frozen=True)
class Keys:
    """The secrets that count, as bytes, in declared order; and how far a signed time may lie from `now`, both ways."""

    secrets: tuple[bytes, ...] = field(repr=False)
    now: datetime
    tolerance: timedelta


@dataclass(frozen=True)
class VerifiedDelivery:
    """A delivery that is the partner's. `secret` is the position of the one that it was signed with; None without one.

    `delivery_id` is the partner's own id, where the scheme itself signs one; None otherwise. A `greeting` is to be
    answered and holds no event.
    """

    delivery_id: str | None = None
    secret: int | None = None
    greeting: bool = False
