"""How a replay of a day, and the plan of one, are shown: what differs from before, in a few lines."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sync_platform.cli.answer import say, stdout

if TYPE_CHECKING:
    from sync_platform.replay.day import DayReplay
    from sync_platform.replay.day_plan import DayPlan
    from sync_platform.replay.derived import Refreshed


def replay_object(replay: DayReplay) -> dict[str, Any]:
    """The replay as JSON."""
    return {
        "entity": replay.entity,
        "day": replay.day,
        "outcome": replay.load.outcome if replay.load else None,
        "error": replay.load.error if replay.load else None,
        "file": replay.file,
        "rows": replay.rows,
        "before": replay.before,
        "after": replay.after,
        "failed_rules": replay.failed,
        "changes_applied": sum(load.read for load in replay.applied),
        "deliveries": replay.deliveries,
        "problems": replay.problems,
        "letters": {
            "open": replay.letters.letters,
            "taken": replay.letters.taken,
            "still_rejected": replay.letters.still_rejected,
            "rejected_again": replay.letters.rejected_again,
        },
        "loads": [load.load_id for load in replay.loads],
    }


def refreshed_object(refreshed: Refreshed) -> dict[str, Any]:
    """A comparison made again, as JSON."""
    return {name: value for name, value in vars(refreshed).items() if name != "report"}


def show_replay(replay: DayReplay) -> None:
    """One line for the day, and a line for each thing that there is to say of it."""
    rows, before, after = replay.rows, replay.before, replay.after
    outcome = f"{replay.load.outcome}; " if replay.load else ""
    _print(
        f"{replay.entity} {replay.day}: {outcome}{rows.added:,} rows added, {rows.changed:,} changed, "
        f"{rows.gone:,} gone; {before.rows:,} → {after.rows:,} rows"
    )
    if replay.file:
        _print(f"  read again from {replay.file} in the archive")
    for name, value in after.sums.items():
        if before.sums.get(name) != value:
            _print(f"  {name}: {before.sums.get(name, Decimal(0)):,} → {value:,}")
    if replay.applied:
        _print(f"  changes applied again: {sum(load.read for load in replay.applied):,}")
    if replay.deliveries:
        _print(f"  deliveries: {', '.join(f'{count:,} {state}' for state, count in replay.deliveries.items())}")
    letters = replay.letters
    if letters.letters:
        _print(
            f"  dead letters: {letters.taken:,} of {letters.letters:,} taken in, {letters.still_rejected:,} stay open"
        )
    _print(
        f"  checks: {before.checks_passed} passed, {before.checks_failed} failed → {after.checks_passed} passed, "
        f"{after.checks_failed} failed{' (' + ', '.join(replay.failed) + ')' if replay.failed else ''}; "
        f"{before.state or 'never loaded'} → {after.state or 'never loaded'}"
    )
    for problem in (replay.load.error if replay.load else None, *replay.problems):
        if problem:
            say(f"sync-platform: {' '.join(problem.split())}")


def show_refreshed(refreshed: Refreshed) -> None:
    """What a comparison says now, and what of it is another figure than before."""
    if refreshed.held:
        _print(f"{refreshed.name} {refreshed.day}: not compared: {refreshed.held}")
        return
    figures = [
        f"{name} {value:,}" if refreshed.before.get(name) == value else f"{name} {_before(refreshed, name)} → {value:,}"
        for name, value in refreshed.after.items()
    ]
    _print(f"{refreshed.name} {refreshed.day}: compared again; {', '.join(figures)}")


def _before(refreshed: Refreshed, name: str) -> str:
    return f"{refreshed.before[name]:,}" if name in refreshed.before else "never"


def show_plan(plan: DayPlan) -> None:
    """What would happen, in the same order."""
    _print(f"{plan.entity} {plan.day}: {plan.now.rows:,} rows, {plan.now.state or 'never loaded'}; nothing was touched")
    read = plan.read
    source = f"{plan.file} in the archive" if plan.file else "the partner"
    if read is not None:
        _print(
            f"  {source} gives {read.read:,}: {read.added:,} would be added, {read.changed:,} changed, "
            f"{read.unchanged:,} are unchanged, {read.superseded:,} older; {read.rejected:,} would be rejected, "
            f"{read.conflicts:,} conflict; {read.missing:,} landed rows are not among them"
        )
        for name, value in read.sums.items():
            if plan.now.sums.get(name) != value:
                _print(f"  {name}: landed {plan.now.sums.get(name, Decimal(0)):,}, read {value:,}")
    if plan.waiting or plan.stored:
        _print(f"  {plan.waiting:,} changes wait, {plan.stored:,} kept ones would be applied again")
    if plan.dead:
        _print(f"  {plan.dead:,} dead deliveries would be read again")
    if plan.letters is not None and plan.letters.letters:
        _print(f"  dead letters: {plan.letters.words}")
    _print(
        f"  its {plan.rules:,} rules would run; last time {plan.now.checks_passed:,} checks passed, "
        f"{plan.now.checks_failed:,} failed"
    )
    for name in plan.derived:
        _print(f"  {name} would be compared again")


def _print(line: str) -> None:
    stdout().print(line, markup=False, soft_wrap=True)
