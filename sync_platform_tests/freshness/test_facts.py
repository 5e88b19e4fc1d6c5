"""The report's facts, read from a real PostgreSQL with planted rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sync_platform.declarations.partner_system import PartnerSystem, find_system
from sync_platform.errors import LandingUnavailable
from sync_platform.freshness.advice import advise
from sync_platform.freshness.facts import EntityFacts, FreshnessFacts
from sync_platform.freshness.failed_rules import FailedRule
from sync_platform.freshness.headline import headline
from sync_platform.freshness.moment import write_sentence
from sync_platform.freshness.owed import EntityOwed
from sync_platform.freshness.promise import Verdict
from sync_platform.freshness.report import collect_freshness, fingerprint
from sync_platform.landing.database import Database
from sync_platform.landing.days import read_states
from sync_platform.landing.verifications import VerifiedThrough
from sync_platform.pull.owed import owed_days
from sync_platform_tests.freshness.conftest import Planted

Systems = tuple[PartnerSystem, ...]
# 11:00 in Colombo.
NOW = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
TODAY = date(2026, 11, 21)
ALWAYS = date(2026, 1, 1)
COLOMBO = ZoneInfo("Asia/Colombo")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ADDRESSES = [
    "ledger/entries",
    "payments/payments",
    "payments/payouts",
    "pos/customers",
    "pos/sales",
    "pos/stock_levels",
    "shop/customers",
    "shop/listings",
    "shop/orders",
]


def collect(planted: Planted, systems: Systems, now: datetime = NOW) -> FreshnessFacts:
    return collect_freshness(planted.database, systems, now=now)


def find(facts: FreshnessFacts, address: str) -> EntityFacts:
    return next(entity for entity in facts.entities if entity.address == address)


def advice(facts: FreshnessFacts, address: str) -> list[tuple[str, str | None]]:
    return [(write_sentence(each.sentence, UTC), each.command) for each in find(facts, address).advice]


def test_an_empty_database_says_of_every_declared_entity_that_nothing_is_loaded(
    planted: Planted, systems: Systems
) -> None:
    facts = collect(planted, systems)

    assert sorted(entity.address for entity in facts.entities) == ADDRESSES
    assert {entity.today.verdict.state for entity in facts.entities} == {"never_loaded"}
    assert (facts.fresh, facts.stock, facts.limit) == (0, None, None)
    assert headline(facts, COLOMBO) == "None of 9 entities are fresh; worst off, ledger/entries is never loaded."


def test_a_morning_on_which_all_is_well(planted: Planted, systems: Systems) -> None:
    planted.all_fresh(systems, NOW)

    facts = collect(planted, systems)

    assert facts.fresh == 9
    assert headline(facts, COLOMBO) == ("All 9 entities are fresh; the oldest, ledger/entries, is as of 10:59 +05:30.")
    assert [len(entity.strip) for entity in facts.entities] == [15] * 9
    assert [day.verdict.state for day in find(facts, "pos/sales").strip] == ["fresh"] * 15
    assert [day.verdict.state for day in find(facts, "pos/stock_levels").strip] == ["not_obtainable"] * 14 + ["fresh"]
    assert [each for entity in facts.entities for each in entity.advice] == []


def test_the_oldest_branch_limits_its_entity_and_is_named(planted: Planted, systems: Systems) -> None:
    planted.all_fresh(systems, NOW)
    for branch, minutes in (("S0001", 2), ("S0330", 18), ("S0002", 5)):
        planted.branch("pos/sales", TODAY, branch, NOW - minutes * MINUTE)
    planted.branch("pos/sales", TODAY - DAY, "S0004", NOW - 2 * DAY)

    facts = collect(planted, systems)
    sales = find(facts, "pos/sales")

    assert [clock.branch for clock in sales.branches] == ["S0330", "S0002", "S0001"]
    assert (sales.today.verdict.state, sales.today.limited_by) == ("stale", "S0330")
    assert sales.today.as_of == NOW - 18 * MINUTE
    assert facts.limit is sales
    assert sales.strip[-2].verdict.state == "late"
    assert headline(facts, COLOMBO) == (
        "8 of 9 entities are fresh; pos/sales is stale, limited by branch S0330, as of 10:42 +05:30;"
        " 1 past day is late or held."
    )
    assert advice(facts, "pos/sales") == [
        (
            "The data is true only up to 2026-11-21 05:12 UTC, 18 min behind; limited by branch S0330."
            " Ask Store operations about it.",
            "sync-platform connect pos",
        ),
        ("1 day is late. Read whole again:", "sync-platform pull pos/sales --day 2026-11-20"),
    ]


def test_a_branch_that_reports_hours_late_is_told_as_how_true_the_data_is(planted: Planted, systems: Systems) -> None:
    planted.all_fresh(systems, NOW)
    planted.branch("pos/sales", TODAY, "S0296", NOW - timedelta(hours=5, minutes=45))

    assert advice(collect(planted, systems), "pos/sales")[0][0] == (
        "The data is true only up to 2026-11-20 23:45 UTC, 5 h 45 min behind; limited by branch S0296."
        " Ask Store operations about it."
    )


def test_a_branch_that_is_behind_within_the_promise_is_named_as_the_limit(planted: Planted, systems: Systems) -> None:
    planted.all_fresh(systems, NOW)
    planted.branch("pos/sales", TODAY, "S0330", NOW - 14 * MINUTE)

    facts = collect(planted, systems)

    assert headline(facts, COLOMBO) == (
        "All 9 entities are fresh; the oldest, pos/sales, is limited by branch S0330, as of 10:46 +05:30."
    )


@pytest.mark.parametrize(
    ("kind", "sentence", "command"),
    [
        (
            "unreachable",
            "shop does not answer. Test the connection; the sync goes on by itself once it does.",
            "sync-platform connect shop",
        ),
        (
            "refused",
            "shop refused us. Renew the credential that the failure names, then test it.",
            "sync-platform connect shop",
        ),
        (
            "misbehaved",
            "shop gave an answer that cannot be right. Show E-commerce operations the failure.",
            "sync-platform connect shop",
        ),
    ],
)
def test_a_partner_that_fails_is_told_apart_by_how_it_fails(
    planted: Planted, systems: Systems, kind: str, sentence: str, command: str
) -> None:
    planted.all_fresh(systems, NOW)
    planted.change("shop/orders", TODAY, as_of=NOW - 30 * MINUTE, looked_at=NOW - 30 * MINUTE)
    planted.asked("shop/orders", NOW - timedelta(seconds=2), error_kind=kind, error=f"shop/orders: {kind}")

    facts = collect(planted, systems)

    assert find(facts, "shop/orders").today.verdict.state == "sync_stopped"
    assert advice(facts, "shop/orders") == [(sentence, command)]


@pytest.mark.parametrize(
    ("kind", "minutes", "advised"),
    [("refused", 0, True), ("misbehaved", 0, True), ("unreachable", 1, False), ("unreachable", 3, True)],
)
def test_what_will_break_a_promise_is_told_while_it_is_kept(
    planted: Planted, systems: Systems, kind: str, minutes: int, advised: bool
) -> None:
    planted.all_fresh(systems, NOW)
    planted.change("shop/orders", TODAY, as_of=NOW - minutes * MINUTE, looked_at=NOW - minutes * MINUTE)
    planted.asked("shop/orders", NOW - timedelta(seconds=2), error_kind=kind, error=f"shop/orders: {kind}")

    facts = collect(planted, systems)

    assert find(facts, "shop/orders").today.verdict.state == "fresh"
    assert bool(advice(facts, "shop/orders")) == advised


def test_what_failed_before_a_freeze_is_nobodys_to_mend_while_it_lasts(planted: Planted, systems: Systems) -> None:
    planted.all_fresh(systems, NOW)
    planted.asked("shop/orders", NOW - timedelta(seconds=2), error_kind="refused", error="shop/orders: refused")
    entity = find(collect(planted, systems), "shop/orders")
    frozen = replace(entity.today, verdict=Verdict("frozen", ("Nothing is loaded.",)))

    assert advise(entity, now=NOW)
    assert advise(replace(entity, strip=(*entity.strip[:-1], frozen)), now=NOW) == ()


def test_a_failing_token_of_the_whole_system_counts_for_each_of_its_entities(
    planted: Planted, systems: Systems
) -> None:
    planted.all_fresh(systems, NOW)
    planted.change("shop/orders", TODAY, as_of=NOW - 30 * MINUTE)
    planted.asked("shop", NOW - timedelta(seconds=1), error_kind="refused", error="shop: the key was refused")

    facts = collect(planted, systems)

    assert advice(facts, "shop/orders")[0][0].startswith("shop refused us.")


def test_a_sync_that_died_is_told_apart_from_a_partner_that_stands_still(planted: Planted, systems: Systems) -> None:
    planted.all_fresh(systems, NOW)
    planted.change("shop/orders", TODAY, as_of=NOW - 30 * MINUTE)
    planted.change("payments/payments", TODAY, as_of=NOW - 30 * MINUTE, looked_at=NOW - 30 * MINUTE)
    planted.connection.execute(
        "update sync.exchange set requested_at = %s where system = 'payments'", [NOW - 30 * MINUTE]
    )

    facts = collect(planted, systems)

    assert advice(facts, "shop/orders") == [
        (
            "shop answers, but its data stands still since 2026-11-21 05:00 UTC. Ask E-commerce operations.",
            "sync-platform connect shop",
        )
    ]
    assert advice(facts, "payments/payments") == [
        (
            "Nobody has asked payments since 2026-11-21 05:00 UTC. Is the daemon up and the sensor payments_sync on?",
            "sync-platform doctor",
        )
    ]


def test_a_held_day_shows_why_and_how_to_look(planted: Planted, systems: Systems) -> None:
    planted.all_fresh(systems, NOW)
    planted.change("shop/orders", TODAY - 4 * DAY, state="held", blocking_failed=1, checks_failed=2, checks_passed=5)
    planted.load("shop/orders", TODAY - 4 * DAY, NOW, "held", "shop/orders: 41 of 480 records break the contract")

    facts = collect(planted, systems)
    held = find(facts, "shop/orders").strip[-5]

    assert (held.verdict.state, held.checks_passed, held.checks_failed, held.blocking_failed) == ("held", 5, 2, 1)
    assert held.failure is not None
    assert (held.failure.kind, held.failure.text) == ("held", "shop/orders: 41 of 480 records break the contract")
    assert advice(facts, "shop/orders")[0][1] == "sync-platform pull shop/orders --day 2026-11-17 --dry-run"


def test_failed_rules_are_those_of_a_days_newest_results(planted: Planted, systems: Systems) -> None:
    planted.all_fresh(systems, NOW)
    planted.rule("pos/sales", TODAY, "product_in_catalogue", NOW)
    planted.rule("pos/sales", TODAY, "branch_known", NOW, blocking=True, severity="error")
    planted.rule("pos/sales", TODAY, "quantity_in_range", NOW, passed=True)
    planted.rule("pos/sales", TODAY, "no_longer_in_the_contract", NOW - DAY)
    planted.rule("pos/sales", TODAY - DAY, "product_in_catalogue", NOW - DAY)

    sales = find(collect(planted, systems), "pos/sales")

    assert sales.today.failed_rules == (FailedRule("branch_known", True), FailedRule("product_in_catalogue", False))
    assert sales.strip[-2].failed_rules == (FailedRule("product_in_catalogue", False),)
    assert sales.strip[-3].failed_rules == ()


def test_what_an_entity_owes_is_worked_out_for_its_whole_history(planted: Planted, systems: Systems) -> None:
    """Promise 9: what the sensors ask for is what the page shows."""
    planted.all_fresh(systems, NOW)
    planted.change("pos/sales", TODAY, state="partial", dirty_since=NOW)
    planted.change("pos/sales", TODAY - 3 * DAY, state="partial")
    planted.change("pos/sales", TODAY - 5 * DAY, state="held", dirty_since=NOW)
    planted.change("pos/sales", TODAY - 6 * DAY, dirty_since=NOW)
    planted.day("pos/sales", TODAY - 40 * DAY, as_of=NOW, state="partial")
    planted.waiting("pos/sales", TODAY, 4)
    planted.waiting("pos/sales", TODAY - DAY, 2)

    facts = collect(planted, systems)
    with planted.database.connect() as connection:
        asked = owed_days(pos := find_system(systems, "pos"), read_states(connection, "pos", since=ALWAYS), today=TODAY)

    assert find(facts, "pos/sales").owed == EntityOwed(
        unread=(TODAY, TODAY - 3 * DAY, TODAY - 40 * DAY),
        held=(TODAY - 5 * DAY,),
        due=(TODAY - 5 * DAY, TODAY - 6 * DAY),
        waiting=6,
    )
    assert [(owed.purpose, owed.first_day, owed.last_day, owed.entities) for owed in asked] == [
        ("today", TODAY, TODAY, ("sales",)),
        ("history", TODAY - 40 * DAY, TODAY - 3 * DAY, ("sales",)),
    ]
    assert {entity.address for entity in facts.entities if entity.owed != EntityOwed()} == {"pos/sales"}
    assert pos.declaration.history_days == 14


def test_nothing_loaded_owes_the_history_of_events_and_only_today_of_states(planted: Planted, systems: Systems) -> None:
    facts = collect(planted, systems)

    assert len(find(facts, "pos/sales").owed.unread) == 15
    assert find(facts, "pos/stock_levels").owed.unread == (TODAY,)


def test_up_to_which_day_the_partner_agrees_is_among_the_facts(planted: Planted, systems: Systems) -> None:
    planted.verified(
        "payments/payments", TODAY - 9 * DAY, settled=TODAY - 3 * DAY, hole_day=TODAY - 8 * DAY, hole="differs"
    )

    facts = collect(planted, systems)

    payments, stock = find(facts, "payments/payments"), find(facts, "pos/stock_levels")
    assert payments.verified == VerifiedThrough(None, TODAY - 9 * DAY, TODAY - 3 * DAY, TODAY - 8 * DAY, "differs")
    assert (payments.verifies, stock.verifies, stock.verified) == (True, False, None)


def test_late_days_are_read_again_with_one_command(planted: Planted, systems: Systems) -> None:
    planted.all_fresh(systems, NOW)
    for back in (2, 3, 5):
        planted.change("ledger/entries", TODAY - back * DAY, read_began_at=NOW - 20 * DAY)

    facts = collect(planted, systems)

    assert advice(facts, "ledger/entries") == [
        ("3 days are late. Read whole again:", "sync-platform pull ledger/entries --from 2026-11-16 --to 2026-11-19")
    ]


def test_open_dead_letters_are_counted_over_all_days_with_their_top_reasons(planted: Planted, systems: Systems) -> None:
    planted.letters("pos/sales", TODAY, 3)
    planted.letters("pos/sales", TODAY - 300 * DAY, 2)
    planted.letters("pos/sales", TODAY, 4, reason="value_set", field="currency")
    planted.letters("pos/sales", TODAY, 9, reason="missing", field="branch", state="resolved")
    for field in ("a", "b", "c", "d", "e"):
        planted.letters("pos/sales", TODAY, 1, reason="type", field=field)

    sales = find(collect(planted, systems), "pos/sales")

    assert sales.dead_letters == 14
    assert [(reason.reason, reason.field, reason.records) for reason in sales.reasons] == [
        ("range", "quantity", 5),
        ("value_set", "currency", 4),
        ("type", "a", 1),
        ("type", "b", 1),
        ("type", "c", 1),
    ]


def test_a_secret_in_a_stored_failure_is_not_in_the_facts(planted: Planted, systems: Systems) -> None:
    planted.load("pos/sales", TODAY, NOW, "refused", "GET /sales?api_key=hunter2hunter2 was refused")

    assert "hunter2" not in repr(collect(planted, systems))


def test_the_stock_comparison_is_the_newest_days_with_its_largest_differences(
    planted: Planted, systems: Systems
) -> None:
    planted.stock(TODAY - DAY, "OLD", 0, 900, "oversold", as_of=NOW - DAY)
    planted.stock(TODAY, "SAME", 5, 5, "agrees", as_of=NOW - MINUTE)
    planted.stock(TODAY, "FEWER", 9, 2, "differs", as_of=NOW - 90 * DAY, limited_by="shop/listings")
    planted.stock(TODAY, "GONE", None, 4, "missing_at_pos", as_of=NOW - MINUTE)
    for number in range(25):
        planted.stock(TODAY, f"OVER{number:02d}", 0, 10 + number, "oversold", as_of=NOW - MINUTE)

    planted.stock_day(TODAY - DAY, pairs=1, oversold=1, as_of=NOW - DAY, limited_by="shop/listings")
    figures = {"pairs": 28, "agreeing": 1, "oversold": 25, "differing": 1, "missing": 1}
    limit = {"limited_by": "pos/stock_levels", "limited_by_branch": "S0330"}
    planted.stock_day(TODAY, as_of=NOW - 3 * MINUTE, **figures, **limit)

    stock = collect(planted, systems).stock

    assert stock is not None
    assert (stock.day, stock.pairs, stock.agreeing, stock.disagreeing) == (TODAY, 28, 1, 27)
    assert (stock.oversold, stock.differing, stock.missing) == (25, 1, 1)
    assert (stock.as_of, stock.limited_by) == (NOW - 3 * MINUTE, "pos/stock_levels, branch S0330")
    assert [row.sku for row in stock.largest] == [f"OVER{number:02d}" for number in range(24, 4, -1)]


def test_the_fingerprint_moves_with_the_data_and_not_with_the_time(planted: Planted, systems: Systems) -> None:
    planted.all_fresh(systems, NOW)
    first = fingerprint(collect(planted, systems))

    later = fingerprint(collect(planted, systems, NOW + 3 * MINUTE))
    planted.asked("pos/sales", NOW + MINUTE)
    asked_again = fingerprint(collect(planted, systems))
    stale = fingerprint(collect(planted, systems, NOW + 20 * MINUTE))
    planted.change("pos/sales", TODAY, rows=101)
    another_row = fingerprint(collect(planted, systems))

    assert first == later == asked_again
    assert len({first, stale, another_row}) == 3


def test_no_database_is_an_error_and_not_an_empty_report(systems: Systems) -> None:
    with pytest.raises(LandingUnavailable):
        collect_freshness(Database("postgresql://nobody@127.0.0.1:1/none"), systems, now=NOW)
