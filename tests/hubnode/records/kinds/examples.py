"""One complete body of each kind, with every field filled; tests change copies of them."""

from __future__ import annotations

from typing import Any

HUB = "https://wilster.example"
RECORD = f"{HUB}/r/01JD8Z0000000000000000000A"
OTHER = "http://127.0.0.1:5002/r/01JD8Z0000000000000000000B"

_ENVELOPE: dict[str, Any] = {"license": "CC-BY-4.0", "last_confirmed_at": "2026-11-01"}
_TITLED: dict[str, Any] = _ENVELOPE | {
    "title": {"de": "Freie Parkplätze in Echtzeit", "en": "Free parking in real time"},
    "summary": {"de": "Funksensoren zeigen, wo ein Platz frei ist."},
    "topics": ["parking-sensors", "open-data"],
    "geo_keys": ["01", "01061", "01061024", "010615179", "010615179024"],
}
_DOCUMENT = {
    "title": {"de": "Vergabeunterlagen"},
    "url": "https://unterlagen.example/vergabe.odt?fassung=2#seite-3",
    "license": "CC0-1.0",
    "rights_holder": "Stadt Beispielförde",
}

_PDF = {
    "sha256": "5e" * 32,
    "size": 48_213,
    "type": "application/pdf",
    "name": "Vergabeunterlagen 2026.pdf",
    "title": {"de": "Vergabeunterlagen"},
    "license": "CC-BY-4.0",
}
_PICTURE = {
    "sha256": "0b" * 32,
    "size": 10_485_760,
    "type": "image/jpeg",
    "name": "Marktplatz.jpeg",
    "title": {"de": "Der Marktplatz"},
    "alt": {"de": "Ein Platz mit Linden und vier freien Parkplätzen."},
    "credit": "Stadt Beispielförde",
    "license": "CC0-1.0",
}

