"""The OpenAPI document, made of the operations and the pages as they are declared: what is not in it is not there."""

from __future__ import annotations

import re
from typing import Any

from sync_platform import __version__
from sync_platform.gateway.pages.form import CSRF
from sync_platform.gateway.pages.operation import Operation
from sync_platform.gateway.pages.visit import ANYONE, Page

_TEXT = {"type": "string"}
_OPEN_PART = re.compile(r"{(\w+)(?::\w+)?}")
_PAGE = {"text/html": {"schema": _TEXT}}


def openapi_document(operations: tuple[Operation, ...], pages: tuple[Page, ...]) -> dict[str, Any]:
    """The document in OpenAPI 3.1."""
    paths: dict[str, Any] = {operation.path: {"get": _described(operation)} for operation in operations}
    for page in pages:
        paths.setdefault(_OPEN_PART.sub(r"{\1}", page.path), {})[page.method.lower()] = _described_page(page)
    return {
        "openapi": "3.1.0",
        "info": {"title": "sync platform", "version": __version__},
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "sync_platform_session"},
            },
            "schemas": {
                "Refusal": {
                    "type": "object",
                    "required": ["ok", "error"],
                    "properties": {
                        "ok": {"const": False},
                        "error": {"type": "object", "properties": {"kind": _TEXT, "message": _TEXT}},
                    },
                }
            },
        },
    }


def _described_page(page: Page) -> dict[str, Any]:
    parts = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in _OPEN_PART.findall(page.path)]
    query = [{"name": name, "in": "query", "schema": _TEXT} for name in page.query]
    form = {"type": "object", "properties": dict.fromkeys((CSRF, *page.fields), _TEXT), "required": [CSRF]}
    body = {"requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": form}}}}
    return {
        "description": "A page that needs nothing."
        if page.needs == ANYONE
        else f"A page; needs the role {page.needs}.",
        "security": [] if page.needs == ANYONE else [{"session": []}],
        "parameters": [*parts, *query],
        **(body if page.method == "POST" else {}),
        "responses": {
            "200": {"description": "Shown, or done.", "content": _PAGE},
            "303": {"description": "Look there: what was done, or the login."},
            "4XX": {"description": "Not done, and why.", "content": _PAGE},
            "503": {"description": "The database is away; try again after Retry-After seconds."},
        },
    }


def _described(operation: Operation) -> dict[str, Any]:
    refusal = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    refused = {"400": "A wrong parameter.", "401": "No valid token.", "403": "The token may not.", "404": "Not known."}
    return {
        "operationId": operation.name,
        "summary": operation.words,
        "description": f"Needs the scope {operation.scope}.",
        "security": [{"token": []}],
        "parameters": list(operation.parameters),
        "responses": {
            "200": {"description": "Answered.", "content": {"application/json": {"schema": operation.answer_schema}}},
            **{status: {"description": words, "content": refusal} for status, words in refused.items()},
            "503": {"description": "The database is away; try again after Retry-After seconds."},
        },
    }
