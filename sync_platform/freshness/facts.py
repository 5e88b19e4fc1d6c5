"""What the freshness report says: plain facts about each entity and its days, read once, rendered by others."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sync_platform.contracts.contract import Freshness, Owner
from sync_platform.freshness.failed_rules import FailedRule
from sync_platform.freshness.moment import Sentence
from sync_platform.freshness.owed import EntityOwed
from sync_platform.freshness.promise import Verdict
from sync_platform.freshness.state import urgency
from sync_platform.freshness.trend import Trend
from sync_platform.landing.days import BranchClock
from sync_platform.landing.files import RefusedFile
from sync_platform.landing.verifications import VerifiedThrough


@dataclass(frozen=True)
class Failure:
    """A failed load or request: its kind in the error tree and its redacted text."""

    kind: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Asked:
    """The newest request made for an entity; `failure` is None where it was answered."""

    at: datetime
    failure: Failure | None


@dataclass(frozen=True)
class DayFacts:
    """One entity's day: its verdict, clocks, rows and checks. Clocks are UTC or None.

    `as_of` is the oldest branch's where the partner reports per branch; `limited_by` names that branch.
    `failed_rules` are those of the newest results; of a held day, of the version that is held back.
    """

    day: date
    verdict: Verdict
    rows: int = 0
    as_of: datetime | None = None
    limited_by: str | None = None
    looked_at: datetime | None = None
    loaded_at: datetime | None = None
    complete_at: datetime | None = None
    checks_passed: int = 0
    checks_failed: int = 0
    blocking_failed: int = 0
    failed_rules: tuple[FailedRule, ...] = ()
    open_dead_letters: int = 0
    failure: Failure | None = None


@dataclass(frozen=True)
class DeadLetterReason:
    """How many open dead letters of an entity have the same reason in the same field."""

    reason: str
    field: str
    records: int


@dataclass(frozen=True)
class Advice:
    """What a person should do, and the command to type; `due` says whether it is theirs to do at all."""

    sentence: Sentence
    command: str | None = None
    due: bool = True


@dataclass(frozen=True)
class EntityFacts:
    """One entity: `strip` the last 14 days and today, oldest first; branches oldest as_of first.

    `dead_letters` counts the open ones of all days; `reasons` holds their most frequent reasons.
    `trend` is None while there is too little of it. `verifies`: its partner can be asked what it has; `verified` tells
    up to which day that agrees, None before it was judged. `refused_files` are those that did not come again,
    newest first.
    """

    system: str
    entity: str
    title: str
    owner: Owner
    is_state: bool
    promise: Freshness
    strip: tuple[DayFacts, ...]
    branches: tuple[BranchClock, ...] = ()
    dead_letters: int = 0
    reasons: tuple[DeadLetterReason, ...] = ()
    asked: Asked | None = None
    advice: tuple[Advice, ...] = ()
    trend: Trend | None = None
    owed: EntityOwed = field(default_factory=EntityOwed)
    verifies: bool = False
    verified: VerifiedThrough | None = None
    comes_as_files: bool = False
    refused_files: tuple[RefusedFile, ...] = ()

    @property
    def address(self) -> str:
        """`system/entity`, as people type it."""
        return f"{self.system}/{self.entity}"

    @property
    def today(self) -> DayFacts:
        return self.strip[-1]

    @property
    def fresh(self) -> bool:
        """Whether today keeps its promise."""
        return self.today.verdict.kept

    @property
    def behind(self) -> tuple[DayFacts, ...]:
        """Past days that break their promise: late, held or stale ones."""
        return tuple(day for day in self.strip[:-1] if day.verdict.state in ("late", "held", "stale"))


@dataclass(frozen=True)
class SystemFacts:
    """One partner system with its entities in declared order; `today` is its own business day."""

    name: str
    title: str
    owner: str
    time_zone: str
    today: date
    entities: tuple[EntityFacts, ...]


@dataclass(frozen=True)
class StockDifference:
    """One SKU and branch that POS and shop disagree on. Figures are sellable units; None where a side has none."""

    sku: str
    branch: str
    pos_units: Decimal | None
    shop_units: Decimal | None
    difference: Decimal | None
    verdict: str
    pos_as_of: datetime | None
    shop_as_of: datetime | None


@dataclass(frozen=True)
class StockFacts:
    """The newest stock comparison: its counts and its largest differences, largest first."""

    day: date
    pairs: int
    agreeing: int
    oversold: int
    differing: int
    missing: int
    as_of: datetime
    limited_by: str
    compared_at: datetime
    largest: tuple[StockDifference, ...] = ()

    @property
    def disagreeing(self) -> int:
        return self.pairs - self.agreeing


@dataclass(frozen=True)
class FreshnessFacts:
    """Everything the report says. `now` is when it was read (UTC); `stock` is None before the first comparison."""

    now: datetime
    systems: tuple[SystemFacts, ...]
    stock: StockFacts | None

    @property
    def entities(self) -> tuple[EntityFacts, ...]:
        return tuple(entity for system in self.systems for entity in system.entities)

    @property
    def fresh(self) -> int:
        """How many entities keep today's promise."""
        return sum(entity.fresh for entity in self.entities)

    @property
    def most_urgent(self) -> EntityFacts | None:
        """The entity that is worst off today: the most urgent state, then the oldest as_of."""
        broken = [entity for entity in self.entities if not entity.fresh]
        return (
            min(broken, key=lambda entity: (urgency(entity.today.verdict.state), _age_key(entity))) if broken else None
        )

    @property
    def limit(self) -> EntityFacts | None:
        """The entity with the oldest as_of today: nothing that joins all of them is truer than it."""
        dated = [entity for entity in self.entities if entity.today.as_of is not None]
        return min(dated, key=_age_key) if dated else None


def _age_key(entity: EntityFacts) -> float:
    return entity.today.as_of.timestamp() if entity.today.as_of else 0.0
