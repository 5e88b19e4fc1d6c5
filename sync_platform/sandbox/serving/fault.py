"""Faults that a test or an operator injects into a partner system's answers."""

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.error import SandboxError

KINDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "status": (frozenset({"status"}), frozenset({"headers", "body"})),
    "delay": (frozenset({"seconds"}), frozenset()),
    "drip": (frozenset({"seconds_per_byte"}), frozenset()),
    "cut_body": (frozenset({"after_bytes"}), frozenset({"keep_length"})),
    "bad_record": (frozenset({"field"}), frozenset({"value", "remove", "count"})),
    "page_shift": (frozenset({"rows"}), frozenset()),
    "resent": (frozenset({"field"}), frozenset({"count"})),
    "clock_skew": (frozenset({"seconds"}), frozenset()),
    "schema_change": (frozenset(), frozenset({"rename", "retype", "add"})),
    "html": (frozenset(), frozenset()),
    "empty": (frozenset(), frozenset()),
    "not_json": (frozenset(), frozenset()),
    "wrong_total": (frozenset({"difference"}), frozenset()),
    "changed_values": (frozenset({"field"}), frozenset({"factor", "plus", "value", "remove", "share"})),
    "missing_records": (frozenset(), frozenset({"field", "value", "at_least", "below", "share"})),
}
"""Of each kind, the options that it needs and those that it may have."""


@dataclass(kw_only=True)
class Fault:
    """One injected fault; `next_requests` counts down, None is without end."""

    id: int
    system: str
    kind: str
    path: str | None
    query: Mapping[str, str]
    next_requests: int | None
    probability: float
    options: dict[str, Any]

    def state(self) -> dict[str, Any]:
        """As the control server shows it."""
        return {
            "id": self.id,
            "system": self.system,
            "kind": self.kind,
            "path": self.path,
            "query": dict(self.query),
            "next_requests": self.next_requests,
            "probability": self.probability,
            **self.options,
        }


class Faults:
    """The faults in force, per partner system; safe to use from any thread.

    Draws of `probability` come from the seed, in the order of requests.
    """

    def __init__(self, clocks: Mapping[str, SystemClock], *, seed: int) -> None:
        self._clocks = clocks
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._faults: dict[int, Fault] = {}
        self._last_id = 0

    def add(
        self,
        *,
        system: str,
        kind: str,
        path: str | None = None,
        query: Mapping[str, str] | None = None,
        next_requests: int | None = None,
        probability: float = 1.0,
        **options: Any,
    ) -> int:
        """Put a fault in force for requests whose path begins with `path` and that ask with `query`; return its id.

        `clock_skew` is in force for the whole system from now until it is removed or its requests are used up,
        whatever `path`, `query` and `probability` say. Raises SandboxError for what is unknown or out of range.
        """
        self._check(system=system, kind=kind, options=options)
        if next_requests is not None and (not _is_count(next_requests) or next_requests < 1):
            raise SandboxError(f"next_requests is {next_requests!r}; write a whole number of at least 1")
        if not isinstance(query or {}, Mapping):
            raise SandboxError(f"query is {query!r}; write an object of parameter names and values")
        if not _is_number(probability) or not 0 <= probability <= 1:
            raise SandboxError(f"probability is {probability!r}; write a number from 0 to 1")
        with self._lock:
            self._last_id += 1
            fault = Fault(
                id=self._last_id,
                system=system,
                kind=kind,
                path=path,
                query=query or {},
                next_requests=next_requests,
                probability=probability,
                options=options,
            )
            self._faults[fault.id] = fault
            self._set_clock(system)
            return fault.id

    def remove(self, fault_id: int) -> bool:
        """End one fault; whether there was one."""
        with self._lock:
            return self._remove(fault_id)

    def clear(self) -> None:
        """End all faults."""
        with self._lock:
            for fault_id in list(self._faults):
                self._remove(fault_id)

    def in_force(self) -> list[dict[str, Any]]:
        """The faults in force."""
        with self._lock:
            return [fault.state() for fault in self._faults.values()]

    def matching(self, system: str, path: str, query: Mapping[str, str]) -> list[Fault]:
        """The faults that hit this request, oldest first; counts it against their `next_requests`."""
        with self._lock:
            in_force = [fault for fault in self._faults.values() if fault.system == system]
            hits = [fault for fault in in_force if self._hits(fault, path, query)]
            for fault in hits:
                if fault.next_requests is not None:
                    fault.next_requests -= 1
                    if fault.next_requests == 0 and fault.kind != "clock_skew":
                        self._remove(fault.id)
            return hits

    def settle(self, system: str) -> None:
        """After an answer: end the clock errors whose requests are used up."""
        with self._lock:
            for fault in [fault for fault in self._faults.values() if fault.next_requests == 0]:
                if fault.system == system:
                    self._remove(fault.id)

    def _hits(self, fault: Fault, path: str, query: Mapping[str, str]) -> bool:
        if fault.path is not None and not path.startswith(fault.path):
            return False
        if not fault.query.items() <= query.items():
            return False
        return fault.probability >= 1 or self._random.random() < fault.probability

    def _remove(self, fault_id: int) -> bool:
        fault = self._faults.pop(fault_id, None)
        if fault is not None and fault.kind == "clock_skew":
            self._set_clock(fault.system)
        return fault is not None

    def _set_clock(self, system: str) -> None:
        skews = [
            fault.options["seconds"]
            for fault in self._faults.values()
            if fault.system == system and fault.kind == "clock_skew"
        ]
        error = round(sum(skews))
        if error * 1000 != self._clocks[system].error_ms:
            self._clocks[system].skew(error)

    def _check(self, *, system: str, kind: str, options: Mapping[str, Any]) -> None:
        if system not in self._clocks:
            raise SandboxError(f"system is {system!r}; choose one of {', '.join(self._clocks)}")
        if kind not in KINDS:
            raise SandboxError(f"kind is {kind!r}; choose one of {', '.join(KINDS)}")
        needed, allowed = KINDS[kind]
        for name in sorted(needed - options.keys()):
            raise SandboxError(f"a fault of kind {kind} needs {name}")
        for name in sorted(options.keys() - needed - allowed):
            raise SandboxError(
                f"a fault of kind {kind} has no {name}; it has {', '.join(sorted(needed | allowed)) or 'no options'}"
            )
        for name, (wanted, is_right) in _OPTIONS.items():
            if name in options and not is_right(options[name]):
                raise SandboxError(f"{name} is {options[name]!r}; write {wanted}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_OPTIONS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "status": ("a whole number from 200 to 599", lambda value: _is_count(value) and 200 <= value <= 599),
    "headers": ("an object of strings", lambda value: isinstance(value, dict)),
    "seconds": ("a number", _is_number),
    "seconds_per_byte": ("a number", _is_number),
    "after_bytes": ("a whole number", _is_count),
    "rows": ("a whole number", _is_count),
    "count": ("a whole number", _is_count),
    "difference": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "field": ("a name, with dots into nested objects", lambda value: isinstance(value, str) and bool(value)),
    "retype": ("a name, with dots into nested objects", lambda value: isinstance(value, str) and bool(value)),
    "rename": ("an object of old and new names", lambda value: isinstance(value, dict)),
    "add": ("an object of names and values", lambda value: isinstance(value, dict)),
    "factor": ("a number", _is_number),
    "plus": ("a number", _is_number),
    "at_least": ("text that the field's is not before", lambda value: isinstance(value, str)),
    "below": ("text that the field's is before", lambda value: isinstance(value, str)),
    "share": ("a number from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1),
}
