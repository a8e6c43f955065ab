"""How the document describes imports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from hubnode.web.api1.described import DRAFT, HERE, NUMBER_THERE, Described
from hubnode.web.api1.problems import MOST_BYTES, MOST_RECORDS
from hubnode.web.api1.shapes import DocumentShape

KEY: Described = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": _l("Ihr Name für diesen Import, in Anführungszeichen; 24 Stunden lang bekommt er dieselbe Antwort."),
    "required": True,
    "schema": {"type": "string", "pattern": r'^"[ !#-\[\]-~]{1,200}"$'},
    "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
}
DOCUMENT: Described = {
    "id": NUMBER_THERE,
    "kind": DRAFT["kind"],
    "visibility": DRAFT["visibility"],
    "body": {
        "title": {"de": "Parkleitsystem am Bahnhof"},
        "summary": {"de": "Sensoren zeigen freie Plätze, bevor jemand losfährt."},
        "phase": "P4",
        "topics": ["focus-mobility"],
    },
}
IMPORTED: Described = {
    "total": 1,
    "items": [
        {
            "id": f"{HERE}/r/{NUMBER_THERE}",
            "number": NUMBER_THERE,
            "kind": "project",
            "state": "published",
            "revision": 1,
        }
    ],
}
IMPORT: Described = {
    "operationId": "importRecords",
    "summary": _l("Viele Einträge auf einmal veröffentlichen"),
    "description": _l(
        "Alle oder keinen, höchstens %(n)s Einträge und %(mb)s MB: als JSON-Liste, oder als NDJSON mit einem Eintrag "
        "je Zeile. Mit „id“ entsteht die nächste Fassung dieses Eintrags; was schon so da ist, bleibt, wie es ist. "
        "Kommt dieselbe Anfrage mit demselben Schlüssel noch einmal, geschieht nichts, und die Antwort ist dieselbe.",
        n=MOST_RECORDS,
        mb=MOST_BYTES >> 20,
    ),
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": DocumentShape, "minItems": 1, "maxItems": MOST_RECORDS},
                "example": [DOCUMENT],
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    },
}
