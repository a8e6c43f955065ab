"""Records to measure with: projects and experience reports in plausible German, about 2 KB each.

The same number of records is always the same records: the words are drawn by a generator with a fixed seed.
"""

from __future__ import annotations

from random import Random
from typing import Any

from ulid import ULID

SEED = 2_026
EPOCH_MS = 1_767_225_600_000
"""The moment in every record's ULID, 1 January 2026."""

WHO = (
    "Das Bürgerbüro", "Die Kämmerei", "Der Bauhof", "Das Ordnungsamt", "Die Wirtschaftsförderung", "Das Schulamt",
    "Die Stadtbücherei", "Der Eigenbetrieb Wasser", "Die Feuerwehr", "Das Standesamt", "Die IT-Kooperation",
    "Der Zweckverband", "Das Klimaschutzmanagement", "Die Leitstelle", "Das Gesundheitsamt", "Die Gemeindevertretung",
)  # fmt: skip
DOES = (
    "prüft", "erfasst", "meldet", "plant", "bündelt", "übernimmt", "veröffentlicht", "vergleicht", "pflegt",
    "verschickt", "wertet aus:", "beschafft", "erneuert", "betreut", "dokumentiert", "verteilt",
)  # fmt: skip
FIELD = (
    "Parkraum", "Bürger", "Schul", "Wasser", "Abfall", "Verkehrs", "Energie", "Gebäude", "Sitzungs", "Gewerbe",
    "Melde", "Bau", "Pflege", "Ehrenamts", "Tourismus", "Hafen", "Deich", "Straßen", "Grünflächen", "Kita",
)  # fmt: skip
THING = (
    "anträge", "daten", "portale", "sensoren", "verzeichnisse", "termine", "pläne", "meldungen", "bescheide",
    "messwerte", "karten", "verträge", "anfragen", "schnittstellen", "geräte", "auskünfte", "beratungen", "register",
)  # fmt: skip
HOW = (
    "ohne Papier", "innerhalb von zwei Tagen", "gemeinsam mit dem Amt", "nach einem festen Ablauf", "am selben Tag",
    "über eine offene Schnittstelle", "ohne zusätzliche Stellen", "mit zwei geschulten Kräften", "einmal im Monat",
    "für alle Gemeinden des Kreises", "auch außerhalb der Öffnungszeiten", "mit freier Software", "auf eigenen Servern",
)  # fmt: skip
WHY = (
    "weil Rückfragen früher Wochen dauerten", "damit niemand zweimal dasselbe eingibt", "obwohl die Mittel knapp sind",
    "seit der Dienst im Herbst umgestellt wurde", "damit Vertretungen sofort weiterarbeiten können",
    "weil die alte Lösung nicht mehr gepflegt wird", "sobald die Datenschutzprüfung abgeschlossen ist",
    "damit Menschen ohne Internet nicht schlechter gestellt sind", "weil Nachbargemeinden dasselbe brauchen",
)  # fmt: skip
TOPICS = ("focus-admin", "focus-economy", "focus-mobility", "focus-health", "focus-community", "cross-cutting")
PLACES = ("Musterau", "Probemarsch", "Beispielhusen", "Testkoog", "Übungsfelde", "Modellrade", "Vorlagenbek")
OPENED = ("about_project", "context", "expected", "happened", "why", "advice", "outcome", "do_again", "lessons",
          "transfer_conditions", "who_should_know")  # fmt: skip
"""Fields of an experience report that its author opens to the public, as the records of the demo do."""


def documents(origin: str, count: int) -> list[dict[str, Any]]:
    """`count` documents for `hubnode publish` at `origin`: of ten, five reports and five projects.

    None about people: nothing of those is published before they have said yes.
    """
    draw = Random(SEED)  # noqa: S311 - words, no secrets
    return [_document(origin, number, draw) for number in range(count)]


