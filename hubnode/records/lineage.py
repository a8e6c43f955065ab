"""Where a project comes from and who has taken it over, across all hubs: what reuse records say, and what counts.

A hub may claim a lot about others. So the counter takes only what the reuser's own hub says, and only what is in use
or being introduced; everything else is shown as what it is. Own records that would close a circle are not published;
two hubs that do so at the same moment make one that nobody can follow forever, because every walk remembers its way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session, aliased

from hubnode.db import reading
from hubnode.people.viewer import Viewer
from hubnode.records import moving
from hubnode.records import reading as records
from hubnode.records.errors import Incomplete
from hubnode.records.models import Record, Reference
from hubnode.records.reading import RecordView
from hubnode.records.writing import Put

KIND = "reuse"
COUNTED = ("in_use", "adopting")
"""How far a reuse must have come to count."""
CIRCLE = _("Das ergäbe einen Kreis: Von diesem Projekt stammt schon ab, was hier nachgenutzt wird.")


@dataclass(frozen=True, slots=True)
class Step:
    """One reuse, and the record at its other end."""

    reuse: RecordView
    other: RecordView | None
    """The source, or the project that came of it; None where that is not named or may not be seen."""
    organisation: RecordView | None
    """Who reuses."""
    confirmed: bool
    """Whether the reuser's own hub says so."""

    @property
    def counts(self) -> bool:
        """Whether it counts as reused."""
        return self.confirmed and self.reuse.fields.get("status") in COUNTED


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a record has come from and what has come of it, as one viewer may see it."""

    sources: Sequence[Step] = ()
    reused: Sequence[Step] = ()

    @property
    def count(self) -> int:
        """By how many it is reused: each reuser once."""
        return len({_reuser(step.reuse) for step in self.reused if step.counts})

    @property
    def reusers(self) -> list[str]:
        """What those are called who count, in German, each once."""
        named = (step.organisation or step.other for step in self.reused if step.counts)
        return list(dict.fromkeys(one.headline.get("de", "") for one in named if one is not None))


def of(viewer: Viewer, uri: str) -> Lineage:
    """The lineage of the record `uri`; what is in use comes first, what has been stopped last."""
    down = [one for one in records.referring(viewer, uri, ["source"]) if one.kind == KIND]
    up = [one for one in records.referring(viewer, uri, ["target"]) if one.kind == KIND]
    named = [one.fields.get(name, "") for one in (*down, *up) for name in ("source", "target", "target_organisation")]
    known = records.by_uris(viewer, named)
    homes = _homes(named)
    return Lineage(
        tuple(_step(one, known, homes, "source") for one in up),
        tuple(sorted((_step(one, known, homes, "target") for one in down), key=_order)),
    )


def _order(step: Step) -> tuple[bool, bool]:
    return (step.reuse.fields.get("status") == "stopped", not step.counts)


def _step(reuse: RecordView, known: Mapping[str, RecordView], homes: Mapping[str, str], other: str) -> Step:
    organisation = known.get(reuse.fields.get("target_organisation", ""))
    confirmed = homes.get(_reuser(reuse)) == reuse.origin
    return Step(reuse, known.get(reuse.fields.get(other, "")), organisation, confirmed)


def _reuser(reuse: RecordView) -> str:
    """Who reuses: the project that came of it, or else the organisation."""
    return str(reuse.fields.get("target") or reuse.fields.get("target_organisation", ""))


def _homes(uris: Iterable[str]) -> dict[str, str]:
    """The hub of each of these records, under its present origin."""
    origins = {uri: uri.rpartition("/r/")[0] for uri in uris}
    moved = moving.aliases(reading(), set(origins.values()))
    return {uri: moved.get(origin, origin) for uri, origin in origins.items()}


def refuse_circles(session: Session, puts: Sequence[tuple[str, Put]]) -> None:
    """Raise `Incomplete` where one of `puts` would let something descend from itself; part of the transaction.

    Each comes with what its field's name begins with. What they say counts already, what stood there before no more.
    """
    new = {one.record.id: (prefix, one.checked.body) for prefix, one in puts if one.checked.kind == KIND}
    said = [(body["source"], body["target"]) for _prefix, body in new.values() if "target" in body]
    errors = {
        f"{prefix}target": [str(CIRCLE)]
        for prefix, body in new.values()
        if "target" in body and _descends(session, body["source"], body["target"], said, new)
    }
    if errors:
        raise Incomplete(errors)


def _descends(
    session: Session, uri: str, ancestor: str, said: Sequence[tuple[str, str]], besides: Collection[int]
) -> bool:
    """Whether `uri` comes from `ancestor` by any number of steps, or is it."""
    edge, seen = {uri}, set[str]()
    while edge and ancestor not in edge:
        seen |= edge
        above = {source for source, target in said if target in edge}
        edge = (above | _sources(session, edge, besides)) - seen
    return ancestor in edge


def _sources(session: Session, targets: Collection[str], besides: Collection[int]) -> set[str]:
    """What the shown reuse records say that these have come from."""
    to, source = aliased(Reference), aliased(Reference)
    chosen = (
        sa.select(source.target)
        .join(to, to.record == source.record)
        .join(Record, Record.id == to.record)
        .where(Record.kind == KIND, to.field == "target", to.target.in_(targets), source.field == "source")
        .where(Record.id.not_in(list(besides)))
    )
    return set(session.scalars(chosen))
