"""What follows from statements in other hubs' logs: one function for each kind, in the transaction of their page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from federation.entries import Entry
from hubnode.network import asking, epochs, keysets, membership, moving
from hubnode.network.models import Peer
from hubnode.network.node import Node

Heard = Callable[[Session, Node, Peer, dict[str, Any], datetime], None]
HEARD: Mapping[str, Heard] = {
    "epoch": epochs.heard,
    "keyset": keysets.heard,
    "member": asking.heard,
    "left": membership.heard_left,
    "moved": moving.heard,
}
"""Kind of statement to what it does here; a function gets the body as the hub signed it, and trusts nothing in it."""


def hear(session: Session, node: Node, peer: Peer, entry: Entry, now: datetime) -> None:
    """Act on one statement of `peer`; part of the caller's transaction. One without a body has been superseded."""
    heard = HEARD.get(entry.header.kind)
    if heard is not None and entry.header.op == "put" and entry.body is not None:
        heard(session, node, peer, entry.body, now)
