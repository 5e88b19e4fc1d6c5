"""A day held against the till: what dead letters explain, what they do not, and what else a difference can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sync_platform.declarations.partner_system import Entity
from sync_platform.declarations.verify import Verify
from sync_platform.errors import DeclarationError
from sync_platform.landing.database import Database
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform.partners.client import PartnerClient
from sync_platform.verification.verification import Verification, VerifyTools
from sync_platform.verification.verify_day import verify_day
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Record, Till, sale

DAY = "2026-11-17"
"""The last settled day at NOON of 2026-11-20, with three late days."""
TOTALS = Verify.model_validate({"totals": {"path": "/totals", "count": "count", "sums": {"amount": "amount"}}})
COUNT = Verify()


def sold(id_: str, amount: str | None = "1.00", **more: Any) -> Record:
    """A sale of the settled day."""
    return sale(id_, amount, day=DAY, **more)


class Verifier:
    """Verifies the hub's sales."""

    def __init__(self, hub: Hub, till: Till, clock: GivenClock, database: Database) -> None:
        client = PartnerClient(hub.system.declaration, environment={"TILL_BASE_URL": till.url}, clock=clock)
        self.tools = VerifyTools(database, client, clock, seal=NO_KEYS)
        self._hub = hub

    def __call__(self, verify: Verify = TOTALS, *, day: str = DAY) -> Verification:
        return verify_day(self.tools, self._hub.system, self.entity(verify), day=date.fromisoformat(day))

    def entity(self, verify: Verify | None) -> Entity:
        entity = self._hub.entity("sales")
        return replace(entity, declaration=entity.declaration.model_copy(update={"verify": verify}))


@pytest.fixture
def verify(hub: Hub, till: Till, clock: GivenClock, database: Database) -> Verifier:
    return Verifier(hub, till, clock, database)


def found(verification: Verification) -> list[tuple[str, str, str]]:
    return [(one.kind, one.record_key, one.note) for one in verification.differences]


def test_dead_letters_explain_exactly_themselves_and_are_named(hub: Hub, till: Till, verify: Verifier) -> None:
    till.has_sales(sold("1"), sold("2"), sold("3"), sold("4", "2.50", status=5), sold("5", "0.25", status=5), sold("6"))
    hub.pull_day(day=DAY)

    verification = verify()

    assert verification.verdict == "explained"
    assert verification.words == (
        "The partner has 6 records, amount 6.75, landed are 4 records, amount 4.00; "
        "2 dead letters explain 2 of the difference."
    )
    assert verification.known is not None
    assert (verification.known.count, verification.known.sums) == (2, {"amount": Decimal("2.75")})
    assert (verification.searched, verification.requests) == (False, 1)


def test_what_dead_letters_do_not_explain_is_searched_and_they_are_not_evidence(
    hub: Hub, till: Till, verify: Verifier
) -> None:
    till.has_sales(sold("1"), sold("2"), sold("3"), sold("4", status=5))
    hub.pull_day(day=DAY)
    hub.run("delete from landing.till__sales where id = '2'")

    verification = verify()

    assert (verification.verdict, found(verification)) == ("differs", [("missing_here", '["2"]', "")])
    assert verification.words == (
        "The partner has 4 records, amount 4.00, landed are 2 records, amount 2.00; 1 dead letter explains 1 of the "
        "difference: 1 missing here. Take it in: `sync-platform pull till/sales --day 2026-11-17`."
    )


def test_a_dead_letter_whose_record_the_partner_removed_explains_nothing_any_more(
    hub: Hub, till: Till, verify: Verifier
) -> None:
    till.has_sales(sold("1"), sold("2", status=5))
    hub.pull_day(day=DAY)
    till.removes("2")

    verification = verify()

    assert (verification.verdict, verification.differing, verification.searched) == ("agrees", 0, True)


def test_a_letter_that_the_last_complete_read_did_not_meet_stands_for_no_record_that_is_missing(
    hub: Hub, till: Till, verify: Verifier, clock: GivenClock
) -> None:
    """As many are missing as there are letters, and of no one of them does a letter tell."""
    till.has_sales(sold("1"), sold("2"), sold("3", status=5))
    hub.pull_day(day=DAY)
    till.removes("3")
    clock.advance(600)
    hub.pull_day(day=DAY)
    assert (hub.letters(), verify(COUNT).verdict) == ([('["3"]', "type")], "agrees")
    hub.run("delete from landing.till__sales where id = '2'")

    verification = verify(COUNT)

    assert (verification.verdict, found(verification)) == ("differs", [("missing_here", '["2"]', "")])


def test_a_tombstone_counts_for_nothing(hub: Hub, till: Till, verify: Verifier, clock: GivenClock) -> None:
    till.has_sales(sold("1"), sold("2"))
    hub.pull_day(day=DAY)
    clock.advance(600)
    till.removes("2")
    hub.pull_day(day=DAY)
    assert hub.gone() == ["2"]

    verification = verify()

    assert (verification.verdict, verification.searched) == ("agrees", False)


