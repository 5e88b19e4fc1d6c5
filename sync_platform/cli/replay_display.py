"""How a replay of a day, and the plan of one, are shown: what differs from before, in a few lines."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sync_platform.cli.answer import say, stdout

if TYPE_CHECKING:
    from sync_platform.replay.day import DayReplay
    from sync_platform.replay.day_plan import DayPlan


def replay_object(replay: DayReplay) -> dict[str, Any]:
    """The replay as JSON."""
    return {
        "entity": replay.entity,
        "day": replay.day,
        "outcome": replay.load.outcome if replay.load else None,
        "error": replay.load.error if replay.load else None,
        "rows": replay.rows,
        "before": replay.before,
        "after": replay.after,
        "failed_rules": replay.failed,
        "changes_applied": sum(load.read for load in replay.applied),
        "letters": {
            "open": replay.letters.letters,
            "taken": replay.letters.taken,
            "still_rejected": replay.letters.still_rejected,
            "rejected_again": replay.letters.rejected_again,
        },
        "loads": [load.load_id for load in replay.loads],
    }


def show_replay(replay: DayReplay) -> None:
    """One line for the day, and a line for each thing that there is to say of it."""
    rows, before, after = replay.rows, replay.before, replay.after
    outcome = f"{replay.load.outcome}; " if replay.load else ""
    _print(
        f"{replay.entity} {replay.day}: {outcome}{rows.added:,} rows added, {rows.changed:,} changed, "
        f"{rows.gone:,} gone; {before.rows:,} → {after.rows:,} rows"
    )
    for name, value in after.sums.items():
        if before.sums.get(name) != value:
            _print(f"  {name}: {before.sums.get(name, Decimal(0)):,} → {value:,}")
    if replay.applied:
        _print(f"  changes applied again: {sum(load.read for load in replay.applied):,}")
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
    if replay.load and replay.load.error:
        say(f"sync-platform: {' '.join(replay.load.error.split())}")


def show_plan(plan: DayPlan) -> None:
    """What would happen, in the same order."""
    _print(f"{plan.entity} {plan.day}: {plan.now.rows:,} rows, {plan.now.state or 'never loaded'}; nothing was touched")
    read = plan.read
    if read is not None:
        _print(
            f"  the partner gives {read.read:,}: {read.added:,} would be added, {read.changed:,} changed, "
            f"{read.unchanged:,} are unchanged, {read.superseded:,} older; {read.rejected:,} would be rejected, "
            f"{read.conflicts:,} conflict; {read.missing:,} landed rows are not among them"
        )
        for name, value in read.sums.items():
            if plan.now.sums.get(name) != value:
                _print(f"  {name}: landed {plan.now.sums.get(name, Decimal(0)):,}, the partner's {value:,}")
    if plan.waiting or plan.stored:
        _print(f"  {plan.waiting:,} changes wait, {plan.stored:,} kept ones would be applied again")
    if plan.letters is not None and plan.letters.letters:
        _print(f"  dead letters: {plan.letters.words}")


def _print(line: str) -> None:
    stdout().print(line, markup=False, soft_wrap=True)
