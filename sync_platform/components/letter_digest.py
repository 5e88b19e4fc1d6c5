"""The digest of open dead letters as an asset: written each day, with a check that no letter missed its review."""

from collections.abc import Iterator
from datetime import UTC, datetime

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    AssetsDefinition,
    DefaultScheduleStatus,
    Failure,
    MaterializeResult,
    MetadataValue,
    ScheduleDefinition,
    asset,
)
from dagster._core.definitions.metadata import RawMetadataValue

from sync_platform.components.asset_facts import markdown_table, team_owner
from sync_platform.components.session import landing_database
from sync_platform.declarations.dead_letters import DeadLettersDeclaration
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.errors import LandingUnavailable
from sync_platform.replay.digest import Digest, digest_letters

KEY = AssetKey(["platform", "dead_letters"])
CHECK = "reviewed"


def digest_asset(declaration: DeadLettersDeclaration, systems: tuple[PartnerSystem, ...]) -> AssetsDefinition:
    """`platform/dead_letters`."""

    @asset(
        key=KEY,
        group_name="platform",
        kinds={"postgres"},
        owners=[team_owner(declaration.owner)],
        description="Open dead letters of all systems by entity, reason and age, for the daily review.",
        check_specs=[AssetCheckSpec(CHECK, asset=KEY, description="No letter waits for more than a day.")],
    )
    def dead_letters() -> Iterator[MaterializeResult[None]]:
        try:
            with landing_database().connect() as connection:
                digest = digest_letters(connection, systems, now=datetime.now(UTC))
        except LandingUnavailable as error:
            raise Failure(str(error), allow_retries=True) from error
        yield MaterializeResult(metadata=_metadata(digest), check_results=[_verdict(digest)])

    return dead_letters


def digest_schedule(declaration: DeadLettersDeclaration, digest: AssetsDefinition) -> ScheduleDefinition:
    """Every day at the declared time."""
    return ScheduleDefinition(
        name="dead_letter_digest",
        target=[digest],
        cron_schedule=declaration.cron,
        execution_timezone=declaration.zone,
        default_status=DefaultScheduleStatus.RUNNING,
        description="Writes the digest of open dead letters, every day.",
    )


def _verdict(digest: Digest) -> AssetCheckResult:
    return AssetCheckResult(
        check_name=CHECK,
        asset_key=KEY,
        passed=not digest.is_overdue,
        severity=AssetCheckSeverity.WARN,
        description=digest.words,
    )


def _metadata(digest: Digest) -> dict[str, RawMetadataValue]:
    rows = [
        {
            "entity": line.address,
            "reason": line.why,
            "open": f"{line.waiting.letters:,}",
            "new since yesterday": f"{line.waiting.of_a_day:,}",
            "over a week": f"{line.waiting.over_a_week:,}",
            "oldest": f"{line.waiting.oldest_at:%Y-%m-%d %H:%M} UTC",
            "owner": line.owner or "not declared any more",
        }
        for line in digest.lines
    ]
    oldest = digest.oldest_at
    return {
        "open": digest.letters,
        "new_since_yesterday": digest.new,
        **({"oldest": MetadataValue.timestamp(oldest.astimezone(UTC))} if oldest else {}),
        "digest": MetadataValue.md(markdown_table(rows) or "No dead letter is open."),
    }
