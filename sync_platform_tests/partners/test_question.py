"""A question becomes the request that the partner's declaration asks for, and its window is always [since, until)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.declarations.window import Bound
from sync_platform.errors import DeclarationError
from sync_platform.partners.bound import write_since, write_until
from sync_platform.partners.question import ChangedBetween, Current, WholeDay, first_request
from sync_platform_tests.partners.given import declare

DAY = date(2026, 11, 20)
COLOMBO = BusinessCalendar(zone=ZoneInfo("Asia/Colombo"))
SINCE = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
UNTIL = datetime(2026, 11, 20, 10, 30, 0, tzinfo=UTC)


def params(tmp_path: Any, entity: dict[str, Any], question: Any, **system: Any) -> dict[str, str]:
    (entity_,) = declare(tmp_path, entity=entity, **system).entities
    return dict(first_request(entity_, question).params)


WHOLE_DAYS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "its label": ({"on": {"param": "d", "format": "date"}}, {"d": "2026-11-20"}),
    "its first moment": ({"on": {"param": "d", "format": "epoch_seconds"}}, {"d": "1795113000"}),
    "two moments, end exclusive": (
        {
            "from": {"param": "a", "format": "naive_local"},
            "to": {"param": "b", "format": "naive_local", "inclusive": False},
        },
        {"a": "2026-11-20T00:00:00", "b": "2026-11-21T00:00:00"},
    ),
    "two moments, end inclusive": (
        {"from": {"param": "a"}, "to": {"param": "b"}},
        {"a": "2026-11-20T00:00:00+05:30", "b": "2026-11-20T23:59:59+05:30"},
    ),
    "two moments, start exclusive": (
        {
            "from": {"param": "a", "format": "naive_utc", "inclusive": False},
            "to": {"param": "b", "format": "naive_utc", "inclusive": False},
        },
        {"a": "2026-11-19T18:29:59", "b": "2026-11-20T18:30:00"},
    ),
    "two moments in milliseconds, end inclusive": (
        {
            "from": {"param": "a", "format": "epoch_milliseconds", "resolution": "1ms"},
            "to": {"param": "b", "format": "epoch_milliseconds", "resolution": "1ms"},
        },
        {"a": "1795113000000", "b": "1795199399999"},
    ),
    "two dates, both inclusive": (
        {"from": {"param": "a", "format": "date"}, "to": {"param": "b", "format": "date"}},
        {"a": "2026-11-20", "b": "2026-11-20"},
    ),
    "two dates, end exclusive": (
        {"from": {"param": "a", "format": "date"}, "to": {"param": "b", "format": "date", "inclusive": False}},
        {"a": "2026-11-20", "b": "2026-11-21"},
    ),
    "more parameters": (
        {"on": {"param": "d", "format": "date"}, "params": {"dates_are_gmt": "true"}},
        {"dates_are_gmt": "true", "d": "2026-11-20"},
    ),
}


@pytest.mark.parametrize("kind", WHOLE_DAYS)
def test_a_whole_day_is_asked_for_in_the_partners_calendar(tmp_path: Any, kind: str) -> None:
    window, expected = WHOLE_DAYS[kind]

    assert params(tmp_path, {"business_day": window}, WholeDay(DAY)) == expected


def test_a_day_that_starts_at_six_is_asked_for_from_six_to_six(tmp_path: Any) -> None:
    window = {"from": {"param": "a", "format": "naive_local"}, "to": {"param": "b", "format": "naive_local"}}

    asked = params(tmp_path, {"business_day": window}, WholeDay(DAY), day_starts_at="06:00")

    assert asked == {"a": "2026-11-20T06:00:00", "b": "2026-11-21T05:59:59"}


def test_a_day_on_which_clocks_change_has_25_hours(tmp_path: Any) -> None:
    bound = {"format": "epoch_seconds", "inclusive": True}
    window = {"from": {"param": "a", **bound}, "to": {"param": "b", **bound, "inclusive": False}}

    asked = params(tmp_path, {"business_day": window}, WholeDay(date(2026, 10, 25)), time_zone="Europe/Berlin")

    assert int(asked["b"]) - int(asked["a"]) == 25 * 3600


CHANGES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "inclusive since, exclusive until": (
        {
            "since": {"param": "a", "format": "epoch_seconds"},
            "until": {"param": "b", "format": "epoch_seconds", "inclusive": False},
        },
        {"a": "1795168800", "b": "1795170600"},
    ),
    "exclusive since, inclusive until": (
        {
            "since": {"param": "a", "format": "epoch_seconds", "inclusive": False},
            "until": {"param": "b", "format": "epoch_seconds"},
        },
        {"a": "1795168799", "b": "1795170599"},
    ),
    "exclusive since at a resolution of a minute": (
        {"since": {"param": "a", "format": "naive_utc", "inclusive": False, "resolution": "1m"}},
        {"a": "2026-11-20T09:59:00"},
    ),
    "no until declared": ({"since": {"param": "a", "format": "naive_utc"}}, {"a": "2026-11-20T10:00:00"}),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_window_of_changes_is_shifted_to_the_partners_own_ends(tmp_path: Any, kind: str) -> None:
    window, expected = CHANGES[kind]

    asked = params(tmp_path, {"changed_since": {**window, "field": "changed_at"}}, ChangedBetween(SINCE, UNTIL))

    assert asked == expected


def test_an_open_end_leaves_the_until_parameter_out(tmp_path: Any) -> None:
    assert params(tmp_path, {}, ChangedBetween(SINCE, None)) == {"since": "2026-11-20T15:30:00+05:30"}


def test_a_window_may_be_a_header(tmp_path: Any) -> None:
    changed = {"since": {"header": "If-Modified-Since", "format": "http_date"}, "field": "changed_at"}
    (entity,) = declare(tmp_path, entity={"changed_since": changed, "headers": {"X-View": "full"}}).entities

    request = first_request(entity, ChangedBetween(SINCE, None))

    assert dict(request.headers) == {"X-View": "full", "If-Modified-Since": "Fri, 20 Nov 2026 10:00:00 GMT"}
    assert request.params == ()


def test_a_window_may_be_a_variable_of_the_body(tmp_path: Any) -> None:
    changed = {"since": {"variable": "from_", "format": "epoch_milliseconds"}, "field": "changed_at"}
    body = '{"filter": {"updatedAt": {"gte": {from_}}}}'
    (entity,) = declare(tmp_path, entity={"method": "POST", "body": body, "changed_since": changed}).entities

    request = first_request(entity, ChangedBetween(SINCE, None))

    assert request.body == b'{"filter": {"updatedAt": {"gte": 1795168800000}}}'
    assert request.headers["Content-Type"] == "application/json"


def test_params_are_asked_with_and_the_window_replaces_none_of_them(tmp_path: Any) -> None:
    entity = {
        "params": {"status": "any", "view": 1},
        "pages": {"kind": "page_number", "size": 50, "size_param": "per_page"},
    }

    assert params(tmp_path, entity, WholeDay(DAY)) == {
        "status": "any",
        "view": "1",
        "day": "2026-11-20",
        "page": "1",
        "per_page": "50",
    }


def test_a_state_is_asked_for_without_a_window(tmp_path: Any) -> None:
    assert params(tmp_path, {"params": {"view": "all"}}, Current()) == {"view": "all"}


def test_an_entity_without_a_change_feed_cannot_be_asked_for_changes(tmp_path: Any) -> None:
    with pytest.raises(DeclarationError, match="shop/orders cannot be asked for changes"):
        params(tmp_path, {"changed_since": None}, ChangedBetween(SINCE, None))


def test_a_variable_without_a_body_is_a_declaration_error(tmp_path: Any) -> None:
    changed = {"since": {"variable": "since"}, "field": "changed_at"}
    with pytest.raises(DeclarationError, match="needs a body"):
        params(tmp_path, {"changed_since": changed}, ChangedBetween(SINCE, None))


RESOLUTIONS = {"1ms": "epoch_milliseconds", "1s": "epoch_seconds", "1m": "epoch_seconds"}
MICROSECONDS = st.integers(1_000_000_000_000_000, 4_000_000_000_000_000)
LENGTHS = st.integers(0, 200_000_000_000)


@given(MICROSECONDS, LENGTHS, st.sampled_from(sorted(RESOLUTIONS)), st.booleans(), st.booleans(), st.floats(0, 1))
def test_a_stamp_within_the_window_is_never_left_out(
    start: int, length: int, resolution: str, first: bool, last: bool, share: float
) -> None:
    """A partner that stamps at its resolution and compares as declared answers with every stamp in [since, until)."""
    since, until = _at(start), _at(start + length)
    low_bound = Bound.model_validate(
        {"param": "a", "format": RESOLUTIONS[resolution], "inclusive": first, "resolution": resolution}
    )
    high_bound = low_bound.model_copy(update={"inclusive": last})
    unit, step = {"1ms": (1_000, 1_000), "1s": (1_000_000, 1_000_000), "1m": (1_000_000, 60_000_000)}[resolution]
    stamp = int(start + length * share) // step * step
    low = int(write_since(since, low_bound, calendar=COLOMBO)) * unit
    high = int(write_until(until, high_bound, calendar=COLOMBO)) * unit

    if start <= stamp < start + length:
        assert low <= stamp if first else low < stamp
        assert stamp <= high if last else stamp < high


def _at(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
