"""What a load needs from outside, passed in as one value: database, clock, checks, who it runs for, the partner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID, uuid4

from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.clock import Clock
from sync_platform.contracts.contract import Contract
from sync_platform.landing.database import Database
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform.partners.client import PartnerClient
from sync_platform.pull.day_statistics import Statistics
from sync_platform.pull.steps import pass_by


class Check(Protocol):
    """Runs a contract's rules on a relation; `checks.suite.run_rules` bound to a database is one."""

    def __call__(self, contract: Contract, relation: Relation) -> tuple[RuleResult, ...]: ...


@dataclass(frozen=True, kw_only=True)
class LoadTools:
    """`reached` is told each step of a load as it is passed; `holder` names the writer to whoever waits for it.

    Without `statistics` days are not profiled, and drift and volume are not judged; without keys in `seal` no payload
    of a dead letter that may be personal is kept.
    """

    database: Database
    clock: Clock
    check: Check
    holder: str
    seal: LetterSeal
    run_id: str | None = None
    correlation_id: UUID = field(default_factory=uuid4)
    reached: Callable[[str], None] = pass_by
    lease_wait_seconds: float = 30.0
    statistics: Statistics | None = None


@dataclass(frozen=True, kw_only=True)
class PullTools(LoadTools):
    """What a load needs that asks the partner system; a file is taken in without its client."""

    client: PartnerClient
