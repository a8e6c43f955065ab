"""What this hub takes and shows of another, for whoever chooses: what would change, changing it, and how far it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical
from hubnode.db import reading, transaction
from hubnode.network import events
from hubnode.network.choice_models import ChoiceChange
from hubnode.network.models import Peer
from hubnode.people import audit
from hubnode.people.confirming import Confirmed
from hubnode.records import choices, choosing, rechoosing, standing
from hubnode.records.choosing import Choice
from hubnode.records.kinds import KINDS
from hubnode.records.models import Log, Record


class UnknownHub(LookupError):
    """No hub is known at this address."""


@dataclass(frozen=True, slots=True)
class KindEffect:
    """What a choice would do to the records of one kind."""

    kind: str
    known: int
    """Records that exist at their home hub, as far as its log tells."""
    kept: int
    """Of these, those whose text is here now."""
    stay: int
    """Of those, how many stay."""
    fetched: int
    """Texts that would be fetched."""
    fetched_perhaps: int
    """Texts that would have to be fetched to see whether they are about the chosen topics."""
    shown: int
    """Records shown now."""
    shown_after: int
    """Of the texts that stay, how many would be shown; what is fetched comes on top."""

    @property
    def removed(self) -> int:
        """Texts that would be deleted here."""
        return self.kept - self.stay


@dataclass(frozen=True, slots=True)
class Effect:
    """What a choice would do, by kind and in all; only kinds of which there are records."""

    kinds: Sequence[KindEffect]

    @property
    def total(self) -> KindEffect:
        """All kinds together."""
        names = ("known", "kept", "stay", "fetched", "fetched_perhaps", "shown", "shown_after")
        return KindEffect("", *(sum(getattr(one, name) for one in self.kinds) for name in names))

    @property
    def nothing(self) -> bool:
        """Whether nothing that is here would change."""
        return all(
            (one.removed, one.fetched, one.fetched_perhaps, one.shown - one.shown_after) == (0, 0, 0, 0)
            for one in self.kinds
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a choice has been carried out."""

    at: datetime
    by: str
    choice: Choice
    looked_at: int
    size: int
    removed: Mapping[str, int]
    restored: Mapping[str, int]
    last_error: str | None
    done_at: datetime | None
    replaced: bool

    @property
    def percent(self) -> int:
        """Of the entries that were here when it was chosen."""
        return 100 if not self.size else 100 * self.looked_at // self.size


def of(origin: str) -> Choice:
    """What is taken and shown of the hub at `origin`; raises `UnknownHub`."""
    _copy(reading(), origin)
    return choices.of(reading(), origin)


def preview(origin: str, choice: Choice) -> Effect:
    """What `choice` would do to what is here now, counted record by record; nothing is written. Raises `UnknownHub`."""
    session = reading()
    counts: dict[str, Counter[str]] = {}
    for kind, counted in _counted(session, _copy(session, origin), choice):
        counts.setdefault(kind, Counter()).update(counted)
    order = [*KINDS, *sorted(counts.keys() - KINDS.keys())]
    return Effect([_effect(kind, counts[kind]) for kind in order if kind in counts])


def change(proof: Confirmed, origin: str, choice: Choice, now: datetime) -> None:
    """Let `choice` hold; what is here follows in the background. Raises `UnknownHub`. A transaction of its own.

    Whatever an earlier choice has left to do is left: the new one looks at everything anyway.
    """
    with transaction() as session:
        # The peer's row is the lock: a page under way is applied before, under the old choice, or after, under the new.
        session.execute(sa.select(Peer.id).where(Peer.origin == origin).with_for_update())
        held = _copy(session, origin)
        _replace(session, origin, now)
        choices.put(session, origin, choice, now)
        rule, size = choosing.encode(choice), held.size
        session.add(ChoiceChange(origin=origin, at=now, by=proof.by, rule=rule, size=size, remaining=size, due_at=now))
        events.tell(session, now, origin, "chosen", proof.by)
        audit.note(session, "peer.chosen", now, by=proof, about=origin)


def forget(session: Session, origin: str) -> None:
    """Forget what was chosen of a hub that is known no longer; part of the caller's transaction."""
    choices.forget(session, origin)
    session.execute(sa.delete(ChoiceChange).where(ChoiceChange.origin == origin))


def history(origin: str, limit: int = 10) -> list[Progress]:
    """What was chosen of this hub, the latest first."""
    chosen = sa.select(ChoiceChange).where(ChoiceChange.origin == origin).order_by(ChoiceChange.id.desc())
    return [_progress(row) for row in reading().scalars(chosen.limit(limit))]


def _copy(session: Session, origin: str) -> Log:
    held = session.scalar(sa.select(Log).join(Peer, Peer.log == Log.id).where(Peer.origin == origin))
    if held is None:
        raise UnknownHub(origin)
    return held


def _replace(session: Session, origin: str, now: datetime) -> None:
    undone = sa.update(ChoiceChange).where(ChoiceChange.origin == origin, ChoiceChange.done_at.is_(None))
    session.execute(undone.values(done_at=now, replaced=True))


def _progress(row: ChoiceChange) -> Progress:
    return Progress(
        at=row.at,
        by=row.by,
        choice=choosing.decode(row.rule),
        looked_at=row.size - row.remaining,
        size=row.size,
        removed=canonical.decode(row.removed),
        restored=canonical.decode(row.restored),
        last_error=row.last_error,
        done_at=row.done_at,
        replaced=row.replaced,
    )


def _counted(session: Session, held: Log, choice: Choice) -> Iterator[tuple[str, list[str]]]:
    """For every record of a copy that its home hub shows: its kind, and what it counts as."""
    states = (*rechoosing.TEXT, standing.UNTAKEN)
    columns = (Record.rec, Record.kind, Record.state, Record.hidden, Record.body)
    chosen = sa.select(*columns).where(Record.origin == held.origin, ~Record.own, Record.state.in_(states))
    for batch in session.execute(chosen).partitions(500):
        lacking = [rec for rec, _, state, _, body in batch if body is None and state != standing.UNTAKEN]
        bodies = rechoosing.held_bodies(session, held, lacking) if lacking else {}
        for rec, kind, state, hidden, body in batch:
            if state == standing.UNTAKEN:
                yield kind, ["known", *_of_untaken(kind, choice)]
            else:
                shown = state == "published" and not hidden
                yield kind, _of_kept(kind, body or bodies.get(rec), choice, shown=shown, readable=state == "published")


def _of_untaken(kind: str, choice: Choice) -> list[str]:
    if not choice.taken.passes_kind(kind):
        return []
    if choice.taken.topics is not None:
        return ["fetched_perhaps"]
    seen = choice.shown.passes_kind(kind) and choice.shown.topics is None
    return ["fetched", *(["shown_after"] if seen else [])]


def _of_kept(kind: str, body: bytes | None, choice: Choice, *, shown: bool, readable: bool) -> list[str]:
    content = orjson.loads(body) if body is not None else None
    counted = ["known", "kept", *(["shown"] if shown else [])]
    if not choice.takes(kind, content):
        return counted
    return [*counted, "stay", *(["shown_after"] if readable and choice.shows(kind, content) else [])]


def _effect(kind: str, counts: Counter[str]) -> KindEffect:
    names = ("known", "kept", "stay", "fetched", "fetched_perhaps", "shown", "shown_after")
    return KindEffect(kind, *(counts[name] for name in names))
