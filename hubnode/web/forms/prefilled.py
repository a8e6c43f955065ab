"""What a new form has filled in because the page that led to it knows: the words that found nothing, what is reused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _

from hubnode.people.viewer import Viewer
from hubnode.records import reading
from hubnode.records.kinds import Kind, tidy
from hubnode.records.kinds.reuse import SOURCES

LONGEST = 120
"""Letters of a title."""
Asked = Mapping[str, str]


def body(kind: Kind, viewer: Viewer, asked: Asked) -> dict[str, Any]:
    """The part of a new body that follows from the address; what makes no sense there is passed over."""
    known = GIVEN.get(kind.name)
    return known(viewer, asked) if known else {}


def _need(viewer: Viewer, asked: Asked) -> dict[str, Any]:  # noqa: ARG001 - as all in GIVEN
    words = tidy(asked.get("titel", ""))[:LONGEST].strip()
    return {"title": {"de": words}} if words else {}


def _reuse(viewer: Viewer, asked: Asked) -> dict[str, Any]:
    source = reading.by_uri(viewer, asked.get("quelle", ""))
    if source is None or source.kind not in SOURCES.split():
        return {}
    title = _("Nachnutzung: %(title)s", title=source.headline.get("de", ""))
    return {"title": {"de": title[:LONGEST].strip()}, "topics": list(source.topics), "source": source.uri}


GIVEN: Mapping[str, Callable[[Viewer, Asked], dict[str, Any]]] = {"need": _need, "reuse": _reuse}
"""By kind: what is read of an address."""
