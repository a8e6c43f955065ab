"""Resumption tokens: all that is needed to go on with a list, signed, so that this node remembers nothing.

A token says which list, how far it was read and until when the token is good. How far is a cursor of the change feed:
after this node was put back to an earlier state it belongs to another past, and the token is refused.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from hubnode.feeds.oai.errors import EXPIRED, FORGED, Refused

GOOD_FOR = timedelta(hours=24)
SALT = "oai-pmh resumption token"
LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """How far a list was read."""

    verb: str
    prefix: str
    set: str
    since: str
    until: str
    cursor: str
    """Of the change feed: the last place that was told; empty at the beginning."""
    told: int
    """Records told before."""
    total: int
    """Records of the list when it began."""
    expires: int
    """Seconds since 1970."""

    @property
    def expires_at(self) -> datetime:
        """Until when the token is good."""
        return datetime.fromtimestamp(self.expires, UTC)


def expiry(now: datetime) -> int:
    """Until when a token that is made now is good, in seconds since 1970."""
    return int((now + GOOD_FOR).timestamp())


def write(place: Place, secret: str) -> str:
    """The token for `place`."""
    return str(_serializer(secret).dumps(list(asdict(place).values())))


def read(token: str, secret: str, verb: str, now: datetime) -> Place:
    """The place that `token` names; raises `Refused` for a forged or expired one, or one of another verb."""
    try:
        parts: Any = _serializer(secret).loads(token[:LONGEST])
    except BadSignature:
        raise Refused(FORGED) from None
    place = Place(*parts)
    if place.verb != verb or write(place, secret) != token:  # the last sign of base64 has more than one spelling
        raise Refused(FORGED)
    if place.expires < now.timestamp():
        raise Refused(EXPIRED)
    return place


def _serializer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=SALT)
