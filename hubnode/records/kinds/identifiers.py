"""Identifiers of administration and research, checked by their own rules; pure functions, no network."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import available_timezones

REGIONAL_KEYS = {2: "land", 5: "kreis", 8: "gemeinde", 9: "gemeindeverband", 12: "regionalschluessel"}
"""What a German regional key names, told by its number of digits (Statistisches Bundesamt, Gemeindeverzeichnis)."""

_DIGITS = re.compile(r"[0-9]+")
_SERVICE = re.compile(r"99[0-9]{12}")
_ORCID = re.compile(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]")
_ROR = re.compile(r"0[0-9a-hjkmnp-tv-z]{6}[0-9]{2}")
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]+\])"
_URL = re.compile(rf"https?://{_HOST}(?::[0-9]{{1,5}})?(?:[/?#][!#-;=?-\[\]_a-z~]*)?")
_LOWER = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = rf"https?://(?:{_LOWER}(?:\.{_LOWER})*|\[[0-9a-f:.]+\])(?::[1-9][0-9]{{0,4}})?"
_HUB = re.compile(_ORIGIN)
_RECORD = re.compile(rf"{_ORIGIN}/r/[0-7][0-9A-HJKMNP-TV-Z]{{25}}")

OZG_LEVELS = {"1.1": 4, "2.0": 7}
"""The highest level of each maturity model of the Onlinezugangsgesetz; 2.0 replaced 1.1 in July 2025."""


def regional_key(key: str) -> str | None:
    """What `key` names ("land", "kreis", "gemeinde", "gemeindeverband", "regionalschluessel"), or None."""
    if not _DIGITS.fullmatch(key) or not "01" <= key[:2] <= "16":
        return None
    return REGIONAL_KEYS.get(len(key))


def district(key: str) -> str | None:
    """The five digits of the Kreis that the regional key `key` lies in; None for a whole Land."""
    return key[:5] if len(key) >= 5 else None


def service_key(key: str) -> bool:
    """Whether `key` has the form of a LeiKa key (FIM): 99 and twelve digits."""
    return _SERVICE.fullmatch(key) is not None


def orcid(id: str) -> bool:
    """Whether `id` is an ORCID with a right check digit (ISO 7064 MOD 11-2)."""
    if not _ORCID.fullmatch(id):
        return False
    total = 0
    for digit in id.replace("-", "")[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return id[-1] == ("X" if check == 10 else str(check))


def ror(id: str) -> bool:
    """Whether `id` is a ROR id with right check digits (Crockford base 32, ISO 7064 MOD 97-10)."""
    if not _ROR.fullmatch(id):
        return False
    number = 0
    for digit in id[1:7]:
        number = number * 32 + _CROCKFORD.index(digit)
    return 98 - number * 100 % 97 == int(id[7:])


def url(address: str) -> bool:
    """Whether `address` is an absolute http(s) URL in ASCII, without user name or password."""
    return _URL.fullmatch(address) is not None


def hub(origin: str) -> bool:
    """Whether `origin` is the exact address of a hub: scheme, host and port, in lower case, nothing after it."""
    return _HUB.fullmatch(origin) is not None


def record(uri: str) -> bool:
    """Whether `uri` is the address of a record: a hub's origin, ``/r/`` and a ULID."""
    return _RECORD.fullmatch(uri) is not None


@cache
def timezones() -> frozenset[str]:
    """The time zones of the IANA database."""
    return frozenset(available_timezones())
