"""How a step between two contract versions is told: one JSON object, or a few lines a change and what is missing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
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
"""Characters of a value for people; the whole is in the JSON."""
_INDENT = 7


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
        for change in step.changes:
            _tell_change(console, change)
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


def _tell_change(console: Console, change: Change) -> None:
    """Two lines, which fit any terminal: what changed from what to what, and what that means to whom."""
    before, after = change.before, change.after
    if max(len(words_of(value)) for value in (before, after)) > _LONGEST:
        before, after = _apart(before, after)
    values = " to ".join(_cut(words_of(value)) for value in (before, after) if value not in (None, ""))
    what = Text().append(f"{change.level.word:{_INDENT}}", style=_STYLES[change.level])
    console.print(what.append(f"{change.path} {change.kind}{': ' if values else ''}{values}"))
    touched = f" Touches {', '.join(change.consumers)}." if change.consumers else ""
    why = f"{change.why[0].upper()}{change.why[1:]}.{touched}"
    console.print(Padding(Text(why, style="dim"), (0, 0, 0, _INDENT), expand=False))


def _apart(before: Any, after: Any) -> tuple[Any, Any]:
    """Of two long values only what differs: a value more among forty would be cut off."""
    match before, after:
        case dict(), dict():
            names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
            pairs = {name: _apart(before.get(name), after.get(name)) for name in names}
            old, new = ({name: pair[side] for name, pair in pairs.items()} for side in (0, 1))
            return old, new
        case ((tuple() | list()), (tuple() | list())):
            gone, come = [one for one in before if one not in after], [one for one in after if one not in before]
            if gone or come:
                return gone or "nothing", come or "nothing"
    return before, after


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
