"""What a command answered, for the tests to look at."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object on stdout; anything else there is a failure."""
        answer = json.loads(self.out)
        assert isinstance(answer, dict)
        return answer

    @property
    def line(self) -> str:
        """The one line on stderr; more, a traceback above all, is a failure."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


Command = Callable[..., Said]
