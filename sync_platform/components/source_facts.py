"""What Dagster is told of a day held against its partner: a check evaluation, and up to which day all agree."""

from __future__ import annotations

from dagster import AssetCheckEvaluation, AssetCheckSeverity, AssetCheckSpec, AssetObservation, MetadataValue
from dagster._core.definitions.metadata import RawMetadataValue

from sync_platform.components.asset_facts import asset_key, markdown_table
from sync_platform.components.partitions import business_days
from sync_platform.contracts.figures import Figures
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.verifications import DIFFERS, StoredDifference, VerifiedThrough
from sync_platform.verification.verification import Verification

SOURCE_CHECK = "source_totals"
_SHOWN_KEYS = 20


def source_check_specs(entity: Entity) -> list[AssetCheckSpec]:
    """The check of an entity whose partner can be asked for figures; it blocks nothing, for the day is served already.

    A check of its own and not a rule among those of `rules`: rules are judged with each load, this one days later and
    again, and it may find nobody who answers.
    """
    if entity.declaration.verify is None:
        return []
    totals = entity.declaration.verify.totals
    asked = ", ".join(("count", *totals.sums)) if totals else "count"
    return [
        AssetCheckSpec(
            SOURCE_CHECK,
            asset=asset_key(entity),
            description=f"What the partner itself says of a settled day ({asked}) is what is landed.",
            partitions_def=business_days,
        )
    ]


def source_evaluation(entity: Entity, verification: Verification) -> AssetCheckEvaluation:
    """A verification as an evaluation: only what the partner has and we do not, or have otherwise, is an error."""
    differs = verification.verdict == DIFFERS
    return AssetCheckEvaluation(
        asset_key=asset_key(entity),
        check_name=SOURCE_CHECK,
        partition=verification.day.isoformat(),
        passed=verification.ok,
        severity=AssetCheckSeverity.ERROR if differs else AssetCheckSeverity.WARN,
        description=verification.words,
        metadata=_metadata(verification),
    )


def through_observation(entity: Entity, through: VerifiedThrough) -> AssetObservation:
    """Where the entity as a whole stands."""
    return AssetObservation(
        asset_key=asset_key(entity), description=through_words(through), metadata=through_metadata(through)
    )


def through_words(through: VerifiedThrough) -> str:
    """`Every day from 2026-11-06 to 2026-11-16 agrees with the partner.`, and what stands in the way of the rest."""
    if through.verified_through is None:
        verified = "No day is verified yet."
    else:
        verified = f"Every day from {through.verified_from} to {through.verified_through} agrees with the partner."
    return f"{verified} {through.hole_day}: {through.hole}." if through.hole_day else verified


def through_metadata(through: VerifiedThrough) -> dict[str, RawMetadataValue]:
    """The same as metadata."""
    facts: dict[str, RawMetadataValue] = {
        "verified_through": str(through.verified_through or "none"),
        "settled_through": str(through.settled_through),
    }
    if through.verified_from is not None:
        facts["verified_from"] = str(through.verified_from)
    if through.hole_day is not None:
        facts["first_day_not_verified"] = f"{through.hole_day}: {through.hole}"
    return facts


def _metadata(verification: Verification) -> dict[str, RawMetadataValue]:
    facts: dict[str, RawMetadataValue] = {"verdict": verification.verdict, "requests": verification.requests}
    if verification.failure_kind is not None:
        facts["failure_kind"] = verification.failure_kind
    sides = (("partner", verification.partner), ("landed", verification.landed), ("dead letters", verification.known))
    rows = [_row(name, figures) for name, figures in sides if figures is not None]
    if rows:
        facts["figures"] = MetadataValue.md(markdown_table(rows))
    if verification.differences:
        facts["differing"] = verification.differing
        shown = [_difference(one) for one in verification.differences[:_SHOWN_KEYS]]
        facts["differing_keys"] = MetadataValue.md(markdown_table(shown))
    if verification.through is not None:
        facts |= through_metadata(verification.through)
    return facts


def _row(name: str, figures: Figures) -> dict[str, str]:
    sums = {summed: format(value, "f") for summed, value in figures.sums.items()}
    return {"side": name, "count": str(figures.count), **sums}


def _difference(one: StoredDifference) -> dict[str, str]:
    fields = [f"{name}: there {sides['partner']}, here {sides['landed']}" for name, sides in one.fields.items()]
    return {"key": one.record_key, "what": one.kind, "fields": "; ".join(fields), "note": one.note}
