"""Judges which fields records have and of which JSON types, against earlier days: new, gone and retyped ones.

Pure. A field is named by its path in the partner's record. What the contract makes of a new one is `unknownFields`:
`evolve` notes it once, `freeze` warns until the contract's version is raised, `reject` holds the day where the new
field stands in the same object as a critical one: it may say that the critical one means something else now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sync_platform.checks import finding
from sync_platform.checks.finding import Finding, days_in_words, result, untold
from sync_platform.checks.result import RuleResult
from sync_platform.contracts.contract import Contract, Severity, UnknownFields
from sync_platform.contracts.day_profile import DayProfile, DayShape

# A record that lacks a field is none that lost it: only what every record of three days had can be gone.
FEWEST_DAYS, MOST_DAYS = 3, 14
# What is there within a day of the first look under a contract's version counts as known to who released it.
ACCEPTED_WITHIN = timedelta(days=1)
_ABSENT = "null"


def judge_schema(
    contract: Contract,
    today: DayShape | None,
    history: Sequence[DayShape],
    *,
    read: Mapping[str, str],
    profile: DayProfile | None = None,
) -> tuple[RuleResult | None, frozenset[str]]:
    """The result, and the contract's fields whose place in the records is gone. `read` are paths by contract field.

    `profile` is the day's: a field of which it has values is not gone, whatever the few records looked at had.
    """
    if today is None or not today.samples:
        return untold(finding.SCHEMA, contract, "no record came whose fields could be looked at"), frozenset()
    before = [other for other in history if other.day != today.day and other.observed_at < today.observed_at]
    before = sorted(before, key=lambda other: other.observed_at)
    known = _known(contract, today, before)
    if not known:
        return untold(finding.SCHEMA, contract, "learning: these are the first records looked at"), frozenset()
    recent = before[-MOST_DAYS:]
    compared = days_in_words([other.day for other in recent or known])
    new = _new(today, known, read=read, compared=compared)
    gone, gone_fields = _gone(today, recent, read=read, profile=profile, compared=compared)
    retyped = _retyped(today, recent, read=read, compared=compared)
    return _told(contract, new, [*gone, *retyped], read=read, compared=compared), gone_fields


def _known(contract: Contract, today: DayShape, before: Sequence[DayShape]) -> list[DayShape]:
    """The days whose fields count as known."""
    if contract.unknown_fields is UnknownFields.EVOLVE:
        return list(before)
    same = [other for other in before if other.contract_version == today.contract_version]
    return [other for other in same if other.observed_at < same[0].observed_at + ACCEPTED_WITHIN]


def _told(
    contract: Contract, new: list[Finding], wrong: list[Finding], *, read: Mapping[str, str], compared: str
) -> RuleResult | None:
    fine = f"the same fields as on {compared}"
    if contract.unknown_fields is UnknownFields.EVOLVE:
        if wrong or not new:
            return result(finding.SCHEMA, contract, [*wrong, *new] if wrong else [], fine=fine)
        return untold(finding.SCHEMA, contract, "; ".join(one.words for one in new[:3]) + "; noted, nothing reads it")
    critical = {_parent(read[each.name]) for each in contract.fields if each.critical and each.name in read}
    holds = contract.unknown_fields is UnknownFields.REJECT and any(_parent(one.subject) in critical for one in new)
    return result(
        finding.SCHEMA, contract, [*new, *wrong], fine=fine, severity=Severity.CRITICAL if holds else Severity.WARNING
    )


def _new(today: DayShape, known: Sequence[DayShape], *, read: Mapping[str, str], compared: str) -> list[Finding]:
    """Fields that no known record had and that the contract does not read; of a new object only itself.

    A list that was always empty, or an object that was always null, has nothing new when it is filled for once.
    """
    if today.cut or any(other.cut for other in known):
        return []
    seen = {path for other in known for path in other.paths} | set(read.values())
    objects = {path for other in known for path, types in other.paths.items() if "object" in types} | {""}
    return [
        Finding(subject=path, now=f"new ({_types(today, path)})", before=f"not there on {compared}", worth=1.0)
        for path in sorted(today.paths.keys() - seen)
        if _parent(path) in objects and not path.endswith("[]")
    ]


def _gone(
    today: DayShape,
    recent: Sequence[DayShape],
    *,
    read: Mapping[str, str],
    profile: DayProfile | None,
    compared: str,
) -> tuple[list[Finding], frozenset[str]]:
    if len(recent) < FEWEST_DAYS:
        return [], frozenset()
    fields = {path: name for name, path in read.items()}
    objects = {path for path, types in today.paths.items() if "object" in types} | {""}
    lost = [
        path
        for path in sorted(recent[0].paths)
        if path not in today.paths
        and not path.endswith("[]")
        and _parent(path) in objects
        and all(_in_all(other, path) for other in recent)
        and not _has_values(profile, path, read=read)
    ]
    gone = [
        Finding(
            subject=path,
            now="gone" + (f", {fields[path]} is read from it" if path in fields else ""),
            before=f"in all records on {compared}",
            worth=2.0 if path in fields else 0.5,
        )
        for path in lost
    ]
    return gone, frozenset(
        name for name, path in read.items() if any(path == one or path.startswith(f"{one}.") for one in lost)
    )


def _has_values(profile: DayProfile | None, path: str, *, read: Mapping[str, str]) -> bool:
    """Whether the day has values of a field that is read there, or below."""
    if profile is None:
        return False
    names = [name for name, place in read.items() if place == path or place.startswith(f"{path}.")]
    return any(profile.fields[name].present for name in names if name in profile.fields)


def _retyped(today: DayShape, recent: Sequence[DayShape], *, read: Mapping[str, str], compared: str) -> list[Finding]:
    found = []
    for path, types in sorted(today.paths.items()):
        before = {type_ for other in recent for type_ in other.paths.get(path, ())} - {_ABSENT}
        now = {type_: times for type_, times in types.items() if type_ not in (before | {_ABSENT})}
        # One odd record among many is a dead letter's affair.
        if before and 2 * sum(now.values()) > sum(times for type_, times in types.items() if type_ != _ABSENT):
            found.append(
                Finding(
                    subject=path,
                    now=f"now {' or '.join(sorted(now))}",
                    before=f"{' or '.join(sorted(before))} on {compared}",
                    worth=2.0 if path in read.values() else 0.5,
                )
            )
    return found


def _in_all(shape: DayShape, path: str) -> bool:
    """Whether every record that was looked at had the field, in every object that could have it."""
    parent = _parent(path)
    holders = (
        shape.samples
        if not parent
        else sum(times for type_, times in shape.paths.get(parent, {}).items() if type_ == "object")
    )
    return holders > 0 and sum(shape.paths.get(path, {}).values()) >= holders


def _types(shape: DayShape, path: str) -> str:
    return " or ".join(sorted(shape.paths[path]))


def _parent(path: str) -> str:
    """`product` of `product.id`, `lines[]` of `lines[].sku`, the empty text of what stands at the top."""
    return path.rpartition(".")[0]
