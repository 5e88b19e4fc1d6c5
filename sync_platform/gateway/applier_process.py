"""The applier as the gateway's child: started with it, woken by it, started again when it died, ended with it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

import structlog

_COMMAND = (sys.executable, "-m", "sync_platform.gateway.applier")
_END_SECONDS = 10.0
_LOOK_SECONDS = 1.0

log = structlog.get_logger("gateway")


class ApplierProcess:
    """`wake` may be called from any thread. While it is down deliveries are stored, and the sensor applies them."""

    def __init__(self, environment: Mapping[str, str], *, command: tuple[str, ...] = _COMMAND) -> None:
        self._environment = dict(environment)
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process that was started last."""
        return self._process.pid if self._process is not None else None

    @property
    def ended_with(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll() if self._process is not None else None

    def start(self) -> None:
        """Start it, in the place of one that died."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdin=subprocess.PIPE, stdout=sys.stderr.fileno()
        )
        if self._process.stdin is not None:
            os.set_blocking(self._process.stdin.fileno(), False)

    def wake(self) -> None:
        """Say that something was stored; nothing happens where it has died or been told already."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError, ValueError):
                os.write(self._process.stdin.fileno(), b"\n")

    async def keep_alive(self) -> None:
        """Start it again whenever it died, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self.ended_with is not None:
                log.error("applier_died", code=self.ended_with)
                self.start()

    def close(self) -> None:
        """Let it end what it is at, within 10 s."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
