"""The proposal queue over landed customers: what is proposed, withdrawn, decided and counted; nothing is merged."""

from __future__ import annotations

from datetime import date, timedelta

import psycopg
import pytest

from sync_platform.duplicates.comparison import compare_customers
from sync_platform.duplicates.linkage import Pair
from sync_platform.duplicates.proposals import Stored, decide, read_proposal
from sync_platform.errors import DayHeld, DeclarationError
from sync_platform.sandbox import Sandbox
from sync_platform_tests.declared_systems.connected import connect
from sync_platform_tests.declared_systems.partner_server import NOW
from sync_platform_tests.declared_systems.sandbox_server import SandboxServer
from sync_platform_tests.duplicates.conftest import DAY, NOON, POS, SHOP, Landed
from sync_platform_tests.duplicates.labelled import quality


@pytest.fixture
def nimali(landed: Landed) -> Landed:
    """Nimali has two cards and an account; Kasun, who shares her telephone, has a card."""
    landed.member("L1", "Nimali Perera", "077 123 4567")
    landed.member("L2", "PERERA N", "+94771234567")
    landed.member("L3", "Kasun Perera", "077 123 4567")
    landed.account(7, "Nimali", "Perera", "0094771234567")
    return landed


def test_records_of_one_person_are_proposed_within_a_system_and_across(nimali: Landed) -> None:
    report = nimali.compare()

    assert nimali.couples("open") == {("L1", "L2"), ("L1", "7"), ("L2", "7")}
    assert (report.found, report.stored) == (3, Stored(new=3, open=3, withdrawn=0))
    assert {each.cluster for each in nimali.queue()} == {"pos/L1"}
    assert {(each.left_system, each.right_system) for each in nimali.queue()} == {("pos", "pos"), ("pos", "shop")}


def test_the_same_comparison_again_changes_nothing_but_when_it_was_last_seen(nimali: Landed) -> None:
    nimali.compare()
    before = nimali.queue()

    again = nimali.compare()

    assert again.stored == Stored(new=0, open=3, withdrawn=0)
    assert [{**vars(each), "last_seen_at": None} for each in nimali.queue()] == [
        {**vars(each), "last_seen_at": None} for each in before
    ]
    assert {each.last_seen_at - each.first_seen_at for each in nimali.queue()} == {timedelta(minutes=1)}


def test_a_rejected_pair_is_never_proposed_again(nimali: Landed) -> None:
    nimali.compare()
    nimali.decide("rejected", "L1", "L2")

    for _ in range(3):
        nimali.compare()

    assert nimali.couples("open") == {("L1", "7"), ("L2", "7")}
    assert nimali.couples("rejected") == {("L1", "L2")}
    (rejected,) = nimali.queue("rejected")
    assert rejected.decided_by == "ann"


def test_a_pair_that_no_longer_matches_is_withdrawn_and_opens_again_when_it_does(nimali: Landed) -> None:
    nimali.compare()
    nimali.connection.execute("update landing.pos__customers set mobile = '0712222222' where customer_no = 'L2'")

    report = nimali.compare()

    assert report.stored == Stored(new=0, open=1, withdrawn=2)
    assert nimali.couples("withdrawn") == {("L1", "L2"), ("L2", "7")}
    assert nimali.couples("open") == {("L1", "7")}

    nimali.connection.execute("update landing.pos__customers set mobile = '0771234567' where customer_no = 'L2'")
    nimali.compare()
    assert len(nimali.couples("open")) == 3


def test_a_record_that_vanished_takes_its_open_proposals_with_it(nimali: Landed) -> None:
    nimali.compare()
    nimali.gone(POS, "L1")
    nimali.compare()
    assert nimali.couples("open") == {("L2", "7")}


def test_a_decision_outlives_the_match(nimali: Landed) -> None:
    nimali.compare()
    nimali.decide("accepted", "L1", "7")
    nimali.decide("rejected", "L2", "7")
    nimali.gone(SHOP, "7")
    nimali.compare()
    assert nimali.couples("accepted") == {("L1", "7")}
    assert nimali.couples("rejected") == {("L2", "7")}


