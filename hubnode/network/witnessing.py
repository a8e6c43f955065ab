"""What a member may ask this hub as a witness: what it holds of others' logs, and what its own records hash to."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import pages, routes
from federation.errors import BadRequest, GoneEpoch, NotFound
from federation.signatures import DOCUMENT_TYPE, Verified
from federation.witness import Digest, Seen, parse_digest_query, parse_seen_query
from hubnode.db import reading
from hubnode.network import agreements, assurance, doors
from hubnode.network.doors import Answer
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.records import log
from hubnode.records.models import Log, LogEntry, LogPage, Record


def seen(node: Node, proof: Verified, query: str) -> Answer:
    """The highest note held here of an origin, as that origin signed it, and the asker's highest cursor in our log."""
    origin = parse_seen_query(query)
    session = reading()
    cursor = session.scalar(sa.select(Peer.acked_most).where(Peer.origin == proof.origin)) or 0
    if origin == node.settings.base_url:
        held = log.own(session)
        note: str | None = doors.note(node, session, held, held.size)
    else:
        note = session.scalar(sa.select(Log.note).join(Peer, Peer.log == Log.id).where(Peer.origin == origin)) or None
    return Answer(Seen(note, cursor).to_bytes(), DOCUMENT_TYPE)


def digest(node: Node, proof: Verified, query: str) -> Answer:  # noqa: ARG001 - one shape
    """The hashes over the live records of our own log, as far as the asking hub is given their texts."""
    session = reading()
    held = log.own(session)
    if parse_digest_query(query) != held.log_id:
        raise GoneEpoch("this hub keeps another log now")
    assurance.refuse_unsure(held)
    if agreements.withholding(session, proof.origin) is None:
        return Answer(digest_of(session, held).to_bytes(), DOCUMENT_TYPE)
    return Answer(_public_digest(session, held).to_bytes(), DOCUMENT_TYPE)


def digest_of(session: Session, held: Log) -> Digest:
    """The digest of the live records of one log, as they stand in the tables here."""
    live = sa.select(Record.rec, Record.rev, Record.bh).where(Record.origin == held.origin, Record.bh.is_not(None))
    return Digest.of(held.log_id, held.size, ((rec, rev, bh) for rec, rev, bh in session.execute(live) if bh))


def _public_digest(session: Session, held: Log) -> Digest:
    """The digest of what a hub without an agreement holds when it has all that it is given."""
    live = sa.select(Record).where(Record.origin == held.origin, Record.bh.is_not(None))
    given = ((one.rec, one.rev, one.bh) for one in session.scalars(live) if one.bh and agreements.is_given(one))
    return Digest.of(held.log_id, held.size, given)


def mirror(node: Node, proof: Verified, host: str, query: str, accepts_gzip: bool) -> Answer:  # noqa: ARG001 - one shape
    """A page of another hub's log, its lines and its note unchanged; the note ends the page exactly.

    Its own log is given to a hub as it is; others', without an agreement, without what is not public.
    Raises `NotFound` where this hub has no whole, undisputed and present copy to give.
    """
    asked = routes.EntriesQuery.parse(query)
    session = reading()
    held = _relayed(session, host)
    if asked.log != held.log_id:
        raise GoneEpoch("this hub holds another log of that origin")
    after = min(asked.after, held.size)
    end, note = _end(session, held, after, log.lines(session, held, after, asked.limit))
    if _lacks_bodies(session, held, after, end):
        raise NotFound("the copy held here is not whole")
    withheld = None if proof.origin == held.origin else agreements.withholding(session, proof.origin)
    lines = log.lines(session, held, after, end - after, withheld)
    return doors.packed(pages.write_page(lines, note, more=end < held.size), accepts_gzip)


def _relayed(session: Session, host: str) -> Log:
    """The copy of the hub at `host` that may be relayed: pinned, active, not frozen, and not one to be caught up."""
    origins = [f"{scheme}://{host}" for scheme in ("https", "http")]
    chosen = sa.select(Log).join(Peer, Peer.log == Log.id).where(Peer.origin.in_(origins), Peer.state == "active")
    held = session.scalar(chosen.where(Log.state == "active", Log.hidden_for == "", ~Log.relisting))
    if held is None:
        raise NotFound("no copy of that hub is relayed here")
    return held


def _end(session: Session, held: Log, after: int, lines: list[bytes]) -> tuple[int, str]:
    """The last size, within these lines, for which its origin's own note is held, and that note."""
    if after + len(lines) == held.size:
        return held.size, held.note
    fitting = sa.select(LogPage).where(LogPage.log == held.id, LogPage.size.between(after, after + len(lines)))
    page = session.scalar(fitting.order_by(LogPage.size.desc()).limit(1))
    if page is None or (page.size == after and lines):
        raise BadRequest("no page of this log ends within the limit")
    return page.size, page.note


def _lacks_bodies(session: Session, held: Log, after: int, end: int) -> bool:
    """Whether a body is missing here that no later entry has superseded or erased (I8)."""
    later = sa.orm.aliased(LogEntry)
    followed = sa.exists().where(later.log == LogEntry.log, later.rec == LogEntry.rec, later.seq > LogEntry.seq)
    missing = sa.select(LogEntry.seq).where(
        LogEntry.log == held.id,
        LogEntry.seq >= after,
        LogEntry.seq < end,
        LogEntry.op == "put",
        LogEntry.body.is_(None),
        ~followed,
    )
    return session.scalar(missing.limit(1)) is not None
