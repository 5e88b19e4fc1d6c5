"""The OpenAPI document is true: whatever it lets one ask, and more, is answered as it says, and never by a 500."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sync_platform.gateway.pages.api import OPERATIONS
from sync_platform.gateway.pages.console import PAGES, console
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform_tests.pages.given_deliveries import with_deliveries
from sync_platform_tests.pages.queue import with_queue
from sync_platform_tests.pages.site import Site
from sync_platform_tests.reports.listening import listening

_CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def operations(site: Site, start: str) -> list[Any]:
    """What the document has below a path."""
    every = schemathesis.openapi.from_url(f"{site.url}/api/openapi.json").get_all_operations()
    return [found for found in every if found.ok().path.startswith(start)]


def test_every_question_is_answered_as_the_document_says(site: Site) -> None:
    """Valid and invalid questions, made by schemathesis."""
    site.has_user("nimali", "admin")
    headers = {"Authorization": f"Bearer {site.token('nimali', 'status:read', 'access_log:read')}"}
    asked: set[tuple[str, int]] = set()
    session = requests.Session()

    def ask(case: Any) -> None:
        answer = case.call(headers=headers, session=session)
        case.validate_response(answer, checks=_CHECKS)
        asked.add((case.operation.path, answer.status_code))

    for found in operations(site, "/api/"):
        cases = st.one_of(*(found.ok().as_strategy(generation_mode=mode) for mode in GenerationMode))
        limited = settings(max_examples=12, database=None, suppress_health_check=list(HealthCheck))
        limited(given(case=cases)(ask))()

    assert {path for path, _ in asked} == {"/api/status", "/api/access-log"}
    assert {status for _, status in asked} >= {200, 400}


@pytest.mark.parametrize("start", ["/dead-letters", "/deliveries", "/trace"])
def test_no_page_and_no_action_is_answered_by_a_500(tools: ConsoleTools, start: str) -> None:
    """Addresses and forms, sent by an operator; half of them name a letter or delivery that there is."""
    filled = with_deliveries(with_queue(tools))
    with listening(console(filled)) as port:
        site = Site(filled, port)
        operator = site.browser("operator")
        csrf = operator.csrf("/dead-letters/1")
        asked: list[int] = []

        def ask(case: Any) -> None:
            if "number" in case.path_parameters and len(asked) % 2:
                case.path_parameters["number"] = str(1 + len(asked) % 6)
            if isinstance(case.body, dict):
                case.body["csrf"] = csrf
            case.cookies = operator.cookies
            answer = case.call(headers={"Origin": site.url}, allow_redirects=False)
            case.validate_response(answer, checks=[not_a_server_error, status_code_conformance])
            asked.append(answer.status_code)

        found = operations(site, start)
        for one in found:
            cases = one.ok().as_strategy(generation_mode=GenerationMode.POSITIVE)
            settings(max_examples=5, database=None, suppress_health_check=list(HealthCheck))(given(case=cases)(ask))()
    assert len(asked) >= 2 * len(found)
    assert 401 not in asked, "the session went on"


def test_the_document_is_open_and_holds_no_secret(site: Site) -> None:
    document = requests.get(f"{site.url}/api/openapi.json", timeout=10)
    assert document.json()["openapi"] == "3.1.0"
    paths = document.json()["paths"]
    assert all(path["get"]["security"] == [{"token": []}] for name, path in paths.items() if name.startswith("/api/"))
    described = {(method, name) for name, path in paths.items() for method in path}
    assert len(described) == len(PAGES) + len(OPERATIONS), "every page and operation"
