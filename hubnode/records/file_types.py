"""The types of files that may go with a record: never one that a browser would run, whatever its name says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from hubnode.config import MAX_SIZE

__all__ = ["BY_ENDING", "MAX_SIZE", "TYPES", "FileType", "by_name", "is_picture"]


class FileType(NamedTuple):
    """One type: its endings, the usual one first, and what people call it."""

    endings: tuple[str, ...]
    label: LazyString
    picture: bool = False


OFFICE = "application/vnd.openxmlformats-officedocument."
OASIS = "application/vnd.oasis.opendocument."
TYPES: Mapping[str, FileType] = {
    "image/png": FileType((".png",), _("Bild (PNG)"), picture=True),
    "image/jpeg": FileType((".jpg", ".jpeg"), _("Bild (JPEG)"), picture=True),
    "image/webp": FileType((".webp",), _("Bild (WebP)"), picture=True),
    "application/pdf": FileType((".pdf",), _("PDF")),
    OASIS + "text": FileType((".odt",), _("Textdokument (ODT)")),
    OASIS + "spreadsheet": FileType((".ods",), _("Tabelle (ODS)")),
    OASIS + "presentation": FileType((".odp",), _("Präsentation (ODP)")),
    OFFICE + "wordprocessingml.document": FileType((".docx",), _("Textdokument (Word)")),
    OFFICE + "spreadsheetml.sheet": FileType((".xlsx",), _("Tabelle (Excel)")),
    OFFICE + "presentationml.presentation": FileType((".pptx",), _("Präsentation (PowerPoint)")),
    "text/csv": FileType((".csv",), _("Tabelle (CSV)")),
    "text/plain": FileType((".txt",), _("Text")),
}
"""Every type that is taken, by its media type."""
BY_ENDING: Mapping[str, str] = {ending: name for name, one in TYPES.items() for ending in one.endings}
"""Media types by the ending of a file's name."""


def is_picture(media_type: str) -> bool:
    """Whether a file of this type is shown as a picture."""
    return media_type in TYPES and TYPES[media_type].picture


def by_name(name: str) -> str | None:
    """The media type that a file's name promises; None for an ending that is not taken."""
    stem, dot, ending = name.rpartition(".")
    return BY_ENDING.get(f".{ending.lower()}") if dot and stem else None
