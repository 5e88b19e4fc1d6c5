"""The log of one child process, bounded: when it is full it becomes the previous one, of which there is one."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

# A day of the daemon's lines is some 10 MB; the newest hours are what is asked for.
MOST_BYTES = 20_000_000


class ChildLog:
    """What a child writes goes here, from several threads. The log of an earlier start is kept as the previous one."""

    def __init__(self, file: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self.file = file
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._begin()

    def write(self, text: str) -> None:
        """Append; a log that would grow past its bound is begun anew."""
        data = text.encode()
        with self._lock:
            if self._bytes and self._bytes + len(data) > self._most_bytes:
                self._begin()
            with self.file.open("ab") as log:
                log.write(data)
            self._bytes += len(data)

    def _begin(self) -> None:
        if self.file.exists():
            self.file.replace(self.file.with_suffix(".previous.log"))
        self.file.touch()
        self._bytes = 0
