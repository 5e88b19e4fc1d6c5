"""Every declared system: each wrong answer ends in its own outcome, and nothing that is landed is lost."""

from __future__ import annotations

from typing import Any

import pytest

from sync_platform.declarations.auth import OAuth2ClientCredentialsAuth, SessionLoginAuth
from sync_platform_tests.declared_systems.connected import Connected, Row
from sync_platform_tests.declared_systems.served import cases, counts

EVERY_PAGE: dict[str, tuple[str, dict[str, Any], str]] = {
    "A6_500": ("status", {"status": 500}, "unreachable"),
    "A6_503": ("status", {"status": 503}, "unreachable"),
    "A36_401": ("status", {"status": 401}, "refused"),
    "A38_403": ("status", {"status": 403}, "refused"),
    "410": ("status", {"status": 410}, "misbehaved"),
    "A4_429": ("status", {"status": 429}, "throttled"),
    "A40_302": ("status", {"status": 302, "headers": {"Location": "https://login.example.com/"}}, "misbehaved"),
    "A12_cut_body": ("cut_body", {"after_bytes": 40, "keep_length": True}, "unreachable"),
    "A12_cut_body_without_length": ("cut_body", {"after_bytes": 40, "keep_length": False}, "unreachable"),
    "A15_web_page": ("html", {}, "misbehaved"),
    "A17_not_json": ("not_json", {}, "misbehaved"),
    "A42_sudden_nothing": ("empty", {}, "held"),
}


@cases()
@pytest.mark.parametrize("fault", EVERY_PAGE)
def test_an_answer_that_is_wrong_each_time_has_its_own_outcome_and_changes_nothing(
    connected: Connected, fault: str
) -> None:
    """Promises 6 and 7; the ids name the rows of the list of faults."""
    kind, options, outcome = EVERY_PAGE[fault]
    connected.pull()
    landed, served = connected.rows(live=False), _served(connected)
    connected.server.advance(60)
    connected.server.fault(connected.entity, kind, **options)

    load = connected.pull()

    assert (load.outcome, load.error_kind, load.inserted, load.updated) == (outcome, outcome, 0, 0)
    assert (load.error or "").startswith(connected.entity.address)
    assert connected.rows(live=False) == landed
    assert _served(connected) == served
    assert connected.select("select outcome from sync.load order by started_at, outcome desc")[-1]["outcome"] == outcome


@cases()
@pytest.mark.parametrize("fault", ["A6_500", "A6_503", "A4_429", "A12_cut_body", "A15_web_page"])
def test_an_answer_that_is_wrong_once_is_asked_for_again(connected: Connected, fault: str) -> None:
    kind, options, _ = EVERY_PAGE[fault]
    connected.server.fault(connected.entity, kind, times=1, **options)

    load = connected.pull()

    assert load.outcome == "published"
    assert connected.day_keys() | connected.rejected_keys() == connected.truth
    assert len(connected.clock.slept) == 1


@cases()
def test_credentials_that_end_in_the_middle_are_renewed_once_where_they_can_be(connected: Connected) -> None:
    """Fault A36."""
    auth = connected.system.declaration.api.auth
    renewable = isinstance(auth, OAuth2ClientCredentialsAuth | SessionLoginAuth)
    connected.server.fault(connected.entity, "status", times=1, status=401)

    load = connected.pull()

    assert load.outcome == ("published" if renewable else "refused")
    assert connected.day_keys() | connected.rejected_keys() == (connected.truth if renewable else set())
    assert connected.clock.slept == []


@cases()
def test_patience_that_is_asked_for_is_given(connected: Connected) -> None:
    """Fault A1: twice 7 s, slept on our clock and not shorter."""
    connected.server.fault(connected.entity, "status", times=2, status=429, headers={"Retry-After": "7"})

    load = connected.pull()

    assert load.outcome == "published"
    assert len(connected.clock.slept) >= 2
    assert all(7 <= seconds <= 14 for seconds in connected.clock.slept if seconds > 5)
    assert sum(connected.clock.slept) >= 14


