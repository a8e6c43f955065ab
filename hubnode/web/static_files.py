"""Serves what browsers load: the hash of the whole set in the path, kept for a year, compressed in advance."""

from __future__ import annotations

import hashlib
import json
import logging
import mimetypes
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from hubnode.web import places

YEAR = "public, max-age=31536000, immutable"
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".md": "text/markdown",
}
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file in all the forms it can be sent in."""

    type: str
    forms: dict[str, bytes]
    """Bytes by content coding; ``identity`` is always there."""


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """All files of one release, held in memory (about 1 MB)."""

    release: str
    """First characters of the digest over all files: a new one for every change."""
    files: dict[str, StaticFile] = field(default_factory=dict)


def load() -> StaticFiles:
    """Read all files; a compressed form counts only if it was made from exactly these bytes."""
    try:
        made_from: dict[str, str] = json.loads(places.MANIFEST.read_text("utf-8"))["files"]
    except FileNotFoundError:
        log.warning("front-end assets are not built; run: python -m hubnode.web.assets")
        made_from = {}
    files: dict[str, StaticFile] = {}
    whole = hashlib.sha256()
    for path in places.sources():
        name, content = str(path.relative_to(places.STATIC)), path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        whole.update(f"{name} {digest}\n".encode())
        forms = _compressed(name) if made_from.get(name) == digest else {}
        files[name] = StaticFile(_type(path.suffix), {**forms, "identity": content})
    return StaticFiles(whole.hexdigest()[:12], files)


def init_static(app: Flask) -> None:
    """Let `app` serve the files and fill the release into their addresses."""
    files = load()
    app.extensions["hubnode.static"] = files
    app.add_url_rule("/static/<release>/<path:name>", "static_file", static_file)
    app.add_url_rule("/favicon.ico", "favicon", favicon)

    @app.url_defaults
    def release(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static_file":
            values.setdefault("release", files.release)

    # Every icon names its sprite: the address is put together here, `url_for` would cost more than the icon.
    app.jinja_env.globals["static"] = lambda name: f"{request.script_root}/static/{files.release}/{name}"


def favicon() -> Answer:
    """Where programs that know only this address find the icon."""
    return redirect(url_for("static_file", name="icon.svg"))


def static_file(release: str, name: str) -> Response:
    """The file in the smallest form the browser takes; another release's address works too but is not kept."""
    known: StaticFiles = current_app.extensions["hubnode.static"]
    if (file := known.files.get(name)) is None:
        abort(404)
    coding = request.accept_encodings.best_match(("br", "gzip")) if "identity" in file.forms else None
    chosen = coding if coding in file.forms else "identity"
    answer = Response(file.forms[chosen], content_type=file.type)
    if chosen != "identity":
        answer.content_encoding = chosen
    answer.headers["Cache-Control"] = YEAR if release == known.release else "no-cache"
    answer.vary.add("Accept-Encoding")
    return answer


def _compressed(name: str) -> dict[str, bytes]:
    """The compressed forms of `name` that were built."""
    made = {}
    for coding, suffix in (("br", ".br"), ("gzip", ".gz")):
        path = places.COMPRESSED / (name + suffix)
        if path.is_file():
            made[coding] = path.read_bytes()
    return made


def _type(suffix: str) -> str:
    kind = TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind == "image/svg+xml" else kind
