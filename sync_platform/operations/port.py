"""TCP ports of this machine: whether one is free, and which one is."""

from __future__ import annotations

import socket

from sync_platform.errors import LandingConflict

LOCAL = "127.0.0.1"


class PortTaken(LandingConflict):
    """Another process listens on a port that we need."""

    kind = "port"


def require_free_port(port: int, *, purpose: str, remedy: str) -> None:
    """Raises PortTaken when another process listens on `port`; 0 stands for any and is always free."""
    if port and not is_free(port):
        raise PortTaken(f"port {port} for {purpose} is taken by another process. {remedy}")


def is_free(port: int) -> bool:
    """Whether we could listen on that port of 127.0.0.1 now.

    A connection is tried too: gRPC and others set SO_REUSEPORT, with which two may listen on one port.
    """
    try:
        socket.create_connection((LOCAL, port), timeout=1).close()
    except OSError:
        pass
    else:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # What lingers in TIME_WAIT after an earlier server does not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCAL, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on; somebody may take it before we do, which the child's readiness then shows."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOCAL, 0))
        return int(probe.getsockname()[1])