def test_a_count_that_its_own_records_contradict_is_not_explained_by_dead_letters(
    hub: Hub, till: Till, verify: Verifier
) -> None:
    till.has_sales(sold("1"), sold("2"), sold("3"), sold("4", status=5))
    hub.pull_day(day=DAY)
    till.fails(path="/sales", total=5)

    verification = verify(COUNT)

    assert (verification.verdict, verification.differing) == ("contradicts", 0)


def test_a_dead_letter_hides_no_record_that_is_landed_and_gone(hub: Hub, till: Till, verify: Verifier) -> None:
    """Both counts are equal: what the letter says is missing and what is too much here weigh each other out."""
    till.has_sales(sold("1"), sold("2"), sold("3", status=5))
    hub.pull_day(day=DAY)
    till.removes("2")

    verification = verify()

    assert (verification.verdict, found(verification)) == ("differs", [("missing_there", '["2"]', "")])


def test_a_conflict_is_known_by_its_dead_letter(hub: Hub, till: Till, verify: Verifier) -> None:
    till.has_sales(sold("1"), sold("2", "1.00"))
    hub.pull_day(day=DAY)
    till.has_sales(sold("1"), sold("2", "9.00"))
    hub.pull_day(day=DAY)
    assert hub.letters() == [('["2"]', "conflict")]

    verification = verify()

    assert (verification.verdict, verification.differing) == ("explained", 0)
    assert verification.words.endswith("dead letters tell of every record that differs.")


def test_a_record_that_breaks_the_contract_by_now_is_told_as_that(hub: Hub, till: Till, verify: Verifier) -> None:
    till.has_sales(sold("1"), sold("2"))
    hub.pull_day(day=DAY)
    till.has_sales(sold("1"), sold("2", None))

    verification = verify()

    assert (verification.verdict, found(verification)) == (
        "differs",
        [("rejected", '["2"]', "amount: is required and null")],
    )


def test_a_record_that_is_landed_elsewhere_says_where(hub: Hub, till: Till, verify: Verifier) -> None:
    till.has_sales(sold("1"), sold("2"), sold("3"))
    hub.pull_day(day=DAY)
    hub.run("update landing.till__sales set _business_day = '2026-11-16' where id = '2'")
    hub.run("update landing.till__sales set _deleted_at = now() where id = '3'")

    assert found(verify(COUNT)) == [
        ("missing_here", '["2"]', "landed on 2026-11-16"),
        ("missing_here", '["3"]', "landed as a tombstone"),
    ]


def test_each_differing_field_is_shown_from_both_sides(hub: Hub, till: Till, verify: Verifier) -> None:
    till.has_sales(sold("1", "12.50"), sold("2"))
    hub.pull_day(day=DAY)
    hub.run("update landing.till__sales set amount = 12.40, status = null where id = '1'")

    (difference,) = verify().differences

    assert (difference.kind, difference.record_key) == ("changed", '["1"]')
    assert difference.fields == {
        "amount": {"partner": "12.50", "landed": "12.40"},
        "status": {"partner": "open", "landed": None},
    }


def test_a_value_that_was_changed_by_hand_is_told_as_that_because_a_pull_leaves_it(
    hub: Hub, till: Till, verify: Verifier
) -> None:
    till.has_sales(sold("1", "12.50"), sold("2"))
    hub.pull_day(day=DAY)
    hub.run("update landing.till__sales set amount = 12.40 where id = '1'")
    hub.pull_day(day=DAY)

    ((_, key, note),) = found(verify())

    assert key == '["1"]'
    assert note.endswith("which a pull cannot see: delete the row, then pull")
    hub.run("delete from landing.till__sales where id = '1'")
    hub.pull_day(day=DAY)
    assert verify().verdict == "agrees"


def test_sums_are_exact_to_the_last_digit(hub: Hub, till: Till, verify: Verifier) -> None:
    """Faults M1: as floating point 0.10 + 0.20 is not 0.30, and a cent in a billion is lost."""
    till.has_sales(sold("1", "0.10"), sold("2", "0.20"), sold("3", "1000000000.00"))
    hub.pull_day(day=DAY)
    verification = verify()
    assert verification.verdict == "agrees"
    assert verification.landed is not None
    assert str(verification.landed.sums["amount"]) == "1000000000.30"

    hub.run("update landing.till__sales set amount = amount + 0.01 where id = '3'")
    assert verify().verdict == "differs"


