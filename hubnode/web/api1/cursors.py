"""Cursors: where a page ended, sealed, so that nothing is kept here and nobody reads or alters what is in them.

A cursor is bound to what was asked and to the epoch of this hub's log: in front of other filters, or after the log
began anew, it is refused by name instead of answering something else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime

import orjson

from hubnode.db import reading
from hubnode.mail import sealing
from hubnode.records import log
from hubnode.records.paging import Following
from hubnode.search import Place
from hubnode.web.api1.problems import Problem
from hubnode.web.context import hub_settings

ABOUT = "a cursor of the interface, 1"
MAX_LENGTH = 2_000
"""Signs of a cursor; titles, which are part of it, are short."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where to go on, and the time that a list of events was first asked for."""

    after: Following
    asked_at: datetime


def write(cursor: Cursor, question: str) -> str:
    """The cursor as programs carry it, for the same `question` only."""
    place = cursor.after.place
    held = {
        "question": _digest(question),
        "epoch": log.own(reading()).log_id,
        "at": cursor.asked_at,
        "offset": cursor.after.offset,
        "place": place and [place.doc, place.title, place.changed_at, place.starts_at],
    }
    sealed = sealing.seal(orjson.dumps(held), hub_settings().secret_key, ABOUT)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def read(text: str, question: str) -> Cursor:
    """What `write` was given; raises `Problem` for a broken cursor, other filters and another epoch."""
    held = orjson.loads(_opened(text))
    if held["question"] != _digest(question):
        raise Problem("cursor-filters")
    if held["epoch"] != log.own(reading()).log_id:
        raise Problem("cursor-epoch")
    place = held["place"] and _place(*held["place"])
    return Cursor(Following(place, held["offset"]), datetime.fromisoformat(held["at"]))


def _opened(text: str) -> bytes:
    if len(text) > MAX_LENGTH:
        raise Problem("cursor-broken")
    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        return sealing.unseal(sealed, hub_settings().secret_key, ABOUT)
    except (sealing.CantOpen, binascii.Error, ValueError) as error:
        raise Problem("cursor-broken") from error


def _place(doc: int, title: str, changed_at: str, starts_at: str | None) -> Place:
    begins = datetime.fromisoformat(starts_at) if starts_at else None
    return Place(doc, title, datetime.fromisoformat(changed_at), begins)


def _digest(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()[:16]
