"""One record on the desk: what a browser sent about it, and what the service made of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from hubnode.people.viewer import Viewer
from hubnode.records import kinds, service
from hubnode.records.errors import Stale
from hubnode.records.kinds import Kind
from hubnode.web.forms import form
from hubnode.web.forms.page import Typed

OWN_INPUTS = ("csrf_token", "aktion", "kennung", "stand", "sicht", "datei", "person")
"""Inputs of the page that are not fields of the record."""


@dataclass(frozen=True, slots=True)
class Work:
    """A record as it is being written: its inputs, its audience, and the state of the draft that the writer saw."""

    kind: Kind
    id: str
    token: int
    level: str
    typed: Typed
    new: bool = False
    state: str = "draft"
    rev: int = 0
    saved_at: datetime | None = None

    @property
    def problems(self) -> Mapping[str, Sequence[str]]:
        """Everything that keeps it from being published."""
        try:
            kinds.check(self.kind.name, form.body(self.kind, self.typed))
        except kinds.Invalid as invalid:
            return invalid.errors
        return {}

    def save(self, viewer: Viewer, now: datetime) -> Work:
        """Keep it as the draft; raises `kinds.Invalid`, or `Stale` when others saved something else meanwhile."""
        body = form.body(self.kind, self.typed)
        try:
            draft = service.save_draft(
                viewer, self.kind.name, body, id=self.id, level=self.level, token=self.token, now=now
            )
        except Stale:
            draft = service.draft(viewer, self.id)
            if (draft.body, draft.level) != (body, self.level):
                raise
        return replace(self, token=draft.token, state=draft.state, rev=draft.rev, saved_at=draft.saved_at, new=False)

    def after(self, other: Work) -> Work:
        """The same inputs, to be saved over the draft of `other`."""
        return replace(self, token=other.token, state=other.state, rev=other.rev, new=False)


def fresh(kind: Kind, id: str, level: str = "", given: Mapping[str, Any] | None = None) -> Work:
    """A record that nobody has written into yet, with what is `given`; a profile is closed unless opened."""
    level = level or ("hub" if kind.name == "expertise" else "network")
    return Work(kind, id, 0, level, form.empty(kind, given), new=True)


def opened(viewer: Viewer, id: str) -> Work:
    """The own record `id` as it was saved last; raises `NotFound` or `Gone`."""
    draft = service.draft(viewer, id)
    kind = kinds.KINDS[draft.kind]
    typed = form.filled(kind, draft.body)
    return Work(kind, id, draft.token, draft.level, typed, state=draft.state, rev=draft.rev, saved_at=draft.saved_at)


def sent(seen: Work, inputs: MultiDict[str, str], remove: str = "") -> Work:
    """What a browser sent about the record that `seen` is, without the row to `remove`."""
    typed = {name: values for name, values in inputs.lists() if name not in OWN_INPUTS}
    token, level = inputs.get("stand", "0"), inputs.get("sicht", "")
    return replace(
        seen,
        token=int(token) if token.isdigit() and len(token) < 16 else 0,
        level=level if level in service.LEVELS else seen.level,
        typed=form.sent(seen.kind, typed, remove),
    )
