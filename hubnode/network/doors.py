"""What other hubs may ask of this one: each door takes the proof of who asks, and answers bytes."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import hubnode
from federation import checkpoint as checkpoints
from federation import pages, routes
from federation.card import HubCard
from federation.errors import BadCheckpoint, Frozen, GoneEpoch, NotMember
from federation.keys import PublicKey
from federation.signatures import DOCUMENT_TYPE, Verified, verify_request
from hubnode.db import reading, table_of, transaction
from hubnode.network import agreements, assurance, freezing, handing, keysets, peers, vitals, watermark
from hubnode.network.models import Nonce, Peer
from hubnode.network.node import Node
from hubnode.records import log, replica
from hubnode.records.models import Log

GZIP_FROM = 2048
"""Bytes from which an answer is worth compressing."""
_REMEMBERED = sa.insert(table_of(Nonce))
_ACKED = sa.select(Peer.acked_size).where(Peer.origin == sa.bindparam("asker"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door answers."""

    body: bytes
    content_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def authenticate(node: Node, method: str, target_uri: str, headers: Mapping[str, str], body: bytes) -> Verified:
    """The proof of which hub sent this request; raises what `verify_request` raises.

    A key of a pinned hub that we don't know may be new: then its card is looked at, at most once a minute.
    """
    now = node.clock()

    def known_key(origin: str, key_id: str) -> PublicKey | None:
        peer = peers.active(reading(), origin)
        if peer is None:
            raise NotMember("this hub does not know you")
        return peers.keyset_of(peer).key_at(key_id, now)

    def find_key(origin: str, key_id: str) -> PublicKey | None:
        key = known_key(origin, key_id)
        if key is None:
            keysets.refresh_once(node, origin)
            key = known_key(origin, key_id)
        return key

    proof = verify_request(method, target_uri, headers, body, find_key, seen_nonce, now)
    vitals.heard(proof.origin, now)
    return proof


def seen_nonce(keyid: str, nonce: str, until: datetime) -> bool:
    """Remember a request that was verified; whether it has been here before. A transaction of its own."""
    try:
        with transaction() as session:
            session.execute(_REMEMBERED, {"keyid": keyid, "nonce": nonce, "expires_at": until})
    except IntegrityError:
        return True
    return False


def sweep_nonces(now: datetime) -> None:
    """Forget the requests whose signatures have expired. A transaction of its own."""
    with transaction() as session:
        session.execute(sa.delete(Nonce).where(Nonce.expires_at < now))


def card(node: Node) -> Answer:
    """The hub card; open to everybody."""
    return Answer(own_card(node, reading()).to_bytes(), DOCUMENT_TYPE)


def own_card(node: Node, session: Session) -> HubCard:
    """What this hub says about itself."""
    settings = node.settings
    intro = {language: " ".join(text.split()) for language, text in settings.intro.items() if text.strip()}
    return HubCard(
        name=settings.name,
        place=settings.place,
        focus=settings.focus_areas or ("cross-cutting",),
        district=settings.district,
        contact=settings.contact_email,
        intro=intro if "de" in intro else {"de": settings.name, **intro},
        keyset=node.identity.keyset,
        log_id=log.own(session).log_id,
        software=f"hubnode/{hubnode.__version__}",
    )


def checkpoint(node: Node) -> Answer:
    """The signed note of our own log as it is now; open to everybody."""
    session = reading()
    held = log.own(session)
    assurance.refuse_unsure(held)
    return Answer(note(node, session, held, held.size).encode(), routes.NOTE_TYPE)


def entries(node: Node, proof: Verified, query: str, accepts_gzip: bool, now: datetime) -> Answer:
    """A page of our own log from the asker's cursor on; the cursor itself tells us what has arrived there."""
    held = log.own(reading())  # read once for all that follows
    assurance.admit(proof, held, routes.EntriesQuery.parse(query), now)
    after, page = _page(node, proof, query, now)
    acknowledge(proof, after, now)
    return packed(page, accepts_gzip)


