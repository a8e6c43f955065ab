"""Complete bodies of each kind, short enough to read; keyword arguments replace single fields."""

from __future__ import annotations

from typing import Any

HOST = "https://kiel.example/r/01JD8Z0000000000000000000A"
"""Some organisation, somewhere."""


def event(**other: Any) -> dict[str, Any]:
    """An event at Wilster, on a November afternoon."""
    return {
        "title": {"de": "Größe zeigen: Führung für Fußgänger"},
        "summary": {"de": "Wie ein Sensor misst, was er kostet und was er nicht weiß."},
        "topics": ["parking-sensors"],
        "license": "CC-BY-4.0",
        "format": "showroom_tour",
        "attendance_mode": "onsite",
        "starts_at": "2026-11-28T14:00",
        "ends_at": "2026-11-28T15:30",
        "timezone": "Europe/Berlin",
        "status": "scheduled",
        "location": {"name": "Neue Schmiede", "street": "Am Markt 1", "postcode": "25554", "place": "Wilster"},
        "registration": "none",
        "audience": ["citizens"],
        "hosts": [HOST],
        "accessibility": {"de": "Stufenloser Zugang, Hörschleife"},
    } | other


def project(**other: Any) -> dict[str, Any]:
    """A project in its first phase."""
    return {
        "title": {"de": "Freie Parkplätze in Echtzeit"},
        "summary": {"de": "Sensoren zeigen, wo ein Platz frei ist."},
        "topics": ["parking-sensors"],
        "license": "CC-BY-4.0",
        "lead_organisation": HOST,
        "challenge": {"de": "Wer parken will, fährt im Kreis.\n\nDas kostet Zeit."},
        "solution": {"de": "Sensoren melden „belegt“ oder „frei“."},
        "phase": "P1",
        "start": "2026-03-01",
        "population_band": "5k_20k",
        "operating_model": "own",
        "reuse_model": "open_source",
        "reuse_access": "direct",
        "source_code_url": "https://code.example/sensoren?a=1&b=2",
        "software_license": "EUPL-1.2",
        "contact_role": {"de": "Wirtschaftsförderung"},
    } | other


def expertise(**other: Any) -> dict[str, Any]:
    """A person who agreed to be seen by everybody."""
    return {
        "display_name": "Wiebke Musterfrau",
        "function": {"de": "Fördermittelberatung"},
        "organisation": HOST,
        "summary": {"de": "Begleitet Anträge von der Idee bis zur Abrechnung."},
        "topics": ["funding-advice"],
        "license": "CC-BY-4.0",
        "level": "expert",
        "offers": ["peer_call"],
        "languages": ["de"],
        "contact_mode": "relay",
        "field_visibility": {"display_name": "public", "summary": "public", "topics": "public", "offers": "public"},
    } | other
