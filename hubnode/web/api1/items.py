"""One record as this interface says it: its bytes for a level, whole or with the fields that were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import orjson

from hubnode.people.viewer import Viewer
from hubnode.records.kinds import KINDS
from hubnode.records.reading import RecordView
from hubnode.web.context import hub_settings

BY_NAME = frozenset(("display_name", "academic_title", "orcid", "attachments", "field_visibility"))
"""What a profile says of the person and not of the function."""
PARTS = (
    "id", "hub", "number", "kind", "art", "revision", "visibility", "url", "home_url", "title", "summary", "topics",
    "starts_at", "ends_at", "published_at", "updated_at", "body",
)  # fmt: skip
"""The members of a record, in the order of `RecordShape`."""
BODY = "body."
Fields = tuple[str, ...]
"""Members that are asked for, sorted; empty means all."""


@cache
def choosable() -> frozenset[str]:
    """Everything that ``fields`` may name: members, and fields of a kind as ``body.name``."""
    return frozenset(PARTS) | {BODY + name for kind in KINDS.values() for name in kind.fields}


def render(view: RecordView, viewer: Viewer, chosen: Fields = ()) -> bytes:
    """The record as `viewer`, whose view it is, is given it.

    Without a token people appear by their function alone: what programs have copied, no withdrawn consent calls back.
    """
    body: Mapping[str, Any] = view.fields
    title = view.headline
    if view.kind == "expertise" and viewer.level == "public":
        body = {name: value for name, value in body.items() if name not in BY_NAME}
        title = body.get("function", {})
    whole = _whole(view, title, body)
    return orjson.dumps(_narrowed(whole, chosen) if chosen else whole)


def _whole(view: RecordView, title: Mapping[str, str], body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": view.uri,
        "hub": view.origin,
        "number": view.id,
        "kind": view.kind,
        "art": KINDS[view.kind].slug,
        "revision": view.rev,
        "visibility": view.level,
        "url": hub_settings().base_url + view.path,
        "home_url": view.home_url,
        "title": dict(title),
        "summary": dict(view.summary),
        "topics": list(view.topics),
        "starts_at": spelled(view.starts_at),
        "ends_at": spelled(view.ends_at),
        "published_at": spelled(view.published_at),
        "updated_at": spelled(view.updated_at),
        "body": dict(body),
    }


def _narrowed(whole: Mapping[str, Any], chosen: Fields) -> dict[str, Any]:
    names = {name.removeprefix(BODY) for name in chosen if name.startswith(BODY)}
    kept = {name: value for name, value in whole.items() if name == "id" or name in chosen}
    if names and "body" not in kept:
        kept["body"] = {name: value for name, value in whole["body"].items() if name in names}
    return kept


def spelled(moment: datetime | None) -> str | None:
    """``2026-11-22T09:00:00Z``, or nothing."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None
