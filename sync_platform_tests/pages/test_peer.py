"""Whose address is logged: the connection's own, unless a declared proxy says for whom it asks."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest

from sync_platform.errors import DeclarationError
from sync_platform.gateway.pages.console import console
from sync_platform.gateway.pages.peer import read_trusted_proxies, true_peer
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform_tests.pages.site import Site
from sync_platform_tests.reports.listening import listening

PROXIES = (ip_network("10.0.0.0/30"), ip_network("2001:db8::1"))
# Who is connected, what X-Forwarded-For says, and whose address that is.
PEERS = (
    ("203.0.113.9", [], "203.0.113.9"),
    ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
    ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
    ("10.0.0.1", ["127.0.0.1, 198.51.100.1"], "198.51.100.1"),
    ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
    ("10.0.0.1", ["127.0.0.1", "198.51.100.1"], "198.51.100.1"),
    ("10.0.0.1", ["198.51.100.1, <script>"], "10.0.0.1"),
    ("10.0.0.1", [""], "10.0.0.1"),
    ("2001:db8::1", ["2001:db8::2"], "2001:db8::2"),
    (None, ["198.51.100.1"], "unknown"),
)


@pytest.mark.parametrize(("connected", "forwarded", "peer"), PEERS)
def test_only_a_declared_proxy_is_believed_and_only_about_whom_it_met(
    connected: str | None, forwarded: list[str], peer: str
) -> None:
    assert true_peer(connected, forwarded, proxies=PROXIES) == peer


def test_what_is_no_network_is_a_wrong_setting() -> None:
    name = "SYNC_PLATFORM_TRUSTED_PROXIES"
    assert read_trusted_proxies({name: " 10.0.0.0/30, 2001:db8::1,"}) == PROXIES
    assert read_trusted_proxies({}) == ()
    for wrong in ("proxy.example.com", "10.0.0.1/30", "*"):
        with pytest.raises(DeclarationError, match=name):
            read_trusted_proxies({name: wrong})


@pytest.mark.parametrize(("trusted", "peer"), [((), "127.0.0.1"), ((ip_network("127.0.0.1"),), "198.51.100.1")])
def test_the_access_log_names_who_is_behind_a_declared_proxy(
    tools: ConsoleTools, trusted: tuple[object, ...], peer: str
) -> None:
    declared = replace(tools, settings=replace(tools.settings, trusted_proxies=trusted))
    with listening(console(declared)) as port:
        site = Site(declared, port)
        site.browser("admin").get("/users", headers={"X-Forwarded-For": "198.51.100.1"})
        assert site.rows("select peer from access.access_log order by access_id desc limit 1") == [(peer,)]
