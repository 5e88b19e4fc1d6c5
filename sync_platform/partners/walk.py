"""From one page to the next: what the following request adds, or that there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sync_platform.declarations.pages import Paging
from sync_platform.errors import DeclarationError, PartnerMisbehaved
from sync_platform.partners.body_template import Value
from sync_platform.partners.request import Answer


@dataclass(frozen=True)
class Step:
    """What one page's request adds to the question: parameters, the body's variables, or a whole link instead."""

    params: tuple[tuple[str, str], ...] = ()
    variables: Mapping[str, Value] = field(default_factory=dict)
    link: str | None = None


@dataclass(frozen=True)
class PageRead:
    """A page as a walk sees it. `url` is what was asked, `origin` names the answer, `total` is the partner's count."""

    records: list[bytes]
    total: int | None
    answer: Answer
    url: str
    origin: str


class Walk(Protocol):
    """One walk over one question's pages. `knows_the_end`: the partner tells it, no short page has to."""

    @property
    def knows_the_end(self) -> bool: ...

    def first(self, start_page: int) -> Step:
        """The first step. Raises DeclarationError when this kind cannot start in the middle."""
        ...

    def following(self, page: PageRead) -> Step | None:
        """The step after `page`, None after the last. Raises PartnerMisbehaved when the partner leads in a circle."""
        ...


def refuse_middle(start_page: int, *, owner: str) -> None:
    """Raise DeclarationError for a start in the middle, where each page is only known from the one before."""
    if start_page:
        raise DeclarationError(
            f"{owner} cannot be read from page {start_page} on: its pages are chained.", remedy="Start at page 0."
        )


def size_params(name: str | None, size: int | None) -> tuple[tuple[str, str], ...]:
    """The parameter that asks for a page size, where one is declared."""
    return ((name, str(size)),) if name is not None and size is not None else ()


def partner_total(pages: Paging, answer: Answer, *, origin: str) -> int | None:
    """The partner's own count of records, None where it is not declared or not given."""
    if pages.total_header is not None:
        return count_of(answer.headers.get(pages.total_header), name=pages.total_header, origin=origin)
    if pages.total is not None:
        return count_of(answer.envelope.value(pages.total), name=pages.total, origin=origin)
    return None


def count_of(value: object, *, name: str, origin: str) -> int | None:
    """A count as partners write it, number or text; None for None. Raises PartnerMisbehaved for anything else."""
    if value is None:
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        raise PartnerMisbehaved(f"{origin} gives no count in `{name}`.")
    return int(text)
