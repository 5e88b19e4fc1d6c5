"""Rules on real rows: what passes, what fails, what cannot be run, and what is never shown."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from psycopg import sql

from sync_platform.checks import violations
from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.checks.suite import run_rules
from sync_platform.contracts.contract import Rule, Severity
from sync_platform.contracts.expectation_names import BUSINESS_RECORD_ONCE
from sync_platform.errors import LandingUnavailable
from sync_platform_tests.checks.conftest import COLUMNS, DAY, Orders, order_contract


def rule(
    name: str, expectation: str, column: str | None = None, severity: Severity = Severity.CRITICAL, **arguments: Any
) -> Rule:
    return Rule(
        name=name, severity=severity, description="", expectation=expectation, arguments=arguments, column=column
    )


def run(orders: Orders, *rules: Rule, **options: Any) -> dict[str, RuleResult]:
    results = run_rules(order_contract(*rules), orders.relation, database_url=orders.url, **options)
    return {result.rule: result for result in results}


# A colon, a percent sign, braces, a cast and a join: each means something to one of the layers a query goes through.
AWKWARD_QUERY = (
    "select count(*) from {table} as t join {table} as u using (id) "
    "where t.note like '5%' and '{a}'::text = '{a}' and ' :x' <> '08:30';"
)

# rule, the row that breaks it, what is said, what is shown of the row
BROKEN: list[tuple[Rule, dict[str, Any], str, tuple[dict[str, str], ...]]] = [
    (
        rule("key", "ExpectKeyUnique", key=["id"]),
        {"id": "A1"},
        "1 keys occur more than once in 4 rows",
        ({"id": "A1"}, {"id": "A1"}),
    ),
    (
        rule("required", "ExpectColumnValuesToNotBeNull", "status"),
        {"status": None},
        "1 of 4 rows: status missing",
        ({"id": "A4", "status": "NULL"},),
    ),
    (
        rule("null", "ExpectColumnValuesToBeNull", "voided_at"),
        {"voided_at": "2026-11-20T08:30:00+00:00"},
        "1 of 4 rows: voided_at against ExpectColumnValuesToBeNull",
        ({"id": "A4", "voided_at": "2026-11-20 08:30:00+00"},),
    ),
    (
        rule("range", "ExpectColumnValuesToBeBetween", "quantity", min_value=1, max_value=1000),
        {"quantity": 0},
        "1 of 4 rows: quantity outside 1..1000",
        ({"id": "A4", "quantity": "0"},),
    ),
    (
        rule("strict_range", "ExpectColumnValuesToBeBetween", "paid", min_value=0, strict_min=True),
        {"paid": 0},
        "1 of 4 rows: paid outside 0<..",
        ({"id": "A4", "paid": "0"},),
    ),
    (
        rule("set", "ExpectColumnValuesToBeInSet", "status", value_set=["paid", "open", "it's"]),
        {"status": "lost"},
        "1 of 4 rows: status not one of paid, open, it's",
        ({"id": "A4", "status": "lost"},),
    ),
    (
        rule("not_set", "ExpectColumnValuesToNotBeInSet", "note", value_set=["TEST"]),
        {"note": "TEST"},
        "1 of 4 rows: note one of TEST",
        ({"id": "A4", "note": "TEST"},),
    ),
    (
        rule("regex", "ExpectColumnValuesToMatchRegex", "branch", regex="^S[0-9]{1,4}$"),
        {"branch": "X1"},
        "1 of 4 rows: branch not like ^S[0-9]{1,4}$",
        ({"id": "A4", "branch": "X1"},),
    ),
    (
        rule("not_regex", "ExpectColumnValuesToNotMatchRegex", "note", regex="^[?]+$"),
        {"note": "???"},
        "1 of 4 rows: note against ExpectColumnValuesToNotMatchRegex",
        ({"id": "A4", "note": "???"},),
    ),
    (
        rule("like", "ExpectColumnValuesToMatchLikePattern", "id", like_pattern="A%"),
        {"id": "B9"},
        "1 of 4 rows: id against ExpectColumnValuesToMatchLikePattern",
        ({"id": "B9"},),
    ),
    (
        rule("not_like", "ExpectColumnValuesToNotMatchLikePattern", "note", like_pattern="%void%"),
        {"note": "a void"},
        "1 of 4 rows: note against ExpectColumnValuesToNotMatchLikePattern",
        ({"id": "A4", "note": "a void"},),
    ),
    (
        rule("length", "ExpectColumnValueLengthsToBeBetween", "note", max_value=10),
        {"note": "eleven char"},
        "1 of 4 rows: note of a length outside ..10",
        ({"id": "A4", "note": "eleven char"},),
    ),
    (
        rule("exact_length", "ExpectColumnValueLengthsToEqual", "currency", value=3),
        {"currency": "LKRS"},
        "1 of 4 rows: currency against ExpectColumnValueLengthsToEqual",
        ({"id": "A4", "currency": "LKRS"},),
    ),
    (
        rule("unique", "ExpectColumnValuesToBeUnique", "receipt"),
        {"receipt": 101},
        "2 of 4 rows: receipt repeated",
        ({"id": "A1", "receipt": "101"}, {"id": "A4", "receipt": "101"}),
    ),
    (
        rule("compound", "ExpectCompoundColumnsToBeUnique", column_list=["branch", "line_no"]),
        {"line_no": 2},
        "2 of 4 rows: branch, line_no repeated",
        ({"id": "A2", "branch": "S1", "line_no": "2"}, {"id": "A4", "branch": "S1", "line_no": "2"}),
    ),
    (
        rule("pair", "ExpectColumnPairValuesAToBeGreaterThanB", column_A="amount", column_B="paid", or_equal=True),
        {"paid": 11},
        "1 of 4 rows: amount, paid against ExpectColumnPairValuesAToBeGreaterThanB",
        ({"id": "A4", "amount": "10", "paid": "11"},),
    ),
    (
        rule("equal", "ExpectColumnPairValuesToBeEqual", column_A="sold_day", column_B="booked_day"),
        {"booked_day": date(2026, 11, 21)},
        "1 of 4 rows: sold_day, booked_day against ExpectColumnPairValuesToBeEqual",
        ({"id": "A4", "sold_day": "2026-11-20", "booked_day": "2026-11-21"},),
    ),
    (
        rule("maximum", "ExpectColumnMaxToBeBetween", "amount", max_value=1000),
        {"amount": 2000},
        "observed 2000.0",
        (),
    ),
    (
        rule(
            "twice",
            "ExpectBusinessRecordOnce",
            key=["id"],
            fields=["email", "amount"],
            lists={},
            at="placed_at",
            within_seconds=600.0,
        ),
        {"placed_at": "2026-11-20T03:05:00+00:00"},
        "1 of 4 rows say what another said just before, under another key",
        (
            {"id": "A3", "placed_at": "2026-11-20 03:00:00+00", "email": "a••••••••g", "amount": "10"},
            {"id": "A4", "placed_at": "2026-11-20 03:05:00+00", "email": "a••••••••g", "amount": "10"},
        ),
    ),
    (
        rule("query", "ExpectQueryToBeZero", query=AWKWARD_QUERY),
        {"note": "5 left"},
        "1 violations in 4 rows",
        (),
    ),
]
RULES = tuple(rule_ for rule_, *_ in BROKEN)


def test_good_rows_pass_every_rule(orders: Orders) -> None:
    results = run(orders, *RULES)

    assert {name: (result.passed, result.error) for name, result in results.items()} == {
        rule_.name: (True, None) for rule_ in RULES
    }
    assert list(results) == [rule_.name for rule_ in RULES]
    assert results["range"].observed == "3 rows, no violation"
    assert all(result.sample == () for result in results.values())


@pytest.mark.parametrize(("broken", "row", "observed", "sample"), BROKEN, ids=lambda value: getattr(value, "name", ""))
def test_one_violating_row_fails_exactly_its_rule(
    orders: Orders, broken: Rule, row: dict[str, Any], observed: str, sample: tuple[dict[str, str], ...]
) -> None:
    orders.add(**row)

    results = run(orders, *RULES)

    assert [name for name, result in results.items() if not result.passed] == [broken.name]
    assert results[broken.name].error is None
    assert results[broken.name].observed == observed
    assert results[broken.name].sample == sample


def test_every_kind_of_condition_is_among_the_cases() -> None:
    """A business record's has its own in test_business_record."""
    assert set(violations._CONDITIONS) <= {BUSINESS_RECORD_ONCE, *(rule_.expectation for rule_ in RULES)}


