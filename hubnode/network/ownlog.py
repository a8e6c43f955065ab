"""What the other hubs say of our own log: asked of all at once, and believed only where our own key has signed it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import checkpoint as checkpoints
from federation.checkpoint import SignedCheckpoint
from federation.client import Peer as Client
from federation.errors import BadCheckpoint, Frozen, PeerProblem, ProtocolError
from federation.wire import Wire
from federation.witness import Seen
from hubnode.db import reading
from hubnode.network import doors, peers
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.records import log, statements
from hubnode.records.models import Log

DEADLINE_S = 3.0
"""How long one hub has to answer: a start must not wait for a slow one, it is asked again."""
AT_ONCE = 16


class OtherEpoch(Exception):
    """Our own key has signed a log that this database knows nothing of: it is from before a new epoch."""

    def __init__(self, note: str) -> None:
        super().__init__("another log of this hub exists")
        self.note = note


@dataclass(frozen=True, slots=True)
class Account:
    """What one hub says of our log; None where it did not answer."""

    origin: str
    seen: Seen | None
    unheard: bool = False
    """It says that it does not know us, and has never fetched anything: so it holds nothing of ours."""

    @property
    def answered(self) -> bool:
        """Whether it has said all it can say."""
        return self.seen is not None or self.unheard


def peers_to_ask(session: Session) -> list[str]:
    """The origins of all active peers."""
    return list(session.scalars(sa.select(Peer.origin).where(Peer.state == "active").order_by(Peer.origin)))


def ask(node: Node) -> list[Account]:
    """Ask all active peers what they hold of our log; one that is slow or away costs nobody else anything."""
    session = reading()
    session.rollback()
    known = session.execute(sa.select(Peer.origin, Peer.acked_most).where(Peer.state == "active")).all()
    clients = [(peers.client(node, origin), most) for origin, most in known]
    session.rollback()  # nothing is held open while others are asked
    one = partial(_account, node.settings.base_url)
    if len(clients) < 2 or type(node.wire) is not Wire:  # another wire, as in simulations, decides the order itself
        return [one(*client) for client in clients]
    with ThreadPoolExecutor(min(AT_ONCE, len(clients)), thread_name_prefix="seen") as pool:
        return list(pool.map(lambda client: one(*client), clients))


def _account(own_origin: str, client: Client, most: int) -> Account:
    try:
        return Account(client.origin, client.seen(own_origin, DEADLINE_S))
    except PeerProblem as problem:
        return Account(client.origin, None, unheard=problem.problem_type == "not-member" and most == 0)
    except ProtocolError:
        return Account(client.origin, None)


def examined(node: Node, accounts: Sequence[Account]) -> list[tuple[SignedCheckpoint, str]]:
    """The notes of ours that are larger than our log, the largest first, each with who holds it.

    Raises `Frozen` where a note contradicts our log, and `OtherEpoch`.
    """
    session = reading()
    session.rollback()
    held = log.own(session)
    larger = []
    for account in accounts:
        note = account.seen.checkpoint if account.seen else None
        signed = _signed(node, session, held, note) if note else None
        if signed is None:
            continue
        if signed.size > held.size:
            larger.append((signed, account.origin))
        elif signed.root != log.root_at(session, held, signed.size):
            ours = doors.note(node, session, held, signed.size)
            raise Frozen(f"two different logs of {signed.size} entries", ours, signed.note)
    return sorted(larger, key=lambda found: found[0].size, reverse=True)


def _signed(node: Node, session: Session, held: Log, note: str) -> SignedCheckpoint | None:
    """The note if our own key, valid now, has signed it; one that it has not signed says nothing about us."""
    keyset, now = node.identity.keyset, node.clock()
    try:
        return checkpoints.verify(note, keyset, held.log_id, now)
    except BadCheckpoint:
        other = checkpoints.log_named(note, held.origin)
    if other in (None, held.log_id) or other in _earlier(session, held.origin):
        return None
    try:
        checkpoints.verify(note, keyset, other, now)
    except BadCheckpoint:
        return None
    raise OtherEpoch(note)


def _earlier(session: Session, origin: str) -> set[str]:
    """The logs of ours that this one has followed."""
    return {said["prev_log"] for said in statements.said_by(session, origin, "epoch")}
