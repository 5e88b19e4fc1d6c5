"""The till as it tells of its sales, with deliveries of every state; some were refused."""

from __future__ import annotations

from dataclasses import replace

from sync_platform.declarations.webhooks import Webhook
from sync_platform.gateway.counts import Counts
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform.gateway.source import read_sources
from sync_platform_tests.webhooks.telling import ENVIRONMENT, WEBHOOKS

STORE = """
insert into sync.webhook_delivery (system, webhook, event_id, content_hash, headers, body, state, attempts, error,
    received_at)
values ('till', %s, %s, '', '{"x-from": "Nadarajah Ravi"}', '{"who": "Nadarajah Ravi"}', %s, 1, %s, %s)
"""


def with_deliveries(tools: ConsoleTools) -> ConsoleTools:
    """The same pages with deliveries 1 to 5: 1 waits, 4 and 5 were given up."""
    webhooks = tuple(Webhook.model_validate(declared) for declared in WEBHOOKS)
    (till,) = tools.systems
    telling = replace(till, declaration=till.declaration.model_copy(update={"webhooks": webhooks}))
    counts = Counts(lambda *_, **__: None)
    for what in ("signature_wrong", "signature_wrong", "signature_wrong", "new"):
        counts.add("/webhooks/till/sales", what)
    told = replace(tools, systems=(telling,), sources=read_sources([telling], ENVIRONMENT), counts=counts)
    with told.database.connect() as connection:
        for number, (webhook, state, error) in enumerate(
            (
                ("sales", "waiting", None),
                ("sales", "captured", None),
                ("sales", "ignored", None),
                ("sales", "dead", "type <b>x</b> is not declared"),
                ("thin", "dead", "given up after 5 attempts."),
            ),
            start=1,
        ):
            connection.execute(STORE, [webhook, f"msg_{number}", state, error, told.clock.now()])
    return told
