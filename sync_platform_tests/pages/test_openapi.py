"""The OpenAPI document is true: whatever it lets one ask, and more, is answered as it says, and never by a 500."""

from __future__ import annotations

from typing import Any

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

from sync_platform_tests.pages.site import Site

_CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


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

    for found in schemathesis.openapi.from_url(f"{site.url}/api/openapi.json").get_all_operations():
        cases = st.one_of(*(found.ok().as_strategy(generation_mode=mode) for mode in GenerationMode))
        limited = settings(max_examples=12, database=None, suppress_health_check=list(HealthCheck))
        limited(given(case=cases)(ask))()

    assert {path for path, _ in asked} == {"/api/status", "/api/access-log"}
    assert {status for _, status in asked} >= {200, 400}


def test_the_document_is_open_and_holds_no_secret(site: Site) -> None:
    document = requests.get(f"{site.url}/api/openapi.json", timeout=10)
    assert document.json()["openapi"] == "3.1.0"
    operations = [operation["get"] for operation in document.json()["paths"].values()]
    assert all(operation["security"] == [{"token": []}] for operation in operations)
