"""What is broken, for people who decide: the own log, frozen hubs, copies that differ; and mending on demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.network import auditing, freezing, ownlog
from hubnode.network.freezing import Evidence
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.records import copies, log, replica
from hubnode.records.models import Log


class NoCopy(Exception):
    """No copy of that hub is held here."""


@dataclass(frozen=True, slots=True)
class OwnLog:
    """The own log as it stands."""

    state: str
    """``active``, ``checking`` or ``readonly``."""
    size: int
    epoch: int
    asked: int
    """How many hubs there are to ask."""
    evidence: Evidence | None
    """What stopped it, where it is ``readonly``; without two notes where another version or epoch is the reason."""


@dataclass(frozen=True, slots=True)
class Copy:
    """What is held of one other hub, as far as it may need repair."""

    origin: str
    state: str
    size: int
    offered: int
    """The largest size that its hub has told us."""
    records: int
    catching_up: bool
    """Whether it is hidden because this node was restored and something may be missing."""
    relisting: bool
    matched_at: datetime | None
    differs_at: datetime | None
    evidence: Evidence | None

    @property
    def host(self) -> str:
        """Host and port, as it stands in addresses of this node."""
        return self.origin.split("://", 1)[1]

    @property
    def troubled(self) -> bool:
        """Whether somebody should look at it."""
        return self.state == "frozen" or self.differs_at is not None


def own_log(session: Session) -> OwnLog:
    """The own log, with what stopped it."""
    held = log.own(session)
    evidence = freezing.evidence(session, held.origin)
    return OwnLog(held.state, held.size, held.epoch, len(ownlog.peers_to_ask(session)), evidence)


def all_copies(session: Session) -> Sequence[Copy]:
    """Every copy of another hub, those with trouble first."""
    rows = session.execute(sa.select(Peer, Log).join(Log, Log.id == Peer.log).where(Peer.state != "left")).all()
    found = [_copy(session, peer, held) for peer, held in rows]
    return sorted(found, key=lambda copy: (not copy.troubled, not copy.catching_up, copy.origin))


def _copy(session: Session, peer: Peer, held: Log) -> Copy:
    return Copy(
        origin=peer.origin,
        state=held.state,
        size=held.size,
        offered=peer.offered_size,
        records=copies.count(session, peer.origin),
        catching_up=copies.RESTORED in copies.reasons(held),
        relisting=held.relisting,
        matched_at=peer.digest_matched_at,
        differs_at=peer.digest_differs_at,
        evidence=freezing.evidence(session, peer.origin),
    )


def waiting() -> int:
    """How many things wait for a person: frozen hubs, copies that differ, an own log that may not grow."""
    frozen = sa.select(sa.func.count()).select_from(Log).where(Log.state.in_(("frozen", "readonly")))
    differing = sa.select(sa.func.count()).select_from(Peer).where(Peer.digest_differs_at.is_not(None))
    session = reading()
    return (session.scalar(frozen) or 0) + (session.scalar(differing) or 0)


def _catching_up(session: Session) -> int:
    """How many copies are not shown because this node was restored."""
    return sum(copies.RESTORED in reasons.split(",") for reasons in session.scalars(sa.select(Log.hidden_for)))


def rebuild(node: Node, origin: str) -> bool | None:
    """Rebuild one copy from its stored log and compare it with its hub; as `auditing.audit`. Raises `NoCopy`."""
    with transaction() as session:
        held = session.scalar(sa.select(Log).join(Peer, Peer.log == Log.id).where(Peer.origin == origin))
        if held is None:
            raise NoCopy(f"no copy of {origin} is held here")
        replica.refold(session, held, node.clock())
    return auditing.audit(node, origin)


def evidence_of(host: str) -> Evidence | None:
    """What froze the copy of the hub at `host`, or stopped this hub; None where nothing did."""
    found = (freezing.evidence(reading(), f"{scheme}://{host}") for scheme in ("https", "http"))
    return next((evidence for evidence in found if evidence is not None), None)


def standing() -> tuple[OwnLog, int]:
    """The own log, and how many copies are not shown because this node was restored."""
    session = reading()
    return own_log(session), _catching_up(session)


def evidence_file(evidence: Evidence) -> str:
    """Both notes as a text, to be kept or sent to the other hub."""
    parts = [f"origin: {evidence.origin}", f"finding: {evidence.why}"]
    parts += [f"{name}:\n{note}" for name, note in (("held here", evidence.held), ("seen", evidence.seen)) if note]
    return "\n\n".join(parts) + "\n"