def test_a_day_with_too_few_rows_fails_its_row_count(orders: Orders) -> None:
    results = run(
        orders,
        rule("enough", "ExpectTableRowCountToBeBetween", min_value=3),
        rule("more", "ExpectTableRowCountToBeBetween", min_value=4),
    )

    assert results["enough"].passed
    assert not results["more"].passed
    assert results["more"].observed == "observed 3"


def test_an_empty_day_breaks_no_row_rule(orders: Orders) -> None:
    relation = Relation("landing", "shop__orders", date(2020, 1, 1))

    results = run_rules(order_contract(*RULES[:4]), relation, database_url=orders.url)

    assert [(result.passed, result.observed) for result in results] == [(True, "0 rows, no violation")] * 4


def test_rows_of_another_day_and_tombstones_are_not_judged(orders: Orders) -> None:
    orders.add(day=DAY - timedelta(days=1), quantity=0)
    orders.add(deleted=True, quantity=0)

    result = run(orders, BROKEN[3][0])["range"]

    assert (result.passed, result.element_count) == (True, 3)


def test_without_a_day_the_whole_table_is_judged(orders: Orders) -> None:
    orders.add(day=DAY - timedelta(days=1), quantity=0)
    orders.relation = Relation("landing", "shop__orders", None)

    result = run(orders, BROKEN[3][0])["range"]

    assert (result.passed, result.unexpected_count, result.element_count) == (False, 1, 4)


