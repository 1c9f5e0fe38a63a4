"""Whom the limit of one join a type and day holds for: the address that a request comes from.

The address is handed to `mbtiface.community`, which turns it into a keyed hash of the day; it is
never logged and never stored. What a request says of its own way (`X-Forwarded-For`) is believed
only as far as proxies named in the settings have written it: each of them adds, on the right, the
address that it was called from. So the first address from the right that is no proxy's is the
visitor's; everything left of it anybody can make up.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from mbtiface.settings import Network

FORWARDED = "x-forwarded-for"
NOBODY = "unknown"
"""All who come without an address share one."""
IPV6_PREFIX = 64
"""One visitor's line has as many IPv6 addresses as they like, all alike up to here."""


def visitor_of_request(request: Any, proxies: Sequence[Network]) -> str:
    """Return the visitor of Starlette's request, or of Gradio's, which has the same parts."""
    if request is None:
        return NOBODY
    peer = request.client.host if request.client else None
    return visitor_of(peer, request.headers.getlist(FORWARDED), proxies)


def visitor_of(peer: str | None, forwarded: Sequence[str], proxies: Sequence[Network]) -> str:
    """Return a text that is the same for every request from one visitor's line.

    Args:
        peer: address that the connection comes from.
        forwarded: values of the `X-Forwarded-For` headers, in order.
        proxies: networks of the proxies in front.
    """
    said = [part for value in forwarded for part in value.split(",")]
    visitor: IPv4Address | IPv6Address | None = None
    for text in reversed([*said, peer or ""]):
        address = _address(text)
        if address is None:
            break
        visitor = address
        if not any(address in network for network in proxies):
            break
    if visitor is None:
        return NOBODY
    if isinstance(visitor, IPv6Address):
        return str(ip_network((visitor, IPV6_PREFIX), strict=False))
    return str(visitor)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address, also with a port: `192.0.2.1:80`, `[2001:db8::1]:80`."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
