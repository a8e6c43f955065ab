"""The other hubs: pinning them, and what to say of each at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.card import HubCard
from federation.client import Peer as Client
from federation.keys import PublicKey, fingerprint, same_fingerprint
from federation.keyset import Keyset
from hubnode.config import Settings
from hubnode.db import reading, transaction
from hubnode.network import events, members
from hubnode.network.models import Peer
from hubnode.network.node import Node, utcnow
from hubnode.people import audit
from hubnode.records import copies, dropping, log, replica
from hubnode.records import reading as records_reading
from hubnode.records.models import Log, Quarantine

HubState = Literal["ok", "late", "down", "refused", "frozen", "suspended", "left"]
"""``down`` does not answer; ``refused`` answers, but nothing can be taken from it, or it takes nothing from us."""
_ACTIVE = sa.select(Peer).where(Peer.origin == sa.bindparam("sought"), Peer.state == "active")
FAILURES_UNTIL_DOWN = 2
"""Failed pulls in a row after which a hub counts as silent; one may be a hiccup."""
KEPT = 256
"""Cards and keysets that a process keeps as it has read and verified them."""


class CantPin(Exception):
    """The hub can't be added; the message says why, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class HubView:
    """One hub as this node sees it."""

    origin: str
    name: str
    place: str
    focus: tuple[str, ...]
    district: str
    intro: Mapping[str, str]
    here: bool
    state: HubState
    last_contact_at: datetime | None
    """When it last answered with a verified page; of this hub itself None."""
    silent_since: datetime | None
    last_error: str | None
    lag_s: int | None
    """Seconds since the last contact."""
    behind: int
    """Entries of its log that it has told us of and that are not here yet."""
    waiting: int
    """Entries of our log that it has not fetched yet."""
    records: int
    quarantined: int
    fingerprint: str

    @property
    def host(self) -> str:
        """Host and port, as it stands in addresses of this node."""
        return self.origin.split("://", 1)[1]


def add(node: Node, origin: str, expected: str, now: datetime) -> HubView:
    """Pin the hub at `origin` if its root key has the fingerprint `expected`; pulling starts at once.

    Without an agreement (see `agreements`) it is given public data only.

    Raises `CantPin`, or what `federation` raises where the hub does not answer as a hub.
    """
    if origin == node.settings.base_url:
        raise CantPin("a hub can't be its own peer")
    card = client(node, origin).unpinned_card()
    if not same_fingerprint(expected, card.keyset.fingerprint):
        raise CantPin(f"the hub at {origin} shows the fingerprint {card.keyset.fingerprint}, not the one given")
    if not card.speaks:
        raise CantPin(f"the hub at {origin} speaks {', '.join(card.versions)}, not apl/1")
    with transaction() as session:
        pin(session, card, now)
        audit.note(session, "peer.added", now, by="operator", about=origin)
    return next(hub for hub in all_hubs(node.settings, now) if hub.origin == origin)


def pin(session: Session, card: HubCard, now: datetime, *, pull_at: datetime | None = None) -> Peer:
    """Pin the hub of this card, or take it in again after it had left; our log says so. Caller's transaction.

    Whoever calls it has compared the fingerprint of the card's root key. A hub that is active stays as it is. Raises
    `CantPin` for another root key than the pinned one, and for a hub that is suspended here.
    """
    peer = session.scalar(sa.select(Peer).where(Peer.origin == card.origin).with_for_update())
    if peer is not None and peer.root != card.keyset.root.raw:
        raise CantPin(f"{card.origin} is already pinned with another root key")
    if peer is not None and peer.state == "suspended":
        raise CantPin(f"{card.origin} is suspended here; resume it instead")
    if peer is None:
        peer = _pinned(card, _copy(session, card, now).id, now)
        session.add(peer)
    elif peer.state == "active":
        return peer
    else:
        _take_back(session, peer, card, now)
    peer.pull_due_at = pull_at or now
    members.come_back(session, now)
    members.say(session, card, now)
    events.tell(session, now, card.origin, "joined")
    return peer


def _copy(session: Session, card: HubCard, now: datetime) -> Log:
    """Our copy of the log that the card names; what is held of it already is kept."""
    held = session.scalar(sa.select(Log).where(Log.origin == card.origin, Log.log_id == card.log_id))
    if held is None:
        held = Log(origin=card.origin, log_id=card.log_id, own=False, size=0, changed_at=now)
        session.add(held)
        session.flush()
    return held


def _take_back(session: Session, peer: Peer, card: HubCard, now: datetime) -> None:
    """Make a former member a member again; an archive of another log than the one it keeps now is dropped."""
    former = session.get_one(Log, peer.log)
    if former.log_id != card.log_id:
        dropping.drop(session, former)
        peer.log = _copy(session, card, now).id
    copies.reveal(session, peer.origin)
    peer.keyset = keyset_of(peer).accept(card.keyset.to_json()).to_bytes()
    peer.card, peer.card_checked_at, peer.added_at = card.to_bytes(), now, now
    peer.state, peer.poke_due_at, peer.told_size = "active", now, 0
    peer.offered_size, peer.pull_failures, peer.poke_failures = 0, 0, 0
    peer.silent_since, peer.last_error, peer.last_contact_at = None, None, None


