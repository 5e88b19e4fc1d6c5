"""The pages beside the webhooks: neither keeps the other out, and what stands in the way is said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import requests

from sync_platform.audit.entry import Action
from sync_platform.audit.kept_seal import SEALS, read_kept_seals
from sync_platform.audit.log import record
from sync_platform.gateway.app import GatewayTools, gateway_app
from sync_platform.gateway.audit_seal import seal_once
from sync_platform.gateway.pages.opened import OpenedPages, open_pages
from sync_platform.gateway.pages.tools import NO_SOURCES, ConsoleTools
from sync_platform.gateway.writer import DeliveryWriter
from sync_platform.landing.database import Database
from sync_platform_tests.pages.site import Site
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.reports.listening import listening


def opened(tools: ConsoleTools, environment: Mapping[str, str], database: Database | None = None) -> OpenedPages:
    return open_pages(
        database or tools.database,
        tools.systems,
        environment=environment,
        clock=tools.clock,
        sources=NO_SOURCES,
        counts=tools.counts,
    )


def test_webhooks_and_pages_are_answered_side_by_side(tools: ConsoleTools) -> None:
    writer = DeliveryWriter(tools.database, clock=tools.clock, on_stored=lambda: None)
    beside = GatewayTools(sources=NO_SOURCES, writer=writer, clock=tools.clock, counts=tools.counts)
    pages = opened(tools, {})
    with listening(gateway_app(beside, pages=pages.app)) as port:
        url = f"http://127.0.0.1:{port}"
        answers = [
            requests.request(method, url + path, timeout=10, allow_redirects=False)
            for method, path in (
                ("POST", "/webhooks/till/none"),
                ("GET", "/webhooks/till/none"),
                ("GET", "/healthz"),
                ("GET", "/dead-letters"),
                ("GET", "/static/console.css"),
                ("GET", "/nowhere"),
            )
        ]
        site = Site(tools, port)
        assert site.browser("viewer").get("/").status_code == 200
    assert [answer.status_code for answer in answers] == [404, 405, 200, 303, 200, 404]
    assert pages.problem == (
        "nobody can log in to the pages yet; add a first user: sync-platform users add NAME --role admin"
    )


def test_with_a_user_there_is_nothing_to_say(tools: ConsoleTools) -> None:
    Site(tools, 0).has_user("nimali", "admin")
    assert opened(tools, {}).problem is None


def test_pages_that_cannot_be_served_are_left_out_and_said_to_be(tools: ConsoleTools, empty_database: Database) -> None:
    wrong = opened(tools, {"SYNC_PLATFORM_PUBLIC_URL": "hub.example.com"})
    bare = opened(tools, {}, empty_database)
    assert (wrong.app, bare.app) == (None, None)
    assert "SYNC_PLATFORM_PUBLIC_URL is not an address of pages." in str(wrong.problem)
    assert "sync-platform migrate" in str(bare.problem)


def test_the_audit_log_is_sealed_beside_and_what_fails_is_tried_again(
    database: Database, clock: GivenClock, tmp_path: Path
) -> None:
    with database.connect() as connection:
        record(connection, Action("nimali", "users.role"), now=clock.now())
    in_the_way = tmp_path / "state"
    in_the_way.touch()
    assert seal_once(database, in_the_way, clock=clock) == 0
    in_the_way.unlink()
    assert seal_once(Database("postgresql://127.0.0.1:1/nowhere"), tmp_path, clock=clock) == 0

    seal_once(database, in_the_way, clock=clock)

    assert list(read_kept_seals(in_the_way / SEALS)) == [1]