def test_a_difference_that_is_landed_while_it_is_looked_at_is_none(hub: Hub, till: Till, verify: Verifier) -> None:
    till.has_sales(sold("1"), sold("2"))
    hub.pull_day(day=DAY)
    till.has_sales(sold("1"), sold("2"), sold("3"))
    landed: list[str] = []

    def land_first(path: str, page: int) -> None:
        if path == "/sales" and not landed:
            landed.append("now")
            with_more = hub.another()
            with_more.pull_day(day=DAY)
            with_more.close()

    till.before_page = land_first
    verification = verify()

    assert landed == ["now"]
    assert (verification.verdict, verification.differing) == ("agrees", 0)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b'{"amount": "1.00"}', "gives no count in `count`"),
        (b'{"count": "many", "amount": "1.00"}', "gives no count in `count`"),
        (b'{"count": 1}', "gives no sum in `amount`"),
        (b'{"count": 1, "amount": "NaN"}', "gives no sum in `amount`"),
        (b'{"count": 1, "amount": true}', "gives no sum in `amount`"),
        (b'{"count": 1, "count": 2, "amount": "1.00"}', "names the key 'count' twice"),
        (b"[]", "gives no count in `count`"),
    ],
)
def test_an_answer_without_the_figures_is_misbehaviour_and_no_verdict(
    hub: Hub, till: Till, verify: Verifier, body: bytes, what: str
) -> None:
    till.has_sales(sold("1"))
    hub.pull_day(day=DAY)
    till.fails(path="/totals", body=body)

    verification = verify()

    assert (verification.verdict, verification.failure_kind) == ("unanswered", "misbehaved")
    assert what in verification.words


def test_sums_of_no_records_may_be_null(hub: Hub, till: Till, verify: Verifier) -> None:
    till.has_sales()
    hub.pull_day(day=DAY)
    till.fails(path="/totals", body=b'{"count": 0, "amount": null}')

    assert verify().verdict == "agrees"


def test_more_differing_keys_than_are_kept_are_counted(hub: Hub, till: Till, verify: Verifier) -> None:
    till.has_sales(*(sold(f"{number:03d}") for number in range(250)))
    hub.pull_day(day=DAY)
    hub.run("delete from landing.till__sales where id >= '020'")

    verification = verify(COUNT)

    assert (verification.differing, len(verification.differences)) == (230, 200)
    assert "230 missing here" in verification.words
    assert hub.query("select missing_here from sync.verification") == [{"missing_here": 230}]
    assert hub.query("select count(*) as n from sync.verification_difference") == [{"n": 200}]


def test_the_report_has_the_figures_the_keys_and_how_far_the_entity_is_verified(
    hub: Hub, till: Till, verify: Verifier
) -> None:
    till.has_sales(sold("1"), sold("2", "0.50"))
    hub.pull_day(day=DAY)
    hub.run("delete from landing.till__sales where id = '2'")
    verification = verify()

    (row,) = hub.query("select * from report.verification")

    assert (row["verdict"], row["words"], row["scope"]) == ("differs", verification.words, "day")
    assert (row["partner_count"], row["landed_count"], row["missing_here"]) == (2, 1, 1)
    assert (row["partner_sums"], row["landed_sums"]) == ({"amount": "1.50"}, {"amount": "1.00"})
    assert row["differing_keys"] == [{"key": '["2"]', "kind": "missing_here", "fields": {}, "note": ""}]
    assert (row["verified_from"], row["verified_through"], row["hole"]) == (date.fromisoformat(DAY), None, "differs")


def test_an_open_day_is_not_verified_where_its_partner_cannot_be_asked_for_a_settled_part(
    hub: Hub, till: Till, verify: Verifier
) -> None:
    till.has_sales(sale("1"))
    hub.pull_day()
    with pytest.raises(DeclarationError, match="has not ended"):
        verify(day="2026-11-20")


def test_an_entity_that_declares_no_way_to_ask_is_told_so(verify: Verifier, hub: Hub) -> None:
    with pytest.raises(DeclarationError, match="cannot be asked for figures"):
        verify_day(verify.tools, hub.system, verify.entity(None), day=date.fromisoformat(DAY))


def test_the_days_before_the_declared_first_one_do_not_count(hub: Hub, till: Till, verify: Verifier) -> None:
    till.has_sales(sale("1", day="2026-11-01"), sold("2"))
    for day in ("2026-11-01", DAY):
        hub.pull_day(day=day)

    through = verify(COUNT).through
    assert through is not None
    assert (through.verified_through, through.hole_day, through.hole) == (None, date(2026, 11, 1), "not verified")

    through = verify(COUNT.model_copy(update={"since": date(2026, 11, 17)})).through
    assert through is not None
    assert (through.verified_from, through.verified_through, through.hole) == (
        date(2026, 11, 17),
        date(2026, 11, 17),
        None,
    )


def test_a_day_between_that_was_never_loaded_is_a_hole(hub: Hub, till: Till, verify: Verifier) -> None:
    till.has_sales(sale("1", day="2026-11-15"), sold("2"))
    for day in ("2026-11-15", DAY):
        hub.pull_day(day=day)
        through = verify(COUNT, day=day).through

    assert through is not None
    assert (through.verified_through, through.hole_day, through.hole) == (
        date(2026, 11, 15),
        date(2026, 11, 16),
        "never loaded whole",
    )