def test_a_share_of_violations_may_be_allowed(orders: Orders) -> None:
    orders.add(quantity=0)
    limits: dict[str, Any] = {"min_value": 1, "max_value": 9}

    results = run(
        orders,
        rule("quarter", "ExpectColumnValuesToBeBetween", "quantity", mostly=0.75, **limits),
        rule("less", "ExpectColumnValuesToBeBetween", "quantity", mostly=0.8, **limits),
    )

    assert (results["quarter"].passed, results["less"].passed) == (True, False)
    assert results["quarter"].observed == "1 of 4 rows: quantity outside 1..9"


def test_a_key_with_a_missing_part_is_left_to_the_rule_that_requires_it(orders: Orders) -> None:
    orders.add(id=None)
    orders.add(id=None)

    assert run(orders, BROKEN[0][0])["key"].passed


def test_a_sample_has_at_most_five_rows_in_the_order_of_their_keys(orders: Orders) -> None:
    for number in (9, 7, 8, 6, 5, 4):
        orders.add(id=f"B{number}", quantity=0)

    result = run(orders, BROKEN[3][0])["range"]

    assert result.unexpected_count == 6
    assert [row["id"] for row in result.sample] == ["B4", "B5", "B6", "B7", "B8"]


def test_a_severity_of_warning_does_not_block(orders: Orders) -> None:
    orders.add(quantity=0)

    result = run(orders, rule("range", "ExpectColumnValuesToBeBetween", "quantity", Severity.WARNING, min_value=1))

    assert (result["range"].passed, result["range"].blocking) == (False, False)


