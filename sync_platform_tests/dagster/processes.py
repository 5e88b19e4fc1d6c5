"""The platform's processes, killed as by the kernel and started again as by a process manager."""

from __future__ import annotations

import signal

from sync_platform.operations.child import Child
from sync_platform.operations.supervisor import Supervisor


class Processes(Supervisor):
    """A supervisor whose children a test can kill; what is left of a killed one's group ends with the supervisor."""

    def kill(self, name: str) -> Child:
        """SIGKILL to the child alone, not to the processes that it started. Returns it, to be started again."""
        (killed,) = [running for running in self._running if running.child.name == name]
        # No longer watched: from here on its end is not a surprise.
        self._running.remove(killed)
        killed.process.kill()
        assert killed.process.wait() == -signal.SIGKILL
        return killed.child

    def restart(self, child: Child) -> None:
        """Start a killed child again and wait until it is ready."""
        self.start(child)
        self.wait_until_ready(child.name)
