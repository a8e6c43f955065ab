"""Problems (RFC 9457): every error of this interface has a type of its own, which the page ``/api`` explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from flask import Response
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.records.errors import Gone, NotFound
from hubnode.web import strict
from hubnode.web.context import hub_settings

MEDIA_TYPE = "application/problem+json"
MOST_RECORDS = 1_000
"""Records that one import may have."""
MOST_BYTES = 10 * 1024 * 1024
"""Bytes of the largest import."""
TYPES: Mapping[str, tuple[int, LazyString, LazyString]] = {
    "address": (
        400,
        _l("Die Adresse enthält etwas, das es hier nicht gibt"),
        _l("In „errors“ steht jeder Mangel mit seinem Parameter."),
    ),
    "cursor-broken": (
        400,
        _l("Dieser Cursor ist beschädigt"),
        _l("Geben Sie „next“ unverändert zurück, oder beginnen Sie ohne Cursor von vorn."),
    ),
    "cursor-filters": (
        400,
        _l("Dieser Cursor gehört zu anderen Filtern"),
        _l("Ein Cursor gilt nur mit den Filtern, mit denen er ausgegeben wurde."),
    ),
    "cursor-epoch": (
        400,
        _l("Dieser Cursor stammt aus einer früheren Epoche"),
        _l("Der Hub hat sein Protokoll neu begonnen. Beginnen Sie ohne Cursor von vorn."),
    ),
    "token": (
        401,
        _l("Dieses Token gilt hier nicht"),
        _l("Es ist unbekannt, abgelaufen oder widerrufen. Öffentliches lesen Sie ohne Token."),
    ),
    "token-place": (
        400,
        _l("Ein Token gehört nicht in die Adresse"),
        _l("Adressen stehen in Protokollen. Senden Sie es im Kopf „Authorization“, und erneuern Sie dieses hier."),
    ),
    "scope": (
        403,
        _l("Dieses Token ist dafür nicht ausgestellt"),
        _l("Bitten Sie den Hub um ein Token mit dem Recht, das in „scope“ steht."),
    ),
    "token-needed": (
        401,
        _l("Dafür ist ein Token nötig"),
        _l("Legen Sie in Ihrem Konto eines mit dem Recht „records:write“ an und senden Sie es als Bearer-Token."),
    ),
    "role": (
        403,
        _l("Mit diesem Token ist das nicht erlaubt"),
        _l("Es schreibt, wer hier in der Redaktion arbeitet, und es veröffentlicht, wer koordiniert."),
    ),
    "not-json": (
        400,
        _l("Der Inhalt ist kein JSON"),
        _l("Senden Sie ein Objekt, wie es die Beschreibung zeigt."),
    ),
    "key-missing": (
        400,
        _l("Dem Import fehlt sein Schlüssel"),
        _l(
            "Senden Sie in „Idempotency-Key“ eine Zeichenkette in Anführungszeichen, für jeden Import eine neue, und "
            "dieselbe, wenn Sie ihn wiederholen."
        ),
    ),
    "not-found": (
        404,
        _l("Das gibt es hier nicht"),
        _l("Es wurde nie veröffentlicht, oder Sie dürfen es nicht sehen."),
    ),
    "key-running": (
        409,
        _l("Dieser Import läuft gerade"),
        _l("Warten Sie, bis der erste fertig ist, und fragen Sie dann mit demselben Schlüssel nach der Antwort."),
    ),
    "gone": (
        410,
        _l("Dieser Eintrag wurde zurückgezogen oder gelöscht"),
        _l("Entfernen Sie ihn auch bei sich."),
    ),
    "not-now": (
        409,
        _l("Das geht in diesem Zustand nicht"),
        _l("Veröffentlicht wird ein Entwurf, zurückgezogen wird etwas Veröffentlichtes."),
    ),
    "changed": (
        412,
        _l("Der Entwurf hat sich inzwischen geändert"),
        _l("Lesen Sie ihn neu, und schreiben Sie auf seinem jetzigen Stand weiter. Es wurde nichts überschrieben."),
    ),
    "too-large": (
        413,
        _l("Das war zu groß"),
        _l("Kürzen Sie den Text oder wählen Sie eine kleinere Datei."),
    ),
    "import-size": (
        413,
        _l("Dieser Import ist zu groß"),
        _l("Ein Import hat höchstens %(n)s MB. Teilen Sie ihn.", n=MOST_BYTES >> 20),
    ),
    "import-count": (
        413,
        _l("Dieser Import hat zu viele Einträge"),
        _l("Auf einmal gehen höchstens %(n)s Einträge. Teilen Sie den Import.", n=MOST_RECORDS),
    ),
    "media-type": (
        415,
        _l("Hier wird JSON gebraucht"),
        _l("Senden Sie „Content-Type: application/json“, Importe auch als „application/x-ndjson“."),
    ),
    "content": (
        422,
        _l("Der Inhalt passt nicht zur Art"),
        _l("In „errors“ steht jedes Feld mit dem, was daran nicht stimmt."),
    ),
    "key-used": (
        422,
        _l("Dieser Schlüssel gehört zu einem anderen Import"),
        _l("Unter ihm kam schon ein anderer Inhalt. Nehmen Sie für jeden Import einen neuen Schlüssel."),
    ),
    "if-match": (
        428,
        _l("Es fehlt, auf welchem Stand Sie schreiben"),
        _l("Senden Sie das „ETag“ des Entwurfs in der Kopfzeile „If-Match“ mit."),
    ),
    "too-many": (
        429,
        _l("Zu viele Anfragen"),
        _l("Warten Sie so viele Sekunden, wie in „Retry-After“ steht."),
    ),
}
"""By the last part of the problem's type: status, title, and what helps."""


@dataclass(eq=False)  # Python notes on exceptions where they come from: not frozen
class Problem(Exception):
    """A named refusal of this interface."""

    name: str
    errors: Sequence[Mapping[str, object]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(problem: Problem) -> Response:
    """The document of a refusal."""
    status, title, help_ = TYPES[problem.name]
    told: dict[str, object] = {
        "type": f"{hub_settings().base_url}/api#{problem.name}",
        "title": str(title),
        "status": status,
        "detail": str(help_),
    }
    if problem.errors:
        told["errors"] = list(problem.errors)
    return Response(orjson.dumps(told), status, dict(problem.headers), content_type=MEDIA_TYPE)


def unclear(flaw: strict.Unclear) -> Response:
    """The document for an address with flaws, all of them."""
    flaws = [
        {"parameter": one.parameter[:80], "value": one.value[:80], "detail": str(one.words)} for one in flaw.refusals
    ]
    return answer(Problem("address", flaws))


def missing(_error: NotFound) -> Response:
    """The document for what is not here, or not for this caller."""
    return answer(Problem("not-found"))


def gone(_error: Gone) -> Response:
    """The document for what was here once."""
    return answer(Problem("gone"))
