"""Fixtures of the partner tests: a partner on a real socket, a given clock, and a client between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sync_platform.declarations.partner_system import Entity
from sync_platform.partners.client import PartnerClient
from sync_platform.partners.pages import Page, read_pages
from sync_platform.partners.question import Current, Question
from sync_platform.partners.request import Answer, Request
from sync_platform_tests.partners.given import NOON, GivenClock, declare
from sync_platform_tests.partners.server import Answering, FakePartner, Reply

SECRETS = {
    "SHOP_TOKEN": "canary-token-1",
    "SHOP_KEY": "canary-key-1",
    "SHOP_USER": "canary-user",
    "SHOP_PASSWORD": "canary-password-1",
    "SHOP_CLIENT_ID": "client-1",
    "SHOP_CLIENT_SECRET": "canary-secret-1",
}


@dataclass
class Shop:
    """A partner, the client that asks it, and the entity it is asked for."""

    partner: FakePartner
    client: PartnerClient
    entity: Entity
    clock: GivenClock

    def ask(self, **changes: Any) -> Answer:
        return self.client.ask(Request(**{"method": "GET", "path": "/orders", "entity": "orders", **changes}))

    def pages(self, question: Question | None = None) -> list[Page]:
        return list(read_pages(self.client, self.entity, question or Current()))

    def ids(self, question: Question | None = None) -> list[list[str]]:
        """The ids on each page, of records written as {"id": "…"}."""
        return [
            [record.decode().partition('"id": "')[2].partition('"')[0] for record in page.records]
            for page in self.pages(question)
        ]


OpenShop = Callable[..., Shop]


@pytest.fixture
def clock() -> GivenClock:
    return GivenClock()


@pytest.fixture
def open_shop(tmp_path: Path, clock: GivenClock) -> Iterator[OpenShop]:
    """Opens a shop: `answers` is a function or a list of replies, the last of which is given for ever."""
    with ExitStack() as stack:

        def open_(
            answers: Answering | list[Reply],
            *,
            entity: dict[str, Any] | None = None,
            api: dict[str, Any] | None = None,
            attempts: int = 4,
            base: str = "",
            **server: Any,
        ) -> Shop:
            partner = stack.enter_context(FakePartner(_in_turn(answers), date=NOON, **server))
            system = declare(tmp_path, entity=entity, api=api)
            client = PartnerClient(
                system.declaration,
                environment={**SECRETS, "SHOP_BASE_URL": partner.url + base},
                clock=clock,
                attempts=attempts,
            )
            stack.callback(client.close)
            return Shop(partner, client, system.entities[0], clock)

        yield open_


def _in_turn(answers: Answering | list[Reply]) -> Answering:
    if callable(answers):
        return answers
    waiting = list(answers)
    return lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]
