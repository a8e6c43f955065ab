"""The hub card: what a hub says about itself at ``/.well-known/apl``, open to everybody."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from federation import canonical
from federation.encoding import is_log_id
from federation.errors import Refused
from federation.keyset import Keyset, Pin
from federation.pages import MAX_BYTES, MAX_LINES

VERSION: Final = 1
PROTOCOL: Final = "apl/1"
MAX_CARD: Final = 64 * 1024

_FIELDS = frozenset(
    {"v", "origin", "name", "place", "focus", "district", "contact", "intro", "keyset"}
    | {"log_id", "limits", "versions", "software"}
)
_TOPIC = re.compile(r"[a-z][a-z0-9._-]{0,63}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2}", re.ASCII)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}")
_VERSION_TAG = re.compile(r"apl/[1-9][0-9]?", re.ASCII)


@dataclass(frozen=True)
class HubCard:
    """Name, place and focus areas of a hub, its keyset and its log; every text is plain, bounded and on one line.

    The keyset is signed; the rest is as trustworthy as the TLS connection it came over, and only shown to people.
    """

    name: str
    place: str
    focus: tuple[str, ...]
    district: str
    contact: str
    intro: Mapping[str, str]
    keyset: Keyset
    log_id: str
    software: str
    limits: Mapping[str, int] = field(default_factory=lambda: {"lines": MAX_LINES, "bytes": MAX_BYTES})
    versions: tuple[str, ...] = (PROTOCOL,)

    def __post_init__(self) -> None:
        _check_text("name", self.name, 200)
        _check_text("place", self.place, 200)
        _check_text("district", self.district, 200, optional=True)
        _check_text("software", self.software, 100)
        _check_text("contact", self.contact, 254, optional=True)
        if self.contact and not _EMAIL.fullmatch(self.contact):
            raise Refused("the contact of a hub card is an e-mail address")
        _check_list("focus", self.focus, _TOPIC, 20)
        _check_list("versions", self.versions, _VERSION_TAG, 9)
        _check_intro(self.intro)
        _check_limits(self.limits)
        if not is_log_id(self.log_id):
            raise Refused("a log id is 32 lower case hexadecimal digits")

    @property
    def origin(self) -> str:
        """The origin this card speaks for, from its keyset."""
        return self.keyset.origin

    @property
    def speaks(self) -> bool:
        """Whether the hub speaks this version of the protocol."""
        return PROTOCOL in self.versions

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "v": VERSION,
            "origin": self.origin,
            "name": self.name,
            "place": self.place,
            "focus": list(self.focus),
            "district": self.district,
            "contact": self.contact,
            "intro": dict(self.intro),
            "keyset": self.keyset.to_json(),
            "log_id": self.log_id,
            "limits": dict(self.limits),
            "versions": list(self.versions),
            "software": self.software,
        }

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        return canonical.encode(self.to_json())

    @classmethod
    def parse(cls, data: bytes, pin: Pin, *, origin: str) -> "HubCard":
        """Return the card fetched from ``origin`` if the pinned root (or fingerprint) stands behind its keyset."""
        document = _document(data)
        keyset = Keyset.parse(document["keyset"], pin, origin=origin)
        return cls._from_json(document, keyset)

    @classmethod
    def parse_unpinned(cls, data: bytes, *, origin: str | None = None) -> "HubCard":
        """Return a card that is only consistent with itself, for a person to compare its fingerprint; trust nothing."""
        document = _document(data)
        keyset = Keyset.parse_unpinned(document["keyset"], origin=origin)
        return cls._from_json(document, keyset)

    @classmethod
    def _from_json(cls, document: dict[str, Any], keyset: Keyset) -> "HubCard":
        if type(document["v"]) is not int or document["v"] != VERSION or document["origin"] != keyset.origin:
            raise Refused("a hub card of another version or origin")
        if not isinstance(document["focus"], list) or not isinstance(document["versions"], list):
            raise Refused("focus and versions of a hub card are lists")
        names = ("name", "place", "district", "contact", "intro", "log_id", "limits", "software")
        given = {name: document[name] for name in names}
        return cls(keyset=keyset, focus=tuple(document["focus"]), versions=tuple(document["versions"]), **given)


def _document(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_CARD:
        raise Refused(f"a hub card is at most {MAX_CARD} bytes long")
    document = canonical.decode(data)
    if not isinstance(document, dict) or document.keys() != _FIELDS or not isinstance(document["keyset"], dict):
        raise Refused("a hub card has exactly the fields of version 1")
    return document


def _check_text(name: str, text: object, longest: int, *, optional: bool = False) -> None:
    if not isinstance(text, str) or len(text) > longest or not (text or optional):
        raise Refused(f"{name} of a hub card is a text of at most {longest} characters")
    if not text.isprintable() or text != text.strip():
        raise Refused(f"{name} of a hub card is plain text on one line")


def _check_list(name: str, items: tuple[object, ...], shape: re.Pattern[str], most: int) -> None:
    if not 0 < len(items) <= most or len(set(map(str, items))) != len(items):
        raise Refused(f"{name} of a hub card has 1 to {most} different members")
    if not all(isinstance(item, str) and shape.fullmatch(item) for item in items):
        raise Refused(f"{name} of a hub card has malformed members")


def _check_intro(intro: object) -> None:
    if not isinstance(intro, dict) or "de" not in intro or len(intro) > 8:
        raise Refused("the intro of a hub card is a language map with German")
    for language, text in intro.items():
        if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            raise Refused("the intro of a hub card is keyed by two-letter languages")
        _check_text("intro", text, 2000)


def _check_limits(limits: object) -> None:
    if not isinstance(limits, dict) or limits.keys() != {"lines", "bytes"}:
        raise Refused("the limits of a hub card are lines and bytes")
    for name, most in (("lines", MAX_LINES), ("bytes", MAX_BYTES)):
        if type(limits[name]) is not int or not 1 <= limits[name] <= most:
            raise Refused("the limits of a hub card exceed the protocol's")