def another(origin: str, place: int) -> dict[str, Any]:
    """One more project, with an id of this moment; `place` decides its words."""
    body = _project(origin, place, Random(SEED + place))  # noqa: S311 - words, no secrets
    return {"id": str(ULID()), "kind": "project", "visibility": "public", "body": body}


def number_of(place: int) -> str:
    """The id of record `place`."""
    return str(ULID(EPOCH_MS.to_bytes(6) + place.to_bytes(10)))


def _document(origin: str, place: int, draw: Random) -> dict[str, Any]:
    kind, body = KINDS[place % 10]
    return {"id": number_of(place), "kind": kind, "visibility": "public", "body": body(origin, place, draw)}


def _sentence(draw: Random) -> str:
    thing = draw.choice(FIELD) + draw.choice(THING)
    return f"{draw.choice(WHO)} {draw.choice(DOES)} {thing} {draw.choice(HOW)}, {draw.choice(WHY)}."


def _text(draw: Random, longest: int) -> dict[str, str]:
    """Whole sentences of at most `longest` characters, at least one."""
    text = _sentence(draw)
    while len(text) + len(more := " " + _sentence(draw)) <= longest:
        text += more
    return {"de": text[:longest]}


def _title(draw: Random) -> str:
    return f"{draw.choice(FIELD)}{draw.choice(THING)} {draw.choice(HOW)} in {draw.choice(PLACES)}"


def _project(origin: str, place: int, draw: Random) -> dict[str, Any]:
    return {
        "title": {"de": _title(draw)},
        "summary": _text(draw, 280),
        "topics": draw.sample(TOPICS, 2),
        "license": "CC-BY-4.0",
        "lead_organisation": f"{origin}/r/{number_of(10**6 + place % 40)}",
        "challenge": _text(draw, 500),
        "solution": _text(draw, 700),
        "phase": draw.choice(("P1", "P2")),
        "start": f"202{draw.randrange(3, 6)}-0{draw.randrange(1, 10)}-15",
        "population_band": draw.choice(("under_5k", "5k_20k", "20k_50k")),
        "cost_one_off_cents": draw.randrange(100, 90_000) * 100,
        "effort_person_days": draw.randrange(5, 200),
        "operating_model": draw.choice(("own", "joint_it_cooperation", "service_provider")),
        "reuse_model": draw.choice(("concept_only", "open_content")),
        "reuse_access": draw.choice(("direct", "by_agreement")),
        "prerequisites": {"de": [_title(draw), _title(draw)]},
        "contact_role": {"de": f"Koordination {draw.choice(FIELD)}{draw.choice(THING)}"},
        "geo_keys": [f"0105{draw.randrange(3, 10)}"],
    }


def _report(origin: str, place: int, draw: Random) -> dict[str, Any]:
    about = place - place % 10 + 5
    return {
        "title": {"de": _title(draw)},
        "summary": _text(draw, 220),
        "topics": draw.sample(TOPICS, 1),
        "license": "CC-BY-4.0",
        "about_project": f"{origin}/r/{number_of(about)}",
        "context": _text(draw, 160),
        "expected": _text(draw, 200),
        "happened": _text(draw, 260),
        "why": _text(draw, 200),
        "advice": _text(draw, 200),
        "outcome": draw.choice(("achieved", "partly_achieved", "discontinued")),
        "do_again": draw.choice(("yes", "yes_with_changes", "no")),
        "lessons": [
            {"workstream": "technical", "kind": "tip", "text": _text(draw, 160)},
            {"workstream": "organisational", "kind": "pitfall", "text": _text(draw, 160)},
        ],
        "transfer_conditions": _text(draw, 160),
        "who_should_know": ["it", "leadership"],
        "authors": [f"{origin}/r/{number_of(place - place % 10 + 9)}"],
        "author_display": "function",
        "field_visibility": dict.fromkeys(OPENED, "public"),
    }


KINDS = (
    *(("experience_report", _report),) * 5,
    *(("project", _project),) * 5,
)
"""What each of ten records is: kind and maker of its body."""
