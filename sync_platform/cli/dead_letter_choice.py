"""Which dead letters a person means, who it is and why: the options that the `dead-letters` commands share."""

from __future__ import annotations

import getpass
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sync_platform.declarations.partner_system import PartnerSystem
    from sync_platform.landing.letter_queue import Decision, Selection

TABLES = ("sync.dead_letter", "sync.dead_letter_action", "audit.entry")
Numbers = Annotated[
    list[int] | None, typer.Argument(metavar="[NUMBER...]", help="Numbers of letters, as `list --each` shows them.")
]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The letter's number, as `list --each` shows it.")]
Of = Annotated[str | None, typer.Option("--of", metavar="SYSTEM[/ENTITY]", help="Only of this system or entity.")]
Reason = Annotated[str | None, typer.Option("--reason", help="Only for this reason, as `list` shows it.")]
OfField = Annotated[str | None, typer.Option("--field", help="Only about this field.")]
Day = Annotated[str | None, typer.Option("--day", help="Only of this business day, or from it on with --until.")]
Until = Annotated[str | None, typer.Option("--until", help="The last business day.")]
Who = Annotated[str | None, typer.Option("--who", help="Who decides. Default: the user of this machine.")]
Why = Annotated[str, typer.Option("--why", help="Why, for those who read the history.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it; without it a choice by reason or day only shows the plan.")]


def chosen(
    systems: tuple[PartnerSystem, ...],
    numbers: list[int] | None,
    *,
    of: str | None,
    reason: str | None,
    field: str | None,
    day: str | None,
    until: str | None,
    state: str | None = "open",
) -> Selection:
    """The letters that the options name. Raises DeclarationError for what cannot be meant."""
    from sync_platform.cli.address import choose_entity, choose_system
    from sync_platform.errors import DeclarationError
    from sync_platform.landing.letter_queue import Selection

    if numbers and any(option is not None for option in (of, reason, field, day, until)):
        raise DeclarationError(
            "numbers and --of, --reason, --field or --day exclude each other.", remedy="Name letters, or choose some."
        )
    if numbers:
        return Selection(numbers=tuple(dict.fromkeys(numbers)), state=state)
    system = entity = None
    if of is not None and "/" in of:
        _, found = choose_entity(systems, of)
        system, entity = found.system, found.name
    elif of is not None:
        system = choose_system(systems, of).name
    if until is not None and day is None:
        raise DeclarationError("--until needs --day.", remedy=f"Write --day 2026-11-01 --until {until}.")
    first = _read_day(day, "--day")
    return Selection(
        system=system,
        entity=entity,
        reason=reason,
        field=field,
        day=first,
        until=_read_day(until, "--until") or first,
        state=state,
    )


def some_chosen(selection: Selection) -> Selection:
    """Refuses a choice of everything. Raises DeclarationError."""
    from sync_platform.errors import DeclarationError

    named = (selection.numbers, selection.system, selection.reason, selection.field, selection.day)
    if all(part is None for part in named):
        raise DeclarationError(
            "no letter is named.", remedy="Name numbers, or choose with --of, --reason, --field or --day."
        )
    return selection


def decision(who: str | None, why: str) -> Decision:
    """Who decides and why, now. Raises DeclarationError when either is empty."""
    from sync_platform.clock import SystemClock
    from sync_platform.errors import DeclarationError
    from sync_platform.landing.letter_queue import Decision

    name = (getpass.getuser() if who is None else who).strip()
    if not name:
        raise DeclarationError("nobody decides.", remedy="Name who does: --who NAME.")
    if not why.strip():
        raise DeclarationError("there is no reason.", remedy="Say why: --why 'the shop mended its price list'.")
    return Decision(who=name, why=why.strip(), at=SystemClock().now())


def _read_day(text: str | None, option: str) -> date | None:
    from sync_platform.errors import DeclarationError

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DeclarationError(f"{option} {text!r} is not a day.", remedy="Write it like 2026-11-20.") from error
