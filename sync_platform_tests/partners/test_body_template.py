"""A templated body is filled where a place stands outside of a string, and nowhere else."""

from __future__ import annotations

import json

import pytest

from sync_platform.errors import DeclarationError
from sync_platform.partners.body_template import fill_body

QUERY = "query($a: String) {orders(after: $a, first: 2) {id customer {id} page {size}}}"
GRAPHQL = f'{{"query": "{QUERY}", "variables": {{"a": {{cursor}}}}}}'


def test_graphql_braces_and_json_braces_survive() -> None:
    body = fill_body(GRAPHQL, {"cursor": "c2", "size": 2}, required=frozenset({"cursor"}), owner="shop/orders")

    assert json.loads(body) == {
        "query": QUERY,
        "variables": {"a": "c2"},
    }


def test_the_first_page_has_a_null_cursor() -> None:
    assert fill_body('{"a": {cursor}}', {"cursor": None}, required=frozenset(), owner="x") == b'{"a": null}'


@pytest.mark.parametrize("value", ['say "hi"', "a\\b", "{cursor}", "line\nbreak", "ශ්‍රී", "'); DROP TABLE orders; --"])
def test_a_text_comes_quoted_and_escaped(value: str) -> None:
    body = fill_body('{"a": {cursor}, "b": {}}', {"cursor": value}, required=frozenset(), owner="x")

    assert json.loads(body) == {"a": value, "b": {}}


def test_an_escaped_quote_does_not_end_a_string() -> None:
    body = fill_body(r'{"q": "say \"{cursor}\" {x}", "a": {cursor}}', {"cursor": 1}, required=frozenset(), owner="x")

    assert json.loads(body) == {"q": 'say "{cursor}" {x}', "a": 1}


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ('{"a": {cursro}}', "names {cursro}, which nothing fills"),
        ('{"a": "{cursor}"}', "has no place {cursor}"),
        ('{"a": 1}', "has no place {cursor}"),
        ('{"a": {cursor}', "is not JSON"),
    ],
)
def test_a_template_that_cannot_work_is_a_declaration_error(template: str, said: str) -> None:
    with pytest.raises(DeclarationError, match=f"^shop/orders: the body.*{said}"):
        fill_body(template, {"cursor": "c"}, required=frozenset({"cursor"}), owner="shop/orders")
