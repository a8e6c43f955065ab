"""By what lists can be narrowed: the facets of a kind, their names in addresses, and which values they know."""

from __future__ import annotations

from hubnode.records.kinds.registry import KINDS

FACET_NAMES = {
    "audience": "zielgruppe",
    "offer": "angebot",
    "outcome": "ergebnis",
    "org_kind": "einrichtung",
    "geo": "gebiet",
    "attendance_mode": "teilnahme",
    "language": "sprachen",
    "operating_model": "betrieb",
    "reuse_access": "zugang",
    "population_band": "groesse",
    "provider_level": "ebene",
    "funding_type": "foerderart",
    "funding_area": "foerderbereich",
    "funding_region": "foerdergebiet",
    "eligible": "berechtigt",
    "deadline_model": "fristen",
    "need_kind": "bedarf",
    "offer_kind": "angebotsart",
    "travelling": "reist",
    "reuse_relation": "weise",
    "reuse_status": "nutzung",
    "need_status": "stand",
}
"""Names of filters in addresses, where they differ from the facet's."""
DISTRICT_KEY = 5
"""Digits of the official key of a Kreis."""


def facet_names(kind: str) -> dict[str, str]:
    """The kind's own facets, each with its name in addresses."""
    if not kind:
        return {}
    found = (field.metadata["facet"] for field in KINDS[kind].fields.values())
    return {facet: FACET_NAMES.get(facet, facet) for facet in found if facet and facet != "topic"}


def knows(kind: str, facet: str, value: str) -> bool:
    """Whether a list of `kind` can be narrowed to `value` of this facet."""
    fields = (field for field in KINDS[kind].fields.values() if field.metadata["facet"] == facet)
    known = {option.value for field in fields for option in field.metadata["options"]}
    if known:
        return value in known
    return len(value) == DISTRICT_KEY and value.isascii() and value.isdigit()
