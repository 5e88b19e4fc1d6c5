"""What came of verifying a day, and how it is stored: an answer with its evidence, or why there was none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID, uuid4

from sync_platform.clock import Clock
from sync_platform.contracts.figures import Figures
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import PartnerError
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.days import DayKey
from sync_platform.landing.differing_keys import CHANGED, MISSING_HERE, MISSING_THERE, REJECTED
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform.landing.verifications import (
    SO_FAR,
    UNANSWERED,
    VERIFIED,
    StoredAnswer,
    StoredDifference,
    VerifiedThrough,
    judge_through,
    store_answer,
    store_failure,
)
from sync_platform.partners.client import PartnerClient
from sync_platform.pull.exchange_ledger import ExchangeLedger
from sync_platform.verification.comparison import Comparison
from sync_platform.verification.evidence import evidence
from sync_platform.verification.words import in_vain, in_words

NOT_LOADED = "not_loaded"


@dataclass(frozen=True)
class VerifyTools:
    """What a verification needs from outside. `stores` is False for one that only looks; `seal` opens dead letters."""

    database: Database
    client: PartnerClient
    clock: Clock
    seal: LetterSeal
    correlation_id: UUID = field(default_factory=uuid4)
    stores: bool = True


@dataclass(frozen=True)
class Verified:
    """The day that is verified, and what of it: `scope` is `day`, or `so_far` with the moment `until`.

    `settled` is the last settled day now, up to which all days are then judged.
    """

    entity: Entity
    key: DayKey
    scope: str
    settled: date
    until: datetime | None = None


@dataclass(frozen=True)
class Verification:
    """What came of it. Without an answer `failure_kind` says why, and there are no figures; `not_loaded` has neither.

    `differences` are the kept ones of `differing` keys. `through` is where the entity stands afterwards, None where
    nothing was stored.
    """

    system: str
    entity: str
    day: date
    scope: str
    verdict: str
    words: str
    partner: Figures | None = None
    landed: Figures | None = None
    known: Figures | None = None
    differences: tuple[StoredDifference, ...] = ()
    differing: int = 0
    searched: bool = False
    requests: int = 0
    asked_at: datetime | None = None
    failure_kind: str | None = None
    through: VerifiedThrough | None = None

    @property
    def ok(self) -> bool:
        """Whether both sides are known to agree, dead letters aside."""
        return self.verdict in VERIFIED


def not_loaded(verified: Verified) -> Verification:
    """What is said of a day that was never loaded whole: there is nothing to verify, and nothing is stored."""
    address, day = verified.entity.address, verified.key.day
    words = (
        f"{address} {day} was never loaded whole, so there is nothing to verify. "
        f"Load it first: `sync-platform pull {address} --day {day}`."
    )
    return replace(_blank(verified), verdict=NOT_LOADED, words=words)


def settle_answer(
    tools: VerifyTools, verified: Verified, comparison: Comparison, *, exchanges: ExchangeLedger
) -> Verification:
    """Store what was found with the requests it took, and judge up to which day all agree, in one transaction."""
    whole, keys = comparison.whole, comparison.keys
    differing = keys.differing if keys else ()
    found = replace(
        _blank(verified),
        verdict=comparison.verdict,
        words=in_words(verified.entity, verified.key.day, comparison, open_day=verified.scope == SO_FAR),
        partner=whole.partner,
        landed=whole.landed,
        known=whole.known,
        differences=evidence(verified.entity.contract, differing),
        differing=len(differing),
        searched=keys is not None,
        asked_at=comparison.asked.requested_at,
    )

    def store(connection: Connection, requests: int) -> None:
        answer = StoredAnswer(
            verdict=found.verdict,
            words=found.words,
            partner_count=whole.partner.count,
            landed_count=whole.landed.count,
            dead_letters=whole.known.count,
            partner_sums=whole.partner.sums,
            landed_sums=whole.landed.sums,
            dead_letter_sums=whole.known.sums,
            missing_here=keys.count(MISSING_HERE) if keys else 0,
            missing_there=keys.count(MISSING_THERE) if keys else 0,
            changed=keys.count(CHANGED) if keys else 0,
            rejected=keys.count(REJECTED) if keys else 0,
            searched=found.searched,
            requests=requests,
            asked_at=comparison.asked.requested_at,
            compared_load_at=comparison.loaded_at,
            exchange_id=comparison.asked.exchange_id,
            asked_until=verified.until,
        )
        store_answer(connection, verified.key, scope=verified.scope, answer=answer, differences=found.differences)

    return _settle(tools, verified, found, store=store, exchanges=exchanges)


def settle_failure(
    tools: VerifyTools, verified: Verified, error: PartnerError, *, exchanges: ExchangeLedger
) -> Verification:
    """Store why there was no answer: unreachable, throttled, refused and misbehaved stay told apart (promise 7)."""
    words = in_vain(verified.entity, verified.key.day, str(error))

    def store(connection: Connection, requests: int) -> None:
        store_failure(
            connection,
            verified.key,
            scope=verified.scope,
            words=words,
            kind=error.kind,
            failure=str(error),
            requests=requests,
        )

    found = replace(_blank(verified), words=words, failure_kind=error.kind)
    return _settle(tools, verified, found, store=store, exchanges=exchanges)


def _blank(verified: Verified) -> Verification:
    key = verified.key
    return Verification(
        system=key.system, entity=key.entity, day=key.day, scope=verified.scope, verdict=UNANSWERED, words=""
    )


def _settle(
    tools: VerifyTools,
    verified: Verified,
    found: Verification,
    *,
    store: Callable[[Connection, int], None],
    exchanges: ExchangeLedger,
) -> Verification:
    if not tools.stores:
        return replace(found, requests=len(tools.client.take_exchanges()))
    verify = verified.entity.declaration.verify
    with tools.database.connect() as connection, connection.transaction():
        exchanges.insert(connection)
        store(connection, exchanges.requests)
        through = judge_through(
            connection,
            system=found.system,
            entity=found.entity,
            settled=verified.settled,
            since=verify.since if verify else None,
        )
    return replace(found, requests=exchanges.requests, through=through)
