"""Files between hubs: ours, for members that hold the record; theirs, fetched from the hub that published them alone.

A copy of a record is complete without its files. They are fetched afterwards, hub by hub and file by file, and never
keep the log waiting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import uniform
from types import TracebackType

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import routes
from federation.entries import Entry
from federation.errors import NotFound, PeerProblem, ProtocolError, Unreachable
from federation.signatures import Verified
from hubnode.db import reading, transaction
from hubnode.network import agreements, events, peers, room
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.records import attachments, files, intake
from hubnode.records.kinds.attachments import FIELD
from hubnode.records.log import SHARED
from hubnode.records.media_models import Media, MediaUse
from hubnode.records.models import Record

LEASE = timedelta(minutes=3)
"""Time after which another worker may take over a file; longer than one may take."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 30, 24 * 3600
FILES_A_TURN = 50
TOLD_AT = 3
"""Failed attempts at one file until people are told."""


def door(node: Node, proof: Verified, sha256: str) -> Path:
    """Where the file lies, for a member; raises `NotFound` for all but files of own records that are shared now.

    To a hub without an agreement only public files of public records are given.
    """
    levels = SHARED if agreements.level(reading(), proof.origin) == "network" else ("public",)
    routes.media_path(sha256)
    named = sa.exists().where(
        MediaUse.sha256 == sha256,
        ~MediaUse.draft,
        MediaUse.level.in_(levels),
        Record.id == MediaUse.record,
        Record.own,
        Record.state == "published",
        Record.level.in_(levels),
    )
    ours = sa.and_(Media.origin == node.settings.base_url, Media.sha256 == sha256, Media.state == "held")
    path = files.store().path(sha256)
    if reading().scalar(sa.select(Media.id).where(ours, named)) is None or not path.is_file():
        raise NotFound("no record that is shared names this file")
    return path


def follow(session: Session, node: Node, origin: str, entries: Sequence[Entry], now: datetime) -> None:
    """Want the files that this page of the log of `origin` names; part of the caller's transaction."""
    if any(entry.body is not None and FIELD in entry.body for entry in entries):
        want(session, node, origin, now)


def want(session: Session, node: Node, origin: str, now: datetime) -> None:
    """Want the files that copies from `origin` name, as far as settings allow; part of the caller's transaction."""
    known = sa.exists().where(Media.origin == origin, Media.sha256 == MediaUse.sha256)
    small = MediaUse.size <= node.settings.media_fetch_max_bytes
    named = sa.select(MediaUse.sha256, MediaUse.size, MediaUse.type).where(MediaUse.origin == origin, ~MediaUse.draft)
    used = sa.select(sa.func.coalesce(sa.func.sum(Media.size), 0)).where(Media.origin == origin)
    left = node.settings.media_peer_max_bytes - int(session.scalar(used.where(Media.state != "refused")) or 0)
    seen: set[str] = set()
    for sha256, size, media_type in session.execute(named.where(small, ~known).order_by(MediaUse.size)):
        if sha256 not in seen and size <= left:
            seen.add(sha256)
            left -= size
            row = {"sha256": sha256, "size": size, "type": media_type, "state": "wanted"}
            session.add(Media(origin=origin, due_at=now, changed_at=now, **row))


def due(now: datetime) -> sa.ColumnElement[bool]:
    """That a file is to be fetched, as a condition."""
    return sa.exists(_due(now))


def claim(session: Session, now: datetime, limit: int) -> list[str]:
    """Hubs with files to fetch; the files are claimed one by one, by `fetch`."""
    return list(session.scalars(_due(now).distinct().limit(limit)))


