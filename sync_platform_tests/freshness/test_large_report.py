"""The report of a large platform: sixty entities of 400 days and 457 branches each are read and drawn in seconds."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sync_platform.declarations.partner_system import PartnerSystem, find_system
from sync_platform.freshness.landed import collect_freshness
from sync_platform.freshness.page import render_freshness
from sync_platform_tests.freshness.conftest import Planted

NOW = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
SYSTEMS, DAYS, BRANCHES, WAITING = 30, 400, 457, 50
MOST_SECONDS, MOST_BYTES = 2.0, 1_500_000
"""Issue 4's bounds; on 2 cores in November 2026 it took 1.0 s and 0.85 MB."""

PLANTS = (
    """
    insert into sync.entity_day (system, entity, business_day, state, rows, as_of, looked_at, loaded_at, complete_at,
        read_began_at, checks_passed)
    select 's' || s, e, date '2026-11-21' - d, 'complete', 4000, at, at, at, at, at, 25
    from generate_series(1, %(systems)s) s, unnest(array['sales', 'stock_levels']) e,
        generate_series(0, %(days)s - 1) d,
        lateral (select timestamptz '2026-11-21 05:29Z' - d * interval '1 day' + interval '1 day' * (d > 0)::int) t(at)
    """,
    """
    insert into sync.branch_clock (system, entity, business_day, branch, as_of, looked_at)
    select 's' || s, e, date '2026-11-21', 'S' || b, timestamptz '2026-11-21 05:29Z' - b * interval '1 second',
        timestamptz '2026-11-21 05:29Z'
    from generate_series(1, %(systems)s) s, unnest(array['sales', 'stock_levels']) e, generate_series(1, %(branches)s) b
    """,
    """
    insert into sync.freshness_lag (system, entity, sampled_at, seconds, state)
    select 's' || s, e, timestamptz '2026-11-21 05:30Z' - n * interval '5 minutes', 20 + n, 'fresh'
    from generate_series(1, %(systems)s) s, unnest(array['sales', 'stock_levels']) e, generate_series(0, 287) n
    """,
    """
    insert into sync.change (system, entity, business_day, content_hash, payload, as_of, observed_at)
    select 's' || s, e, date '2026-11-21', '', '{}', timestamptz '2026-11-21 05:29Z', timestamptz '2026-11-21 05:29Z'
    from generate_series(1, %(systems)s) s, unnest(array['sales', 'stock_levels']) e, generate_series(1, %(waiting)s)
    """,
    "analyze sync.entity_day, sync.branch_clock, sync.freshness_lag, sync.change",
)


def many(pos: PartnerSystem) -> tuple[PartnerSystem, ...]:
    """The POS, declared so many times."""
    return tuple(
        PartnerSystem(
            declaration=pos.declaration.model_copy(update={"system": f"s{number}", "history": timedelta(days=DAYS)}),
            entities=tuple(
                replace(entity, system=f"s{number}")
                for entity in pos.entities
                if entity.name in ("sales", "stock_levels")
            ),
            folder=pos.folder,
        )
        for number in range(1, SYSTEMS + 1)
    )


@pytest.mark.slow
def test_sixty_entities_of_four_hundred_days_are_a_page_within_its_bounds(
    planted: Planted, systems: tuple[PartnerSystem, ...]
) -> None:
    for plant in PLANTS:
        planted.connection.execute(plant, {"systems": SYSTEMS, "days": DAYS, "branches": BRANCHES, "waiting": WAITING})
    declared = many(find_system(systems, "pos"))

    # The best of ten, until one holds: other tests want the same cores.
    seconds, tries = float("inf"), 10
    while tries and seconds >= MOST_SECONDS:
        tries -= 1
        started = time.monotonic()
        facts = collect_freshness(planted.database, declared, now=NOW)
        page = render_freshness(facts, zone=ZoneInfo("Asia/Colombo"))
        seconds = min(seconds, time.monotonic() - started)

    assert len(facts.entities) == 2 * SYSTEMS
    assert all(entity.fresh and entity.trend and len(entity.branches) == BRANCHES for entity in facts.entities)
    # A day more is declared than was ever read.
    unread = {entity.entity: entity.owed.unread for entity in facts.entities}
    assert unread == {"sales": (date(2026, 11, 21) - timedelta(days=DAYS),), "stock_levels": ()}
    assert {entity.owed.waiting for entity in facts.entities} == {WAITING}
    assert page.count("<article") == 2 * SYSTEMS
    assert (seconds < MOST_SECONDS, len(page.encode()) < MOST_BYTES) == (True, True), (seconds, len(page.encode()))
