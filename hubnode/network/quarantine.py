"""What other hubs have signed and this node could not read, for a person to look at: why, and what to do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.records import kinds, replica
from hubnode.records.models import Log, LogEntry, Quarantine

REFUSED = re.compile(
    r"(?P<erased>an erased id never returns)"
    r"|revision (?P<rev>\d+) does not follow revision (?P<known>\d+)"
    r"|the kind changed from (?P<was>\w+) to (?P<kind>\w+)"
)
"""How `federation.fold` says that a version breaks a rule of its record: then it is not its body that is wrong."""
LISTED = 200
"""The most that one page lists; the rest shows when these are dealt with."""
TRIED = 1_000
"""Versions that are looked at again at a start."""


class NotHeld(LookupError):
    """No such version is in quarantine, or no longer."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version that could not be read."""

    origin: str
    seq: int
    rec: str
    rev: int
    kind: str
    at: datetime
    passed_over_at: datetime | None
    noted: Mapping[str, Sequence[str]]
    """Why, by field, as it was found when the version came."""
    body: bytes | None
    """The body as its hub has signed it, where it is still here."""

    @property
    def uri(self) -> str:
        """The global id of the record."""
        return f"{self.origin}/r/{self.rec}"

    def flaws(self) -> Mapping[str, Sequence[str]]:
        """What is wrong by field, in the current language, as this version of the node finds it; empty if nothing.

        Where it is not the body that is wrong, or the body has gone, it is what was noted when it came.
        """
        if self.body is None or any(REFUSED.fullmatch(words) for words in self.noted.get("", ())):
            return self.noted
        try:
            kinds.check(self.kind, orjson.loads(self.body), received=True, wire=self.body)
        except kinds.Invalid as problem:
            return problem.errors
        return {}

    @property
    def readable_now(self) -> bool:
        """Whether reading it anew would succeed, as after an update of this node."""
        return not self.flaws()


def count() -> int:
    """How many versions wait for somebody to look at them."""
    unread = (Quarantine.passed_over_at.is_(None), Quarantine.reason != replica.PENDING)
    waiting = sa.select(sa.func.count()).select_from(Quarantine).where(*unread)
    return reading().scalar(waiting) or 0


def listed() -> list[Version]:
    """The versions in quarantine: those that wait first, the latest first; without their bodies' flaws looked up."""
    order = (Quarantine.passed_over_at.is_not(None), Quarantine.at.desc(), Quarantine.log, Quarantine.seq.desc())
    return [_version(*row) for row in reading().execute(_chosen().order_by(*order).limit(LISTED))]


def one(origin: str, seq: int) -> Version:
    """The version at this place of the hub's log; raises `NotHeld`."""
    row = reading().execute(_chosen().where(Log.origin == origin, Quarantine.seq == seq)).first()
    if row is None:
        raise NotHeld(f"{origin} {seq}")
    return _version(*row)


def read_anew(origin: str, seq: int, now: datetime) -> bool:
    """Read the record once more from its entries; whether this version is out of quarantine now. Raises `NotHeld`.

    A transaction of its own.
    """
    with transaction() as session:
        found = session.execute(_chosen().where(Log.origin == origin, Quarantine.seq == seq)).first()
        if found is None:
            raise NotHeld(f"{origin} {seq}")
        held = session.get_one(Log, found[0].log)
        replica.refold_records(session, held, [found[0].rec], now)
        return session.get(Quarantine, (held.id, seq)) is None


def learned(now: datetime) -> int:
    """Read what can be read since an update of this node: a kind, field or value that it did not know; how many.

    Asked at every start, of the latest `TRIED`: nobody should have to look for what others say. One transaction.
    """
    order = (Quarantine.at.desc(), Quarantine.log, Quarantine.seq.desc())
    known = _chosen().where(Quarantine.kind.in_(kinds.KINDS), Quarantine.reason != replica.PENDING)
    with transaction() as session:
        readable: dict[int, set[str]] = {}
        for row, origin, body in session.execute(known.order_by(*order).limit(TRIED)):
            if _version(row, origin, body).readable_now:
                readable.setdefault(row.log, set()).add(row.rec)
        for log, recs in readable.items():
            replica.refold_records(session, session.get_one(Log, log), recs, now)
    return sum(map(len, readable.values()))


def pass_over(origin: str, seq: int, now: datetime, *, back: bool = False) -> None:
    """Leave a version at that: it counts no longer, and is still read anew; or, `back`, let it count again.

    Raises `NotHeld`. A transaction of its own.
    """
    log = sa.select(Log.id).where(Log.origin == origin, ~Log.own)
    chosen = sa.update(Quarantine).where(Quarantine.log.in_(log), Quarantine.seq == seq)
    with transaction() as session:
        marked = chosen.values(passed_over_at=None if back else now).returning(Quarantine.seq)
        if session.scalar(marked) is None:
            raise NotHeld(f"{origin} {seq}")


def _chosen() -> sa.Select[Quarantine, str, bytes | None]:
    entry = sa.and_(LogEntry.log == Quarantine.log, LogEntry.seq == Quarantine.seq)
    chosen = sa.select(Quarantine, Log.origin, LogEntry.body).join(Log, Log.id == Quarantine.log)
    return chosen.outerjoin(LogEntry, entry)


def _version(row: Quarantine, origin: str, body: bytes | None) -> Version:
    return Version(
        origin=origin,
        seq=row.seq,
        rec=row.rec,
        rev=row.rev,
        kind=row.kind,
        at=row.at,
        passed_over_at=row.passed_over_at,
        noted=_noted(row.reason),
        body=body,
    )


def _noted(reason: str) -> Mapping[str, Sequence[str]]:
    """The reason as it was kept; a very long one was cut and is no longer JSON."""
    try:
        noted = json.loads(reason)
    except ValueError:
        return {"": [reason]}
    return noted if isinstance(noted, dict) else {"": [reason]}
