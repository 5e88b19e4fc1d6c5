"""How a partner system cuts a long answer into pages. Every kind has a page limit against endless walks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sync_platform.declarations.model import Declared, Expression


class Paging(Declared):
    """`total` is the partner's own count of records, from the body or from a header; it confirms a complete read."""

    limit_pages: int = Field(default=10_000, gt=0)
    total: Expression | None = None
    total_header: str | None = None


class SinglePage(Paging):
    kind: Literal["none"] = "none"


class PageNumberPages(Paging):
    kind: Literal["page_number"]
    param: str = "page"
    size_param: str | None = None
    size: int = Field(gt=0)
    first: int = 1
    total_pages_header: str | None = None


class OffsetPages(Paging):
    kind: Literal["offset"]
    param: str = "offset"
    limit_param: str | None = "limit"
    limit: int = Field(gt=0)


class CursorPages(Paging):
    """The answer names the next page's cursor (`next` in the body, `next_header`); sent as `param` or in the body."""

    kind: Literal["cursor"]
    param: str | None = None
    next: Expression | None = None
    next_header: str | None = None
    has_more: Expression | None = None
    size_param: str | None = None
    size: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_source(self) -> CursorPages:
        if (self.next is None) == (self.next_header is None):
            raise ValueError("say where the next cursor is: either next (in the body) or next_header")
        return self


class LinkHeaderPages(Paging):
    """RFC 8288 `Link: <…>; rel="next"`."""

    kind: Literal["link_header"]
    size_param: str | None = None
    size: int | None = Field(default=None, gt=0)


class LinkInBodyPages(Paging):
    kind: Literal["link_in_body"]
    next: Expression
    size_param: str | None = None
    size: int | None = Field(default=None, gt=0)


class KeysetPages(Paging):
    """The next page starts after the last record's `field` (an expression on the record), like `starting_after`."""

    kind: Literal["keyset"]
    param: str
    field: Expression
    has_more: Expression | None = None
    size_param: str | None = None
    size: int | None = Field(default=None, gt=0)


Pages = Annotated[
    SinglePage | PageNumberPages | OffsetPages | CursorPages | LinkHeaderPages | LinkInBodyPages | KeysetPages,
    Field(discriminator="kind"),
]
