"""The delta way in as one call: capture what changed, look again at open records, apply what waits."""

from __future__ import annotations

from dataclasses import dataclass

from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.loads import Load
from sync_platform.pull.apply import apply_waiting
from sync_platform.pull.capture import Capture, capture_delta
from sync_platform.pull.recheck import recheck_open_records
from sync_platform.pull.tools import PullTools


@dataclass(frozen=True)
class DeltaReport:
    """What one delta brought: the capture, and the loads that applied it, one per day touched."""

    capture: Capture
    loads: tuple[Load, ...]


def pull_delta(tools: PullTools, entity: Entity, *, budget_seconds: float = 20.0) -> DeltaReport:
    """Capture and apply what changed since the watermark. Raises PartnerError, LandingUnavailable, LandingConflict.

    What was captured before a failure waits in the change log and is applied by the next call.
    """
    deadline = tools.clock.monotonic() + budget_seconds
    capture = capture_delta(tools, entity, deadline=deadline)
    recheck_open_records(tools, entity, deadline=deadline)
    return DeltaReport(capture=capture, loads=tuple(apply_waiting(tools, entity, deadline=deadline)))
