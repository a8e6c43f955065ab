"""The proof of an erasure: this hub's signed log and the receipts it holds; `federation.proofs` verifies it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from federation import tree
from federation.keyset import Keyset
from federation.proofs import HubSays, write_proof
from hubnode.db import reading
from hubnode.network import doors
from hubnode.network.erasure import Erasure, Holder
from hubnode.network.node import Node
from hubnode.records import log
from hubnode.records.models import LogEntry


class NothingToProve(Exception):
    """The record never left this hub: there is no entry in the log, and nobody to confirm anything."""


def of(node: Node, one: Erasure, now: datetime) -> dict[str, Any]:
    """The document that proves what became of `one`, as things stand now; raises `NothingToProve`."""
    if one.seq is None:
        raise NothingToProve(one.id)
    session = reading()
    own = log.own(session)
    size, nodes = own.size, log.node_of(session, own.id)
    about = sa.select(LogEntry.seq, LogEntry.header).where(LogEntry.log == own.id, LogEntry.rec == one.id)
    return write_proof(
        keyset=node.identity.keyset,
        log=own.log_id,
        id=one.id,
        note=doors.note(node, session, own, size),
        entries=[
            (header, tree.inclusion_proof(seq, size, nodes))
            for seq, header in session.execute(about.order_by(LogEntry.seq))
        ],
        hubs=[_says(holder) for holder in one.holders],
        public=one.was_public,
        made_at=now,
    )


def _says(holder: Holder) -> HubSays:
    keyset = Keyset.parse_unpinned(holder.keyset) if holder.keyset else None
    return HubSays(holder.origin, holder.seq, holder.receipt, holder.received_at, keyset)
