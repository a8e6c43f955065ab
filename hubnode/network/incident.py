"""What went to whom between two times: for whoever has to tell after a breach who is concerned (GDPR Art. 33, 34).

It rests on what is noted anyway: the entries that each hub was given, the letters that went out, and the days on which
partners read which kinds. Public pages and feeds are read by nobody knows whom, and are not listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.encoding import parse_timestamp
from hubnode.db import reading, transaction
from hubnode.network import peers
from hubnode.network.erasure_models import Handed
from hubnode.network.letters_models import LetterOut
from hubnode.network.models import Peer
from hubnode.people import audit, partners
from hubnode.people.viewer import Viewer
from hubnode.records import log, statements
from hubnode.records.models import LogEntry


class BadWindow(Exception):
    """The end does not lie after the beginning, or a moment has no zone."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a record that a hub was given."""

    id: str
    kind: str
    revision: int
    level: str
    entry: int
    still_held: bool
    """Whether its text has not been taken back since."""


@dataclass(frozen=True, slots=True)
class Given:
    """What one hub was given."""

    origin: str
    name: str
    versions: Sequence[Version]
    letters: Mapping[str, int]
    """Kinds of letters, and how many."""

    @property
    def kinds(self) -> Mapping[str, int]:
        """Versions by kind of record."""
        return Counter(one.kind for one in self.versions)


@dataclass(frozen=True, slots=True)
class Incident:
    """Everything that went out in a window of time, by recipient."""

    since: datetime
    until: datetime
    hubs: Sequence[Given]
    partners: Mapping[str, Mapping[str, Sequence[date]]]
    """By partner university the kinds that its programs read beyond what is public, each with its days."""


def between(since: datetime, until: datetime) -> Incident:
    """What hubs were given from `since` to before `until`; raises `BadWindow`.

    One note stands for all entries that were fetched one after another, with the time of the last: so this names all
    that went out in the window, and may name earlier entries that the same hub fetched just before.
    """
    if since.tzinfo is None or until.tzinfo is None or until <= since:
        raise BadWindow("a window ends after it begins, and its moments have a zone")
    session = reading()
    names = {peer.origin: peers.card_of(peer).name for peer in session.scalars(sa.select(Peer))}
    handed, sent = _handed(session, since, until), _letters(session, since, until)
    found = [
        Given(origin, names.get(origin, origin.split("://", 1)[-1]), handed.get(origin, []), sent.get(origin, {}))
        for origin in sorted({*handed, *sent})
    ]
    read = partners.read_between(since.astimezone(UTC).date(), until.astimezone(UTC).date())
    return Incident(since, until, [one for one in found if one.versions or one.letters], read)


def export(incident: Incident, now: datetime, *, by: Viewer | str) -> dict[str, Any]:
    """The list as a document, and a note in the audit trail that it was made. A transaction of its own."""
    window = {"since": incident.since.isoformat(), "until": incident.until.isoformat()}
    with transaction() as session:
        audit.note(session, "incident.exported", now, by=by, detail=window)
    return {
        **window,
        "made_at": now.isoformat(),
        "public_readers": "unknown",
        "hubs": [_hub(one) for one in incident.hubs],
        "partners": {
            name: {kind: [day.isoformat() for day in days] for kind, days in kinds.items()}
            for name, kinds in incident.partners.items()
        },
    }


def _hub(one: Given) -> dict[str, Any]:
    versions = [
        {"id": v.id, "kind": v.kind, "revision": v.revision, "level": v.level, "entry": v.entry, "held": v.still_held}
        for v in one.versions
    ]
    return {"origin": one.origin, "name": one.name, "versions": versions, "letters": dict(one.letters)}


def _handed(session: Session, since: datetime, until: datetime) -> dict[str, list[Version]]:
    own = log.own(session)
    runs = session.scalars(sa.select(Handed).where(Handed.log_id == own.log_id, Handed.at >= since)).all()
    found: dict[str, dict[int, Version]] = {}
    for run in runs:
        of_hub = found.setdefault(run.origin, {})
        of_run = sa.and_(LogEntry.log == own.id, LogEntry.seq >= run.first, LogEntry.seq < run.until)
        chosen = sa.select(LogEntry.header, LogEntry.body.is_not(None)).where(of_run, LogEntry.op == "put")
        for header, held in session.execute(chosen):
            head = orjson.loads(header)
            if _concerns(head, run, until):
                of_hub[head["seq"]] = Version(head["id"], head["kind"], head["rev"], head["vis"], head["seq"], held)
    return {origin: [of_hub[seq] for seq in sorted(of_hub)] for origin, of_hub in found.items()}


def _concerns(head: Mapping[str, Any], run: Handed, until: datetime) -> bool:
    """Whether an entry is a record that existed before the window closed and was given with its text."""
    if head["kind"] in statements.KINDS or (run.public_only and head["vis"] != "public"):
        return False
    return parse_timestamp(head["ts"]) < until


def _letters(session: Session, since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    settled = (LetterOut.state == "accepted", LetterOut.settled_at >= since, LetterOut.settled_at < until)
    counted = sa.select(LetterOut.peer, LetterOut.kind, sa.func.count()).where(*settled)
    found: dict[str, dict[str, int]] = {}
    for peer, kind, number in session.execute(counted.group_by(LetterOut.peer, LetterOut.kind)):
        found.setdefault(peer, {})[kind] = number
    return found
