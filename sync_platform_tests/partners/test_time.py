"""Whose clock, and as of when: the partner's, never later than the truth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_platform.errors import PartnerMisbehaved
from sync_platform.partners.partner_time import PartnerTime
from sync_platform_tests.partners.conftest import OpenShop
from sync_platform_tests.partners.given import NOON
from sync_platform_tests.partners.server import Asked, Reply

EPOCH_MS = int(NOON.timestamp() * 1000)


def test_a31_the_partners_clock_is_followed_however_far_it_is_from_ours(open_shop: OpenShop) -> None:
    shop = open_shop([Reply({"orders": []}, date=NOON + timedelta(hours=5))])

    assert shop.ask().requested_at == NOON + timedelta(hours=5)
    shop.clock.advance(10)
    assert abs(shop.client.partner_now() - (NOON + timedelta(hours=5, seconds=10))) < timedelta(seconds=0.01)
    assert len(shop.partner.asked) == 1


def test_the_partners_clock_is_asked_for_once_when_it_is_not_known(open_shop: OpenShop) -> None:
    shop = open_shop([Reply({}, status=405)])

    assert shop.client.partner_now() == NOON
    shop.client.partner_now()
    assert len(shop.partner.asked) == 1


def test_an_answer_without_a_time_is_misbehaviour(open_shop: OpenShop) -> None:
    shop = open_shop([Reply({"orders": []}, headers={"Date": ""})])

    with pytest.raises(PartnerMisbehaved, match=r"names no time that can be read.*Declare"):
        shop.ask()


@pytest.mark.parametrize(
    ("declared", "reply"),
    [
        (
            {"body": "serverTime", "format": "epoch_milliseconds"},
            Reply({"serverTime": EPOCH_MS + 60_500, "orders": []}),
        ),
        (
            {"header": "X-Now", "format": "epoch_milliseconds"},
            Reply({"orders": []}, headers={"X-Now": str(EPOCH_MS + 60_500)}),
        ),
    ],
)
def test_a_declared_clock_is_read_instead_of_the_date(
    open_shop: OpenShop, declared: dict[str, str], reply: Reply
) -> None:
    shop = open_shop([reply], api={"clock": declared})

    assert shop.ask().requested_at == NOON + timedelta(seconds=60.5)


def test_an_unchanged_answer_of_a_partner_whose_clock_is_in_its_body_still_has_a_time(open_shop: OpenShop) -> None:
    shop = open_shop([Reply(status=304)], api={"clock": {"body": "serverTime", "format": "epoch_milliseconds"}})

    assert shop.ask().requested_at == NOON


ANSWERS = st.tuples(st.floats(0, 30), st.floats(0, 5), st.floats(0, 1))
"""The pause before a request, how long it takes, and at which share of that the partner reads its clock."""


class TestLowerBound:
    """The worked-out clock against a true one, with answers that name whole seconds."""

    @given(st.floats(-1e5, 1e5), st.lists(ANSWERS, min_size=1, max_size=20))
    def test_it_is_never_later_than_the_truth_and_never_runs_backwards(
        self, ahead: float, answers: list[tuple[float, float, float]]
    ) -> None:
        clock, ours, last = PartnerTime(), 100.0, 0.0
        for pause, duration, share in answers:
            ours += pause
            requested_at, named_at = ours, ours + duration * share
            ours += duration
            named = datetime.fromtimestamp(int(1_795_000_000 + ahead + named_at), UTC)
            clock.observe(named, requested_at=requested_at, arrived_at=ours)
            told = clock.at(requested_at)
            assert told is not None
            assert told.timestamp() <= 1_795_000_000 + ahead + requested_at + 1e-3
            assert told.timestamp() >= last - 1e-3
            last = told.timestamp()

    def test_many_answers_bring_it_closer_than_a_second(self) -> None:
        """True time is ours plus 0.9 s; the first answer just misses a full second, a later one just hits it."""
        clock = PartnerTime()
        clock.observe(datetime.fromtimestamp(1000, UTC), requested_at=1000.0, arrived_at=1000.0)
        clock.observe(datetime.fromtimestamp(1002, UTC), requested_at=1001.1, arrived_at=1001.1)

        told = clock.at(1005.0)
        assert told is not None
        assert told.timestamp() == pytest.approx(1005.9, abs=0.001)

    def test_a_clock_that_is_set_back_is_followed(self) -> None:
        clock = PartnerTime()
        clock.observe(datetime.fromtimestamp(5000, UTC), requested_at=10.0, arrived_at=10.0)
        clock.observe(datetime.fromtimestamp(1000, UTC), requested_at=20.0, arrived_at=20.0)

        assert clock.at(20.0) == datetime.fromtimestamp(1000, UTC)


def as_of(open_shop: OpenShop, declared: dict[str, Any] | None, reply: Reply) -> datetime | None:
    entity = {"as_of": declared} if declared else {}
    (page,) = open_shop([reply], entity=entity).pages()
    return page.as_of


@pytest.mark.parametrize(
    ("declared", "reply", "expected"),
    [
        (None, Reply({"orders": []}), NOON),
        (
            {"body": "asOf", "format": "epoch_milliseconds"},
            Reply({"orders": [], "asOf": EPOCH_MS - 7_000}),
            NOON - timedelta(seconds=7),
        ),
        (
            {"body": "meta.at", "format": "naive_local"},
            Reply({"orders": [], "meta": {"at": "2026-11-20T17:00:00"}}),
            NOON - timedelta(minutes=30),
        ),
        (
            {"header": "Last-Modified"},
            Reply({"orders": []}, headers={"Last-Modified": "Fri, 20 Nov 2026 11:00:00 GMT"}),
            NOON - timedelta(hours=1),
        ),
        ({"body": "asOf", "format": "epoch_milliseconds"}, Reply({"orders": [], "asOf": None}), None),
        ({"header": "Last-Modified"}, Reply({"orders": []}), None),
        ({"header": "Date"}, Reply({"orders": []}), NOON),
    ],
)
def test_as_of_is_what_the_partner_says(
    open_shop: OpenShop, declared: dict[str, Any] | None, reply: Reply, expected: datetime | None
) -> None:
    assert as_of(open_shop, declared, reply) == expected


def test_i5_a_slow_answer_is_true_as_of_its_request_not_of_its_date(open_shop: OpenShop) -> None:
    """The answer took three seconds and its Date was written at their end; its data may be as old as the request."""

    def answer(_: Asked) -> Reply:
        shop.clock.advance(3)
        return Reply({"orders": []})

    shop = open_shop(answer, entity={"as_of": {"header": "Date"}})

    (page,) = shop.pages()

    assert page.requested_at == page.as_of
    assert abs(page.requested_at - (NOON - timedelta(seconds=3))) < timedelta(seconds=0.01)


def test_an_as_of_that_is_no_moment_is_misbehaviour(open_shop: OpenShop) -> None:
    with pytest.raises(PartnerMisbehaved, match="no moment at `asOf`"):
        as_of(open_shop, {"body": "asOf", "format": "offset"}, Reply({"orders": [], "asOf": "yesterday"}))


BRANCHES = {"records": "branches", "branch": "branch", "as_of": "asOf", "format": "epoch_milliseconds"}


def test_each_branch_has_its_own_as_of_on_each_page(open_shop: OpenShop) -> None:
    def reply(number: int, branches: list[dict[str, Any]]) -> Reply:
        return Reply({"total": 3, "orders": [{"id": str(number)}], "branches": branches})

    early, late = {"branch": "S1", "asOf": EPOCH_MS - 1000}, {"branch": "S1", "asOf": EPOCH_MS}
    other, silent = {"branch": 2, "asOf": EPOCH_MS - 2000}, {"branch": "S3", "asOf": None}
    shop = open_shop(
        [reply(1, [early, other, silent]), reply(2, [early, other, silent]), reply(3, [late])],
        entity={"branches": BRANCHES, "pages": {"kind": "page_number", "size": 1, "total": "total"}},
    )

    assert [page.branch_as_of for page in shop.pages()] == [
        {"S1": NOON - timedelta(seconds=1), "2": NOON - timedelta(seconds=2)},
        {"S1": NOON - timedelta(seconds=1), "2": NOON - timedelta(seconds=2)},
        {"S1": NOON},
    ]


@pytest.mark.parametrize("branches", [None, {}, [{"asOf": 1}], [{"branch": "S1", "asOf": "soon"}]])
def test_branches_that_cannot_be_read_are_misbehaviour(open_shop: OpenShop, branches: Any) -> None:
    shop = open_shop([Reply({"orders": [], "branches": branches})], entity={"branches": BRANCHES})

    with pytest.raises(PartnerMisbehaved, match=r"branch|asOf"):
        shop.pages()
