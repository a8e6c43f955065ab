"""This hub's own keys as the network sees them: what the log says of them, and when a new key begins to sign.

A new key is announced first, and signs once every hub that we know has fetched the announcement: its cursor says so.
Whoever stays away is waited for up to an hour, and learns the key from our card when he meets it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.keyset import Keyset
from hubnode.db import reading, transaction
from hubnode.network import events, keyfiles
from hubnode.network.identity import EARLIER
from hubnode.network.models import Peer
from hubnode.network.node import Node
from hubnode.people import audit
from hubnode.people.confirming import Confirmed
from hubnode.records import log, statements
from hubnode.records.models import LogEntry, Record

PATIENCE = timedelta(hours=1)
"""How long a new key waits for hubs that have not fetched its announcement."""


def rotate(
    proof: Confirmed, node: Node, now: datetime, root_file: Path | None = None, overlap: timedelta = keyfiles.OVERLAP
) -> Keyset:
    """Announce a new signing key, in the files and in the log; raises `CantChange`. A transaction of its own."""
    folder = node.keys.folder
    announce(node, now)
    root = keyfiles.root_key(folder, root_file)
    made = keyfiles.rotate(proof, folder, node.settings.base_url, root, now, overlap)
    announce(node, now)
    note(proof, "key.announced", made, now)
    return made


def compromise(
    proof: Confirmed, node: Node, key_id: str, since: datetime, now: datetime, root_file: Path | None = None
) -> Keyset:
    """Say that a key has been in other hands since then, in the files and in the log; raises `CantChange`.

    A transaction of its own.
    """
    folder = node.keys.folder
    announce(node, now)
    root = keyfiles.root_key(folder, root_file)
    made = keyfiles.compromise(proof, folder, node.settings.base_url, root, key_id, since, now)
    announce(node, now)
    note(proof, "key.lost", made, now)
    return made


def new_root(
    proof: Confirmed, node: Node, now: datetime, root_file: Path | None = None, new_file: Path | None = None
) -> Keyset:
    """Replace the root key, in the files and in the log; raises `CantChange`. A transaction of its own."""
    folder = node.keys.folder
    announce(node, now)
    made = keyfiles.new_root(proof, folder, node.settings.base_url, keyfiles.root_key(folder, root_file), new_file)
    announce(node, now)
    note(proof, "key.root", made, now)
    return made


def note(proof: Confirmed, act: str, made: Keyset, now: datetime) -> None:
    """Keep in the audit trail what was done to the keys. A transaction of its own."""
    with transaction() as session:
        audit.note(session, act, now, by=proof, about=made.origin, detail={"keyset": str(made.n)})


def announce(node: Node, now: datetime) -> bool:
    """Say our keyset in the log, unless it is the first or has been said; whether it was said now.

    A transaction of its own. What a crash has left unsaid is said by the next call.
    """
    keyset = node.identity.keyset
    if keyset.n == 1 or _said(reading(), keyset):
        return False
    with transaction() as session:
        if _said(session, keyset):
            return False
        statements.say(session, "keyset", keyset.to_json(), now)
        events.tell(session, now, keyset.origin, "keys", str(keyset.n))
    return True


def tend(node: Node, now: datetime) -> None:
    """Say what is unsaid, and let an announced key sign once its time has come. Transactions of its own."""
    announce(node, now)
    keyset = node.identity.keyset
    key = keyfiles.announced(node.keys.folder, keyset, now)
    if key is not None and (now >= begins(keyset, key.id) or _known_everywhere(reading(), keyset)):
        keyfiles.begin(node.keys.folder, node.settings.base_url, now)


def begins(keyset: Keyset, key_id: str) -> datetime:
    """When an announced key signs at the latest: after an hour, or after half of the overlap if that is shorter."""
    new = next(one for one in keyset.signing if one.key.id == key_id)
    announced = new.not_before + EARLIER
    ends = [one.not_after for one in keyset.signing if one is not new and one.not_after > announced]
    return announced + min(PATIENCE, (max(ends) - announced) / 2 if ends else timedelta(0))


def _said(session: Session, keyset: Keyset) -> bool:
    """Whether our log has this keyset."""
    return any(body.get("sig") == keyset.sig for body in statements.said_by(session, keyset.origin, "keyset"))


def _known_everywhere(session: Session, keyset: Keyset) -> bool:
    """Whether every hub that we talk to has fetched the statement of our latest keyset."""
    if not _said(session, keyset):
        return False
    own = log.own(session)
    said = sa.select(Record.rec).where(Record.origin == own.origin, Record.own, Record.kind == "keyset")
    at = session.scalar(sa.select(sa.func.max(LogEntry.seq)).where(LogEntry.log == own.id, LogEntry.rec.in_(said)))
    if at is None:  # a log that was put back to before it said so: only time helps
        return False
    behind = sa.select(Peer.id).where(Peer.state == "active", Peer.acked_size <= at).limit(1)
    return session.scalar(behind) is None
