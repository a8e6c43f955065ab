"""Following another hub's log: fetch a page, verify it, apply it; again until nothing is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import uniform

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.client import Measured
from federation.errors import Frozen, NotMember, PeerProblem, ProtocolError, Refused, RootMismatch, Unreachable
from federation.keyset import Keyset
from federation.pages import Page, ReplicaState, read_page
from hubnode.db import reading, transaction
from hubnode.network import (
    behind,
    epochs,
    events,
    freezing,
    hearing,
    keysets,
    lag,
    media,
    peers,
    room,
    vitals,
    watermark,
)
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.records import replica
from hubnode.records.models import Log

LEASE = timedelta(seconds=90)
"""Time after which another worker may take over a pull; longer than one page may take."""
CARD_EVERY = timedelta(hours=24)
ROOM_AGAIN = timedelta(minutes=1)
TEXTS_EVERY = timedelta(hours=6)
"""How often a hub is asked once more for texts that it has not given, unless it pokes."""
NO_ROOM = "no-room"
PAGES_A_TURN = 40
"""Pages of one hub in a row; then the others have their turn."""
_PEER = sa.select(Peer).where(Peer.origin == sa.bindparam("sought"))
_PEER_LOCKED = _PEER.with_for_update()
_HELD = sa.select(Peer, Log).join(Log, Log.id == Peer.log).where(Peer.origin == sa.bindparam("sought"))
"""Built once: they run for every page."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one pull brought."""

    entries: int
    requests: int
    finished: bool
    measured: Measured | None = None
    """What its last answer told of the way to the hub."""
    last: Page | None = None
    """The page without entries that ended it, which is still to be applied."""


def due(now: datetime) -> sa.ColumnElement[bool]:
    """That a pull is due, as a condition."""
    return sa.exists(sa.select(Peer.id).where(Peer.pull_due_at <= now, Peer.state == "active"))


def claim(session: Session, now: datetime, limit: int) -> list[str]:
    """Origins whose pull is due, each claimed by pushing its due time: of two workers only one gets it."""
    due = (
        sa.select(Peer.id)
        .where(Peer.pull_due_at <= now, Peer.state == "active")
        .order_by(Peer.pull_due_at)
        .limit(limit)
    )
    taken = sa.update(Peer).where(Peer.id.in_(due.scalar_subquery())).values(pull_due_at=now + LEASE)
    return list(session.scalars(taken.returning(Peer.origin)))


def resume(now: datetime) -> None:
    """Make every pull and poke due: a process that was killed has left its leases behind. A transaction of its own."""
    with transaction() as session:
        session.execute(sa.update(Peer).where(Peer.state == "active").values(pull_due_at=now, poke_due_at=now))


def pull(node: Node, origin: str) -> Turn:
    """Bring our copy of the log of `origin` up to date and note how it went; raises nothing that a peer can cause."""
    try:
        turn = _follow(node, origin)
        _succeeded(node, origin, turn, node.clock())
    except Frozen as contradiction:
        _frozen(origin, contradiction, node.clock())
    except NotMember:
        return Turn(0, 0, False)  # suspended, or parted with, while it was being asked: nothing of it is taken
    except room.NoRoom:
        _postponed(origin, node.clock())
    except ProtocolError as error:
        if not epochs.followed(node, origin, error):
            _failed(node, origin, error, node.clock())
    else:
        return turn
    return Turn(0, 1, False)


def _follow(node: Node, origin: str) -> Turn:
    """Pull page after page. The request after the last entry tells the origin that all has arrived."""
    room.require(node.settings)
    talk = peers.client(node, origin)
    total = 0
    for number in range(1, PAGES_A_TURN + 1):
        state, keyset = _held(origin)
        data = talk.entries(state.log_id, state.size)
        page = _read(node, state, keyset, data, partial(talk.entries, state.log_id, state.size, 0))
        if page.at_end and not page.entries:
            return Turn(total, number, finished=True, measured=talk.measured, last=page)
        _apply(node, origin, page)
        total += len(page.entries)
    return Turn(total, PAGES_A_TURN, finished=False, measured=talk.measured)


def _read(node: Node, state: ReplicaState, keyset: Keyset, data: bytes, present: Callable[[], bytes]) -> Page:
    """Verify a page; where its key is not in the keyset we hold, look once for a newer keyset.

    Lines that do not lead to the signed root may mean that the origin has rewritten what we hold. Its note at our own
    size, from `present`, then contradicts ours, and `Frozen` has both.
    """
    try:
        return read_page(state, keyset, data, now=node.clock())
    except Frozen:
        raise
    except RootMismatch:
        read_page(state, keyset, present(), now=node.clock())
        raise
    except Refused as refusal:
        newer = _newer_keyset(node, keyset, refusal)
        return read_page(state, newer, data, now=node.clock())


def _newer_keyset(node: Node, held: Keyset, refusal: Refused) -> Keyset:
    """The keyset that the hub shows now, if the pinned root signed it and it is newer; else the refusal stands."""
    if refusal.type != "bad-checkpoint":
        raise refusal
    keysets.refresh_once(node, held.origin)
    _, now_held = _held(held.origin)
    if now_held.n == held.n:
        raise refusal
    return now_held


def _held(origin: str) -> tuple[ReplicaState, Keyset]:
    session = reading()
    session.rollback()  # a new look: the page before was applied in a transaction of its own
    row = session.execute(_HELD, {"sought": origin}).one_or_none()
    if row is None:
        raise Unreachable("address", "this hub is no longer known")
    peer, held = row
    if peer.state == "suspended":
        raise NotMember("this hub is suspended")
    if held.state == "frozen":
        raise Refused("this log is frozen")
    return replica.state_of(held), peers.keyset_of(peer)


