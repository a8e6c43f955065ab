"""Files as one viewer may have them: through the records that name them, and never past those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hubnode.db import reading as session
from hubnode.people.viewer import ANONYMOUS, Viewer
from hubnode.records import file_types, files, log, reading
from hubnode.records.errors import NotFound
from hubnode.records.kinds.attachments import FIELD, is_hash
from hubnode.records.media_models import Media
from hubnode.records.reading import RecordView


@dataclass(frozen=True, slots=True)
class File:
    """One file that may be given to the viewer who asked."""

    path: Path
    type: str
    name: str
    etag: str
    public: bool
    """Whether everybody may have it."""


@dataclass(frozen=True, slots=True)
class Attached:
    """One file as the page of its record shows it."""

    about: Mapping[str, Any]
    """What the record says of it."""
    held: bool
    """Whether this hub has the bytes."""
    width: int
    height: int
    widths: Sequence[int]
    """The small versions of a picture."""

    @property
    def picture(self) -> bool:
        """Whether it can be shown here as a picture."""
        return bool(self.widths) and file_types.is_picture(self.about["type"])


def file(viewer: Viewer, sha256: str, width: int = 0) -> File:
    """The file with this hash, or its small version of `width`; raises `NotFound`, also for what is above the viewer.

    It is shown by a record that names it and that the viewer may see at this moment, of a hub that has sent it. Who
    writes records may also see what was uploaded for one.
    """
    if not is_hash(sha256):
        raise NotFound(sha256)
    for view in reading.with_file(viewer, sha256):
        row = next((row for row in view.fields.get(FIELD, ()) if row["sha256"] == sha256), None)
        held = _held(view.origin, [sha256]).get(sha256)
        if row is not None and held is not None and held.type == row["type"]:
            return _file(held, row["name"], width, public=bool(reading.with_file(ANONYMOUS, sha256)))
    own = _held(log.own(session()).origin, [sha256]).get(sha256) if viewer.may_write else None
    if own is None:
        raise NotFound(sha256)
    return _file(own, "Datei" + file_types.TYPES[own.type].endings[0], width, public=False)


def _file(held: Media, name: str, width: int, *, public: bool) -> File:
    if width and str(width) not in held.widths.split():
        raise NotFound(held.sha256)
    path = files.store().path(held.sha256, width)
    if not path.is_file():
        raise NotFound(held.sha256)
    return File(path, "image/webp" if width else held.type, name, f"{held.sha256}-{width}", public)


def of(view: RecordView) -> list[Attached]:
    """The files of a record as its viewer sees it, in the order of the record."""
    rows = view.fields.get(FIELD, ())
    held = _held(view.origin, [row["sha256"] for row in rows]) if rows else {}
    return [_attached(row, held.get(row["sha256"])) for row in rows]


def _attached(row: Mapping[str, Any], held: Media | None) -> Attached:
    if held is None or held.type != row["type"]:
        return Attached(row, False, 0, 0, ())
    widths = [int(width) for width in held.widths.split()]
    return Attached(row, True, held.width or 0, held.height or 0, widths)


def _held(origin: str, hashes: Sequence[str]) -> dict[str, Media]:
    chosen = sa.select(Media).where(Media.origin == origin, Media.sha256.in_(hashes), Media.state == "held")
    return {one.sha256: one for one in session().scalars(chosen)}
