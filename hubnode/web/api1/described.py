"""How the document describes the addresses: parameters, summaries, examples from public administration in the North."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from marshmallow import Schema
from werkzeug.wrappers import Response

from hubnode.records import vocabulary
from hubnode.records.kinds import BY_SLUG, KINDS, filtering
from hubnode.web import asking
from hubnode.web.api1.problems import MEDIA_TYPE, TYPES
from hubnode.web.api1.shapes import ULID, DraftInShape, ProblemShape
from hubnode.web.api1.smorest import Blueprint

Described = Mapping[str, Any]
View = TypeVar("View", bound=Callable[..., Response])
USUAL = (
    "address", "token", "scope", "not-found", "not-now", "gone", "changed", "too-large", "media-type", "content",
    "if-match", "too-many",
)  # fmt: skip
OF_STATUS = {TYPES[name][0]: name for name in USUAL}
READABLE = r"^[^\u0000-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufffd]*$"
"""Words without signs that nobody sees, as `asking.readable` leaves them."""
HERE, NUMBER_THERE = "https://hub.example", "01KBD3S9T2Q4W6Y8A0C2E4G6H8"


def _query(name: str, words: Any, schema: Described, **more: Any) -> dict[str, Any]:
    return {"in": "query", "name": name, "description": words, "schema": dict(schema)} | more


def _many(name: str, words: Any, item: Described) -> dict[str, Any]:
    values = {"type": "array", "items": dict(item), "minItems": 1, "maxItems": asking.MAX_VALUES}
    return _query(name, words, values, explode=True, style="form")


FIELDS = _query(
    "fields",
    _l("Nur diese Teile, mit Komma getrennt; „id“ ist immer dabei. Felder einer Art heißen „body.name“."),
    {"type": "string", "minLength": 1, "maxLength": 1_000, "pattern": r"^[a-z_.]+(,[a-z_.]+)*$"},
    example="title,updated_at,body.phase",
)
ID = _query(
    "id",
    _l("Die weltweite Kennung, wie sie in „id“ steht"),
    {"type": "string", "pattern": f"^https?://[a-z0-9.:-]+/r/{ULID[1:]}", "maxLength": 300},
    required=True,
    example=f"{HERE}/r/{NUMBER_THERE}",
)
HOST = {
    "in": "path",
    "name": "host",
    "description": _l("Der Hub: Host und Port aus seiner Adresse"),
    "schema": {"type": "string", "pattern": "^[a-z0-9.:-]+$", "minLength": 1, "maxLength": 255},
    "example": "hub.example",
}
NUMBER = {
    "in": "path",
    "name": "number",
    "description": _l("Die Nummer beim Hub"),
    "schema": {"type": "string", "pattern": ULID},
    "example": NUMBER_THERE,
}
VOCABULARY_NAME = {
    "in": "path",
    "name": "name",
    "description": _l("Der Name des Vokabulars"),
    "schema": {"type": "string", "minLength": 1, "maxLength": 40, "pattern": "^[a-z_]+$"},
    "example": "topics",
}
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "description": _l("Das „ETag“ der letzten Antwort: Hat sich nichts geändert, kommt 304 ohne Inhalt."),
    "schema": {"type": "string"},
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "description": _l("Das „ETag“ des Entwurfs, den Sie gesehen haben. Ohne es kommt 428, nach einer Änderung 412."),
    "required": True,
    "schema": {"type": "string"},
    "example": '"draft-4"',
}
FILE_NAME = _query(
    "name", _l("Name der Datei mit ihrer Endung"), {"type": "string", "minLength": 1, "maxLength": 200},
    required=True, example="parkplatz.jpg",
)  # fmt: skip
ADDRESS = (HOST, NUMBER, IF_NONE_MATCH)


def list_parameters() -> list[dict[str, Any]]:
    """The parameters of a list: the words and filters of the search, and those of paging."""
    text = {"type": "string", "maxLength": asking.MAX_TEXT, "pattern": READABLE}
    return [
        _query("q", _l("Suchwörter, wie auf der Seite Suche"), text, example="Parkplatz"),
        _many("art", _l("Art; mehrere heißt „oder“"), {"type": "string", "enum": list(BY_SLUG)}),
        _many("hub", _l("Host eines Hubs; mehrere heißt „oder“"), {"type": "string", "maxLength": asking.MAX_VALUE}),
        _many("thema", _l("Thema; engere zählen mit"), {"type": "string", "enum": list(vocabulary.shared().concepts)}),
        _query("sort", _l("Reihenfolge; „treffer“ nur mit Suchwörtern, „bald“ nur bei Arten, die zu Ende gehen"),
               {"type": "string", "enum": list(asking.SORTS)}),
        _query("zeit", _l("Nur mit art=termine"), {"type": "string", "enum": list(asking.TIMES)}),
        *_facets(),
        _query("limit", _l("Einträge je Seite"), {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
        _query("cursor", _l("„next“ der vorigen Seite, mit denselben Filtern"),
               {"type": "string", "minLength": 1, "maxLength": 2_000}),
        FIELDS,
        IF_NONE_MATCH,
    ]  # fmt: skip


def _facets() -> list[dict[str, Any]]:
    """The filters of single kinds, each once, with the kinds that have it."""
    kinds: dict[str, list[str]] = {}
    values: dict[str, dict[str, None]] = {}
    for kind in KINDS.values():
        for facet, name in filtering.facet_names(kind.name).items():
            kinds.setdefault(name, []).append(kind.slug)
            fields = (field for field in kind.fields.values() if field.metadata["facet"] == facet)
            known = (option.value for field in fields for option in field.metadata["options"])
            values.setdefault(name, {}).update(dict.fromkeys(known))
    return [
        _many(
            name,
            _l("Nur mit genau einer Art: %(kinds)s", kinds=", ".join(kinds[name])),
            {"type": "string", "enum": list(found)} if found else {"type": "string", "pattern": "^[0-9]{5}$"},
        )
        for name, found in values.items()
    ]


def door(
    blueprint: Blueprint,
    path: str,
    tag: str,
    about: Described,
    shape: type[Schema],
    example: Described,
    parameters: Sequence[Described],
    refusals: Sequence[int],
) -> Callable[[View], View]:
    """Make a view the answer to ``GET path``, and describe it: its shape, an example, its refusals with theirs."""

    def decorate(view: View) -> View:
        told = blueprint.doc(**about)(view)
        for status in (*refusals, 401, 403, 429):
            told = _refusing(blueprint, status, told)
        told = blueprint.alt_response(304, description=_l("Unverändert"), success=True)(told)
        told = blueprint.response(200, shape, example=example)(told)
        registered: View = blueprint.route(path, tags=[tag], parameters=[dict(one) for one in parameters])(told)
        return registered

    return decorate


def deed(
    blueprint: Blueprint,
    method: str,
    path: str,
    status: int,
    about: Described,
    shape: type[Schema],
    example: Described,
    parameters: Sequence[Described],
    refusals: Sequence[int | str],
) -> Callable[[View], View]:
    """Make a view the answer to a request with a token that may write, and describe it.

    `refusals` are statuses, or names of problems where the usual one of a status would not say enough.
    """

    def decorate(view: View) -> View:
        told = blueprint.doc(security=[{"token": ["records:write"]}], **about)(view)
        for refusal in (*refusals, 401, 429):
            told = _refusing(blueprint, refusal, told)
        told = blueprint.response(status, shape, example=example)(told)
        listed = [dict(one) for one in parameters]
        registered: View = blueprint.route(path, methods=[method], tags=["drafts"], parameters=listed)(told)
        return registered

    return decorate


def _refusing(blueprint: Blueprint, refusal: int | str, view: Any) -> Any:
    name = refusal if isinstance(refusal, str) else OF_STATUS[refusal]
    status, title, help_ = TYPES[name]
    example = {"type": f"{HERE}/api#{name}", "title": title, "status": status, "detail": help_}
    told = {"schema": ProblemShape, "content_type": MEDIA_TYPE, "description": title}
    return blueprint.alt_response(status, example=example, **told)(view)


RECORD: Described = {
    "id": f"{HERE}/r/{NUMBER_THERE}",
    "hub": HERE,
    "number": NUMBER_THERE,
    "kind": "project",
    "art": "projekte",
    "revision": 3,
    "visibility": "public",
    "url": f"{HERE}/projekte/{NUMBER_THERE}",
    "home_url": f"{HERE}/projekte/{NUMBER_THERE}",
    "title": {"de": "Parkleitsystem am Bahnhof", "en": "Parking guidance at the station"},
    "summary": {"de": "Sensoren zeigen freie Plätze, bevor jemand losfährt."},
    "topics": ["focus-mobility"],
    "starts_at": None,
    "ends_at": None,
    "published_at": "2026-03-02T08:15:00Z",
    "updated_at": "2026-11-20T13:40:00Z",
    "body": {"title": {"de": "Parkleitsystem am Bahnhof"}, "phase": "P4", "topics": ["focus-mobility"]},
}
PAGE: Described = {"items": [RECORD], "total": 1, "next": None}
VERSIONS: Described = {
    "items": [
        {"revision": 3, "visibility": "public", "published_at": "2026-11-20T13:40:00Z", "current": True},
    ]
}
HUB: Described = {
    "id": HERE,
    "host": "hub.example",
    "name": "Digital Hub Wilster",
    "place": "Wilster",
    "district": "Steinburg",
    "focus": ["focus-admin"],
    "intro": {"de": "Wir erproben mit den Ämtern im Kreis Steinburg, was Wege erspart."},
    "here": True,
    "state": "ok",
    "last_contact_at": None,
    "records": {
        "project": 12,
        "expertise": 9,
        "event": 7,
        "experience_report": 5,
        "funding_call": 4,
        "need": 3,
        "offer": 6,
        "reuse": 2,
        "organisation": 11,
    },
}
HUBS: Described = {"items": [HUB]}
VOCABULARIES: Described = {"items": ["topics", "phase", "offer"]}
VOCABULARY: Described = {
    "name": "topics",
    "version": "1",
    "concepts": [
        {"id": "focus-mobility", "name": {"de": "Mobilität", "en": "Mobility"}, "broader": None, "replaced_by": None}
    ],
}
KINDS_EXAMPLE: Described = {
    "items": [
        {
            "kind": "project",
            "art": "projekte",
            "label": {"de": "Projekt", "en": "Project"},
            "filters": [{"name": "phase", "values": ["P1", "P2"]}],
            "fields": [
                {
                    "name": "title",
                    "label": {"de": "Titel", "en": "Title"},
                    "required": True,
                    "level": "public",
                    "values": [],
                }
            ],
        }
    ]
}
LIST: Described = {
    "operationId": "listRecords",
    "summary": _l("Einträge suchen und auflisten"),
    "description": _l(
        "Wörter und Filter sind die der Suche. Was unbekannt ist, wird abgewiesen und genannt. Geblättert wird mit dem "
        "Cursor in „next“: Ohne Suchwörter kommt kein Eintrag zweimal, was auch immer dazukommt."
    ),
}
ONE: Described = {
    "operationId": "getRecord",
    "summary": _l("Einen Eintrag lesen"),
    "description": _l("Nach Hub und Nummer. 410 heißt: Der Eintrag wurde zurückgezogen, löschen Sie Ihre Kopie."),
}
BY_ID: Described = {
    "operationId": "getRecordById",
    "summary": _l("Einen Eintrag nach seiner weltweiten Kennung lesen"),
    "description": _l("Auch die frühere Kennung eines umgezogenen Hubs führt zum Eintrag."),
}
ALL_VERSIONS: Described = {
    "operationId": "listVersions",
    "summary": _l("Die Fassungen eines Eintrags"),
    "description": _l("Ohne Schreibrecht steht hier die jetzige Fassung; frühere sieht nur der eigene Hub."),
}
ALL_HUBS: Described = {
    "operationId": "listHubs",
    "summary": _l("Die Hubs des Verbunds und ihr Stand"),
    "description": _l("„state“ sagt, wie frisch die Kopie dieses Hubs ist; „late“ und „down“ heißt: es fehlt etwas."),
}
ONE_HUB: Described = {
    "operationId": "getHub",
    "summary": _l("Ein Hub"),
    "description": _l("Wie in der Liste der Hubs."),
}
ALL_VOCABULARIES: Described = {
    "operationId": "listVocabularies",
    "summary": _l("Die Namen der Vokabulare"),
    "description": _l("Themen und alle Wertelisten der Felder."),
}
ONE_VOCABULARY: Described = {
    "operationId": "getVocabulary",
    "summary": _l("Ein Vokabular"),
    "description": _l("Werte mit deutschen und englischen Namen, Themen mit dem weiteren Thema darüber."),
}
ALL_KINDS: Described = {
    "operationId": "listKinds",
    "summary": _l("Die Arten mit ihren Filtern und Feldern"),
    "description": _l("Was in „body“ stehen kann, und wonach sich Listen eingrenzen lassen."),
}
DRAFT: Described = {
    "id": f"{HERE}/r/{NUMBER_THERE}",
    "number": NUMBER_THERE,
    "kind": "project",
    "visibility": "public",
    "state": "draft",
    "revision": 0,
    "saved_at": "2026-11-20T13:40:00Z",
    "body": {"title": {"de": "Parkleitsystem am Bahnhof"}, "phase": "P4"},
}
_WRITTEN = {name: DRAFT[name] for name in ("kind", "visibility", "body")}
_CONTENT = {"required": True, "content": {"application/json": {"schema": DraftInShape, "example": _WRITTEN}}}
FILE: Described = {"sha256": "5e" * 32, "size": 48_211, "type": "image/jpeg", "name": "parkplatz.jpg"}
NEW_DRAFT: Described = {
    "operationId": "createDraft",
    "summary": _l("Einen Entwurf anlegen"),
    "description": _l("Unvollständig darf er sein, falsch nicht. Niemand sonst sieht ihn."),
    "requestBody": _CONTENT,
}
ONE_DRAFT: Described = {
    "operationId": "getDraft",
    "summary": _l("Einen Entwurf lesen"),
    "description": _l("Wo es keinen gibt, die veröffentlichte Fassung. Das „ETag“ brauchen Sie zum Schreiben."),
}
CHANGE: Described = {
    "operationId": "changeDraft",
    "summary": _l("Einen Entwurf ändern"),
    "description": _l("Der neue Inhalt tritt ganz an die Stelle des alten; die veröffentlichte Fassung bleibt."),
    "requestBody": _CONTENT,
}
PUBLISH: Described = {
    "operationId": "publishDraft",
    "summary": _l("Einen Entwurf veröffentlichen"),
    "description": _l("Das darf, wer koordiniert. 422 nennt alles, was noch fehlt."),
}
WITHDRAW: Described = {
    "operationId": "withdrawRecord",
    "summary": _l("Einen Eintrag zurückziehen"),
    "description": _l("Hier und bei allen Hubs. Was darin stand, bleibt als Entwurf."),
}
UPLOAD: Described = {
    "operationId": "uploadFile",
    "summary": _l("Eine Datei hochladen"),
    "description": _l("Der Inhalt der Anfrage ist die Datei. Die Antwort gehört in „attachments“ eines Eintrags."),
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
}
