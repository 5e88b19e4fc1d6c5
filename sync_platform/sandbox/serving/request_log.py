"""What was asked of the sandbox, for tests and operators; never a credential."""

import threading
from collections import Counter, deque
from typing import Any

from sync_platform.sandbox.serving.request import Request

KEPT = 200
"""The last requests that are kept in full."""
_SECRET_PARAMETERS = frozenset({"consumer_key", "consumer_secret", "access_token", "client_secret", "api_key"})


class RequestLog:
    """Counts per system and path, and the last requests; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._last: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def add(self, system: str, request: Request, *, status: int, body_bytes: int) -> None:
        """Note an answered request; headers and bodies are not kept, for they hold credentials."""
        entry = {
            "system": system,
            "method": request.method,
            "path": request.path,
            "query": {name: value for name, value in request.query.items() if name not in _SECRET_PARAMETERS},
            "status": status,
            "body_bytes": body_bytes,
            "at_ms": request.now,
        }
        with self._lock:
            self._counts[system, _template(request.path)] += 1
            self._last.append(entry)

    def count(self, system: str, path: str = "") -> int:
        """How often a system was asked for paths that begin so."""
        with self._lock:
            return sum(n for (name, asked), n in self._counts.items() if name == system and asked.startswith(path))

    def state(self) -> dict[str, Any]:
        """As the control server shows it, the last request last."""
        with self._lock:
            counts: dict[str, dict[str, int]] = {}
            for (system, path), number in sorted(self._counts.items()):
                counts.setdefault(system, {})[path] = number
            return {"counts": counts, "last": list(self._last)}

    def clear(self) -> None:
        """Begin anew."""
        with self._lock:
            self._counts.clear()
            self._last.clear()


def _template(path: str) -> str:
    """`/orders/17` as `/orders/{id}`, so that the counts stay few."""
    head, _, tail = path.rpartition("/")
    return f"{head}/{{id}}" if tail.isdigit() or tail.startswith(("pay_", "po_", "evt_")) else path
