"""Files that go with a record: the record names each by its SHA-256, and the bytes travel by themselves.

What stands here is checked alike in forms, imports and what other hubs send. Whether the bytes are what it says is
checked where they arrive (`hubnode.records.intake`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from hubnode.records import file_types
from hubnode.records.kinds import text, words
from hubnode.records.kinds.fields import Checked, Choice, Line, Text, Whole, refuse_any
from hubnode.records.kinds.schema import BodySchema, Rows
from hubnode.records.kinds.words import Flaw, Problem

FIELD = "attachments"
"""What the field is called in every kind that has it."""
_HASH = re.compile(r"[0-9a-f]{64}")
_AGAIN = _("Fügen Sie die Datei noch einmal hinzu.")

A_PATH = Problem("form", _("Ein Dateiname hat keine Schrägstriche und beginnt nicht mit einem Punkt."))
OTHER_ENDING = Problem("form", _("Die Endung des Dateinamens passt nicht zur Art der Datei."))
NO_ALT = Problem("missing", _("Beschreiben Sie, was auf dem Bild zu sehen ist."))
NO_PICTURE = Problem("choice", _("Hier ist nur ein Bild möglich: PNG, JPEG oder WebP."))


def is_hash(value: str) -> bool:
    """Whether `value` is a SHA-256 in lower case hexadecimal digits."""
    return _HASH.fullmatch(value) is not None


class FileName(Line):
    """A file's name as people read it; never a path, here or anywhere."""

    def flaw(self, value: object) -> Problem | None:
        """A legal line without slashes, whose first character is no dot."""
        problem = text.flaw(value, self.longest)
        if problem is not None:
            return problem
        return A_PATH if re.search(r"[/\\]|^\.", str(value)) else None


class Attachment(BodySchema):
    """One file, by its hash, and what people are told about it."""

    sha256 = Checked(_("Prüfsumme"), is_hash, _AGAIN, longest=64, required=True, missing=_AGAIN, widget="hidden")
    size = Whole(_("Größe"), 1, file_types.MAX_SIZE, required=True, missing=_AGAIN, widget="hidden")
    type = Checked(
        _("Dateityp"),
        file_types.TYPES.__contains__,
        _AGAIN,
        longest=100,
        required=True,
        missing=_AGAIN,
        widget="hidden",
    )
    name = FileName(_("Dateiname"), 120, required=True, missing=_AGAIN, widget="hidden", search="body")
    title = Text(_("Bezeichnung"), 160, hint=_("Was andere statt des Dateinamens lesen."))
    alt = Text(
        _("Bildbeschreibung"),
        300,
        widget="textarea",
        hint=_("Was ist zu sehen? Menschen, die das Bild nicht sehen können, hören diesen Satz."),
    )
    credit = Line(_("Urheberin oder Urheber"), 160, hint=_("Wer das Bild oder die Datei gemacht hat."))
    license = Choice(_("Lizenz der Datei"), "licence:content")

    def rules(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """The name ends as its type does, so that nobody saves a program under the name of a letter."""
        if "name" in body and "type" in body and file_types.by_name(body["name"]) != body["type"]:
            yield ("name",), OTHER_ENDING

    def demands(self, body: Mapping[str, Any]) -> Iterator[Flaw]:
        """A picture is described in words."""
        if file_types.is_picture(body.get("type", "")) and "alt" not in body:
            yield ("alt", "de"), NO_ALT


class Attachments(Rows):
    """The files of a record, each once; `pictures` alone where only those make sense."""

    widget = "attachments"

    def __init__(self, label: LazyString, *, pictures: bool = False, most: int = 20, **more: Any) -> None:
        super().__init__(label, Attachment, most=most, pictures=pictures, **more)
        self.pictures = pictures

    def inspect(self, value: object, complete: bool) -> None:
        """The rows are right, no file stands twice, and all are pictures where that is asked for."""
        super().inspect(value, complete)
        refuse_any(self._across(value))  # type: ignore[arg-type]  # the rows have just been inspected

    def _across(self, rows: list[dict[str, Any]]) -> Iterator[Flaw]:
        seen: set[str] = set()
        for place, row in enumerate(rows):
            if row.get("sha256") in seen:
                yield (place, "name"), words.REPEATED
            seen.add(row.get("sha256", ""))
            if self.pictures and not file_types.is_picture(row.get("type", "image/png")):
                yield (place, "name"), NO_PICTURE


def attachments() -> Attachments:
    """The files of a record that is about a thing or a matter."""
    return Attachments(
        _("Bilder und Dateien"),
        hint=_("PDF, Bilder, Office-Dokumente, CSV oder Text, je Datei höchstens 10 MB."),
        search="body",
        floor="hub",
    )


def portrait(**more: Any) -> Attachments:
    """The picture of a person; theirs to show or not."""
    return Attachments(
        _("Bild"),
        pictures=True,
        most=1,
        hint=_("Ein Bild der Person: PNG, JPEG oder WebP, höchstens 10 MB."),
        **more,
    )
