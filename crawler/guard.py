"""A URL or an IP address in, "may be reached" or the reason why not out.

Two walls. `refusal` looks at the text of a URL (scheme, port, credentials, control characters). `install_guard`
sits where Twisted opens a connection, after DNS and after every redirect, because no check of a text can say
where a name leads: 127.0.0.1 has dozens of spellings, and a name may change its answer between two looks.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

MAX_URL_LENGTH = 2048
WEB_PORTS = frozenset({80, 443})

_CONTROL_OR_BLANK = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SIX_TO_FOUR = ipaddress.ip_network("2002::/16")
#: Not public, and not (or not in every Python 3.11) covered by `is_global`: carrier NAT, 6to4 relays,
#: benchmarking, documentation, the local NAT64 prefix, Teredo.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "2001::/32",
        "3fff::/20",
        "64:ff9b:1::/48",
        "fec0::/10",
    )
)

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: (address, port) that may be reached although it is private; port None stands for every port.
Allowed = frozenset[tuple[str, int | None]]


class AddressBlockedError(OSError):
    """A connection to an address that is not public was refused before it was opened."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host}:{port} is not a public address")
        self.host = host
        self.port = port


def refusal(url: str, allowed_addresses: Iterable[str] = ()) -> str | None:
    """Say why `url` must not be asked for, or None if its text is acceptable. Never quotes credentials."""
    if len(url) > MAX_URL_LENGTH:
        return f"URL is longer than {MAX_URL_LENGTH} characters"
    if _CONTROL_OR_BLANK.search(url):
        return "URL holds a blank, a backslash or a control character"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "URL cannot be read"
    if parts.scheme not in ("http", "https"):
        return f"scheme {parts.scheme or 'missing'} refused"
    if "@" in parts.netloc:
        return "URL holds credentials"
    if not parts.hostname:
        return "URL names no host"
    if port is not None and port not in WEB_PORTS and not _is_listed(parts.hostname, port, allowed_addresses):
        return f"port {port} refused"
    return None


def without_credentials(url: str) -> str:
    """`url` as it may be shown and stored: user name and password cut out."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(unreadable URL)"
    if "@" not in parts.netloc:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(SplitResult(parts.scheme, host, parts.path, parts.query, parts.fragment))


def is_public(address: str) -> bool:
    """Tell whether `address`, an IP address in text form, belongs to the public internet.

    Addresses that carry another one inside (IPv4-mapped, NAT64, 6to4) are judged by what they carry.
    Raises ValueError for anything that is no IP address: a name must be resolved first.
    """
    ip = _unwrap(ipaddress.ip_address(address.partition("%")[0]))
    if any(ip in network for network in _NOT_PUBLIC if network.version == ip.version):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def resolve_allowed(allowed_addresses: Iterable[str]) -> Allowed:
    """The IP addresses behind the entries ("host" or "host:port") that the configuration allows.

    Names are looked up once, when the crawl starts; an entry that does not resolve allows nothing.
    """
    allowed: set[tuple[str, int | None]] = set()
    for entry in allowed_addresses:
        host, port = _split_entry(entry)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            continue
        allowed.update((str(sockaddr[0]), port) for *_, sockaddr in found)
    return frozenset(allowed)


def may_connect(host: str, port: int, allowed: Allowed) -> bool:
    """Tell whether a connection to `host` (an IP address) may be opened; a name may not."""
    if (host, port) in allowed or (host, None) in allowed:
        return True
    try:
        return is_public(host)
    except ValueError:
        return False


def install_guard(reactor: Any, allowed: Allowed) -> None:
    """Replace `reactor.connectTCP` by one that raises AddressBlockedError for what may not be reached.

    Works under every way of starting Scrapy, where a guard set as DNS resolver is silently left out by some;
    download handlers that do not use Twisted's connector (aiohttp, httpx) would go around it, so the settings
    name the handler and the self-test proves the guard.
    """
    dial = reactor.connectTCP

    def connect_tcp(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if not may_connect(host, port, allowed):
            raise AddressBlockedError(host, port)
        return dial(host, port, *args, **kwargs)

    reactor.connectTCP = connect_tcp


def _unwrap(ip: _Address) -> _Address:
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip in _NAT64:
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if ip in _SIX_TO_FOUR:
            return ipaddress.IPv4Address((int(ip) >> 80) & 0xFFFFFFFF)
        if int(ip) >> 32 == 0 and int(ip) > 1:  # ::a.b.c.d, deprecated but still resolved by some
            return ipaddress.IPv4Address(int(ip))
    return ip


def _is_listed(host: str, port: int, allowed_addresses: Iterable[str]) -> bool:
    return any(
        host == listed_host.lower() and listed_port in (None, port)
        for listed_host, listed_port in map(_split_entry, allowed_addresses)
    )


def _split_entry(entry: str) -> tuple[str, int | None]:
    """ "host", "host:port", "[v6]:port" or a bare IPv6 address, as (host, port)."""
    host, colon, port = entry.rpartition(":")
    if colon and port.isdigit() and (":" not in host or host.startswith("[")):
        return host.strip("[]"), int(port)
    return entry.strip("[]"), None
