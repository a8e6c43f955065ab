"""The keys of this hub and of the others, as the operator sees them: since when, until when, which one signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from federation.keyset import Keyset, OnlineKey
from hubnode.db import reading
from hubnode.network import keyfiles, keys, peers
from hubnode.network.identity import EARLIER
from hubnode.network.models import Peer
from hubnode.network.node import Node

WARNED = timedelta(days=30)
"""How long before its end a hub's last key is warned of."""
KeyState = Literal["signs", "valid", "announced", "over"]


@dataclass(frozen=True, slots=True)
class KeyView:
    """One signing key: ``signs`` now, is still or only ``valid``, ``announced`` to sign soon, or ``over``."""

    id: str
    begins: datetime
    ends: datetime
    state: KeyState


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one hub."""

    origin: str
    name: str
    n: int
    fingerprint: str
    keys: Sequence[KeyView]
    ends: datetime
    """When the last of them ends: without a newer keyset the hub is mute from then on."""
    warned: bool

    @property
    def host(self) -> str:
        """Host and port, as it stands in addresses of this node."""
        return self.origin.split("://", 1)[1]

    @property
    def begins(self) -> datetime:
        """When the newest key began."""
        return max(key.begins for key in self.keys)


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """This hub's keys, and what can be done about them here."""

    hub: Keys
    root_here: bool
    signs_from: datetime | None
    """When an announced key signs at the latest; None where none waits."""


def own(node: Node, now: datetime) -> OwnKeys:
    """The keys of this hub."""
    held = node.identity
    waiting = keyfiles.announced(node.keys.folder, held.keyset, now)
    special: dict[str, KeyState] = {waiting.id: "announced"} if waiting else {}
    hub = _keys(node.settings.name, held.keyset, special | {held.signing.id: "signs"}, now)
    from_then = keys.begins(held.keyset, waiting.id) if waiting and waiting.id != held.signing.id else None
    return OwnKeys(hub, keyfiles.root_here(node.keys.folder), from_then)


def of_peers(now: datetime) -> list[Keys]:
    """The keys of all hubs that are pinned here, those that end first on top."""
    found = reading().scalars(sa.select(Peer).where(Peer.state != "moved")).all()
    views = [_keys(peers.card_of(peer).name, peers.keyset_of(peer), {}, now) for peer in found]
    return sorted(views, key=lambda view: (view.ends, view.origin))


def _keys(name: str, keyset: Keyset, special: dict[str, KeyState], now: datetime) -> Keys:
    ends = max(one.not_after for one in keyset.signing)
    views = [_view(one, special.get(one.key.id), now) for one in reversed(keyset.signing)]
    return Keys(keyset.origin, name, keyset.n, keyset.fingerprint, views, ends, ends - now < WARNED)


def _view(one: OnlineKey, special: KeyState | None, now: datetime) -> KeyView:
    state: KeyState = special or "valid" if one.valid_at(now) else "over"
    return KeyView(one.key.id, one.not_before + EARLIER, one.not_after, state)