PROJECT: dict[str, Any] = _TITLED | {
    "lead_organisation": RECORD,
    "partners": [OTHER],
    "challenge": {"de": "Wer parken will, fährt im Kreis.\n\nDas kostet Zeit."},
    "solution": {"de": "Sensoren im Boden melden „belegt“ oder „frei“."},
    "phase": "P4",
    "ended_reason": {"de": "Noch läuft es."},
    "start": "2024-02-29",
    "end": "2026-06-30",
    "population_band": "20k_50k",
    "cost_one_off_cents": 5_790_000,
    "cost_running_year_cents": 0,
    "effort_person_days": 85,
    "own_staff_fte_percent": 30,
    "operating_model": "service_provider",
    "reuse_model": "open_source",
    "reuse_access": "direct",
    "source_code_url": "https://git.example/hub/parken",
    "software_license": "EUPL-1.2",
    "service_keys": ["99999000000001"],
    "ozg_maturity": {"model": "2.0", "level": 7},
    "prerequisites": {"de": ["LoRaWAN", "Strom am Gateway"], "en": ["LoRaWAN"]},
    "data_protection": "done",
    "accessibility_state": "self_assessed",
    "impact": [
        {
            "indicator": {"de": "Suchverkehr"},
            "baseline": "140",
            "target": "70",
            "measured": "82.5",
            "measured_on": "2026-10-01",
        },
        {"indicator": {"de": "Beschwerden"}, "baseline": "-0.5", "target": "0"},
    ],
    "funding": [{"programme": "Musterprogramm", "call": OTHER, "status": "granted", "amount_cents": 4_050_000}],
    "contact_role": {"de": "Verkehrsplanung"},
    "contact_person": RECORD,
    "documents": [_DOCUMENT],
    "links": [{"title": {"de": "Schnittstelle"}, "url": "https://parken.example/api"}],
    "attachments": [_PICTURE, _PDF],
    "field_visibility": {"cost_one_off_cents": "hub", "contact_person": "network"},
}
EXPERTISE: dict[str, Any] = _ENVELOPE | {
    "display_name": "Wiebke Musterfrau",
    "academic_title": "Dr.",
    "function": {"de": "Koordination Online-Dienste"},
    "organisation": RECORD,
    "summary": {"de": "Begleitet die Einführung von Online-Diensten."},
    "topics": ["ozg"],
    "level": "expert",
    "offers": ["peer_call", "site_visit"],
    "languages": ["de", "nds"],
    "interests": {"de": "Alte Karten\nund neue"},
    "orcid": "0000-0002-1694-233X",
    "kdsf_ffk": ["488"],
    "esco": ["http://data.europa.eu/esco/skill/0a2d70ee-d435-4965-9e96-702b2fb65740"],
    "contact_mode": "relay",
    "attachments": [_PICTURE],
    "geo_keys": ["01061"],
    "field_visibility": {"display_name": "public", "topics": "public", "languages": "network"},
}
EVENT: dict[str, Any] = _TITLED | {
    "format": "workshop",
    "attendance_mode": "hybrid",
    "starts_at": "2026-11-28T14:00",
    "ends_at": "2026-11-28T15:30",
    "timezone": "Europe/Berlin",
    "recurrence": "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA;COUNT=6",
    "cancelled_days": ["2026-12-12"],
    "status": "cancelled",
    "sequence": 2,
    "cancel_reason": {"de": "Erkrankung"},
    "location": {
        "name": "Neue Schmiede",
        "street": "Am Markt 1",
        "postcode": "25554",
        "place": "Wilster",
        "latitude_e7": 539_200_000,
        "longitude_e7": 93_700_000,
    },
    "room": "Werkstatt",
    "online_url": "https://meet.example/werkstatt",
    "capacity": 20,
    "registration": "required",
    "registration_until": "2026-11-27",
    "price_cents": 0,
    "audience": ["administration", "citizens"],
    "hosts": [RECORD],
    "speakers": [OTHER],
    "accessibility": {"de": "Stufenlos, Hörschleife"},
    "related_project": RECORD,
    "related_report": OTHER,
    "materials": [_DOCUMENT],
    "recording_url": "https://video.example/42",
    "attachments": [_PDF],
    "field_visibility": {"online_url": "public", "speakers": "hub"},
}
EXPERIENCE_REPORT: dict[str, Any] = _TITLED | {
    "about_project": RECORD,
    "context": {"de": "84 Sensoren, zwei Zufahrten."},
    "expected": {"de": "Pendelnde planen mit der App."},
    "happened": {"de": "Sie folgen der Anzeigetafel."},
    "why": {"de": "Entschieden wird an der Zufahrt."},
    "advice": {"de": "Geld in Tafeln stecken."},
    "outcome": "discontinued",
    "do_again": "yes_with_changes",
    "lessons": [{"workstream": "technical", "kind": "pitfall", "text": {"de": "Bündig einbauen."}}],
    "factors": {"communication": 4, "impact_evidence": 5, "technical_fit": 4, "responsibility": 1, "financing": 3},
    "effort_planned_days": 60,
    "effort_actual_days": 85,
    "cost_planned_cents": 5_200_000,
    "cost_actual_cents": 5_790_000,
    "transfer_conditions": {"de": "Eindeutige Zufahrten."},
    "who_should_know": ["transport_planning"],
    "authors": [RECORD],
    "author_display": "function",
    "attachments": [_PICTURE],
    "field_visibility": {"outcome": "public", "cost_actual_cents": "hub"},
}
ORGANISATION: dict[str, Any] = _ENVELOPE | {
    "name": {"de": "Amt Wilstermarsch"},
    "kind": "amt",
    "summary": {"de": "Vierzehn Gemeinden in der Marsch."},
    "topics": ["it-cooperation"],
    "geo_keys": [{"key": "010615179", "valid_from": "2008-01-01"}, {"key": "01061"}],
    "ror": "04v76ef78",
    "homepage": "https://amt.example/",
    "memberships": [{"hub": HUB, "basis": "letter_of_intent", "since": "2022-05-01", "until": "2030-01-01"}],
    "feed_subscriptions": ["Projekte"],
    "agreement_ref": "2026-04",
    "field_visibility": {},
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "project": PROJECT,
    "expertise": EXPERTISE,
    "event": EVENT,
    "experience_report": EXPERIENCE_REPORT,
    "organisation": ORGANISATION,
}
