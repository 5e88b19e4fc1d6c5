"""Facts to render: every part of both pages at once, and as many entities and days as a test wants."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sync_platform.reports.kpi_facts import DuplicateRate as KpiDuplicateRate
from sync_platform.reports.kpi_facts import EntityKpis, KpiDay, KpiFacts
from sync_platform.reports.quality_facts import (
    DayQuality,
    DuplicateRate,
    Duplicates,
    EntityQuality,
    FailedRule,
    QualityFacts,
    RejectedReason,
    WeekQuality,
)
from sync_platform.reports.quality_state import STATES
from sync_platform.reports.statistical_facts import (
    Change,
    Drift,
    DriftShape,
    Ran,
    Share,
    StatisticalFailure,
    Volume,
    VolumeDay,
    VolumeSeries,
)

NOW = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
TODAY = date(2026, 11, 21)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
_WEEK_KEYS = {"blocked": "blocked", "warned": "warned", "unchecked": "unchecked", "passed": "passed"}


def entity_quality(name: str, *, weeks: int = 4, shift: int = 0) -> EntityQuality:
    """35 days and so many weeks before them; the states take turns."""
    days = tuple(
        DayQuality(TODAY - back * DAY, STATES[(back + shift) % len(STATES)].name, 11, 1, 0, 1_000 + back, back % 3)
        for back in range(34, -1, -1)
    )
    monday = date(2026, 10, 12)
    before = tuple(
        WeekQuality(monday - back * WEEK, days=7, **{list(_WEEK_KEYS)[(back + shift) % 4]: 7})
        for back in range(weeks - 1, -1, -1)
    )
    return EntityQuality("pos", name, f"All {name}", "Store operations", 12, days, before)


def quality_facts(*entities: EntityQuality, said: str = "said") -> QualityFacts:
    """Every part of the page; `said` stands wherever a partner or a person could have written something."""
    failure = StatisticalFailure("pos", said, TODAY, "null_drift", said, said, (Change(said, said, said),))
    silent = StatisticalFailure("pos", said, TODAY, "volume_silence", said, said)
    days = tuple(VolumeDay(TODAY - back * DAY, 100, 90, 110, failed=back == 1) for back in range(9, -1, -1))
    shares = (Share("missing", 0.02, 0.48), Share(said, 0.98, 0.52))
    return QualityFacts(
        now=NOW,
        first_day=TODAY - 34 * DAY,
        last_day=TODAY,
        entities=entities or (entity_quality("sales"), entity_quality("refunds", shift=1)),
        rules=(FailedRule("pos", said, said, True, 3, TODAY, 17, 5_000, said),),
        reasons=(RejectedReason("pos", said, said, said, 40, NOW, NOW),),
        dead_letters=40,
        drift=Drift(Ran(70, 1, 3, NOW), (failure,), (DriftShape(f"pos/{said}", said, TODAY, 14, shares),)),
        volume=Volume(Ran(35, 1, 0, NOW), (silent,), (VolumeSeries(f"pos/{said}", days),)),
        duplicates=Duplicates((DuplicateRate(said, said, TODAY, 1_000, 25, 4, 0.025, NOW),), ((said, 12),)),
    )


def nothing_known() -> QualityFacts:
    """A platform that has not loaded anything yet."""
    return QualityFacts(
        now=NOW,
        first_day=TODAY - 34 * DAY,
        last_day=TODAY,
        entities=(EntityQuality("pos", "sales", "All sales", "Store operations", 12),),
        rules=(),
        reasons=(),
        dead_letters=0,
        drift=Drift(),
        volume=Volume(),
        duplicates=Duplicates(missing="nothing compares yet."),
    )


def kpi_day(back: int) -> KpiDay:
    """A day whose figures follow from how far it lies back."""
    return KpiDay(
        day=TODAY - back * DAY,
        is_final=back > 0,
        measured_at=NOW,
        latency_median_seconds=4.0 + back % 5,
        latency_p95_seconds=9.0 + back % 7,
        changes=1_000,
        changes_waiting=2 if back == 0 else 0,
        events=17_000,
        failed_events=back % 4,
        loads=500,
        failed_loads=back % 3,
        records=24_000,
        rejected_records=back % 6,
        records_per_hour=1_000.0,
    )


def kpi_facts(days: int = 40, *, said: str = "sales") -> KpiFacts:
    return KpiFacts(
        now=NOW,
        days=tuple(kpi_day(back) for back in range(days - 1, -1, -1)),
        entities=(
            EntityKpis("pos", said, 9, 4.0, 9.0, 100, 1, 24_000, 3),
            EntityKpis("pos", None, 0, None, None, 1, 1, 0, 0),
        ),
        entity_days=28,
        duplicates=tuple(KpiDuplicateRate(said, TODAY - back * DAY, 2.5 + back) for back in range(9, -1, -1)),
        duplicates_missing=None,
    )
