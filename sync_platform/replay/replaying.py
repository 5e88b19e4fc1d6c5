"""What a replay of stored days works with: the system, which part of its days, who decides, where its files lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.landing.letter_queue import Decision
from sync_platform.partners.files.folder import DropFolder
from sync_platform.pull.tools import LoadTools
from sync_platform.replay.derived import Derivation


class Only(StrEnum):
    """A part of the replay alone."""

    EVENTS = "events"
    DEAD_LETTERS = "dead-letters"


@dataclass(frozen=True, kw_only=True)
class Replaying:
    """`tools` ask the partner where the system has an API; `folders` are those of entities that come as files.

    `derived` is what has to be compared again once a day is as it should be.
    """

    tools: LoadTools
    system: PartnerSystem
    decision: Decision
    only: Only | None = None
    folders: Mapping[str, DropFolder] = field(default_factory=dict)
    derived: tuple[Derivation, ...] = ()
