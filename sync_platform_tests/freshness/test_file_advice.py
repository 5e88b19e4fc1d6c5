"""What a person is told of an entity that comes as files: whom to ask, and never to pull what cannot be pulled."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sync_platform.declarations.partner_system import DEFS_FOLDER, read_partner_system
from sync_platform.freshness.moment import write_sentence
from sync_platform.freshness.report import collect_freshness
from sync_platform_tests.freshness.conftest import Planted

BANK = read_partner_system(DEFS_FOLDER / "bank")
LINES = "bank/statement_lines"
# 11:00 in Colombo.
NOW = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
TODAY = date(2026, 11, 21)
LIST = f"sync-platform files list {LINES}"


def said(planted: Planted, *, now: datetime = NOW) -> tuple[str, str]:
    """State and sentence of today."""
    (entity,) = collect_freshness(planted.database, (BANK,), now=now).entities
    return entity.today.verdict.state, entity.today.verdict.words


def advice(planted: Planted, *, now: datetime = NOW) -> list[tuple[str, str | None]]:
    (entity,) = collect_freshness(planted.database, (BANK,), now=now).entities
    return [(write_sentence(each.sentence, UTC), each.command) for each in entity.advice]


def test_a_day_without_a_file_is_waited_for(planted: Planted) -> None:
    planted.all_fresh((BANK,), NOW)
    assert advice(planted) == []
    planted.connection.execute("delete from sync.entity_day where business_day = %s", [TODAY])

    assert advice(planted) == [
        (
            "No file of today has come, and one is overdue. Is its folder there? Else ask Finance operations.",
            LIST,
        )
    ]
    assert said(planted) == ("never_loaded", "No file of this day has come.")

    early = datetime(2026, 11, 20, 19, 30, tzinfo=UTC)
    assert advice(planted, now=early) == [("No file of today has come yet. What came so far:", LIST)]
    assert said(planted, now=early) == ("incomplete", "The day began 60 min ago and no file of it has come yet.")


def test_a_file_that_does_not_come_again_is_asked_for_at_the_sender(planted: Planted) -> None:
    """Fault C11."""
    planted.all_fresh((BANK,), NOW)
    planted.change(LINES, TODAY, as_of=NOW - timedelta(hours=5), looked_at=NOW - timedelta(hours=5))

    state, words = said(planted)
    assert state == "stale"
    assert words.endswith(", 5 h ago; the next file is overdue, promised is at most 3h.")
    assert advice(planted) == [
        (
            "No file has come since the one as of 2026-11-21 00:30 UTC. Is its folder there? "
            "Else ask Finance operations.",
            LIST,
        )
    ]


def test_a_refused_file_and_a_late_day_name_who_has_to_act(planted: Planted) -> None:
    planted.all_fresh((BANK,), NOW)
    yesterday = NOW - timedelta(days=1)
    planted.change(LINES, TODAY - timedelta(days=1), as_of=yesterday, read_began_at=yesterday)
    planted.change(LINES, TODAY - timedelta(days=2), state="held")

    assert advice(planted) == [
        (
            "2026-11-19 is held: a file of it was refused. See why, then send Finance operations the report beside it.",
            LIST,
        ),
        ("1 day is late: their last file has not come. Ask Finance operations.", LIST),
    ]


def test_a_refused_file_is_told_until_it_comes_again(planted: Planted) -> None:
    planted.all_fresh((BANK,), NOW)
    refuse = """insert into sync.file (file_id, system, entity, name, size, modified, state, reason, first_seen_at,
        changed_at, settled_at, place)
        values (gen_random_uuid(), 'bank', 'statement_lines', %s, 1, %s, %s, %s, %s, %s, %s, %s)"""
    at = NOW - timedelta(hours=2)
    name = "statement_20261119.csv"
    planted.connection.execute(refuse, [name, at, "rejected", "checksum", at, at, at, "rejected"])

    assert advice(planted) == [
        (
            f"1 file is refused and did not come again, the newest {name} (checksum). "
            "Send Finance operations the report beside it in rejected/.",
            LIST,
        )
    ]

    planted.connection.execute(refuse, [name, NOW, "accepted", None, NOW, NOW, NOW, "archive"])
    assert advice(planted) == []