def test_personal_values_are_masked_wherever_they_could_show(orders: Orders) -> None:
    orders.add(email="jane.doe")

    results = run(
        orders,
        rule("regex", "ExpectColumnValuesToMatchRegex", "email", regex="@"),
        rule("set", "ExpectColumnDistinctValuesToBeInSet", "email", value_set=["ann@example.org"]),
        rule("maximum", "ExpectColumnMaxToBeBetween", "email", max_value="b"),
        rule("cast", "ExpectQueryToBeZero", query="select count(email::int) from {table}"),
        rule("value_type", "ExpectColumnMaxToBeBetween", "email", max_value=3),
    )

    assert results["regex"].sample == ({"id": "A4", "email": "j••••••e"},)
    assert not any(result.passed for result in results.values())
    assert "jane" not in repr(results)
    assert "ann@example.org" not in repr([result.observed for result in results.values()])
    assert "ann@example.org" not in repr([result.error for result in results.values()])


def test_rules_that_cannot_run_say_each_their_own_reason_and_the_rest_go_on(orders: Orders) -> None:
    results = run(
        orders,
        rule("fine", "ExpectColumnValuesToBeBetween", "quantity", min_value=1),
        rule("text", "ExpectColumnValuesToBeBetween", "note", min_value=1),
        rule("gone", "ExpectColumnValuesToNotBeNull", "colour"),
        rule("unknown", "ExpectMiracles"),
        rule("argument", "ExpectColumnValuesToBeInSet", "status", values=["paid"]),
        rule("syntax", "ExpectQueryToBeZero", query="select colour from {table}"),
        rule("null", "ExpectQueryToBeZero", query="select sum(quantity) from {table} where false"),
        rule("many", "ExpectQueryToBeZero", query="select quantity from {table}"),
        rule("fine_too", "ExpectColumnMaxToBeBetween", "quantity", max_value=9),
    )

    assert [name for name, result in results.items() if result.passed] == ["fine", "fine_too"]
    reasons = {
        "text": "operator does not exist: text < double precision",
        "gone": '"colour"',
        "unknown": "no ExpectMiracles",
        "argument": "not well declared",
        "syntax": 'column "colour" does not exist',
        "null": "must answer with one number",
        "many": "must answer with one number",
    }
    for name, reason in reasons.items():
        assert reason in (results[name].error or ""), name
        assert results[name].observed == "could not be run"


def test_a_table_that_is_not_there_fails_its_rules_with_that_reason(orders: Orders) -> None:
    orders.relation = Relation("landing", "shop__nothing", DAY)

    result = run(orders, BROKEN[3][0])["range"]

    assert (result.passed, result.error) == (False, 'relation "landing.shop__nothing" does not exist (SQLSTATE 42P01)')


def test_a_rule_that_runs_out_of_time_is_stopped_once_and_the_others_are_judged(orders: Orders) -> None:
    """Faults D6, X15."""
    started = time.monotonic()

    results = run(
        orders,
        rule("slow", "ExpectQueryToBeZero", query="select count(*) from {table}, pg_sleep(20)"),
        rule("fine", "ExpectColumnValuesToBeBetween", "quantity", min_value=1),
        statement_timeout_seconds=1,
    )

    assert results["slow"].error == "it ran out of time (statement_timeout)."
    assert results["fine"].passed
    # Great Expectations alone would try it three times, and once more with each.
    assert time.monotonic() - started < 3 + 7 * ("great_expectations" not in sys.modules)


def test_a_query_of_a_contract_cannot_write(orders: Orders) -> None:
    orders.connection.execute("create sequence landing.counter")

    result = run(orders, rule("write", "ExpectQueryToBeZero", query="select nextval('landing.counter') from {table}"))

    assert result["write"].error == "cannot execute nextval() in a read-only transaction (SQLSTATE 25006)"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "orders; drop table x",
        'orders"--',
        "orders where true",
        "a.b",
        "o:rders",
        "o%s",
        "o{batch}",
        "ordérs",
        "x" * 64,
    ],
)
def test_a_name_that_could_be_more_than_a_name_is_refused(name: str) -> None:
    """Fault S6."""
    with pytest.raises(ValueError, match="not the name"):
        Relation("landing", name, DAY)
    with pytest.raises(ValueError, match="not the name"):
        Relation(name, "orders", DAY)


