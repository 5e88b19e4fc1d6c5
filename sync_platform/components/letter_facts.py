"""What Dagster is told of an entity's dead letters: one check, open ones by reason and age."""

from __future__ import annotations

from dagster import AssetCheckEvaluation, AssetCheckSeverity, AssetCheckSpec, MetadataValue

from sync_platform.components.asset_facts import asset_key, markdown_table
from sync_platform.declarations.partner_system import Entity
from sync_platform.replay.review import Review

LETTERS_CHECK = "dead_letters"


def letters_check_spec(entity: Entity) -> AssetCheckSpec:
    """The check of the entity as a whole, over all days; it blocks nothing: what could be taken in is served."""
    return AssetCheckSpec(
        LETTERS_CHECK,
        asset=asset_key(entity),
        description="No record of any day waits as a dead letter; an error when one waits for more than a day.",
    )


def letters_evaluation(entity: Entity, review: Review) -> AssetCheckEvaluation:
    """A warning while letters are open, an error once the daily review missed one."""
    return AssetCheckEvaluation(
        asset_key=asset_key(entity),
        check_name=LETTERS_CHECK,
        passed=not review.letters,
        severity=AssetCheckSeverity.ERROR if review.is_overdue else AssetCheckSeverity.WARN,
        description=review.words,
        metadata={
            "open": review.letters,
            "reasons": MetadataValue.md(
                markdown_table(
                    [
                        {
                            "reason": one.reason,
                            "field": one.field,
                            "letters": f"{one.letters:,}",
                            "of the last day": f"{one.of_a_day:,}",
                            "up to a week": f"{one.letters - one.of_a_day - one.over_a_week:,}",
                            "older": f"{one.over_a_week:,}",
                            "oldest": f"{one.oldest_at:%Y-%m-%d %H:%M} UTC",
                        }
                        for one in review.reasons
                    ]
                )
                or "none"
            ),
        },
    )
