"""The job that replays days of one system, launched with its config: the same as `sync-platform replay day`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from dagster import Config, Failure, JobDefinition, MetadataValue, OpExecutionContext, Output, job, op
from pydantic import Field

from sync_platform.components.asset_facts import markdown_table
from sync_platform.components.declared_systems import declared_systems
from sync_platform.components.session import file_session, run_holder, run_session
from sync_platform.declarations.duplicates import find_duplicates
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.errors import DeclarationError, SyncError
from sync_platform.landing.letter_queue import Decision
from sync_platform.operations.pull_plan import read_day
from sync_platform.pull.tools import LoadTools
from sync_platform.replay.archived_file import drop_folders
from sync_platform.replay.day import DayReplay
from sync_platform.replay.days import replay_days
from sync_platform.replay.derived import Refreshed, derivations
from sync_platform.replay.replaying import Only, Replaying


class ReplayConfig(Config):
    """What is typed in the launchpad."""

    day: str = Field(description="A business day: 2026-11-20, today or yesterday.")
    until: str = Field(default="", description="The last day of a range; empty for one day.")
    entity: str = Field(default="", description="Only this entity, like sales; empty for all of the system.")
    only: str = Field(default="", description="dead-letters or events alone; empty for all.")
    why: str = Field(default="replay of the day", description="Why, for the history of the dead letters.")


def replay_job(system: PartnerSystem, *, defs: Path) -> JobDefinition:
    """`<system>_replay`: one process, day by day, oldest first; what was done before it is stopped stays done.

    `defs` is the folder in which everything is declared: what is derived of the days may be of other systems too.
    """

    @op(name=f"{system.name}_replay_days", pool=system.name, tags={"system": system.name})
    def replay_days_of(context: OpExecutionContext, config: ReplayConfig) -> Iterator[Output[None]]:
        replays: list[DayReplay] = []
        derived: list[Refreshed] = []
        try:
            with _session(system, run_id=context.run_id) as tools:
                now = tools.clock.now()
                entities, days = _entities(system, config), _days(system, config, now=now)
                replaying = Replaying(
                    tools=tools,
                    system=system,
                    decision=Decision(who=f"run {context.run_id[:8]}", why=config.why, at=now),
                    only=_part(config),
                    folders=drop_folders(entities, os.environ),
                    derived=derivations(declared_systems(defs), find_duplicates(defs)),
                )
                for each in replay_days(replaying, entities, days):
                    if isinstance(each, DayReplay):
                        replays.append(each)
                        context.log.info("%s %s replayed", each.entity, each.day)
                    else:
                        derived.append(each)
                        context.log.info("%s %s: %s", each.name, each.day, each.held or "compared again")
        except SyncError as error:
            raise Failure(str(error), allow_retries=False) from error
        _fail_for(replays)
        told = {
            "difference": markdown_table([_row(one) for one in replays]),
            "derived": markdown_table([_derived_row(one) for one in derived]),
        }
        yield Output(None, metadata={name: MetadataValue.md(table) for name, table in told.items() if table})

    @job(
        name=f"{system.name}_replay",
        description=f"Takes stored business days of {system.name} through again and tells the difference.",
        tags={"system": system.name},
    )
    def replay() -> None:
        replay_days_of()

    return replay


@contextmanager
def _session(system: PartnerSystem, *, run_id: str) -> Iterator[LoadTools]:
    """With a client of its own, where the system has an API to ask."""
    if system.asked:
        with run_session(system, run_id=run_id) as tools:
            yield tools
    else:
        yield file_session(holder=run_holder(run_id), run_id=run_id)


def _entities(system: PartnerSystem, config: ReplayConfig) -> list[Entity]:
    """Raises DeclarationError for a name that there is not."""
    entities = [entity for entity in system.entities if config.entity in ("", entity.name)]
    if not entities:
        known = ", ".join(entity.name for entity in system.entities)
        raise DeclarationError(f"{system.name} has no entity {config.entity!r}.", remedy=f"Declared: {known}.")
    return entities


def _days(system: PartnerSystem, config: ReplayConfig, *, now: datetime) -> list[date]:
    """Raises DeclarationError for what cannot be meant."""
    today = system.entities[0].calendar.day_of(now)
    first = read_day(config.day, "day", today=today)
    last = read_day(config.until, "until", today=today) if config.until else first
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


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


def _derived_row(refreshed: Refreshed) -> dict[str, str]:
    figures = [f"{name} {refreshed.before.get(name, 0):,} → {value:,}" for name, value in refreshed.after.items()]
    return {
        "comparison": refreshed.name,
        "day": refreshed.day.isoformat(),
        "figures": "; ".join(figures),
        "not compared": refreshed.held or "",
    }