def test_a_name_keeps_its_letters_because_it_is_quoted(orders: Orders) -> None:
    orders.connection.execute('alter table landing.shop__orders rename to "Shop-Orders"')
    orders.relation = Relation("landing", "Shop-Orders", DAY)

    assert run(orders, *RULES[:4])["range"].element_count == 3


def test_values_in_a_rule_are_values_whatever_they_hold(orders: Orders) -> None:
    """Fault S6."""
    hostile = "x'); drop table landing.shop__orders; --"
    orders.add(note=hostile)

    results = run(
        orders,
        rule("set", "ExpectColumnValuesToNotBeInSet", "note", value_set=[hostile, "%s", ":x", "{batch}"]),
        rule("like", "ExpectColumnValuesToNotMatchLikePattern", "note", like_pattern=hostile),
    )

    assert [(result.unexpected_count, result.error) for result in results.values()] == [(1, None)] * 2
    assert results["set"].sample == ({"id": "A4", "note": hostile},)
    count = orders.connection.execute("select count(*) from landing.shop__orders").fetchone()
    assert count == (4,)


def test_an_unreachable_database_is_said_so_without_its_password(orders: Orders) -> None:
    with pytest.raises(LandingUnavailable) as caught:
        run_rules(
            order_contract(*RULES),
            orders.relation,
            database_url="postgresql://sync:hunter2hunter@127.0.0.1:1/landing",
        )

    assert "refused" in str(caught.value)
    assert "SYNC_PLATFORM_DATABASE_URL" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_database_that_goes_away_meanwhile_is_not_a_failed_rule(orders: Orders) -> None:
    """Fault D1."""
    killing = rule(
        "kill", "ExpectQueryToBeZero", query="select count(pg_terminate_backend(pg_backend_pid())) from {table}"
    )

    with pytest.raises(LandingUnavailable, match="went away"):
        run(orders, BROKEN[3][0], killing)


def test_a_socket_folder_in_the_url_may_be_written_either_way(orders: Orders) -> None:
    folder = parse_qs(urlsplit(orders.url).query)["host"][0]
    database = urlsplit(orders.url).path.strip("/")

    for url in (
        f"postgresql://postgres@/{database}?host={folder}",
        f"postgresql://postgres@/{database}?host={quote(folder, safe='')}",
        f"postgresql://postgres@{quote(folder, safe='')}/{database}",
        # Great Expectations would take $HOME for a variable to fill in.
        f"postgresql://postgres:pa$HOME%25@/{database}?host={folder}&options=-c%20work_mem%3D8MB",
    ):
        orders.url = url
        assert run(orders, BROKEN[3][0])["range"].element_count == 3, url


def test_runs_at_the_same_time_do_not_mix(orders: Orders) -> None:
    days = [DAY - timedelta(days=number) for number in range(8)]
    for number, day in enumerate(days[1:], 1):
        for _ in range(number):
            orders.add(day=day, quantity=0)

    def count(day: date) -> tuple[int | None, int | None]:
        (result,) = run_rules(
            order_contract(BROKEN[3][0]), Relation("landing", "shop__orders", day), database_url=orders.url
        )
        return result.unexpected_count, result.element_count

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(count, days)) == [(0, 3), *[(number, number) for number in range(1, 8)]]


def test_a_second_run_sees_what_changed_since_the_first(orders: Orders) -> None:
    assert run(orders, BROKEN[3][0])["range"].passed

    orders.add(quantity=0)

    assert not run(orders, BROKEN[3][0])["range"].passed


