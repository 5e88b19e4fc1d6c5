"""Records are cut out as the partner wrote them, and the rest is read only as far as an expression asks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import jmespath
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_platform.errors import PartnerMisbehaved
from sync_platform.partners.envelope import Envelope
from sync_platform.partners.expression import list_steps, plain_steps, root_names

BODY = b'{"data": {"orders": [ {"id": 1, "total": 1.10} , {"id": 2, "total": 20.00}], "count": 2}, "meta": {"t": 0.1}}'


def envelope(body: bytes = BODY) -> Envelope:
    return Envelope(body, origin="shop/orders: the answer to GET /orders")


@pytest.mark.parametrize("expression", ["data.orders", "data.orders[*]", '"data"."orders"'])
def test_records_at_a_plain_path_keep_their_text(expression: str) -> None:
    assert envelope().records(expression) == [b'{"id": 1, "total": 1.10}', b'{"id": 2, "total": 20.00}']


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("data.orders[?id > `1`]", [b'{"id":2,"total":20.00}']),
        ("data.orders[].{id: id, total: total}", [b'{"id":1,"total":1.10}', b'{"id":2,"total":20.00}']),
        ("data.orders | [0:1]", [b'{"id":1,"total":1.10}']),
    ],
)
def test_records_at_another_expression_keep_every_digit(expression: str, expected: list[bytes]) -> None:
    assert envelope().records(expression) == expected


@pytest.mark.parametrize("expression", ["@", "[*]"])
def test_a_bare_list_is_read(expression: str) -> None:
    assert envelope(b' [{"id": 1}, {"id": 2}]').records(expression) == [b'{"id": 1}', b'{"id": 2}']


@pytest.mark.parametrize(
    ("body", "expression"),
    [
        (b'{"orders": null}', "orders"),
        (b"{}", "orders"),
        (b'{"orders": {}}', "orders"),
        (b'{"orders": "[]"}', "orders"),
        (b'{"orders": [{"id": 1}, 2]}', "orders"),
        (b'{"orders": [null]}', "orders"),
        (b'{"orders": [[]]}', "orders"),
        (b"[]", "orders"),
        (b"null", "@"),
        (b"{}", "@"),
        (b'{"a": 1}', "a.b.c"),
        (b'{"orders": null}', "orders[?id]"),
        (b'{"orders": [1]}', "orders | [0:1]"),
        (b'{"orders": 1}', "length(orders)"),
    ],
)
def test_what_is_no_list_of_objects_is_misbehaviour_that_names_the_expression(body: bytes, expression: str) -> None:
    with pytest.raises(PartnerMisbehaved) as raised:
        envelope(body).records(expression)

    assert str(raised.value).startswith("shop/orders: the answer to GET /orders ")
    assert f"`{expression}`" in str(raised.value)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("data.count", 2),
        ("meta.t", Decimal("0.1")),
        ("nothing", None),
        ("data.count.deeper", None),
        ("length(data.orders)", 2),
        ("data.orders[-1].id", 2),
        ("missing || data.count", 2),
        ("keys(@) | sort(@)", ["data", "meta"]),
    ],
)
def test_an_expression_beside_the_records_is_read(expression: str, expected: Any) -> None:
    assert envelope().value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("error.code == 'X' || errors[0]", {"error", "errors"}),
        ("items[?open].id | [0]", {"items"}),
        ("sort_by(items, &name)", {"items"}),
        ("{a: one.x, b: two}", {"one", "two"}),
        ("!ok", {"ok"}),
        ("@", None),
        ("[0].id", None),
        ("keys(@)", None),
    ],
)
def test_only_the_members_that_an_expression_names_are_decoded(expression: str, names: set[str] | None) -> None:
    assert root_names(expression) == names


@pytest.mark.parametrize(
    ("expression", "steps", "of_list"),
    [
        ("a.b.c", ("a", "b", "c"), ("a", "b", "c")),
        ("@", (), ()),
        ("a[*]", None, ("a",)),
        ("a[*].b", None, None),
        ("a[0]", None, None),
        ("a[]", None, None),
    ],
)
def test_plain_paths_are_recognised(expression: str, steps: Any, of_list: Any) -> None:
    assert (plain_steps(expression), list_steps(expression)) == (steps, of_list)


LEAVES = st.sampled_from([None, True, False, 0, 1, -5, "", "x"])
INNER = LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(st.sampled_from("abc"), LEAVES, max_size=2)
MIDDLE = INNER | st.lists(INNER, max_size=2) | st.dictionaries(st.sampled_from("abc"), INNER, max_size=2)
DOCUMENTS = st.dictionaries(st.sampled_from("abc"), MIDDLE, max_size=3)
EXPRESSIONS = [
    "a", "a.b", "a.b.c", "a[0]", "a[*]", "a[*].b", "a || b", "a && c", "a == b", "a[?b]", "a[]", "[a, c.b]", "{x: a.b}",
    "!a", "@", "a.b | c", "type(a)", "not_null(a, b, c)",
]  # fmt: skip


@given(DOCUMENTS, st.sampled_from(EXPRESSIONS))
def test_reading_on_demand_gives_what_jmespath_gives_for_the_whole_document(document: Any, expression: str) -> None:
    read = envelope(msgspec.json.encode(document)).value(expression)

    assert read == jmespath.search(expression, document)
