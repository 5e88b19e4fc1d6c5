"""The operations of the API, and the OpenAPI document that is made of them."""

from __future__ import annotations

from typing import Any

from sync_platform import __version__
from sync_platform.access.role import ACCESS_LOG_READ, STATUS_READ
from sync_platform.errors import AccessRefused
from sync_platform.gateway.pages.operation import Call, Operation
from sync_platform.landing.access_log import list_accesses
from sync_platform.operations.status_row import read_status_rows

_MOST, _LARGEST = 1_000, 2**63 - 1


def _status(call: Call) -> dict[str, Any]:
    named = call.query.get("system")
    systems = tuple(system for system in call.tools.systems if named in (None, system.name))
    if not systems:
        raise AccessRefused("No partner system of that name is declared.", status=404)
    rows = read_status_rows(call.tools.database, systems, zone=None, now=call.now)
    return {"ok": True, "at": call.now, "entities": rows}


def _access_log(call: Call) -> dict[str, Any]:
    limit = _number(call, "limit", most=_MOST) or 100
    before = _number(call, "before", most=_LARGEST)
    found = list_accesses(call.connection, name=None, before=before, limit=limit)
    return {"ok": True, "accesses": [vars(access) for access in found]}


def _number(call: Call, name: str, *, most: int) -> int | None:
    text = call.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= most):
        raise AccessRefused(f"{name} is a number from 1 to {most}.", status=400)
    return int(text)


def _told(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """The schema of an answer that holds rows under `name`."""
    properties = {"ok": {"const": True}, name: {"type": "array", "items": row}}
    return {"type": "object", "required": ["ok", name], "properties": properties}


_TEXT, _MOMENT = {"type": "string"}, {"type": ["string", "null"], "format": "date-time"}

OPERATIONS = (
    Operation(
        path="/api/status",
        name="status",
        words="Where each entity stands, as `sync-platform status --json` says it.",
        scope=STATUS_READ,
        answer=_status,
        parameters=(
            {"name": "system", "in": "query", "schema": _TEXT, "description": "Only this partner system's entities."},
        ),
        answer_schema=_told(
            "entities",
            {
                "type": "object",
                "required": ["system", "entity", "state", "verdict", "as_of"],
                "properties": {"system": _TEXT, "entity": _TEXT, "state": _TEXT, "verdict": _TEXT, "as_of": _MOMENT},
            },
        ),
    ),
    Operation(
        path="/api/access-log",
        name="access_log",
        words="Who looked at what and did what, the newest first.",
        scope=ACCESS_LOG_READ,
        answer=_access_log,
        parameters=(
            {
                "name": "limit",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": _MOST, "default": 100},
                "description": "At most so many.",
            },
            {
                "name": "before",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": _LARGEST},
                "description": "Older than the entry with this access_id.",
            },
        ),
        answer_schema=_told(
            "accesses",
            {
                "type": "object",
                "required": ["access_id", "at", "name", "way", "method", "path", "status"],
                "properties": {"access_id": {"type": "integer"}, "at": _MOMENT, "status": {"type": "integer"}},
            },
        ),
    ),
)


def openapi_document(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """The document in OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "sync platform", "version": __version__},
        "paths": {operation.path: {"get": _described(operation)} for operation in operations},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
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
