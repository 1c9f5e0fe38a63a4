"""Whose request it is, behind proxies and without, whatever a request says of itself."""

from ipaddress import ip_network
from types import SimpleNamespace

import pytest
from starlette.datastructures import Headers

from mbtiface.settings import PRIVATE_NETWORKS
from mbtiface.ui.visitor import NOBODY, visitor_of, visitor_of_request

ONE_PROXY = (ip_network("127.0.0.1/32"),)


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "visitor"),
    [
        # Without proxies a request is believed in nothing.
        ("203.0.113.5", ["198.51.100.1"], (), "203.0.113.5"),
        ("192.168.1.7", ["198.51.100.1"], (), "192.168.1.7"),
        # One proxy before a house's own network.
        ("127.0.0.1", ["192.168.1.7"], ONE_PROXY, "192.168.1.7"),
        ("127.0.0.1", ["198.51.100.1, 192.168.1.7"], ONE_PROXY, "192.168.1.7"),
        ("192.168.1.9", ["198.51.100.1"], ONE_PROXY, "192.168.1.9"),
        # A Space: machines of its own in between, and what a visitor makes up before them.
        ("10.16.3.80", ["203.0.113.5"], PRIVATE_NETWORKS, "203.0.113.5"),
        ("10.16.3.80", ["203.0.113.5, 10.16.9.1"], PRIVATE_NETWORKS, "203.0.113.5"),
        ("10.16.3.80", ["8.8.8.8, 203.0.113.5, 10.16.9.1"], PRIVATE_NETWORKS, "203.0.113.5"),
        ("10.16.3.80", ["8.8.8.8", "203.0.113.5"], PRIVATE_NETWORKS, "203.0.113.5"),
        ("10.16.3.80", ["nobody, 10.16.9.1"], PRIVATE_NETWORKS, "10.16.9.1"),
        ("10.16.3.80", [], PRIVATE_NETWORKS, "10.16.3.80"),
        # Ports, and IPv6: one line has many addresses.
        ("127.0.0.1", ["203.0.113.5:4711"], ONE_PROXY, "203.0.113.5"),
        ("127.0.0.1", ["[2001:db8:1:2::5]:80"], ONE_PROXY, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", [], (), "2001:db8:1:2::/64"),
        ("fe80::1%eth0", [], (), "fe80::/64"),
        ("::ffff:203.0.113.5", [], (), "203.0.113.5"),
        (None, ["203.0.113.5"], PRIVATE_NETWORKS, NOBODY),
        ("testclient", [], (), NOBODY),
    ],
)
def test_the_first_address_that_is_no_proxys_is_the_visitors(
    peer: str | None, forwarded: list[str], proxies: tuple, visitor: str
) -> None:
    assert visitor_of(peer, forwarded, proxies) == visitor


def test_all_headers_of_a_request_are_read() -> None:
    headers = Headers(raw=[(b"x-forwarded-for", b"8.8.8.8"), (b"x-forwarded-for", b"203.0.113.5")])
    request = SimpleNamespace(client=SimpleNamespace(host="10.0.0.1"), headers=headers)
    assert visitor_of_request(request, PRIVATE_NETWORKS) == "203.0.113.5"
    request.client = None
    assert visitor_of_request(request, ()) == NOBODY
    assert visitor_of_request(None, ()) == NOBODY
