"""What a webhook says: the record as everybody may see it, or that it is gone, and never more than its address then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from flask_babel import force_locale

from hubnode.feeds import content
from hubnode.feeds.select import Site, item
from hubnode.feeds.text import rfc3339
from hubnode.records.reading import RecordView

PUT, GONE, TEST = "record.put", "record.gone", "webhook.test"
OF_PEOPLE = ("function", *content.MAIN["expertise"])
"""What is said of a person: the function, and nothing that only a consent opens, as no withdrawal calls it back."""


def put(view: RecordView, site: Site, lang: str) -> bytes:
    """A record that is new or has changed; `view` must be an anonymous one."""
    with force_locale(lang):
        found = item(view, site, lang)
    data = {
        "id": view.uri,
        "kind": view.kind,
        "rev": view.rev,
        "hub": view.origin,
        "title": found.title,
        "summary": found.summary[1],
        "url": found.url,
        "home_url": view.home_url,
        "topics": list(view.topics),
        "published_at": rfc3339(view.published_at or view.updated_at),
        "updated_at": rfc3339(view.updated_at),
        "fields": _fields(view),
    }
    return _message(PUT, view.updated_at, data)


def gone(uri: str, at: datetime) -> bytes:
    """A record that is gone, is public no longer, or has left the selection."""
    return _message(GONE, at, {"id": uri})


def test(at: datetime) -> bytes:
    """A message that means nothing, for whoever wants to see one arrive."""
    return _message(TEST, at, {})


def _fields(view: RecordView) -> dict[str, Any]:
    if view.kind == "expertise":
        return {name: value for name, value in view.fields.items() if name in OF_PEOPLE}
    return dict(view.fields)


def _message(type: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"type": type, "timestamp": rfc3339(at), "data": data})
