"""A file that is sent with the form of a record: kept, and named by the record as if its inputs had been typed."""

from __future__ import annotations

from flask import Flask, request
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage, MultiDict

from hubnode.config import Settings
from hubnode.core import MAX_FORM
from hubnode.network.node import utcnow
from hubnode.records import intake
from hubnode.records.kinds import Kind
from hubnode.records.kinds.attachments import FIELD
from hubnode.web.api1.problems import MOST_BYTES
from hubnode.web.forms.rows import numbers

INPUT = "datei"
"""The name of the input, and of the button beside it."""
DOORS = ("editing.create", "editing.change", "own_profile.publish", "profile_link.decide", "api1.upload")
"""The only endpoints that read files beside words."""
IMPORT = "api1.import_records"
NOTHING_CHOSEN = _l("Wählen Sie zuerst eine Datei aus.")


def init_uploads(app: Flask, settings: Settings) -> None:
    """Let the form of a record be as large as a file, and an import as it may be, before anything reads it.

    Twice as large as a file may be, so that most files that are too large still come back with what was typed.
    """

    @app.before_request
    def make_room() -> None:
        if request.endpoint in DOORS:
            request.max_content_length = MAX_FORM + 2 * settings.media_max_bytes
        elif request.endpoint == IMPORT:
            request.max_content_length = MOST_BYTES


def with_file(
    kind: Kind, inputs: MultiDict[str, str], sent: FileStorage | None, settings: Settings
) -> tuple[MultiDict[str, str], str]:
    """The inputs with those of the sent file, and what is wrong with it (empty if nothing is)."""
    if FIELD not in kind.fields:
        return inputs, ""
    if sent is None or not sent.filename:
        return inputs, str(NOTHING_CHOSEN) if inputs.get("aktion") == INPUT else ""
    try:
        row = intake.take(sent.stream, sent.filename, settings.base_url, settings.media_max_bytes, utcnow())
    except intake.NotTaken as refused:
        return inputs, refused.words
    more: MultiDict[str, str] = MultiDict(list(inputs.items(multi=True)))
    number = max(numbers(dict.fromkeys(inputs, ()), FIELD), default=-1) + 1
    for name, value in row.items():
        more[f"{FIELD}.{number}.{name}"] = str(value)
    return more, ""
