"""The operations of the API: what programs may ask with a token."""

from __future__ import annotations

from typing import Any

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
