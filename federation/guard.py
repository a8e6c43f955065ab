"""The address guard: which network addresses a hub may ever connect to, whatever a name resolves to."""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, TypeAlias

from federation.errors import BadRequest
from federation.origin import parse_origin

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


LOOPBACK: Final = _networks("127.0.0.0/8", "::1/128")
PRIVATE: Final = _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
"""Reachable only for an origin that the operator entered himself and marked private."""

GLOBAL_IPV6: Final = ipaddress.IPv6Network("2000::/3")
# Python's is_global changes between releases and is wrong for 2002::/16, so the registry's exceptions stand here:
# IANA special-purpose addresses, tunnels that carry an IPv4 address inside, documentation, multicast, reserved.
NEVER: Final = _networks(
    "0.0.0.0/8",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
)


@dataclass(frozen=True)
class Guard:
    """Decides about addresses: loopback for demo and tests only, private networks for marked origins only."""

    allow_loopback: bool = False
    private_origins: Collection[str] = frozenset()

    def __post_init__(self) -> None:
        for origin in self.private_origins:
            parse_origin(origin)

    def allows(self, address: str, origin: str) -> bool:
        """Tell whether a request to an origin may connect to this numeric address."""
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        if _within(ip, LOOPBACK):
            return self.allow_loopback
        if _within(ip, PRIVATE):
            return origin in self.private_origins
        if _within(ip, NEVER):
            return False
        return ip.version == 4 or ip in GLOBAL_IPV6


def check_pinned(url: str, origin: str) -> None:
    """Raise `BadRequest` unless a URL is a path of the pinned origin."""
    if not url.startswith(parse_origin(origin) + "/"):
        raise BadRequest("a request leaves for its pinned origin only")


def _within(ip: ipaddress.IPv4Address | ipaddress.IPv6Address, networks: tuple[Network, ...]) -> bool:
    return any(ip in network for network in networks if network.version == ip.version)
