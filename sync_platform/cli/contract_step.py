"""How a step between two contract versions is told: one JSON object, or a table and what is missing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from sync_platform.contracts.contract import Consumer, Owner
from sync_platform.contracts.duration import write_duration
from sync_platform.contracts.semantic_version import Level

if TYPE_CHECKING:
    from rich.console import Console

    from sync_platform.contracts.change import Change
    from sync_platform.contracts.version_step import Step

_STYLES = {Level.MAJOR: "bold red", Level.MINOR: "green", Level.PATCH: "dim"}
_LONGEST = 60
"""Characters of a value in the table; the whole is in the JSON."""


def step_object(name: str, step: Step | None) -> dict[str, Any]:
    """One step as it is printed with `--json`; `needed` and `given` are parts of a version, like minor."""
    if step is None:
        return {"contract": name, "released": False, "changes": [], "problems": []}
    return {
        "contract": name,
        "released": True,
        "id": step.after.id,
        "from": step.before.version,
        "to": step.after.version,
        "needed": None if step.needed is None else step.needed.word,
        "given": None if step.given is None else step.given.word,
        "breaking": bool(step.breaking),
        "ends_on": step.ends_on,
        "changes": [_change_object(change) for change in step.changes],
        "tell": {consumer.name: consumer.notify for consumer in _broken(step)},
        "problems": [{"message": problem.message, "remedy": problem.remedy} for problem in step.problems],
    }


def step_text(console: Console, name: str, step: Step | None) -> None:
    """One step for people."""
    if step is None:
        console.print(f"{name}: nothing was released before", markup=False)
        return
    same = step.before.version == step.after.version
    versions = step.after.version if same else f"{step.before.version} to {step.after.version}"
    if not step.changes:
        console.print(f"{name} {versions}: nothing changed", markup=False)
    else:
        needed = step.needed.word if step.needed is not None else ""
        console.print(f"{name} {versions}: needs a {needed} version", markup=False)
        console.print(_table(step))
        _tell(console, step)
    for problem in step.problems:
        console.print(f"refused: {problem}", style="red", markup=False, soft_wrap=True)


def words_of(value: Any) -> str:
    """A value of a contract in few words."""
    match value:
        case None:
            return ""
        case timedelta():
            return write_duration(value)
        case Decimal():
            return f"{value.normalize():f}"
        case Consumer():
            return "all fields" if value.fields is None else words_of(value.fields) or "no field"
        case Owner():
            return words_of((value.name, *value.notify))
        case type():
            return value.__name__
        case tuple() | list():
            return ", ".join(words_of(one) for one in value)
        case dict():
            return "; ".join(f"{name}: {words_of(one)}" for name, one in value.items())
    return str(value)


def _change_object(change: Change) -> dict[str, Any]:
    return {
        "path": change.path,
        "kind": change.kind,
        "before": _json_value(change.before),
        "after": _json_value(change.after),
        "level": change.level.word,
        "breaking": change.breaking,
        "why": change.why,
        "consumers": change.consumers,
    }


def _json_value(value: Any) -> Any:
    """A duration is written as in a contract; of a type (`list`, `dict`) only the name has a JSON form."""
    return words_of(value) if isinstance(value, type | timedelta) else value


def _table(step: Step) -> Table:
    table = Table("needs", "what", "before", "after", "why", "touches", box=None, pad_edge=False)
    for change in step.changes:
        table.add_row(
            Text(change.level.word, style=_STYLES[change.level]),
            Text(change.path),
            Text(_cut(words_of(change.before))),
            Text(_cut(words_of(change.after))),
            Text(change.why),
            Text(", ".join(change.consumers)),
        )
    return table


def _tell(console: Console, step: Step) -> None:
    for consumer in _broken(step):
        notify = f" ({', '.join(consumer.notify)})" if consumer.notify else ""
        console.print(f"breaks {consumer.name}{notify}", markup=False)


def _broken(step: Step) -> list[Consumer]:
    """The consumers that a breaking change touches, as the older version knows them."""
    names = {name for change in step.breaking for name in change.consumers}
    known = {one.name: one for one in (*step.after.consumers, *step.before.consumers)}
    return [known[name] for name in known if name in names]


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
