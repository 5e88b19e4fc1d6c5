"""The job that replays days of one system, launched with its config: the same as `sync-platform replay day`."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from dagster import Config, Failure, JobDefinition, MetadataValue, OpExecutionContext, Output, job, op
from pydantic import Field

from sync_platform.components.asset_facts import markdown_table
from sync_platform.components.session import run_session
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.errors import DeclarationError, SyncError
from sync_platform.landing.letter_queue import Decision
from sync_platform.operations.pull_plan import read_day
from sync_platform.replay.day import DayReplay, Only, replay_day


class ReplayConfig(Config):
    """What is typed in the launchpad."""

    day: str = Field(description="A business day: 2026-11-20, today or yesterday.")
    until: str = Field(default="", description="The last day of a range; empty for one day.")
    entity: str = Field(default="", description="Only this entity, like sales; empty for all of the system.")
    only: str = Field(default="", description="dead-letters or events alone; empty for all.")
    why: str = Field(default="replay of the day", description="Why, for the history of the dead letters.")


def replay_job(system: PartnerSystem) -> JobDefinition:
    """`<system>_replay`: one process, day by day, oldest first; what was done before it is stopped stays done."""

    @op(name=f"{system.name}_replay_days", pool=system.name, tags={"system": system.name})
    def replay_days(context: OpExecutionContext, config: ReplayConfig) -> Iterator[Output[None]]:
        try:
            with run_session(system, run_id=context.run_id) as tools:
                now = tools.clock.now()
                decision = Decision(who=f"run {context.run_id[:8]}", why=config.why, at=now)
                replays = []
                for day, entity in _wanted(system, config, now=now):
                    replays.append(replay_day(tools, entity, day=day, only=_part(config), decision=decision))
                    context.log.info("%s %s replayed", entity.address, day)
        except SyncError as error:
            raise Failure(str(error), allow_retries=False) from error
        _fail_for(replays)
        yield Output(None, metadata={"difference": MetadataValue.md(markdown_table([_row(one) for one in replays]))})

    @job(
        name=f"{system.name}_replay",
        description=f"Takes stored business days of {system.name} through again and tells the difference.",
        tags={"system": system.name},
    )
    def replay() -> None:
        replay_days()

    return replay


def _wanted(system: PartnerSystem, config: ReplayConfig, *, now: datetime) -> list[tuple[date, Entity]]:
    """Raises DeclarationError for what cannot be meant."""
    entities = [entity for entity in system.entities if config.entity in ("", entity.name)]
    if not entities:
        known = ", ".join(entity.name for entity in system.entities)
        raise DeclarationError(f"{system.name} has no entity {config.entity!r}.", remedy=f"Declared: {known}.")
    today = entities[0].calendar.day_of(now)
    first = read_day(config.day, "day", today=today)
    last = read_day(config.until, "until", today=today) if config.until else first
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [(day, entity) for day in days for entity in entities]


def _part(config: ReplayConfig) -> Only | None:
    if config.only in ("", *Only):
        return Only(config.only) if config.only else None
    raise DeclarationError(f"only is {config.only!r}.", remedy="Choose dead-letters or events, or leave it empty.")


def _fail_for(replays: list[DayReplay]) -> None:
    failed = [load for one in replays for load in one.loads if load.error_kind is not None]
    if failed:
        first = failed[0]
        raise Failure(
            f"{first.system}/{first.entity} {first.business_day}: {first.error or first.outcome}", allow_retries=False
        )
    for one in replays:
        if one.after.state == "held":
            raise Failure(f"{one.entity} {one.day} is held: {', '.join(one.failed)}", allow_retries=False)


def _row(replay: DayReplay) -> dict[str, str]:
    sums = [f"{name} {replay.before.sums[name]:,} → {value:,}" for name, value in replay.after.sums.items()]
    return {
        "entity": replay.entity,
        "day": replay.day.isoformat(),
        "added": f"{replay.rows.added:,}",
        "changed": f"{replay.rows.changed:,}",
        "gone": f"{replay.rows.gone:,}",
        "sums": "; ".join(sums),
        "checks failed": f"{replay.before.checks_failed} → {replay.after.checks_failed}",
        "dead letters taken in": f"{replay.letters.taken:,} of {replay.letters.letters:,}",
        "state": f"{replay.before.state or 'never loaded'} → {replay.after.state or 'never loaded'}",
    }
