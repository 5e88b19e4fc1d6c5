"""One step from a contract's version to a newer one: what changed, what that needs, and whether it has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sync_platform.contracts.change import Change, ChangeKind
from sync_platform.contracts.contract import Contract
from sync_platform.contracts.difference import compare
from sync_platform.contracts.release import content_of
from sync_platform.contracts.semantic_version import Level


@dataclass(frozen=True)
class Problem:
    """Why a step may not be taken, and what to do."""

    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"


@dataclass(frozen=True)
class Step:
    """From `before` to `after`. `ends_on` is the announced end of the major version that `before` belongs to."""

    before: Contract
    after: Contract
    changes: tuple[Change, ...]
    ends_on: date | None

    @property
    def needed(self) -> Level | None:
        """The part of the version that the changes must raise at least; None where nothing changed."""
        return max((change.level for change in self.changes), default=None)

    @property
    def given(self) -> Level | None:
        """The part that is raised; None when `after` is not newer."""
        return self.after.semantic_version.level_from(self.before.semantic_version)

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes that break readers."""
        return tuple(change for change in self.changes if change.breaking)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the step lacks; none for one that may be taken."""
        return tuple(problem for problem in (self._too_small(), self._endless()) if problem is not None)

    def _too_small(self) -> Problem | None:
        if self.needed is None or (self.given is not None and self.given >= self.needed):
            return None
        before, after = self.before.semantic_version, self.after.semantic_version
        heaviest = [change.path for change in self.changes if change.level is self.needed]
        what = f"{_first(heaviest)}: {_MEANING[self.needed]}"
        remedy = f"Write version: {max(before.raised_by(self.needed), after)}."
        if self.needed is Level.MAJOR:
            announce = "" if self.ends_on else f", {_announce(self.before)}"
            remedy = f"Write version: {before.raised_by(Level.MAJOR)}{announce}; or take the change back."
        if after < before:
            return Problem(f"{self.after.id} {after} is older than {before}, which is released.", remedy)
        if after == before:
            return Problem(f"{self.after.id} {after} is released, and was changed afterwards in {what}.", remedy)
        return Problem(f"{self.after.id} {after} raises {before} too little for {what}.", remedy)

    def _endless(self) -> Problem | None:
        if self.given is not Level.MAJOR or self.ends_on is not None:
            return None
        before, after = self.before.semantic_version, self.after.semantic_version
        message = f"{self.after.id} {after} follows {before.major}.x, whose end nobody has announced."
        return Problem(message, f"First {_announce(self.before)}.")


def step_between(before: Contract, after: Contract, *, ends_on: date | None = None) -> Step:
    """The step from `before` to `after`; `ends_on` where a later version of the old major announced its end."""
    return Step(before, after, _changes(before, after), ends_on or before.ends_on)


_MEANING = {
    Level.MAJOR: "that breaks who reads it",
    Level.MINOR: "that gives readers more, or a firmer promise",
    Level.PATCH: "that leaves the data as it is",
}


def _changes(before: Contract, after: Contract) -> tuple[Change, ...]:
    changes = compare(before, after)
    if changes:
        return changes
    old, new = (content_of(contract.file) for contract in (before, after))
    differing = [name for name in dict.fromkeys((*old, *new)) if name != "version" and old.get(name) != new.get(name)]
    why = "words that the platform does not read"
    return tuple(Change(name, ChangeKind.CHANGED, "", "", Level.PATCH, why) for name in differing)


def _first(paths: list[str]) -> str:
    """At most three of them: a whole list is what `contracts diff` is for."""
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"{', '.join(paths[:3])}{more}"


def _announce(before: Contract) -> str:
    version = before.semantic_version
    next_ = version.raised_by(Level.MINOR)
    return (
        f"announce the end of {version.major}.x: give {version} a slaProperty {{property: endOfSupport, value: "
        f'"<last day>"}} and release that as {next_}'
    )
