"""The delta way in as one call: capture what changed, look again at open records, apply what waits."""

from __future__ import annotations

from dataclasses import dataclass

from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import LandingConflict, PartnerError
from sync_platform.landing.loads import Load
from sync_platform.pull.apply import apply_waiting
from sync_platform.pull.capture import Capture, capture_delta
from sync_platform.pull.freeze import refuse_frozen
from sync_platform.pull.recheck import recheck_open_records
from sync_platform.pull.tools import PullTools


@dataclass(frozen=True)
class DeltaReport:
    """What one delta brought: the capture, and the loads that applied it, one per day touched."""

    capture: Capture
    loads: tuple[Load, ...]


def pull_delta(tools: PullTools, entity: Entity, *, budget_seconds: float = 20.0) -> DeltaReport:
    """Capture and apply what changed since the watermark. Raises PartnerError, LandingUnavailable, LandingConflict.

    Raises PipelineFrozen within a freeze window. What was captured before a failure is applied all the same.
    """
    refuse_frozen(entity, tools.clock.now())
    deadline = tools.clock.monotonic() + budget_seconds
    try:
        capture = capture_delta(tools, entity, deadline=deadline)
        recheck_open_records(tools, entity, deadline=deadline)
    except (PartnerError, LandingConflict):
        # What waits is ours already and needs no partner: it must not wait for the end of an outage.
        apply_waiting(tools, entity, deadline=deadline)
        raise
    return DeltaReport(capture=capture, loads=tuple(apply_waiting(tools, entity, deadline=deadline)))