def _apply(node: Node, origin: str, page: Page) -> None:
    now = node.clock()
    with transaction() as session:
        peer = _locked(session, origin)
        _take(session, node, peer, session.get_one(Log, peer.log), page, now)
        peer.pull_due_at = now + LEASE
    if page.entries:
        watermark.applied(node.settings.instance, reading())


def _take(session: Session, node: Node, peer: Peer, held: Log, page: Page, now: datetime) -> None:
    """Apply a page and what it says; part of the caller's transaction."""
    if peer.state != "active" and (page.entries or peer.state == "suspended"):
        raise NotMember("this hub is no member any more")
    applied = replica.apply(session, held, page, now)
    if not held.relisting:
        lag.note(session, peer, page.entries, now)
    media.follow(session, node, peer.origin, page.entries, now)
    peer.offered_size = max(peer.offered_size, page.state.size)
    for entry in applied.statements:
        hearing.hear(session, node, peer, entry, now)
    if applied.pending and peer.again_due_at is None:
        peer.again_due_at = now + TEXTS_EVERY
    if applied.quarantined:
        events.tell(session, now, peer.origin, "quarantined", str(applied.quarantined))
    if held.relisting and page.at_end:
        epochs.relisted(session, held, now)


def _succeeded(node: Node, origin: str, turn: Turn, now: datetime) -> None:
    """Apply what the pull ended with and note that the hub has answered. A transaction of its own."""
    pause = timedelta(seconds=node.settings.poll_s * uniform(0.9, 1.1)) if turn.finished else timedelta(0)  # noqa: S311 - jitter
    with transaction() as session:
        peer = _locked(session, origin)
        copy = session.get_one(Log, peer.log)
        vitals.measured(session, origin, turn.measured)
        if turn.last is not None:
            _take(session, node, peer, copy, turn.last, now)
        if peer.silent_since is not None and peer.last_contact_at is not None:
            events.tell(session, now, origin, "back")
        peer.last_contact_at, peer.silent_since, peer.last_error, peer.pull_failures = now, None, None, 0
        late = turn.finished and peer.offered_size > copy.size
        peer.pull_due_at = now if late else now + pause
        checked_at = peer.card_checked_at
        if turn.finished and not late:  # asked last: what has changed is then written once
            behind.caught_up(session, origin, node.settings.base_url, now)
    if checked_at is None or now - checked_at > CARD_EVERY:
        _look_at_card(node, origin, now)


def _look_at_card(node: Node, origin: str, now: datetime) -> None:
    """Once a day: name, focus and keyset may have changed; when it fails, tomorrow is soon enough."""
    try:
        keysets.refresh(node, origin)
    except ProtocolError:
        with transaction() as session:
            session.execute(sa.update(Peer).where(Peer.origin == origin).values(card_checked_at=now))


def _failed(node: Node, origin: str, error: ProtocolError, now: datetime) -> None:
    with transaction() as session:
        peer = _peer(session, origin)
        peer.pull_failures += 1
        peer.last_error = slug(error)
        peer.pull_due_at = now + _pause(node, peer.pull_failures, error)
        if session.get_one(Log, peer.log).state == "frozen":
            return  # nobody was asked: what happened has been told when it was frozen
        if peer.pull_failures == peers.FAILURES_UNTIL_DOWN and peer.silent_since is None:
            peer.silent_since = peer.last_contact_at or now
            if peer.last_contact_at is None:
                return  # it has never answered: there is nothing that it ceased to do
            events.tell(session, now, origin, "refused" if isinstance(error, Refused) else "silent", peer.last_error)


def _pause(node: Node, failures: int, error: ProtocolError) -> timedelta:
    """Back off from a fraction of the poll interval up to the longest pause; a peer's own Retry-After is obeyed."""
    if isinstance(error, PeerProblem) and error.retry_after is not None:
        return timedelta(seconds=error.retry_after)
    first = min(5.0, node.settings.poll_s / 10)
    seconds = min(first * 2 ** min(failures - 1, 20), node.settings.backoff_max_s)
    return timedelta(seconds=seconds * uniform(0.8, 1.2))  # noqa: S311 - jitter, no secret


def slug(error: ProtocolError) -> str:
    """What went wrong with a hub, as it is noted and put into words elsewhere."""
    if isinstance(error, Unreachable):
        return f"unreachable:{error.reason}"
    if isinstance(error, PeerProblem):
        return f"answered:{error.answered}:{error.problem_type}"[:64]
    return error.type


def _postponed(origin: str, now: datetime) -> None:
    """The fault is here, not there: look again soon, and hold nothing against the hub."""
    with transaction() as session:
        chosen = sa.update(Peer).where(Peer.origin == origin)
        session.execute(chosen.values(last_error=NO_ROOM, pull_due_at=now + ROOM_AGAIN))


def _frozen(origin: str, contradiction: Frozen, now: datetime) -> None:
    with transaction() as session:
        peer = _peer(session, origin)
        freezing.freeze(session, session.get_one(Log, peer.log), contradiction, now)
        peer.last_error, peer.pull_due_at = contradiction.type, now + timedelta(hours=1)


def _peer(session: Session, origin: str) -> Peer:
    return session.scalars(_PEER, {"sought": origin}).one()


def _locked(session: Session, origin: str) -> Peer:
    """The hub at `origin`, held against other writers until the transaction ends."""
    return session.scalars(_PEER_LOCKED, {"sought": origin}).one()
