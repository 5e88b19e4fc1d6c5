"""How dead letters are shown: tables by reason and by letter, and one letter with its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_platform.cli.answer import stdout

if TYPE_CHECKING:
    from sync_platform.landing.letter_queue import KeptLetter, LetterAction, ReasonGroup


def told_letter(letter: KeptLetter, entities: dict[tuple[str, str], Any]) -> dict[str, Any]:
    """A letter without its payload; its key masked where it is personal, or nobody knows whether it is."""
    from sync_platform.replay.masked import masked_key

    entity = entities.get((letter.system, letter.entity))
    hidden = ("payload", "sealed", "received_hash", "payload_hash", "record_key")
    return {
        **{name: value for name, value in vars(letter).items() if name not in hidden},
        "record_key": None if entity is None else masked_key(entity, letter),
        "kept": "withheld" if letter.payload is None else "sealed" if letter.sealed else "plain",
        "sha256": letter.payload_hash.hex(),
    }


def told_action(action: LetterAction) -> dict[str, Any]:
    """What was done, without the record."""
    before, after = action.before_hash, action.after_hash
    hashes = {"before": before.hex() if before else None, "after": after.hex() if after else None}
    return {"action": action.action, "who": action.who, "why": action.why, "at": action.at, **hashes}


def show_reasons(groups: list[ReasonGroup], *, state: str) -> None:
    """A table by reason, and how many letters they are."""
    from rich.table import Table

    console = stdout()
    table = Table(
        "entity", "reason", "field", "state", "letters", "attempts", "days", "ways", "oldest", box=None, pad_edge=False
    )
    for group in groups:
        days = f"{group.first_day}" if group.first_day == group.last_day else f"{group.first_day} to {group.last_day}"
        table.add_row(
            f"{group.system}/{group.entity}",
            group.reason,
            group.field,
            group.state,
            f"{group.letters:,}",
            f"{group.attempts:,}",
            days,
            ", ".join(group.ways),
            f"{group.oldest_at:%Y-%m-%d %H:%M} UTC",
        )
    if groups:
        console.print(table)
    which = "dead letters" if state == "any" else f"{state} dead letters"
    console.print(f"{sum(group.letters for group in groups):,} {which}", markup=False)


def show_each(told: list[dict[str, Any]], total: int) -> None:
    """A line per letter; `total` are those that are wanted."""
    from rich.table import Table
    from rich.text import Text

    table = Table("number", "entity", "day", "way", "key", "reason", "message", "attempts", box=None, pad_edge=False)
    for letter in told:
        table.add_row(
            str(letter["dead_letter_id"]),
            f"{letter['system']}/{letter['entity']}",
            str(letter["business_day"]),
            letter["way"] or "unknown",
            Text(letter["record_key"] or ""),
            letter["reason"],
            Text(f"{letter['field']} {letter['message']}".strip()),
            str(letter["attempts"]),
        )
    console = stdout()
    if told:
        console.print(table)
    console.print(f"{len(told):,} of {total:,} shown", markup=False)


def show_one(answer: dict[str, Any], actions: list[LetterAction], *, reveal: bool) -> None:
    """One letter with its record and history."""
    letter = answer["letter"]
    console = stdout()
    console.print(
        f"{letter['dead_letter_id']}: {letter['system']}/{letter['entity']} {letter['business_day']} "
        f"{letter['record_key'] or 'without a readable key'}: {letter['state']}",
        markup=False,
    )
    console.print(f"{letter['reason']}: {letter['field']} {letter['message']}".strip(), markup=False)
    console.print(
        f"met {letter['attempts']:,} times, first {letter['first_at']:%Y-%m-%d %H:%M} UTC, last "
        f"{letter['last_at']:%Y-%m-%d %H:%M} UTC, by {_way(letter)}; contract "
        f"{letter['contract_version']}; correlation {letter['correlation_id'] or 'unknown'}",
        markup=False,
    )
    obstacle = answer["obstacle"]
    passes = "it would pass now" if obstacle is None else f"it would not pass: {obstacle.field} {obstacle.message}"
    console.print(" ".join(passes.split()), markup=False)
    if answer["payload"] is not None:
        console.print(answer["payload"], markup=False, soft_wrap=True)
    else:
        for name, value in (answer["record"] or {}).items():
            console.print(f"  {name}: {value}", markup=False)
        if not reveal and answer["record"]:
            console.print("personal values are masked; --reveal shows the record as it is kept", markup=False)
    for action in actions:
        console.print(f"{action.at:%Y-%m-%d %H:%M} UTC {action.action} by {action.who}: {action.why}", markup=False)


def _way(letter: dict[str, Any]) -> str:
    """The way in by which a letter came, with the delivery or the file that brought it."""
    if letter["delivery_id"] is not None:
        return f"webhook, delivery {letter['delivery_id']}"
    if letter["file_name"] is not None:
        return f"file {letter['file_name']}"
    return letter["way"] or "an unknown way"
