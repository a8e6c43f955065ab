"""What a new form has filled in because the page that led to it knows: the words that found nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hubnode.people.viewer import Viewer
from hubnode.records.kinds import Kind, tidy

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


GIVEN: Mapping[str, Callable[[Viewer, Asked], dict[str, Any]]] = {"need": _need}
"""By kind: what is read of an address."""
