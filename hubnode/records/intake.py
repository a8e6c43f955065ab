"""A file comes in: by a form, by an import, or from the hub whose record names it. Nothing is kept unchecked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from hubnode.db import transaction
from hubnode.records import attachments, file_types, files, indexing, pictures, sniffing
from hubnode.records.kinds import tidy
from hubnode.records.media_models import Media

LONGEST_NAME = 120
_CHUNK = 1 << 16
WORDS: dict[str, LazyString] = {
    "type": _l("Diese Art von Datei ist nicht möglich. Möglich sind PDF, PNG, JPEG, WebP, ODT, ODS, ODP, DOCX, XLSX, "
               "PPTX, CSV und TXT."),
    "content": _l("Der Inhalt der Datei passt nicht zu ihrer Endung. Öffnen Sie die Datei und speichern Sie sie neu."),
    "empty": _l("Die Datei ist leer."),
    "large": _l("Die Datei ist zu groß."),
    "pixels": _l("Das Bild hat zu viele Bildpunkte, möglich sind 40 Millionen. Verkleinern Sie es."),
    "unreadable": _l("Das Bild lässt sich nicht öffnen. Speichern Sie es neu, als PNG oder JPEG."),
    "hash": _l("Die Datei hat nicht den angegebenen Inhalt (SHA-256)."),
    "missing": _l("Diese Datei liegt nicht im Ordner der Dateien."),
    "room": _l("Der Speicher dieses Hubs ist voll. Bitte wenden Sie sich an die Administration."),
}  # fmt: skip
"""What to tell a person, by the reason."""


class NotTaken(Exception):
    """The file is not kept; `reason` is one of `WORDS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def words(self) -> str:
        """What is wrong and what to do."""
        return str(WORDS[self.reason])


class Source(Protocol):
    """Something to read bytes from."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that passed every check, in a workplace; only `kept` takes it."""

    path: Path
    sha256: str
    size: int
    type: str
    picture: pictures.Picture | None = None


def take(source: Source, filename: str, origin: str, limit: int, now: datetime) -> dict[str, Any]:
    """Keep a file of this hub's own people; answers how a record names it. Raises `NotTaken`.

    A picture is written anew by the process for pictures, so that nothing hidden in it leaves the hub.
    """
    media_type = file_types.by_name(filename)
    if media_type is None:
        raise NotTaken("type")
    try:
        with files.store().workplace(limit) as place:
            part = place / "part"
            _copy(source, part, limit)
            ready = (
                _rewritten(part, media_type, place) if file_types.is_picture(media_type) else checked(part, media_type)
            )
            if ready.size > limit:
                raise NotTaken("large")
            keep(ready, origin, now)
    except (files.NoRoom, OSError) as full:
        raise NotTaken("room") from full
    return {"sha256": ready.sha256, "size": ready.size, "type": media_type, "name": shown_name(filename, media_type)}


def restore(source: Path, sha256: str, media_type: str, origin: str, now: datetime) -> None:
    """Keep a file of this hub's own as it is, if it has this hash: it was exported here before. Raises `NotTaken`."""
    with files.store().workplace(source.stat().st_size) as place, source.open("rb") as file:
        _copy(file, place / "part", file_types.MAX_SIZE)
        ready = finished(checked(place / "part", media_type), place)
        if ready.sha256 != sha256:
            raise NotTaken("hash")
        keep(ready, origin, now)


def checked(part: Path, media_type: str) -> Ready:
    """The file, if its bytes have the shape of its type from the first to the last; raises `NotTaken`."""
    if not sniffing.fits(part, media_type):
        raise NotTaken("content")
    return Ready(part, files.digest(part), part.stat().st_size, media_type)


def finished(ready: Ready, place: Path) -> Ready:
    """The same file, its small versions made in `place` if it is a picture; raises `NotTaken`."""
    if not file_types.is_picture(ready.type):
        return ready
    try:
        picture = pictures.shrink(ready.path, ready.type, place)
    except pictures.NoPicture as refused:
        raise NotTaken(refused.reason) from refused
    return Ready(ready.path, ready.sha256, ready.size, ready.type, picture)


def _rewritten(part: Path, media_type: str, place: Path) -> Ready:
    if not sniffing.begins(part, media_type):
        raise NotTaken("content")
    try:
        picture = pictures.clean(part, media_type, place)
    except pictures.NoPicture as refused:
        raise NotTaken(refused.reason) from refused
    clean = checked(place / pictures.CLEAN, media_type)
    return Ready(clean.path, clean.sha256, clean.size, media_type, picture)


def keep(ready: Ready, origin: str, now: datetime) -> None:
    """Keep the file, for the hub at `origin`. A transaction of its own."""
    with transaction() as session:
        keep_in(session, ready, origin, now)


def keep_in(session: Session, ready: Ready, origin: str, now: datetime) -> None:
    """Keep the file, for the hub at `origin`; part of the caller's transaction; nobody removes meanwhile."""
    attachments.alone(session)
    store, picture = files.store(), ready.picture
    for width in picture.widths if picture else ():
        store.keep(ready.path.parent / str(width), ready.sha256, width)
    store.keep(ready.path, ready.sha256)
    held = session.scalar(sa.select(Media).where(Media.origin == origin, Media.sha256 == ready.sha256))
    if held is None:
        held = Media(origin=origin, sha256=ready.sha256, due_at=now)
        session.add(held)
    held.size, held.type, held.state, held.reason = ready.size, ready.type, "held", ""
    held.changed_at = now
    if picture is not None:
        held.width, held.height, held.widths = picture.width, picture.height, " ".join(map(str, picture.widths))
    indexing.touch(session)


def _copy(source: Source, part: Path, limit: int) -> None:
    size = 0
    with part.open("wb") as file:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise NotTaken("large")
            file.write(chunk)
    if not size:
        raise NotTaken("empty")


def shown_name(filename: str, media_type: str) -> str:
    """What people read as the file's name: no folders, nothing invisible, not long, with the ending of its type."""
    last = re.split(r"[/\\]", tidy(filename))[-1].strip().lstrip(".")
    stem, _dot, ending = last.rpartition(".")
    known = file_types.TYPES[media_type].endings
    ending = f".{ending.lower()}" if f".{ending.lower()}" in known else known[0]
    return f"{stem.strip()[: LONGEST_NAME - len(ending)] or 'Datei'}{ending}"
