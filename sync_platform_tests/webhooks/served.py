"""A gateway for the till in a process of its own, to be killed: `python -m … DATABASE_URL` prints its port."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sync_platform.clock import SystemClock
from sync_platform.declarations.partner_system import read_partner_system
from sync_platform.declarations.webhooks import Webhook
from sync_platform.gateway.app import GatewayTools, gateway_app
from sync_platform.gateway.counts import Counts
from sync_platform.gateway.server import gateway_server, run_until_signal
from sync_platform.gateway.source import read_sources
from sync_platform.gateway.writer import DeliveryWriter
from sync_platform.landing.database import Database
from sync_platform_tests.webhooks.telling import ENVIRONMENT, WEBHOOKS

TILL = Path(__file__).resolve().parents[1] / "till"


@dataclass(frozen=True)
class Served:
    """The process and where it listens."""

    process: subprocess.Popen[str]
    port: int


@contextmanager
def served(database: Database) -> Iterator[Served]:
    """It runs until the block is left, or until it is killed."""
    command = [sys.executable, "-m", "sync_platform_tests.webhooks.served", database.url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=TILL.parents[1])
    try:
        assert process.stdout is not None
        yield Served(process, int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def main(url: str) -> None:
    till = read_partner_system(TILL)
    webhooks = tuple(Webhook.model_validate(declared) for declared in WEBHOOKS)
    system = replace(till, declaration=till.declaration.model_copy(update={"webhooks": webhooks}))
    clock = SystemClock()
    tools = GatewayTools(
        sources=read_sources([system], ENVIRONMENT),
        writer=DeliveryWriter(Database(url), clock=clock, on_stored=lambda: None),
        clock=clock,
        counts=Counts(lambda *_, **__: None),
    )

    def ready(port: int) -> None:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()

    run_until_signal(gateway_server(gateway_app(tools), host="127.0.0.1", port=0, on_ready=ready))


if __name__ == "__main__":
    main(sys.argv[1])
