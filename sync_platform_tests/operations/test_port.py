"""Ports: who has one is told before anything is started."""

from __future__ import annotations

import socket

import pytest

from sync_platform.operations.port import PortTaken, free_port, is_free, require_free_port


def test_a_port_that_somebody_listens_on_is_refused_with_the_remedy() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken) as taken:
            require_free_port(port, purpose="the Dagster UI", remedy="Pass --port 3001.")
    assert str(taken.value) == f"port {port} for the Dagster UI is taken by another process. Pass --port 3001."
    assert taken.value.exit_code == 1


def test_a_port_that_somebody_shares_with_so_reuseport_counts_as_taken() -> None:
    """Fault E14."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert not is_free(other.getsockname()[1])


def test_a_free_port_is_free_and_any_port_always_is() -> None:
    assert is_free(free_port())
    require_free_port(0, purpose="the sandbox", remedy="")