def _due(now: datetime) -> sa.Select[str]:
    waiting = (Media.state == "wanted", Media.due_at <= now, Peer.state == "active")
    return sa.select(Media.origin).join(Peer, Peer.origin == Media.origin).where(*waiting)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file that this worker has claimed."""

    id: int
    origin: str
    sha256: str
    size: int
    type: str
    attempts: int


def fetch(node: Node, origin: str) -> int:
    """Fetch what is due of the files of `origin`; answers how many came. Raises nothing that a peer can cause."""
    came = 0
    for _ in range(FILES_A_TURN):
        wanted = _next(origin, node.clock())
        if wanted is None:
            break
        try:
            came += _fetched(node, wanted)
        except intake.NotTaken as wrong:
            _failed(node, wanted, wrong.reason, refused=wrong.reason != "hash")
        except (files.NoRoom, room.NoRoom):
            _failed(node, wanted, "room", all_of_hub=True)
        except ProtocolError as error:
            gone = isinstance(error, PeerProblem) and error.answered == 404
            after = error.retry_after if isinstance(error, PeerProblem) else None
            _failed(node, wanted, error.type, all_of_hub=not gone, after=after)
    return came


def _next(origin: str, now: datetime) -> Wanted | None:
    """The file that has waited longest, claimed by pushing its due time: of two workers only one gets it."""
    oldest = _due(now).where(Media.origin == origin).with_only_columns(Media.id).order_by(Media.due_at).limit(1)
    if reading().scalar(oldest) is None:
        return None
    with transaction() as session:
        taken = sa.update(Media).where(Media.id == oldest.scalar_subquery()).values(due_at=now + LEASE)
        columns = (Media.id, Media.origin, Media.sha256, Media.size, Media.type, Media.attempts)
        row = session.execute(taken.returning(*columns)).one_or_none()
    return None if row is None else Wanted(*row)


def _fetched(node: Node, wanted: Wanted) -> bool:
    """Fetch one file, check it and keep it; false where its record has gone meanwhile."""
    room.require(node.settings)
    with files.store().workplace(wanted.size) as place:
        with _Arriving(place / "part") as part:
            peers.client(node, wanted.origin).media(wanted.sha256, wanted.size, part.write)
        if part.size != wanted.size:
            raise Unreachable("bad_answer", "the file ended early")
        if part.sha256 != wanted.sha256:
            raise intake.NotTaken("hash")
        ready = intake.finished(intake.checked(part.path, wanted.type), place)
        with transaction() as session:
            if session.get(Media, wanted.id) is None:
                return False
            intake.keep_in(session, ready, wanted.origin, node.clock())
    return True


class _Arriving:
    """A file on its way in: written as it comes, with its size and hash."""

    def __init__(self, path: Path) -> None:
        self.path, self.size = path, 0
        self._made = hashlib.sha256()

    def __enter__(self) -> _Arriving:
        self._file = self.path.open("wb")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._file.close()
        except OSError as full:
            raise files.NoRoom(str(full)) from full

    def write(self, chunk: bytes) -> None:
        """Take a piece; raises `files.NoRoom` when the disk does not."""
        self.size += len(chunk)
        self._made.update(chunk)
        try:
            self._file.write(chunk)
        except OSError as full:
            raise files.NoRoom(str(full)) from full

    @property
    def sha256(self) -> str:
        """The hash of what has come."""
        return self._made.hexdigest()


def _failed(
    node: Node,
    wanted: Wanted,
    reason: str,
    *,
    refused: bool = False,
    all_of_hub: bool = False,
    after: int | None = None,
) -> None:
    """Try again later, and later each time; all files of the hub wait where the hub is the reason."""
    now, seconds = node.clock(), min(FIRST_PAUSE_S * 2 ** min(wanted.attempts, 20), LONGEST_PAUSE_S)
    then = now + timedelta(seconds=after if after is not None else seconds * uniform(0.8, 1.2))  # noqa: S311 - jitter
    with transaction() as session:
        one = session.get(Media, wanted.id)
        if one is None:
            return
        one.attempts, one.reason, one.due_at = wanted.attempts + 1, reason, then
        if refused:
            one.state = "refused"
        if all_of_hub:
            waiting = sa.update(Media).where(
                Media.origin == wanted.origin, Media.state == "wanted", Media.due_at < then
            )
            session.execute(waiting.values(due_at=then))
        if refused or (reason == "hash" and one.attempts == TOLD_AT):
            events.tell(session, now, wanted.origin, "media", reason)


def tend(node: Node, now: datetime) -> None:
    """Let go of what no record names, and want what settings or a rebuild have made wanted. Own transactions."""
    attachments.sweep(now)
    naming = sa.exists().where(MediaUse.origin == Peer.origin)
    for origin in reading().scalars(sa.select(Peer.origin).where(Peer.state == "active", naming)).all():
        with transaction() as session:
            want(session, node, origin, now)
