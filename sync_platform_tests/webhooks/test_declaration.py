"""Webhooks as declared: what contradicts itself is refused with file and line, before anything listens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sync_platform.declarations.webhooks import Webhook
from sync_platform.errors import DeclarationError
from sync_platform.gateway.source import read_sources
from sync_platform_tests.partners.given import declare

TIME = {"body": "at", "format": "epoch_seconds"}
CARRIED = {"types": ["a.*"], "entity": "orders", "record": "data", "time": TIME}
FETCHED = {"types": ["a.*"], "entity": "orders", "fetch": {"id": "id", "path": "/orders/{id}"}}
SIGNED = {"header": "X-Signature", "signed": "{timestamp}.{body}", "timestamp": "X-Timestamp"}


def webhook(**different: Any) -> dict[str, Any]:
    declared = {"name": "events", "kind": "stripe", "secrets_env": ["SECRET"], "events": [CARRIED], **different}
    return {key: value for key, value in declared.items() if value is not None}


WRONG: list[tuple[dict[str, Any], str]] = [
    (webhook(secrets_env=None), "secrets_env is needed"),
    (webhook(kind="none", type={"body": "type"}), "secrets_env is needed"),
    (webhook(kind="hmac", type={"body": "type"}), "signature describes kind hmac"),
    (webhook(signature=SIGNED), "signature describes kind hmac"),
    (webhook(kind="square"), "url_env names the address"),
    (webhook(url_env="HUB_URL"), "url_env names the address"),
    (webhook(kind="xero"), "declare type"),
    (webhook(kind="hmac", type={"body": "type"}, signature={**SIGNED, "timestamp": None}), "timestamp"),
    (webhook(kind="hmac", type={"body": "type"}, signature={**SIGNED, "signed": "{body}"}), "timestamp"),
    (webhook(type={"body": "type", "header": "X-Type"}), "one of them"),
    (webhook(events=[{**CARRIED, "fetch": FETCHED["fetch"]}]), "record or fetch"),
    (webhook(events=[{"types": ["a"], "entity": "orders", "record": "data"}]), "time belongs beside record"),
    (webhook(events=[{**FETCHED, "time": TIME}]), "time belongs beside record"),
    (webhook(events=[{"types": ["a"]}]), "name the entity"),
    (webhook(events=[{**CARRIED, "ignore": True}]), "what is ignored"),
    (webhook(events=[{**FETCHED, "fetch": {"id": "id", "path": "/orders"}}]), "fetch.path"),
    (webhook(events=[{**CARRIED, "entity": "refunds"}]), "'refunds', which shop does not have. Known: orders"),
    (webhook(events=[{**CARRIED, "recrod": "x"}]), "recrod"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG, ids=[words for _, words in WRONG])
def test_what_contradicts_itself_is_refused_where_it_stands(tmp_path: Path, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        declare(tmp_path, webhooks=[wrong])
    assert words in str(caught.value)
    assert caught.value.place is not None
    assert "defs.yaml:" in caught.value.place


def test_two_webhooks_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="two webhooks have the same name"):
        declare(tmp_path, webhooks=[webhook(), webhook()])


def test_the_first_type_that_fits_counts() -> None:
    declared = Webhook.model_validate(webhook(events=[{"types": ["a.gone"], "ignore": True}, CARRIED]))
    routes = [declared.route(type_) for type_ in ("a.gone", "a.b", "b")]
    assert [route and (route.ignore, route.entity) for route in routes] == [(True, None), (False, "orders"), None]


def test_of_a_rotations_secrets_one_that_is_set_is_enough(tmp_path: Path) -> None:
    system = declare(tmp_path, webhooks=[webhook(secrets_env=["NEW", "OLD"])])

    (ready,) = read_sources([system], {"OLD": "s"}).ready.values()
    (unready,) = read_sources([system], {"NEW": ""}).unready.values()

    assert (ready.variables, ready.secrets) == (("OLD",), (b"s",))
    assert "secrets=" not in repr(ready)
    assert (unready.path, unready.missing) == ("/webhooks/shop/events", ("NEW", "OLD"))
