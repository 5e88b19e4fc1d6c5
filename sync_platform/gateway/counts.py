"""What became of the requests to each webhook since the gateway started: for `/healthz`, and at times a log line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any


class Counts:
    """`tell` is told of the first, tenth, hundredth … of a kind: a flood of forgeries must not flood the log."""

    def __init__(self, tell: Callable[..., object]) -> None:
        self._tell = tell
        self._counted: Counter[tuple[str, str]] = Counter()

    def add(self, path: str, what: str, **more: Any) -> None:
        """Count one request to a webhook; `what` is a word."""
        self._counted[path, what] += 1
        number = self._counted[path, what]
        if str(number).strip("0") == "1":
            self._tell(what, webhook=path, times=number, **more)

    def told(self) -> dict[str, dict[str, int]]:
        """By path and word."""
        by_path: dict[str, dict[str, int]] = {}
        for (path, what), number in sorted(self._counted.items()):
            by_path.setdefault(path, {})[what] = number
        return by_path
