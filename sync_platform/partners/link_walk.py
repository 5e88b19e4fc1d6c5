"""Walks that follow links, in the `Link` header or in the body, and never to another host."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from requests.utils import parse_header_links

from sync_platform.declarations.pages import LinkHeaderPages, LinkInBodyPages
from sync_platform.errors import PartnerMisbehaved
from sync_platform.partners.request import Answer
from sync_platform.partners.walk import PageRead, Step, refuse_middle, size_params

_DEFAULT_PORTS = {"http": 80, "https": 443}


class LinkWalk:
    """RFC 8288 `Link: <…>; rel="next"`, or a URL, whole or relative, at an expression of the body."""

    knows_the_end = True

    def __init__(self, pages: LinkHeaderPages | LinkInBodyPages, *, owner: str) -> None:
        self._pages = pages
        self._owner = owner
        self._visited: set[str] = set()

    def first(self, start_page: int) -> Step:
        refuse_middle(start_page, owner=self._owner)
        size = self._pages.size
        return Step(size_params(self._pages.size_param, size), {"size": size, "limit": size})

    def following(self, page: PageRead) -> Step | None:
        self._visited.add(page.url)
        link = self._next(page.answer)
        if link is None or link is False or link == "":
            return None
        if not isinstance(link, str):
            raise PartnerMisbehaved(f"{page.origin} has something else than text as its next link.")
        target = _resolved(link, page.url)
        if target is None or not same_origin(target, page.url):
            raise PartnerMisbehaved(f"{page.origin} links to another host, which is not followed.")
        if target in self._visited:
            raise PartnerMisbehaved(f"{page.origin} links to a page that was read before; the pages run in a circle.")
        return Step(link=target)

    def _next(self, answer: Answer) -> Any:
        if isinstance(self._pages, LinkInBodyPages):
            return answer.envelope.value(self._pages.next)
        for link in parse_header_links(answer.headers.get("Link", "")):
            if "next" in link.get("rel", "").lower().split():
                return link["url"]
        return None


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs have the same scheme, host and port; one with a user name in it has no origin we know."""
    try:
        origins = [_origin(urlsplit(url)) for url in (one, other)]
    except ValueError:
        return False
    return origins[0] is not None and origins[0] == origins[1]


def _resolved(link: str, url: str) -> str | None:
    try:
        return urljoin(url, link)
    except ValueError:  # brackets that hold no IPv6 address
        return None


def _origin(url: SplitResult) -> tuple[str, str, int] | None:
    if "@" in url.netloc or url.scheme not in _DEFAULT_PORTS or not url.hostname or "\\" in url.netloc:
        return None
    return url.scheme, url.hostname, url.port or _DEFAULT_PORTS[url.scheme]