def client(node: Node, origin: str) -> Client:
    """This hub's way to talk to the hub at `origin`."""
    return Client(origin, node.wire, node.identity.signing, node.settings.base_url, node.clock)


def _pinned(card: HubCard, log_pk: int, now: datetime) -> Peer:
    return Peer(
        origin=card.keyset.origin,
        root=card.keyset.root.raw,
        keyset=card.keyset.to_bytes(),
        card=card.to_bytes(),
        log=log_pk,
        state="active",
        added_at=now,
        pull_due_at=now,
        poke_due_at=now,
        card_checked_at=now,
    )


def keyset_of(peer: Peer) -> Keyset:
    """The peer's latest keyset, verified under its pinned root."""
    return _verified_keyset(peer.keyset, peer.root, peer.origin)


def card_of(peer: Peer) -> HubCard:
    """The peer's latest card, its keyset verified under the pinned root."""
    return _verified_card(peer.card, peer.root, peer.origin)


# Every page names all hubs: the same bytes under the same root need no second look.
@lru_cache(maxsize=KEPT)
def _verified_keyset(data: bytes, root: bytes, origin: str) -> Keyset:
    return Keyset.parse(data, PublicKey("root", root), origin=origin)


@lru_cache(maxsize=KEPT)
def _verified_card(data: bytes, root: bytes, origin: str) -> HubCard:
    return HubCard.parse(data, PublicKey("root", root), origin=origin)


def active(session: Session, origin: str) -> Peer | None:
    """The pinned and not suspended hub at `origin`."""
    return session.scalar(_ACTIVE, {"sought": origin})


def all_hubs(settings: Settings, now: datetime | None = None) -> Sequence[HubView]:
    """This hub first, then the others by name, as they stand at `now`."""
    session, now = reading(), now or utcnow()
    counts, quarantined = records_reading.counts_by_hub(session), _quarantined(session)
    own = log.own(session)
    known = sa.select(Peer, Log).join(Log, Log.id == Peer.log).where(Peer.state != "moved")
    others = session.execute(known).all()
    views = [_view(peer, copy, own.size, counts, quarantined, now) for peer, copy in others]
    return [_here(settings, counts), *sorted(views, key=lambda view: view.place)]


def _here(settings: Settings, counts: Mapping[str, int]) -> HubView:
    return HubView(
        origin=settings.base_url,
        name=settings.name,
        place=settings.place,
        focus=settings.focus_areas,
        district=settings.district,
        intro=settings.intro,
        here=True,
        state="ok",
        last_contact_at=None,
        silent_since=None,
        last_error=None,
        lag_s=None,
        behind=0,
        waiting=0,
        records=counts.get(settings.base_url, 0),
        quarantined=0,
        fingerprint="",
    )


def _view(
    peer: Peer, copy: Log, own_size: int, counts: Mapping[str, int], quarantined: Mapping[int, int], now: datetime
) -> HubView:
    card = card_of(peer)
    return HubView(
        origin=peer.origin,
        name=card.name,
        place=card.place,
        focus=card.focus,
        district=card.district,
        intro=card.intro,
        here=False,
        state=_state(peer, copy),
        last_contact_at=peer.last_contact_at,
        silent_since=peer.silent_since,
        last_error=peer.last_error,
        lag_s=None if peer.last_contact_at is None else max(0, int((now - peer.last_contact_at).total_seconds())),
        behind=max(0, peer.offered_size - copy.size),
        waiting=max(0, own_size - peer.acked_size),
        records=counts.get(peer.origin, 0),
        quarantined=quarantined.get(copy.id, 0),
        fingerprint=fingerprint(peer.root),
    )


def _state(peer: Peer, copy: Log) -> HubState:
    if peer.state == "suspended":
        return "suspended"
    if peer.state == "left":
        return "left"
    if copy.state == "frozen":
        return "frozen"
    if peer.pull_failures >= FAILURES_UNTIL_DOWN:
        return "refused" if _answers(peer.last_error or "") else "down"
    if peer.pull_failures or peer.last_contact_at is None or peer.offered_size > copy.size:
        return "late"
    return "ok"


def _answers(slug: str) -> bool:
    """Whether the hub whose last pull failed in this way can be reached at all."""
    how, _, rest = slug.partition(":")
    if how == "unreachable":
        return rest == "too_large"
    return not rest.startswith("5") if how == "answered" else bool(slug)


def _quarantined(session: Session) -> dict[int, int]:
    unread = (Quarantine.passed_over_at.is_(None), Quarantine.reason != replica.PENDING)
    waiting = sa.select(Quarantine.log, sa.func.count()).where(*unread)
    return dict(session.execute(waiting.group_by(Quarantine.log)).all())
