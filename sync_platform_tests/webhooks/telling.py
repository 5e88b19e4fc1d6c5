"""How the till tells of its sales: its webhooks as declared, and deliveries signed for them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sync_platform_tests.till.till import milliseconds, sale
from sync_platform_tests.webhooks.signing import NOW, SECRET, Signed, sign

TIME = {"body": "at", "format": "epoch_milliseconds", "resolution": "1ms"}
WEBHOOKS: list[dict[str, Any]] = [
    {
        "name": "sales",
        "kind": "standard_webhooks",
        "secrets_env": ["TILL_SECRET", "TILL_OLD_SECRET"],
        "max_body_bytes": 10_000,
        "events": [
            {"types": ["sale.*"], "entity": "sales", "record": "data.sale", "time": TIME},
            {"types": ["coarse.*"], "entity": "coarse_sales", "record": "data.sale", "time": TIME},
            {"types": ["drawer.*"], "ignore": True},
        ],
    },
    {
        "name": "strict",
        "kind": "github",
        "secrets_env": ["TILL_SECRET"],
        "type": {"body": "type"},
        "events": [{"types": ["sale.*"], "entity": "sales", "record": "data.sale", "time": TIME}],
    },
    {
        "name": "thin",
        "kind": "standard_webhooks",
        "secrets_env": ["TILL_SECRET"],
        "each": "events",
        "events": [
            {"types": ["sale.*"], "entity": "sales", "fetch": {"id": "id", "path": "/sale/{id}", "record": "sale"}}
        ],
    },
    {"name": "loose", "kind": "none", "type": {"body": "type"}, "events": [{"types": ["*"], "ignore": True}]},
    {
        "name": "ledger",
        "kind": "xero",
        "secrets_env": ["TILL_SECRET"],
        "type": {"body": "type"},
        "each": "events",
        "events": [{"types": ["*"], "ignore": True}],
    },
    {"name": "later", "kind": "stripe", "secrets_env": ["NOT_SET"], "events": [{"types": ["*"], "ignore": True}]},
    {"name": "paid", "kind": "stripe", "secrets_env": ["TILL_SECRET"], "events": [{"types": ["*"], "ignore": True}]},
]
ENVIRONMENT = {"TILL_SECRET": SECRET, "TILL_OLD_SECRET": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}


def told(id_: str = "A", amount: str = "1.00", *, at: float = -60.0, type_: str = "sale.changed", **more: Any) -> bytes:
    """An event that carries a sale, changed `at` seconds after NOON."""
    record = sale(id_, amount, at=at, **more)
    if type_.startswith("coarse"):
        record["changed"] //= 1000
    return json.dumps({"type": type_, "at": milliseconds(at), "data": {"sale": record}}).encode()


def hinted(*ids: str) -> bytes:
    """Events that carry ids alone."""
    return json.dumps({"events": [{"type": "sale.changed", "id": id_} for id_ in ids]}).encode()


def delivery(body: bytes, id_: str = "msg_1", *, now: datetime = NOW, **options: Any) -> Signed:
    """The body as the till signs it."""
    return sign("standard_webhooks", body, id_=id_, stamp=str(int(now.timestamp())), **options)