def test_accepting_merges_nothing(nimali: Landed) -> None:
    nimali.compare()
    before = nimali.select("select * from landing.pos__customers order by customer_no")
    before += nimali.select("select * from landing.shop__customers")
    for couple in (("L1", "L2"), ("L1", "7"), ("L2", "7")):
        nimali.decide("accepted", *couple)
    nimali.compare()
    after = nimali.select("select * from landing.pos__customers order by customer_no")
    assert after + nimali.select("select * from landing.shop__customers") == before


def test_the_rate_counts_copies_per_system_and_over_all_and_what_people_confirmed(nimali: Landed) -> None:
    nimali.member("L4", "Ravi Selvam", "071 555 5555")
    nimali.compare()
    nimali.decide("accepted", "L1", "L2")
    nimali.compare()

    rates = "select system, records, surplus, confirmed, rate::float from report.duplicate_rate order by system"
    assert nimali.select(rates) == [("all", 5, 2, 1, 0.4), ("pos", 4, 1, 1, 0.25), ("shop", 1, 0, 0, 0.0)]

    nimali.decide("rejected", "L1", "L2")
    nimali.decide("rejected", "L2", "7")
    nimali.compare()
    assert nimali.select(rates) == [("all", 5, 1, 0, 0.2), ("pos", 4, 0, 0, 0.0), ("shop", 1, 0, 0, 0.0)]


def test_the_rate_is_as_of_its_oldest_input_and_names_it(nimali: Landed) -> None:
    nimali.day(SHOP, as_of=NOON - timedelta(minutes=30))
    report = nimali.compare()
    assert (report.as_of, report.limited_by) == (NOON - timedelta(minutes=30), SHOP)
    assert nimali.select("select distinct business_day, as_of, limited_by from report.duplicate_rate") == [
        (DAY, NOON - timedelta(minutes=30), SHOP)
    ]


@pytest.mark.parametrize("state", ["held", "partial", "not_obtainable"])
def test_a_day_that_is_not_whole_or_held_is_not_compared_and_the_queue_stays(nimali: Landed, state: str) -> None:
    nimali.compare()
    nimali.day(SHOP, state=state)
    nimali.connection.execute("delete from landing.shop__customers")
    with pytest.raises(DayHeld, match=f"shop/customers is {state}; the last comparison stays"):
        nimali.compare()
    assert len(nimali.couples("open")) == 3


def test_a_day_that_was_never_loaded_is_not_compared(landed: Landed) -> None:
    with pytest.raises(DayHeld, match="pos/customers is never loaded"):
        landed.compare(day=date(2026, 11, 21))


def test_an_older_day_has_its_rate_and_leaves_the_queue_as_it_is(nimali: Landed) -> None:
    """A backfill of yesterday must not withdraw what is so today, nor propose what was so yesterday."""
    yesterday = DAY - timedelta(days=1)
    nimali.row(POS, {"customer_no": "L8", "full_name": "Old Card", "mobile": "0715555555"}, day=yesterday)
    nimali.row(POS, {"customer_no": "L9", "full_name": "Old Card", "mobile": "0715555555"}, day=yesterday)
    for address in (POS, SHOP):
        nimali.day(address, day=yesterday)
    nimali.compare()
    before = nimali.queue()

    report = nimali.compare(day=yesterday)

    assert (report.found, report.stored) == (1, None)
    assert nimali.queue() == before
    assert nimali.select(
        "select records, surplus from report.duplicate_rate where system = 'pos' order by business_day"
    ) == [(2, 1), (3, 1)]


def test_no_customers_are_no_failure(landed: Landed) -> None:
    report = landed.compare()
    assert (report.found, report.records, report.worst) == (0, 0, None)
    assert landed.select("select system, rate from report.duplicate_rate order by 1") == [
        ("all", None),
        ("pos", None),
        ("shop", None),
    ]


def test_the_queue_holds_no_name_number_or_address(nimali: Landed) -> None:
    nimali.compare()
    text = str(nimali.select("select * from report.duplicate_proposal")).lower()
    assert not [word for word in ("nimali", "perera", "123", "galle", "example") if word in text]


def test_a_later_decision_replaces_an_earlier_one(nimali: Landed) -> None:
    nimali.compare()
    nimali.decide("rejected", "L1", "L2", by="ann")
    nimali.decide("accepted", "L1", "L2", by="bea")
    (accepted,) = nimali.queue("accepted")
    assert (accepted.decided_by, nimali.couples("rejected")) == ("bea", set())


