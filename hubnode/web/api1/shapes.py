"""What the interface answers, as schemas: the document is made of them, and a test holds every answer against them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from marshmallow import RAISE, Schema, fields, validate

from hubnode.records.kinds import BY_SLUG, KINDS

LEVELS = ("public", "network", "hub")
ULID = "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
STATES = ("ok", "late", "down", "refused", "frozen", "suspended", "left")


def told(words: LazyString) -> dict[str, Any]:
    """The description of a field."""
    return {"description": words}


def texts(words: LazyString, *, required: bool = True) -> fields.Dict:
    """A text by language."""
    return fields.Dict(keys=fields.String(), values=fields.String(), required=required, metadata=told(words))


def text(words: LazyString, *, required: bool = True, **more: Any) -> fields.String:
    """A plain text."""
    return fields.String(required=required, metadata=told(words), **more)


def time(words: LazyString, *, required: bool = True) -> fields.DateTime:
    """A point in time in UTC, or nothing."""
    return fields.DateTime(required=required, allow_none=True, metadata=told(words))


class FlawShape(Schema):
    """One thing that is wrong, and where."""

    detail = text(_l("Was daran nicht stimmt"))
    parameter = text(_l("Parameter der Adresse"), required=False)
    value = text(_l("Sein Wert"), required=False)
    field = text(_l("Feld, mit Punkten bei Feldern in Feldern"), required=False)
    index = fields.Integer(metadata=told(_l("Platz in der Liste eines Imports, ab 0")))
    line = fields.Integer(metadata=told(_l("Zeile der Anfrage, ab 1")))
    pointer = text(_l("Stelle in der Liste (JSON Pointer, RFC 6901)"), required=False)


class ProblemShape(Schema):
    """A problem document (RFC 9457)."""

    type = text(_l("Art des Fehlers; die Adresse führt zur Erklärung"))
    title = text(_l("Der Fehler in einem Satz"))
    status = fields.Integer(required=True, metadata=told(_l("Der HTTP-Status noch einmal")))
    detail = text(_l("Was hilft"))
    errors = fields.List(fields.Nested(FlawShape), metadata=told(_l("Alle Mängel einzeln")))


class RecordShape(Schema):
    """One record as the caller may see it; all of it is there unless ``fields`` asked for less."""

    id = text(_l("Weltweite Kennung; sie ändert sich nie"))
    hub = text(_l("Kennung des Hubs, der den Eintrag führt"), required=False)
    number = text(_l("Nummer bei diesem Hub (ULID)"), required=False)
    kind = text(_l("Art, wie beim Schreiben"), required=False, validate=validate.OneOf(list(KINDS)))
    art = text(_l("Art, wie in den Filtern"), required=False, validate=validate.OneOf(list(BY_SLUG)))
    revision = fields.Integer(metadata=told(_l("Wächst mit jeder Fassung")))
    visibility = text(_l("Für wen der Eintrag sichtbar ist"), required=False, validate=validate.OneOf(LEVELS))
    url = text(_l("Seite bei diesem Hub"), required=False)
    home_url = text(_l("Seite beim eigenen Hub"), required=False)
    title = texts(_l("Titel je Sprache; bei Personen die Funktion"), required=False)
    summary = texts(_l("Kurzbeschreibung je Sprache"), required=False)
    topics = fields.List(fields.String(), metadata=told(_l("Kennungen der Themen")))
    starts_at = time(_l("Beginn bei Terminen, erste Frist bei Förderaufrufen"), required=False)
    ends_at = time(_l("Ende bei Terminen; wann die letzte Frist abläuft"), required=False)
    published_at = time(_l("Zuerst veröffentlicht"), required=False)
    updated_at = time(_l("Zuletzt geändert"), required=False)
    body = fields.Dict(metadata=told(_l("Alle Felder der Art, soweit sichtbar; siehe /kinds")))


class PageShape(Schema):
    """One page of a list."""

    items = fields.List(fields.Nested(RecordShape), required=True)
    total = fields.Integer(required=True, metadata=told(_l("Wie viele Einträge die ganze Liste hat")))
    next = fields.String(
        required=True, allow_none=True, metadata=told(_l("Cursor der nächsten Seite; null nach der letzten"))
    )


class VersionShape(Schema):
    """One version of a record."""

    revision = fields.Integer(required=True)
    visibility = text(_l("Für wen diese Fassung sichtbar ist"), validate=validate.OneOf(LEVELS))
    published_at = time(_l("Veröffentlicht"))
    current = fields.Boolean(required=True, metadata=told(_l("Ob es die jetzige ist")))


class VersionsShape(Schema):
    """The versions of a record, newest first."""

    items = fields.List(fields.Nested(VersionShape), required=True)


class HubShape(Schema):
    """One hub of the network."""

    id = text(_l("Kennung: die Adresse des Hubs"))
    host = text(_l("Wie der Hub im Filter „hub“ heißt"))
    name = text(_l("Name"))
    place = text(_l("Ort"))
    district = text(_l("Kreis"))
    focus = fields.List(fields.String(), required=True, metadata=told(_l("Themen der Schwerpunkte")))
    intro = texts(_l("Vorstellung je Sprache"))
    here = fields.Boolean(required=True, metadata=told(_l("Ob es dieser Hub ist")))
    state = text(_l("Stand der Kopie bei diesem Hub"), validate=validate.OneOf(STATES))
    last_contact_at = time(_l("Letzter Kontakt"))
    records = fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, metadata=told(_l("Einträge je Art"))
    )


class HubsShape(Schema):
    """All hubs."""

    items = fields.List(fields.Nested(HubShape), required=True)


class ConceptShape(Schema):
    """One value of a vocabulary."""

    id = text(_l("Kennung, wie in Feldern und Filtern"))
    name = texts(_l("Name je Sprache"))
    broader = fields.String(allow_none=True, metadata=told(_l("Das weitere Thema darüber")))
    replaced_by = fields.String(allow_none=True, metadata=told(_l("Das Thema, das dieses ersetzt")))


class VocabularyShape(Schema):
    """One vocabulary with its values."""

    name = text(_l("Name des Vokabulars"))
    version = fields.String(metadata=told(_l("Fassung")))
    concepts = fields.List(fields.Nested(ConceptShape), required=True)


class VocabulariesShape(Schema):
    """The vocabularies that there are."""

    items = fields.List(fields.String(), required=True)


class FilterShape(Schema):
    """By what lists of a kind can be narrowed."""

    name = text(_l("Name in der Adresse"))
    values = fields.List(
        fields.String(), required=True, metadata=told(_l("Mögliche Werte; leer: fünfstelliger Kreisschlüssel"))
    )


class FieldShape(Schema):
    """One field of a kind."""

    name = text(_l("Name im body"))
    label = texts(_l("Beschriftung je Sprache"))
    required = fields.Boolean(required=True, metadata=told(_l("Ob es zum Veröffentlichen nötig ist")))
    level = text(_l("Ab welcher Sichtbarkeit es üblicherweise gezeigt wird"))
    values = fields.List(fields.String(), required=True, metadata=told(_l("Mögliche Werte; leer: frei")))


class KindShape(Schema):
    """One kind of records."""

    kind = text(_l("Art, wie beim Schreiben"))
    art = text(_l("Art, wie in den Filtern"))
    label = texts(_l("Bezeichnung je Sprache"))
    filters = fields.List(fields.Nested(FilterShape), required=True)
    fields_ = fields.List(fields.Nested(FieldShape), required=True, data_key="fields")


class KindsShape(Schema):
    """All kinds."""

    items = fields.List(fields.Nested(KindShape), required=True)


class DraftInShape(Schema):
    """What a program writes."""

    class Meta:
        """Nothing is passed over."""

        unknown = RAISE

    kind = text(_l("Art"), validate=validate.OneOf(list(KINDS)))
    visibility = text(_l("Für wen der Eintrag sichtbar sein soll"), validate=validate.OneOf(LEVELS))
    body = fields.Dict(keys=fields.String(), required=True, metadata=told(_l("Felder der Art; siehe /kinds")))


class DraftShape(Schema):
    """A draft, or what is published where there is none."""

    id = text(_l("Weltweite Kennung, die der Eintrag hat oder haben wird"))
    number = text(_l("Nummer bei diesem Hub (ULID)"))
    kind = text(_l("Art"), validate=validate.OneOf(list(KINDS)))
    visibility = text(_l("Für wen der Eintrag sichtbar sein soll"), validate=validate.OneOf(LEVELS))
    state = text(_l("Zustand"), validate=validate.OneOf(("draft", "published", "withdrawn")))
    revision = fields.Integer(required=True, metadata=told(_l("Zahl der veröffentlichten Fassungen")))
    saved_at = time(_l("Wann der Entwurf gespeichert wurde; null, wo es keinen gibt"))
    body = fields.Dict(required=True, metadata=told(_l("Felder der Art; siehe /kinds")))


class FileShape(Schema):
    """A file, as a record names it."""

    sha256 = text(_l("Prüfsumme"))
    size = fields.Integer(required=True, metadata=told(_l("Bytes")))
    type = text(_l("Medientyp"))
    name = text(_l("Name, unter dem sie gezeigt wird"))


class DocumentShape(DraftInShape):
    """One record of an import."""

    id = text(_l("Nummer (ULID), wenn es ein bestimmter Eintrag sein soll"), required=False,
              validate=validate.Regexp(ULID, error="no ULID"))  # fmt: skip
    person = text(_l("Bei Profilen: E-Mail-Adresse der Person, die gefragt wird"), required=False)


class ImportedShape(Schema):
    """What became of one record."""

    id = text(_l("Weltweite Kennung"))
    number = text(_l("Nummer bei diesem Hub (ULID)"))
    kind = text(_l("Art"), validate=validate.OneOf(list(KINDS)))
    state = text(
        _l("published, oder draft, wo die Person hinter einem Profil erst zustimmen muss"),
        validate=validate.OneOf(("published", "draft", "withdrawn")),
    )
    revision = fields.Integer(required=True, metadata=told(_l("Zahl der veröffentlichten Fassungen")))


class ImportShape(Schema):
    """What an import has done, in the order in which the records were sent."""

    total = fields.Integer(required=True, metadata=told(_l("Wie viele Einträge es waren")))
    items = fields.List(fields.Nested(ImportedShape), required=True)
