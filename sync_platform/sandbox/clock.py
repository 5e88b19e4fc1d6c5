"""The sandbox's own time, which tests set and advance, and each partner system's possibly wrong view of it."""

import threading
import time
from datetime import datetime

import numpy as np
import numpy.typing as npt

from sync_platform.sandbox.colombo import epoch_ms, utc
from sync_platform.sandbox.columns import IntArray


class SandboxClock:
    """Runs with real time from a given moment, or stands still until told otherwise."""

    def __init__(self, now: datetime, *, running: bool) -> None:
        self._lock = threading.Lock()
        self._at_ms = epoch_ms(now)
        self._since = time.monotonic() if running else None

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        with self._lock:
            return self._now_ms()

    def now(self) -> datetime:
        """The same as an aware UTC datetime."""
        return utc(self.now_ms())

    @property
    def running(self) -> bool:
        """Whether time passes by itself."""
        return self._since is not None

    def advance(self, seconds: float) -> None:
        """Jump forward; a running clock goes on running from there."""
        if seconds < 0:
            raise ValueError(f"advance_seconds is {seconds}; use set to go back")
        with self._lock:
            self._at_ms += round(seconds * 1000)

    def set(self, moment: datetime) -> None:
        """Stand still at an aware moment."""
        with self._lock:
            self._at_ms, self._since = epoch_ms(moment), None

    def freeze(self) -> None:
        """Stand still now."""
        with self._lock:
            self._at_ms, self._since = self._now_ms(), None

    def run(self) -> None:
        """Let time pass from the present moment."""
        with self._lock:
            self._at_ms, self._since = self._now_ms(), time.monotonic()

    def _now_ms(self) -> int:
        return self._at_ms + (round((time.monotonic() - self._since) * 1000) if self._since is not None else 0)


class SystemClock:
    """One partner system's clock: true time, plus an error that begins at a moment and ends at another.

    What was stamped before the error began keeps its stamp; what is stamped during it keeps the wrong one.
    """

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._starts: npt.NDArray[np.int64] = np.array([-(2**62)], dtype=np.int64)
        self._errors: npt.NDArray[np.int64] = np.array([0], dtype=np.int64)

    def now_ms(self) -> int:
        """True time, by which records become visible."""
        return self._clock.now_ms()

    def skew(self, seconds: int) -> None:
        """From now on be wrong by whole seconds, ahead if positive; 0 is right again."""
        self._starts = np.append(self._starts, max(self.now_ms(), int(self._starts[-1])))
        self._errors = np.append(self._errors, seconds * 1000)

    @property
    def was_ever_wrong(self) -> bool:
        """Whether stamps may differ from true time."""
        return bool(self._errors.any())

    def stamps(self, true_ms: IntArray) -> IntArray:
        """What this system wrote down for things that happened at these true moments."""
        moments = np.asarray(true_ms)
        if not self.was_ever_wrong:
            return moments
        position = np.searchsorted(self._starts, moments, side="right") - 1
        return np.asarray(moments + self._errors[position])

    def stamp(self, true_ms: int) -> int:
        """The same for one moment."""
        return int(self.stamps(np.array([true_ms], dtype=np.int64))[0])

    @property
    def right_before_ms(self) -> int:
        """No wrong stamp is earlier than this."""
        if not self.was_ever_wrong:
            return 2**62
        return int(self._starts[1]) + min(0, int(self._errors.min()))

    @property
    def error_ms(self) -> int:
        """By how much it is wrong now."""
        return int(self._errors[-1])