def test_of_several_decisions_all_or_none_are_recorded(nimali: Landed) -> None:
    nimali.compare()
    known = nimali.queue()[0].proposal_id
    with pytest.raises(DeclarationError, match="there is no proposal 999999"):
        decide(nimali.connection, [known, 999_999], "accepted", by="ann", now=NOON, dry_run=False)
    assert read_proposal(nimali.connection, known).state == "open"


def test_a_decision_without_a_name_is_refused_by_the_database(nimali: Landed) -> None:
    nimali.compare()
    with pytest.raises(psycopg.errors.CheckViolation, match="decided_by"):
        nimali.connection.execute("update sync.duplicate_proposal set state = 'accepted'")


def test_every_column_of_the_views_says_what_it_means(landed: Landed) -> None:
    undescribed = landed.select(
        "select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0"
        " where c.relnamespace = 'report'::regnamespace and c.relname like 'duplicate%'"
        " and length(coalesce(col_description(c.oid, a.attnum), '')) < 15"
    )
    views = landed.select("select count(*) from pg_views where schemaname = 'report' and viewname like 'duplicate%'")
    assert (undescribed, views) == ([], [(2,)])


def test_a_product_whose_code_the_pos_does_not_know_is_proposed_from_what_is_landed(landed: Landed) -> None:
    for address in ("pos/sales", "pos/stock_levels", "shop/listings"):
        landed.day(address)
    sale = {"line_id": "1", "receipt_no": 1, "branch": "S1", "quantity": 1, "currency": "LKR", "sold_at": NOON}
    sale |= dict.fromkeys(("amount", "retail_discount", "coupon_discount", "coupon_match_discount"), 1)
    sale |= {"business_date": DAY, "as_of": NOON, "modified_at": NOON}
    landed.row("pos/sales", {**sale, "product_id": 11, "product_name": "BREAD:ITALIAN/FRENCH"})
    landed.row("pos/sales", {**sale, "line_id": "2", "product_id": 12, "product_name": "BANANAS"})
    listing = {"branch": "S1", "type": "simple", "status": "publish", "manage_stock": True, "stock_status": "instock"}
    listing |= {"date_created_gmt": NOON, "date_modified_gmt": NOON}
    landed.row("shop/listings", {**listing, "listing_id": 1, "sku": "12", "name": "Bananas"})
    landed.row("shop/listings", {**listing, "listing_id": 2, "sku": "BRD-1", "name": "Bread Italian/French"})

    report = landed.compare_products()

    assert (report.products, report.unknown, report.stored) == (2, 1, Stored(new=1, open=1, withdrawn=0))
    (proposal,) = landed.queue("open")
    assert (proposal.kind, proposal.left_key, proposal.right_key) == ("products", "11", "BRD-1")
    assert proposal.reason == "code unknown to the POS, name 100% alike"


def test_customers_and_products_do_not_withdraw_each_others_proposals(nimali: Landed) -> None:
    nimali.compare()
    for address in ("pos/sales", "pos/stock_levels", "shop/listings"):
        nimali.day(address)
    nimali.compare_products()
    assert len(nimali.couples("open")) == 3


def test_what_the_sandbox_serves_is_proposed_as_well_as_on_the_labelled_set(landed: Landed) -> None:
    """Through both dialects, contracts and landing tables, against the sandbox's hidden truth."""
    with Sandbox.generated(now=NOW) as sandbox:
        server = SandboxServer(sandbox)
        for system in landed.systems:
            if system.name in ("pos", "shop"):
                connected = connect(system, "customers", server=server, database=landed.database)
                assert connected.pull().outcome == "published"
                connected.tools.client.close()
        owners = sandbox.truth.customers()
    day = connected.today
    report = compare_customers(landed.database, landed.sources, day=day, country="LK", now=NOON)
    assert report.records == len(owners)

    truth = {(one, other) for one in owners for other in owners if one < other and owners[one] == owners[other]}
    pairs = tuple(Pair(*each.couple, each.score, each.reason) for each in landed.queue("open"))
    found = quality(pairs, truth)
    assert len(truth) > 250
    assert found.precision >= 0.97
    assert found.recall >= 0.80