def test_a_run_leaves_nothing_behind_and_says_nothing(orders: Orders, capfd: pytest.CaptureFixture[str]) -> None:
    orders.add(quantity=0)
    run(orders, *RULES, rule("broken", "ExpectQueryToBeZero", query="select colour from {table}"))
    from sync_platform.checks.source import _shared_context

    assert dict(_shared_context().data_sources.all()) == {}
    assert capfd.readouterr() == ("", "")
    sessions = orders.connection.execute(
        "select count(*) from pg_stat_activity where application_name = 'sync-platform checks' and state <> 'idle'"
    ).fetchone()
    assert sessions == (0,)


def test_many_entities_and_days_are_judged_by_one_process_with_one_context(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Great Expectations takes seconds to import and its context a second to make: once, not per entity and day."""
    run(orders, BROKEN[3][0])
    made: list[str] = []
    monkeypatch.setattr("sync_platform.checks.source._new_context", lambda: made.append("another"))
    days = [DAY - timedelta(days=number) for number in range(4)]
    for number, day in enumerate(days[1:], 1):
        for _ in range(number):
            orders.add(day=day, quantity=0)

    found = {
        (entity, day): run_rules(
            replace(order_contract(BROKEN[3][0]), entity=entity),
            Relation("landing", "shop__orders", day),
            database_url=orders.url,
        )[0].unexpected_count
        for entity in ("orders", "returns")
        for day in days
    }

    assert found == {(entity, day): number for entity in ("orders", "returns") for number, day in enumerate(days)}
    assert made == []


def test_no_rules_need_no_database() -> None:
    assert run_rules(order_contract(), Relation("landing", "orders", DAY), database_url="postgresql://nowhere/x") == ()


def test_importing_the_checks_does_not_import_great_expectations() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, sync_platform.checks.suite; print({'great_expectations', 'pandas'} & set(sys.modules))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == "set()"


def _footprint() -> tuple[int, float]:
    """Objects alive and megabytes resident in this process."""
    gc.collect()
    objects = len(gc.get_objects())
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - not a file to find, but the kernel's word
        return objects, int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.slow
def test_two_hundred_runs_leave_no_object_and_no_memory_behind(orders: Orders) -> None:
    # psycopg keeps the last 128 statements it parsed: that cache is full by then, and nothing else may grow after it.
    for _ in range(150):
        run(orders, *RULES[:6])
    # Measuring takes memory too (a list of all objects, a codec); the first time pays for it.
    _footprint()
    objects, megabytes = _footprint()

    for _ in range(50):
        run(orders, *RULES[:6])
    objects_after, megabytes_after = _footprint()

    # One object a run would be 50.
    assert objects_after - objects < 25
    assert megabytes_after - megabytes < 2


@pytest.mark.slow
def test_fifteen_rules_on_two_hundred_thousand_rows_take_under_three_seconds(orders: Orders) -> None:
    orders.connection.execute(
        sql.SQL(
            "insert into landing.shop__orders ({}, _business_day) select 'A' || n, n, 'S' || n % 100, n, 1 + n % 9, 10,"
            " 10, 'LKR', 'paid', 'gift', 'ann@example.org', null, timestamptz '2026-11-20' + n * interval '1 hour',"
            " '2026-11-20', '2026-11-20', '2026-11-20'"
            " from generate_series(1000, 200999) as n"
        ).format(sql.SQL(", ").join(map(sql.Identifier, COLUMNS)))
    )
    # The library's compound uniqueness is left out: a contract's duplicateValues becomes ExpectKeyUnique instead.
    fifteen = [each for each in RULES if each.expectation != "ExpectCompoundColumnsToBeUnique"][:15]
    run(orders, RULES[3])
    seconds = []

    # The best of three: what others do on the machine at the same moment is not ours to measure.
    for _ in range(3):
        started = time.monotonic()
        results = run(orders, *fifteen)
        seconds.append(time.monotonic() - started)
        assert [result.passed for result in results.values()] == [True] * 15

    assert min(seconds) < 3
