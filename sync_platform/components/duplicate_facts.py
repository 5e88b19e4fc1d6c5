"""What Dagster is told about duplicates: proposals, rate, as_of and what limits it; never a name or a number."""

from __future__ import annotations

from datetime import UTC

from dagster import (
    AssetCheckEvaluation,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    AssetMaterialization,
    MetadataValue,
)

from sync_platform.components.asset_facts import markdown_table
from sync_platform.components.partitions import business_days
from sync_platform.duplicates.comparison import DuplicateReport
from sync_platform.duplicates.linkage import SkippedBlock
from sync_platform.duplicates.products import ProductReport
from sync_platform.duplicates.proposals import Stored

CUSTOMERS, PRODUCTS = AssetKey(["duplicates", "customers"]), AssetKey(["duplicates", "products"])
SURPLUS_CHECK = "surplus"


def surplus_spec() -> AssetCheckSpec:
    """The check on the share of copies."""
    return AssetCheckSpec(
        SURPLUS_CHECK,
        asset=CUSTOMERS,
        description="No system's records are copies to a larger share than declared (most_surplus).",
        partitions_def=business_days,
    )


def surplus_evaluation(report: DuplicateReport, *, most: float) -> AssetCheckEvaluation:
    """Whether every system keeps to the share `most` of copies."""
    worst = report.worst
    share = (worst.share or 0.0) if worst else 0.0
    words = f"{worst.system}: {worst.surplus} of {worst.records} records are copies, {share:.1%}" if worst else "none"
    return AssetCheckEvaluation(
        asset_key=CUSTOMERS,
        check_name=SURPLUS_CHECK,
        partition=report.day.isoformat(),
        passed=share <= most,
        severity=AssetCheckSeverity.WARN,
        description=f"{words}; {most:.1%} are allowed.",
        metadata={"rate": share, "most": most},
    )


def customers_told(report: DuplicateReport) -> AssetMaterialization:
    """One comparison of customers."""
    together = report.rates[-1]
    rows = [
        {
            "system": rate.system,
            "records": f"{rate.records:,}",
            "copies": f"{rate.surplus:,}",
            "confirmed": f"{rate.confirmed:,}",
            "rate": f"{rate.share:.2%}" if rate.share is not None else "-",
        }
        for rate in report.rates
    ]
    return AssetMaterialization(
        asset_key=CUSTOMERS,
        partition=report.day.isoformat(),
        description=_queue_words(report.stored),
        metadata={
            "dagster/partition_row_count": report.records,
            "pairs_matching": len(report.weighed.matching),
            "pairs_accepted": len(report.weighed.accepted),
            **_queue_facts(report.stored),
            **{f"rate_{rate.system}": rate.share for rate in report.rates if rate.share is not None},
            "rates": MetadataValue.md(markdown_table(rows)),
            "distinct_customers": together.records - together.surplus,
            "skipped": _skipped(report.skipped),
            "as_of": MetadataValue.timestamp(report.as_of.astimezone(UTC)),
            "limited_by": report.limited_by,
        },
    )


def products_told(report: ProductReport) -> AssetMaterialization:
    """One comparison of products."""
    return AssetMaterialization(
        asset_key=PRODUCTS,
        partition=report.day.isoformat(),
        description=f"{report.unknown} of the shop's {report.products} codes are unknown to the POS. "
        f"{_queue_words(report.stored)}",
        metadata={
            "dagster/partition_row_count": report.products,
            "unknown_codes": report.unknown,
            **_queue_facts(report.stored),
            "skipped": _skipped(report.skipped),
            "as_of": MetadataValue.timestamp(report.as_of.astimezone(UTC)),
            "limited_by": report.limited_by,
        },
    )


def _queue_words(stored: Stored | None) -> str:
    if stored is None:
        return "Not the newest day: the queue of proposals stays as it is."
    return f"{stored.open} proposals wait for a person; {stored.new} are new, {stored.withdrawn} withdrawn."


def _queue_facts(stored: Stored | None) -> dict[str, int]:
    if stored is None:
        return {}
    return {"pairs_proposed": stored.open, "pairs_new": stored.new, "pairs_withdrawn": stored.withdrawn}


def _skipped(blocks: tuple[SkippedBlock, ...]) -> str:
    """What was left out because too many records share it."""
    told = [f"{block.what} shared by {block.records}" for block in blocks[:10]]
    more = f" and {len(blocks) - len(told)} more" if len(blocks) > len(told) else ""
    return ("; ".join(told) + more) or "nothing"
