"""What the server needs of a partner system."""

from collections.abc import Mapping
from typing import Protocol

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.entity import Entity
from sync_platform.sandbox.serving.answer import Answer
from sync_platform.sandbox.serving.request import Request


class PartnerSystem(Protocol):
    """One dialect: authentication, paths, paging and errors."""

    name: str
    clock: SystemClock
    always_gzip: bool
    entities: Mapping[str, Entity]

    def answer(self, request: Request) -> Answer:
        """Answer any request, wrong ones too; never raises for what a client sent."""
