"""Files of records, for people: each time asked for through a record that the viewer may see.

Nothing from here runs or is read as a document of anybody: pictures are shown, all else is saved; the browser is told
not to guess, and to give what it shows no rights at all.
"""

from __future__ import annotations

from flask import Blueprint, Flask, send_file
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from hubnode.records import attached, file_types
from hubnode.records.kinds import KINDS
from hubnode.records.kinds.attachments import FIELD, Attachments
from hubnode.web import filters
from hubnode.web.context import current_viewer

blueprint = Blueprint("media", __name__, url_prefix="/medien")
PUBLIC = "public, max-age=600"
"""Not for long: what is withdrawn or erased shall be gone from shared caches too."""
PRIVATE = "private, no-cache"


@blueprint.get("/<sha256>/<name>")
def file(sha256: str, name: str) -> Response:  # noqa: ARG001 - the record knows the name, the address only repeats it
    """A file."""
    return _answer(attached.file(current_viewer(), sha256))


@blueprint.get("/<sha256>/<int:width>/<name>")
def thumbnail(sha256: str, width: int, name: str) -> Response:  # noqa: ARG001 - as above
    """A small version of a picture."""
    return _answer(attached.file(current_viewer(), sha256, width))


def _answer(found: attached.File) -> Response:
    shown = file_types.is_picture(found.type)
    answer = send_file(
        found.path,
        mimetype=found.type,
        as_attachment=not shown,
        download_name=found.name,
        conditional=True,
        etag=found.etag,
        last_modified=None,
    )
    answer.headers["Cache-Control"] = PUBLIC if found.public else PRIVATE
    return answer


def filesize(size: int | str) -> str:
    """``640 KB`` or ``2,4 MB``."""
    try:
        count = int(size)
    except ValueError:
        return ""
    if count < 1_000_000:
        return str(_("%(n)s KB", n=filters.number(max(1, round(count / 1000)))))
    return str(_("%(n)s MB", n=filters.number(round(count / 1_000_000, 1))))


def file_type(media_type: str) -> str:
    """What people call a type of file; empty for one that is not taken."""
    return str(file_types.TYPES[media_type].label) if media_type in file_types.TYPES else ""


def upload_types(kind: str) -> str:
    """The endings that a browser offers when a file for a record of this kind is chosen."""
    field = KINDS[kind].fields[FIELD]
    only = isinstance(field, Attachments) and field.pictures
    return ",".join(ending for one in file_types.TYPES.values() if one.picture or not only for ending in one.endings)


def init_media(app: Flask) -> None:
    """Give templates what they need to say about files."""
    app.jinja_env.filters.update(filesize=filesize, file_type=file_type)
    app.jinja_env.globals.update(is_picture=file_types.is_picture, upload_types=upload_types, attached=attached.of)
