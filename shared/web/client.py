"""Where a request comes from, as far as a caller cannot forge it."""

from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from flask import request

from shared.base import settings

# Addresses that Google fetches from for its own services, Hosting among them; none that it lends
# to customers. A function that Hosting calls sees one of them as the last hop.
_GOOGLE = (
    "64.233.160.0/19", "66.102.0.0/20", "66.249.64.0/19", "72.14.192.0/18", "74.125.0.0/16",
    "108.177.0.0/17", "142.250.0.0/15", "172.217.0.0/16", "173.194.0.0/16", "209.85.128.0/17",
    "216.58.192.0/19", "216.239.32.0/19", "2001:4860::/32", "2404:6800::/32", "2607:f8b0::/32",
    "2800:3f0::/32", "2a00:1450::/32", "2c0f:fb50::/32",
)  # fmt: skip
_LOOPBACK = ("127.0.0.0/8", "::1/128")  # the Hosting emulator
_CDN = "HTTP_FASTLY_CLIENT_IP"  # WSGI's name of the header by which Hosting's CDN names the caller
_SMALLEST_NETWORK = 64  # bits of an IPv6 address that its holder cannot choose


def client_address() -> str:
    """The address of the caller: behind Hosting as its CDN names it, else the last hop.

    Of an IPv6 address the network. Apps Script calls from Google's networks with any header, so a
    program there can claim any address: use it to share a limit among callers, not to admit one.
    """
    hop = _last_hop()
    named: str = request.environ.get(_CDN, "")
    return _without_choice(named if named and _is_hosting(hop) else hop)


def client_network() -> str | None:
    """The same text for two callers of one network; None for a caller that may pretend.

    Everybody can send the CDN's header to a function's own URL, also from Google's networks. In
    the cloud the network is therefore known only of a caller who comes without Hosting.
    """
    hop = _last_hop()
    named: str = request.environ.get(_CDN, "")
    if not _is_hosting(hop):
        return None if named else _without_choice(hop)
    return None if settings.in_the_cloud() else _without_choice(named or hop)


def _last_hop() -> str:
    """The last hop that a proxy of ours wrote down, else the peer's address."""
    forwarded: str = request.environ.get("HTTP_X_FORWARDED_FOR", "")
    return forwarded.rsplit(",", 1)[-1].strip() or request.remote_addr or ""


@lru_cache(maxsize=1024)
def _without_choice(text: str) -> str:
    """An address without the part that its holder chooses; other text as it is."""
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return text
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    bits = 128 - _SMALLEST_NETWORK
    return str(IPv6Network((int(address) >> bits << bits, _SMALLEST_NETWORK)))


@cache
def _hosting_networks(in_the_cloud: bool) -> list[IPv4Network | IPv6Network]:
    return [ip_network(text) for text in (_GOOGLE if in_the_cloud else _GOOGLE + _LOOPBACK)]


def _is_hosting(hop: str) -> bool:
    return _is_in_hosting_networks(hop, settings.in_the_cloud())


@lru_cache(maxsize=1024)
def _is_in_hosting_networks(hop: str, in_the_cloud: bool) -> bool:
    """Cached: it takes longer than the rest of a request's checks."""
    try:
        address = ip_address(hop)
    except ValueError:
        return False
    return any(address in network for network in _hosting_networks(in_the_cloud))
