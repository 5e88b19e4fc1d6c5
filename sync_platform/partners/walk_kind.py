"""The walk for each declared kind of paging."""

from __future__ import annotations

from sync_platform.declarations.pages import (
    CursorPages,
    KeysetPages,
    LinkHeaderPages,
    LinkInBodyPages,
    OffsetPages,
    PageNumberPages,
    Pages,
    SinglePage,
)
from sync_platform.partners.counted_walk import OffsetWalk, PageNumberWalk
from sync_platform.partners.cursor_walk import CursorWalk, KeysetWalk
from sync_platform.partners.link_walk import LinkWalk
from sync_platform.partners.walk import PageRead, Step, Walk, refuse_middle


def open_walk(pages: Pages, *, owner: str) -> Walk:
    """The walk for a declared kind of paging. `owner` is the entity's address."""
    match pages:
        case SinglePage():
            return SingleWalk(owner)
        case PageNumberPages():
            return PageNumberWalk(pages)
        case OffsetPages():
            return OffsetWalk(pages)
        case CursorPages():
            return CursorWalk(pages, owner=owner)
        case KeysetPages():
            return KeysetWalk(pages, owner=owner)
        case LinkHeaderPages() | LinkInBodyPages():
            return LinkWalk(pages, owner=owner)


class SingleWalk:
    """One page holds everything."""

    knows_the_end = False

    def __init__(self, owner: str) -> None:
        self._owner = owner

    def first(self, start_page: int) -> Step:
        refuse_middle(start_page, owner=self._owner)
        return Step()

    def following(self, page: PageRead) -> Step | None:  # noqa: ARG002 - the protocol's signature
        return None
