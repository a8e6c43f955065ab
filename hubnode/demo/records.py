"""The demo hubs and their records: invented people, municipalities and projects in five real places.

The data file speaks of days from the day of filling and of demo ids; here they become dates and global addresses, in
the shape that `hubnode publish FILE` takes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from ulid import ULID

_DAY = re.compile(r"D([+-][0-9]+)(T[0-9]{2}:[0-9]{2})?")
_EPOCH_MS = 1_735_689_600_000
"""The moment in every demo record's ULID, 1 January 2025: the ids are the same after each reset."""


@dataclass(frozen=True, slots=True)
class DemoHub:
    """One hub of the demo, with all that `hubnode init` asks for."""

    key: str
    name: str
    place: str
    district: str
    focus_areas: tuple[str, ...]
    geo_keys: tuple[str, ...]
    intro: Mapping[str, str]
    port: int


@cache
def _data() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(files("hubnode.demo").joinpath("data/records.json").read_text("utf-8"))
    return document


def demo_hubs() -> list[DemoHub]:
    """The five hubs, in the order of their ports."""
    return [
        DemoHub(**{**hub, "focus_areas": tuple(hub["focus_areas"]), "geo_keys": tuple(hub["geo_keys"])})
        for hub in _data()["hubs"]
    ]


def allot_ids(origins: Mapping[str, str]) -> dict[str, str]:
    """The global address of every demo record, by demo id, and the origin of every hub, by ``hub-`` and its key.

    `origins` gives each hub's key its origin.
    """
    addresses = {f"hub-{key}": origin for key, origin in origins.items()}
    for record in (*_data()["records"], *_data()["unpublished"]):
        addresses[record["id"]] = f"{origins[record['hub']]}/r/{_ulid(record['id'])}"
    return addresses


def _ulid(id: str) -> ULID:
    chance = hashlib.sha256(f"hubnode demo {id}".encode()).digest()[:10]
    return ULID(_EPOCH_MS.to_bytes(6) + chance)


def demo_records(hub_key: str, ids: Mapping[str, str], today: date) -> list[dict[str, Any]]:
    """What the hub `hub_key` publishes, as ``{"id", "kind", "visibility", "body"}``; `ids` come from `allot_ids`."""
    return [_document(record, ids, today) for record in _data()["records"] if record["hub"] == hub_key]


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody invented whom a demo profile is about: asked by mail, and answering."""

    id: str
    email: str
    consents: Mapping[str, str]
    body: Mapping[str, Any]
    visibility: str
    confirmed: date | None
    """When the person has answered, if that was not when the demo was set up."""


def demo_people(hub_key: str, ids: Mapping[str, str], today: date) -> list[DemoPerson]:
    """The people of the hub `hub_key` who have profiles, with all that they say of themselves."""
    return [
        _person(record, ids, today) for record in _data()["records"] if record["hub"] == hub_key and "person" in record
    ]


def _person(record: Mapping[str, Any], ids: Mapping[str, str], today: date) -> DemoPerson:
    said, document = _resolved(record["person"], ids, today), _document(record, ids, today)
    confirmed = date.fromisoformat(said["confirmed"]) if "confirmed" in said else None
    return DemoPerson(
        document["id"], said["email"], said["consents"], document["body"], document["visibility"], confirmed
    )


def unpublished_records(ids: Mapping[str, str], today: date) -> list[dict[str, Any]]:
    """Records that must never be published: the consent to them was withdrawn."""
    return [_document(record, ids, today) for record in _data()["unpublished"]]


def _document(record: Mapping[str, Any], ids: Mapping[str, str], today: date) -> dict[str, Any]:
    return {
        "id": ids[record["id"]].rpartition("/")[2],
        "kind": record["kind"],
        "visibility": record["visibility"],
        "body": _resolved(record["body"], ids, today),
    }


def _resolved(value: Any, ids: Mapping[str, str], today: date) -> Any:
    if isinstance(value, dict):
        return {name: _resolved(part, ids, today) for name, part in value.items()}
    if isinstance(value, list):
        return [_resolved(part, ids, today) for part in value]
    if not isinstance(value, str):
        return value
    if value.startswith("@"):
        return ids[value[1:]]
    day = _DAY.fullmatch(value)
    return value if day is None else f"{today + timedelta(days=int(day[1]))}{day[2] or ''}"
