"""Feed keys at the door of the feeds: taken out of the address, held against what is asked for, refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson
from flask import Response, request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.feeds.select import KEY, NoSuchFeed, Selection, Site
from hubnode.network.node import current_node
from hubnode.people import feed_keys, partners
from hubnode.people.feed_keys import EndedKey, Opened, UnknownKey
from hubnode.push import matching
from hubnode.records.kinds import KINDS

PROBLEM = "application/problem+json"
WORDS: Mapping[str, tuple[int, LazyString, LazyString]] = {
    "feed-key-unknown": (
        403,
        _l("Diesen Schlüssel gibt es nicht"),
        _l("Die Adresse ist nicht vollständig, oder der Schlüssel wurde vor langer Zeit beendet."),
    ),
    "feed-key-ended": (
        410,
        _l("Dieser Schlüssel gilt nicht mehr"),
        _l("Er wurde beendet. Löschen Sie das Abo, oder lassen Sie sich eine neue Adresse geben."),
    ),
    "feed-key-selection": (
        403,
        _l("Dieser Schlüssel gehört zu einem anderen Feed"),
        _l("Ein Schlüssel öffnet nur die Auswahl, für die er angelegt wurde. Nehmen Sie die Adresse unverändert."),
    ),
    "feed-key-format": (
        403,
        _l("Dieser Schlüssel gehört zu einem anderen Format"),
        _l("Er wurde nur für eines angelegt. Für weitere legen Sie eigene Adressen an."),
    ),
    "feed-key-place": (
        400,
        _l("Ein Schlüssel steht einmal in der Adresse und nicht neben einem Token"),
        _l("Programme, die Kopfzeilen senden können, nehmen nur das Token."),
    ),
}
"""By name: status, title, and what helps."""


class Refused(Exception):
    """A key opens nothing here; `name` is a key of `WORDS`."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Shown:
    """A key that opens the feed that is asked for; only `opening` makes one."""

    key: str
    opened: Opened

    def note(self, selection: Selection) -> None:
        """Note for the list of recipients what a partner reads beyond what is public: kinds and day."""
        if self.opened.partner is not None:
            partners.note_read(self.opened.partner, selection.kinds or tuple(KINDS), current_node().clock())


def taken(asked: dict[str, list[str]]) -> str:
    """The key in an address, taken out of it; empty where there is none. Raises `Refused`."""
    given = asked.pop(KEY, [""])
    if len(given) > 1 or (given[0] and "Authorization" in request.headers):
        raise Refused("feed-key-place")
    return given[0]


def opening(key: str, selection: Selection, form: str, site: Site) -> Shown | None:
    """That this key opens this feed; None without a key. Raises `Refused`."""
    if not key:
        return None
    try:
        found = feed_keys.opened(key, current_node().clock())
        chosen = matching.selection_of(found.asked, site)
    except UnknownKey as error:
        raise Refused("feed-key-unknown") from error
    except (EndedKey, NoSuchFeed) as error:  # such as a hub that is no more
        raise Refused("feed-key-ended") from error
    if chosen != replace(selection, alarm=0):
        raise Refused("feed-key-selection")
    if found.form not in ("", form):
        raise Refused("feed-key-format")
    return Shown(key, found)


def answer(refusal: Refused) -> Response:
    """The problem document of a refusal (RFC 9457); nothing of the key is in it."""
    status, title, help_ = WORDS[refusal.name]
    told = {"type": f"urn:x-hubnode:problem:{refusal.name}", "status": status, "title": str(title)}
    made = Response(orjson.dumps({**told, "detail": str(help_)}), status, content_type=PROBLEM)
    made.headers["Cache-Control"] = "no-store"
    made.headers["X-Robots-Tag"] = "noindex"
    return made
