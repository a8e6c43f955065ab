"""A node that was restored shows no copy until it has caught up: what was erased meanwhile must not reappear."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.network import events
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.network.ownlog import Account
from hubnode.records import copies
from hubnode.records.models import Log

_HIDDEN = sa.select(Log).where(Log.origin == sa.bindparam("sought"), ~Log.own, Log.hidden_for != "")


def restored(session: Session, own_origin: str, now: datetime) -> None:
    """Hide every copy until its hub has said that nothing is missing. Part of the caller's transaction.

    What is kept of a hub that has left stays as it is: nothing comes from there any more that could be missing.
    """
    chosen = sa.select(Log).join(Peer, Peer.log == Log.id).where(Peer.state != "left")
    shown = [copy for copy in session.scalars(chosen) if copies.RESTORED not in copies.reasons(copy)]
    for copy in shown:
        copies.hide(session, copy.origin, copies.RESTORED)
    session.execute(sa.update(Peer).where(Peer.state == "active").values(pull_due_at=now))
    if shown:
        events.tell(session, now, own_origin, "restored", str(len(shown)))


def compare_cursors(node: Node, accounts: Sequence[Account]) -> None:
    """Notice from what others have seen of us that this database is older than what we once held of them."""
    session = reading()
    session.rollback()
    sizes = dict(session.execute(sa.select(Log.origin, Log.size).join(Peer, Peer.log == Log.id)).all())
    if any(account.seen and account.seen.cursor > sizes.get(account.origin, 0) for account in accounts):
        with transaction() as session:
            restored(session, node.settings.base_url, node.clock())


def caught_up(session: Session, origin: str, own_origin: str, now: datetime) -> None:
    """Show a copy again once its hub has said that nothing follows. Part of the caller's transaction."""
    hidden = session.scalars(_HIDDEN, {"sought": origin})
    if not any(copies.RESTORED in copies.reasons(copy) for copy in hidden):
        return
    copies.reveal(session, origin, copies.RESTORED)
    waiting = session.scalars(sa.select(Log).where(~Log.own, Log.hidden_for != "")).all()
    if not any(copies.RESTORED in copies.reasons(copy) for copy in waiting):
        events.tell(session, now, own_origin, "caught-up")
