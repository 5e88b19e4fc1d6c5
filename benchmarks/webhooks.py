"""What the gateway takes in, beside a bare endpoint with one committed INSERT; how soon it answers, and it lands."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles

import psycopg

from benchmarks.figure import Figure
from benchmarks.stand import ROOT, Stand
from benchmarks.webhook_sender import deliveries, send_all, send_at

ROUNDS = 3
_SUSTAINED, _WARM_UP, _CONNECTIONS = 12_000, 500, 64
_BURST, _BURST_CONNECTIONS = 10_000, 400
_HALF_SECONDS, _APPLIED_SECONDS, _APPLIED_RATE = 10, 15, 100
_LANDED = """
select extract(epoch from l.loaded_at - d.received_at)::float
from sync.webhook_delivery d join sync.change c using (delivery_id) join sync.load l on l.load_id = c.applied_load_id
where substr(d.event_id, 5)::int < %s
"""


def figures(stand: Stand) -> list[Figure]:
    """Throughput in turns, latency at half of ours in turns, then a burst, and the way into the table."""
    floor, ours = [], []
    for number in range(ROUNDS):
        floor.append(_sustained(stand, "floor", number))
        ours.append(_sustained(stand, "gateway", number))
    rate, bare = median(ours), median(floor)
    half: dict[str, list[float]] = {"floor": [], "gateway": []}
    for number in range(ROUNDS):
        for kind, latencies in half.items():
            latencies.append(_at_half(stand, kind, rate / 2, number))
    missing, refused, burst_seconds = _burst(stand)
    landed = _landed(stand)
    return [
        Figure("webhooks, bare endpoint with an INSERT each", round(bare), "a second"),
        Figure("webhooks, gateway", round(rate), "a second"),
        Figure("webhooks, gateway / bare endpoint", round(rate / bare, 2), "times", 0.7, at_least=True),
        Figure("webhooks at half that rate, 99 of 100", median(half["gateway"]), "ms", 50.0),
        Figure("the same of the bare endpoint", median(half["floor"]), "ms"),
        Figure("webhooks, burst of 10,000: not stored", missing, "deliveries", 0),
        Figure("webhooks, burst of 10,000: not answered 2xx", refused, "deliveries", 0),
        Figure("webhooks, burst of 10,000", round(burst_seconds, 1), "s"),
        Figure("webhook accepted to landed, 95 of 100", round(_percentile(landed, 95), 2), "s", 1.0),
    ]


def _sustained(stand: Stand, kind: str, number: int) -> float:
    with _server(stand, kind, f"webhooks_{kind}_{number}") as (port, _):
        _warm_up(port)
        sent = send_all(port, deliveries(_SUSTAINED), connections=_CONNECTIONS)
    assert set(sent.statuses) == {202}, sent.statuses
    return sent.rate


def _at_half(stand: Stand, kind: str, rate: float, number: int) -> float:
    """Milliseconds within which 99 of 100 are answered."""
    with _server(stand, kind, f"webhooks_half_{kind}_{number}") as (port, _):
        _warm_up(port)
        sent = send_at(port, deliveries(round(rate * _HALF_SECONDS)), rate=rate)
    return round(_percentile(sent.latencies, 99) * 1000, 1)


def _warm_up(port: int) -> None:
    """The first connection to the database and what is imported late are no part of what is sustained."""
    send_all(port, deliveries(_WARM_UP, first=_SUSTAINED), connections=_CONNECTIONS)


def _burst(stand: Stand) -> tuple[int, int, float]:
    """How many of the burst are not in the table, how many were not accepted, and how long it took."""
    with _server(stand, "applied", "webhooks_burst") as (port, url):
        sent = send_all(port, deliveries(_BURST), connections=_BURST_CONNECTIONS)
        with psycopg.connect(url) as connection:
            row = connection.execute("select count(distinct event_id) from sync.webhook_delivery").fetchone()
    return _BURST - (row[0] if row else 0), _BURST - sent.statuses[202], sent.seconds


def _landed(stand: Stand) -> list[float]:
    """Seconds from the acknowledgement's commit to the load's, at a rate that a busy shop has."""
    count = _APPLIED_RATE * _APPLIED_SECONDS
    with _server(stand, "applied", "webhooks_applied") as (port, url):
        # The applier's first start is no part of it.
        send_all(port, deliveries(10, first=count), connections=1)
        time.sleep(5)
        with psycopg.connect(url, autocommit=True) as connection:
            send_at(port, deliveries(count), rate=_APPLIED_RATE)
            deadline = time.monotonic() + 60
            found: list[float] = []
            while len(found) < count and time.monotonic() < deadline:
                time.sleep(0.5)
                found = [seconds for (seconds,) in connection.execute(_LANDED, [count])]
    assert len(found) == count, f"{len(found)} of {count} landed"
    return found


@contextmanager
def _server(stand: Stand, kind: str, database: str) -> Iterator[tuple[int, str]]:
    """A contender in a process of its own, with a fresh database; its port and the database's URL."""
    url = stand.database(database)
    stand.settle(url)
    command = [sys.executable, "-m", "benchmarks.webhook_server", kind, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline()), url
        finally:
            process.terminate()


def _percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100)[percent - 1]