@cases()
@pytest.mark.parametrize("asked", ["Wed, 18 Nov 2026 00:00:00 GMT", "-5", "soon"])
def test_a_wish_for_patience_that_makes_no_sense_does_not_hold_us_up(connected: Connected, asked: str) -> None:
    """Faults A2, A3."""
    connected.server.fault(connected.entity, "status", times=1, status=429, headers={"Retry-After": asked})

    load = connected.pull()

    assert load.outcome == "published"
    assert sum(connected.clock.slept) <= 5


@cases()
def test_a_wish_for_an_hours_patience_ends_the_load_instead_of_holding_it(connected: Connected) -> None:
    """Fault A3."""
    connected.server.fault(connected.entity, "status", status=429, headers={"Retry-After": "3600"})

    load = connected.pull()

    assert load.outcome == "throttled"
    assert sum(connected.clock.slept) <= 60


@cases(lambda entity: entity.system in ("pos", "wms"))
def test_a_failure_that_comes_with_status_200_is_a_failure(connected: Connected) -> None:
    """Fault A16."""
    said = connected.server.failure_in_200
    connected.server.fault(connected.entity, "status", status=200, body=said)

    load = connected.pull()

    assert (load.outcome, load.read, connected.rows()) == ("unreachable", 0, [])


@cases(counts)
@pytest.mark.parametrize("difference", [-1, 1])
def test_a_count_that_disagrees_with_the_records_publishes_nothing(connected: Connected, difference: int) -> None:
    """Promise 6."""
    connected.server.fault(connected.entity, "wrong_total", difference=difference)

    load = connected.pull()

    assert (load.outcome, connected.rows()) == ("misbehaved", [])
    assert connected.state() != "complete"


@cases()
def test_a_record_that_breaks_its_contract_becomes_a_dead_letter_and_the_others_land(connected: Connected) -> None:
    """Fault A33."""
    connected.tolerating_rejects()
    connected.server.fault(connected.entity, "bad_record", field=connected.spoilable_path(), value={"x": 1})

    load = connected.pull()

    spoilt = [letter for letter in connected.letters() if letter["field"] == connected.spoilable_field()]
    assert load.outcome == "published"
    assert connected.day_keys() | connected.rejected_keys() == connected.truth
    assert [letter["reason"] for letter in spoilt] == ["type"] * len(spoilt)
    kept = [connected.tools.seal.open(bytes(letter["payload"]), sealed=letter["sealed"]) for letter in spoilt]
    assert all(payload is not None and b'{"x":1}' in payload.replace(b" ", b"") for payload in kept)
    assert all(letter["message"] and '"x"' not in letter["message"] for letter in spoilt)
    assert spoilt


@cases()
def test_a_required_field_that_is_renamed_holds_the_day_and_the_last_good_version_stays(connected: Connected) -> None:
    """Fault A34: past the declared share of rejected records nothing is published."""
    connected.pull()
    landed, served = connected.rows(live=False), _served(connected)
    path = connected.spoilable_path()
    renamed = {path: f"{path.rpartition('.')[2]}New"}
    connected.server.fault(connected.entity, "schema_change", rename=renamed)

    load = connected.pull()

    assert (load.outcome, load.dead_lettered) == ("held", load.read)
    assert connected.state() == "held"
    assert connected.rows(live=False) == landed
    assert _served(connected) == served
    assert {letter["field"] for letter in connected.letters()} >= {connected.spoilable_field()}


@cases()
def test_a_held_day_is_freed_by_a_good_answer(connected: Connected) -> None:
    connected.pull()
    connected.server.fault(connected.entity, "empty")
    connected.pull()
    connected.server.mend()

    load = connected.pull()

    assert (load.outcome, connected.state()) == ("published", "complete")


def _served(connected: Connected) -> list[Row]:
    """What is shown of the day: rows and the moment as of which they are true."""
    return connected.select("select rows, as_of, complete_load_id from sync.entity_day order by business_day")
