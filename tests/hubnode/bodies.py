"""Complete bodies of records, to be changed by each test where it matters."""

from __future__ import annotations

from typing import Any

ORGANISATION = "http://127.0.0.1:5991/r/01JD000000000000000000000A"


def project(title: str = "Parkplatzsensoren in der Innenstadt", **changes: Any) -> dict[str, Any]:
    """A project in phase P1."""
    return {
        "title": {"de": title},
        "summary": {"de": "Funksensoren zeigen, wo ein Platz frei ist."},
        "topics": ["parking-sensors"],
        "license": "CC-BY-4.0",
        "lead_organisation": ORGANISATION,
        "challenge": {"de": "Der Suchverkehr verstopft die Innenstadt."},
        "solution": {"de": "Sensoren im Boden melden belegt oder frei."},
        "phase": "P1",
        "start": "2026-01-01",
        "population_band": "5k_20k",
        "operating_model": "own",
        "reuse_model": "concept_only",
        "reuse_access": "direct",
        "contact_role": {"de": "Mobilitätsmanagement"},
    } | changes
