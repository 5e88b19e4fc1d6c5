"""JSON text cut into its parts, as the writer wrote them, where half a surrogate pair stands in one."""

from __future__ import annotations

import pytest

from sync_platform.errors import PartnerMisbehaved
from sync_platform.partners.envelope import Envelope
from sync_platform.partners.json_text import items_of, members_of


def test_the_items_come_as_they_were_written() -> None:
    raw = b' [ {"a":1.50} ,\n"\\ud83d", [1, 2],null,1e400, "\xc3\xa9" ] '
    assert items_of(raw) == [b'{"a":1.50}', b'"\\ud83d"', b"[1, 2]", b"null", b"1e400", b'"\xc3\xa9"']


def test_the_members_come_as_they_were_written() -> None:
    assert members_of(b'{"a" : {"b": "\\udc00"} , "c":[ ]}') == {"a": b'{"b": "\\udc00"}', "c": b"[ ]"}


def test_nothing_is_empty() -> None:
    assert (items_of(b"[]"), members_of(b" { } ")) == ([], {})


BROKEN = (
    b"",
    b"  ",
    b"[",
    b"[1",
    b"[1,",
    b"[1,]",
    b"[,1]",
    b"[1 2]",
    b"[1]]",
    b"[NaN]",
    b"[Infinity]",
    b'["\xff"]',
    b'["a]',
    b"{}",
    b"[" * 100_000,
)


@pytest.mark.parametrize("raw", BROKEN, ids=lambda raw: repr(raw[:12]))
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        items_of(raw)


@pytest.mark.parametrize("raw", [b"{", b'{"a"}', b'{"a":}', b'{"a":1,}', b"{1:2}", b'{"a":1}}', b'{"a" 1}', b"[]"])
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        members_of(raw)


def test_one_record_with_half_a_surrogate_pair_does_not_take_its_neighbours_along() -> None:
    body = b'{"total": 2, "data": {"records": [{"id": "\\ud83d"}, {"id": "B"}]}}'
    envelope = Envelope(body, origin="shop/orders")
    assert envelope.records("data.records") == [b'{"id": "\\ud83d"}', b'{"id": "B"}']
    assert envelope.value("total") == 2


def test_a_cut_body_with_half_a_surrogate_pair_is_still_no_json() -> None:
    envelope = Envelope(b'{"records": [{"id": "\\ud83d"}, {"id": "B"}]', origin="shop/orders")
    with pytest.raises(PartnerMisbehaved, match="is not JSON"):
        envelope.records("records")
