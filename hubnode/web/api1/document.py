"""The description of the interface: OpenAPI 3.1 for programs, and a page of our own that shows it to people."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Blueprint as PlainBlueprint
from flask import Flask, Response, current_app, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hubnode.web import filters
from hubnode.web.api1 import examples
from hubnode.web.api1.problems import TYPES
from hubnode.web.api1.smorest import Api, Blueprint
from hubnode.web.context import hub_settings

blueprint = PlainBlueprint("developers", __name__)
EXTENSION = "hubnode.api1.document"
TAGS = {
    "records": _l("Einträge"),
    "hubs": _l("Hubs"),
    "vocabularies": _l("Vokabulare und Arten"),
    "drafts": _l("Schreiben"),
}
DESCRIPTION = _l(
    "Einträge aller Arten für Programme. Öffentliches lesen Sie ohne Schlüssel. Listen kommen seitenweise mit einem "
    "Cursor; jede Antwort hat ein ETag. Fehler sind Problemdokumente nach RFC 9457. Wie oft Sie fragen dürfen, steht "
    "in den Kopfzeilen RateLimit und RateLimit-Policy. Kennungen ändern sich nie, und was wegfällt, wird zwölf Monate "
    "vorher mit den Kopfzeilen Deprecation und Sunset angekündigt."
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One address with a method, as the page shows it."""

    id: str
    method: str
    path: str
    about: Mapping[str, Any]

    @property
    def example(self) -> str:
        """The answer to expect, indented."""
        for status, answer in self.about["responses"].items():
            for media in answer.get("content", {}).values() if status.startswith("2") else ():
                if "example" in media:
                    return orjson.dumps(media["example"], option=orjson.OPT_INDENT_2, default=str).decode()
        return ""


def register(app: Flask, described: Blueprint) -> None:
    """Register the described addresses at `app`, and what the document is made of."""
    app.config.update(API_TITLE="hubnode", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    app.extensions[EXTENSION] = Api(app, described)


def openapi() -> dict[str, Any]:
    """The document in the reader's language."""
    api: Api = current_app.extensions[EXTENSION]
    settings = hub_settings()
    found = api.document()
    found["info"] = {
        "title": _("Programmierschnittstelle von %(hub)s", hub=settings.name),
        "version": "1.0.0",
        "description": str(DESCRIPTION),
        "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
    }
    found["servers"] = [{"url": settings.base_url}]
    found["tags"] = [{"name": name, "description": str(words)} for name, words in TAGS.items()]
    return found


@blueprint.get("/api/v1/openapi.json")
def document() -> Response:
    """The document for programs."""
    body = orjson.dumps(openapi(), default=str)
    answer = Response(body, content_type="application/json")
    answer.set_etag(hashlib.sha256(body).hexdigest()[:32])
    answer.vary.add("Cookie")
    answer.make_conditional(request)
    return answer


@blueprint.get("/api")
def page() -> str:
    """The document for people."""
    found = openapi()
    return render_template(
        "entwicklung/api.html",
        about=found["info"],
        groups=[(TAGS[tag], [one for one in operations(found) if tag in one.about["tags"]]) for tag in TAGS],
        problems=TYPES,
        lang=filters.language(),
    )


@blueprint.get("/hochschulen")
def universities() -> str:
    """Examples to copy and run."""
    return render_template("entwicklung/hochschulen.html", groups=examples.groups(hub_settings().base_url))


def operations(found: Mapping[str, Any]) -> Iterator[Operation]:
    """All addresses of the document, with their parameters in full."""
    for path, item in found["paths"].items():
        for method, about in item.items():
            if method != "parameters":
                full = {**about, "parameters": [*item.get("parameters", ()), *about.get("parameters", ())]}
                yield Operation(about["operationId"], method.upper(), path, full)
