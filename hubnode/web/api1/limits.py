"""How many requests somebody may send: a bucket of tokens for each address or token, in this process alone.

Said in the headers of the IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers). What
is counted lives in memory only, and is forgotten as soon as the bucket is full again.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from threading import Lock

WINDOW_S = 60
MOST = 10_000
"""Buckets held at most; the one used longest ago goes first."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left to somebody."""

    quota: int
    """Requests in `WINDOW_S` seconds."""
    remaining: int
    wait_s: int
    """Seconds until the bucket is full again; where nothing remains, until the next request may come."""
    granted: bool

    def headers(self) -> dict[str, str]:
        """How the answer says so."""
        told = {
            "RateLimit-Policy": f'"standard";q={self.quota};w={WINDOW_S}',
            "RateLimit": f'"standard";r={self.remaining};t={self.wait_s}',
        }
        return told if self.granted else told | {"Retry-After": str(self.wait_s)}


class Buckets:
    """Buckets of `quota` tokens that fill up within `WINDOW_S` seconds; time is an argument."""

    def __init__(self, quota: int) -> None:
        self.quota = quota
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._held)

    def take(self, key: str, now: float) -> Left:
        """Take one token from the bucket of `key`, if there is one."""
        rate = self.quota / WINDOW_S
        with self._lock:
            held, since = self._held.pop(key, (float(self.quota), now))
            tokens = min(float(self.quota), held + max(0.0, now - since) * rate)
            granted = tokens >= 1
            tokens -= granted
            self._held[key] = (tokens, now)
            self._forget(now)
        wait = (self.quota - tokens) / rate if granted else (1 - tokens) / rate
        return Left(self.quota, int(tokens), max(1, ceil(wait)), granted)

    def _forget(self, now: float) -> None:
        """Let go of buckets that are full by now, oldest first, and of the oldest where there are too many."""
        while self._held:
            oldest = next(iter(self._held))
            if len(self._held) <= MOST and now - self._held[oldest][1] < WINDOW_S:
                return
            del self._held[oldest]


def of_address(address: str) -> str:
    """Whose bucket a request from `address` uses: of IPv6 the whole network of a household (RFC 6177)."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "address:unknown"
    if known.version == 6:
        known = ipaddress.ip_network((known, 64), strict=False).network_address
    return f"address:{known}"