def entries_again(node: Node, proof: Verified, query: str, accepts_gzip: bool, now: datetime) -> Answer:
    """A page of our own log for a member that holds these entries and lacks bodies; its cursor is where it was."""
    return packed(_page(node, proof, query, now)[1], accepts_gzip)


def _page(node: Node, proof: Verified, query: str, now: datetime) -> tuple[int, bytes]:
    """The number from which a page of our own log begins, and its bytes; noted as given to the asking hub."""
    asked = routes.EntriesQuery.parse(query)
    session = reading()
    held = log.own(session)
    if asked.log != held.log_id:
        raise GoneEpoch("this hub keeps another log now")
    # A log that has lost entries must not hide it: whoever holds more gets the present note, and can see the rollback.
    after = min(asked.after, held.size)
    withheld = agreements.withholding(session, proof.origin)
    lines = log.lines(session, held, after, asked.limit, withheld)
    end, size = after + len(lines), held.size
    page = pages.write_page(lines, note(node, session, held, end), more=end < size)
    handing.hand(proof.origin, asked.log, after, end, size, now, public_only=withheld is not None)
    return after, page


def packed(page: bytes, accepts_gzip: bool) -> Answer:
    """A page as an answer, compressed where it is worth it."""
    if accepts_gzip and len(page) >= GZIP_FROM:
        return Answer(
            gzip.compress(page, 1, mtime=0),
            pages.PAGE_TYPE,
            headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"},
        )
    return Answer(page, pages.PAGE_TYPE)


def acknowledge(proof: Verified, cursor: int, now: datetime) -> None:
    """Note that the asking hub holds our log up to `cursor`. A transaction of its own, only when there is news.

    The highest cursor is remembered as well: a hub that shows less was restored, and learns it by this number.
    """
    if reading().scalar(_ACKED, {"asker": proof.origin}) != cursor:
        with transaction() as session:
            chosen = sa.update(Peer).where(Peer.origin == proof.origin, Peer.acked_size != cursor)
            most = sa.case((Peer.acked_most < cursor, cursor), else_=Peer.acked_most)
            session.execute(chosen.values(acked_size=cursor, acked_most=most, acked_at=now))
            known_public = agreements.level(session, proof.origin) == "public"
            handing.arrived(session, proof.origin, log.own(session).log_id, cursor, now, public_only=known_public)


def poke(node: Node, proof: Verified, body: bytes, now: datetime) -> Answer:
    """A member's log has grown: verify its note and pull soon. Answers before any entry is fetched."""
    note = routes.parse_poke(body)
    try:
        return _poked(proof, note, now)
    except BadCheckpoint:
        keysets.refresh_once(node, proof.origin)
    return _poked(proof, note, now)


def _poked(proof: Verified, note: str, now: datetime) -> Answer:
    with transaction() as session:
        peer = peers.active(session, proof.origin)
        if peer is None:
            raise NotMember("this hub does not know you")
        held = session.get_one(Log, peer.log)
        if checkpoints.log_named(note, held.origin) not in (None, held.log_id):
            peer.pull_due_at = min(peer.pull_due_at, now)  # a new epoch, perhaps: the pull asks for its proof
            return Answer(b"", DOCUMENT_TYPE, status=202)
        signed = checkpoints.verify(note, peers.keyset_of(peer), held.log_id, now)
        try:
            pages.check_history(replica.state_of(held), signed, partial(log.root_at, session, held))
        except Frozen as contradiction:
            freezing.freeze(session, held, contradiction, now)
        else:
            peer.offered_size = max(peer.offered_size, signed.size)
            if peer.again_due_at is not None:  # told of something although nothing may have grown: it may give more now
                peer.again_due_at = min(peer.again_due_at, now)
            if signed.size > held.size:
                peer.pull_due_at = min(peer.pull_due_at, now)
    return Answer(b"", DOCUMENT_TYPE, status=202)


def note(node: Node, session: Session, held: Log, size: int) -> str:
    """A signed note for the first `size` entries of our own log."""
    at = checkpoints.Checkpoint(held.origin, held.log_id, size, log.root_at(session, held, size))
    watermark.signed(node.settings.instance, held, size)
    return checkpoints.sign(at, node.identity.signing)
