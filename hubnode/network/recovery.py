"""After a start: is the own log the one that the others know? Before the first write they are asked.

A hub whose database came from an old backup would else write other entries under numbers that are taken, and everybody
would have to freeze it. What the others hold more is pulled back; what contradicts ours is for a person to decide.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from federation.checkpoint import SignedCheckpoint
from federation.errors import BadEntry, Frozen, ProtocolError, RootMismatch
from hubnode.db import reading, transaction
from hubnode.network import behind, events, ownlog, retrieving, watermark
from hubnode.network.node import Node
from hubnode.network.ownlog import Account
from hubnode.records import log, restoring
from hubnode.records.models import Log

PAUSES = (0.2, 0.4, 0.8, 1.6)
"""Seconds between the questions of a command that nobody has answered."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the others' answers mean for the own log: its state, and why it is not ``active``."""

    state: str
    why: str = ""
    evidence: str | None = None


ACTIVE = Verdict("active")
LOST = Verdict("active", "lost")
"""Everybody has answered, and nobody holds the last entries that were signed here: they never left."""
SILENT = Verdict("checking", "silent")
"""Nobody has answered yet."""
LACKING = Verdict("checking", "lacking")
"""Entries that were signed once are held by nobody who answered, and not everybody has."""
UNFINISHED = Verdict("checking", "unfinished")
"""Somebody holds more of the log, and it could not be fetched yet."""


def begin(node: Node) -> None:
    """At the start of a process: publish nothing until the others were asked, show no copy that may be stale.

    Where no other hub is known and nothing speaks against it, there is nothing to ask. A transaction of its own.
    """
    mark = watermark.read(node.settings.instance)
    with transaction() as session:
        try:
            held = log.own(session)
        except log.NoLog:
            return
        if ownlog.peers_to_ask(session) or _lost(held, mark):
            held.state = "checking"
        restored = watermark.stamp_of(session) < mark.stamp
        if restored:
            behind.restored(session, held.origin, node.clock())
    if restored:
        watermark.noticed(node.settings.instance, reading())


def settle(node: Node) -> str:
    """Ask again where the own log is being checked; answers its state. Raises nothing that a peer can cause."""
    session = reading()
    session.rollback()  # a new look
    state = log.own(session).state
    return check(node) if state == "checking" else state


def ensure(node: Node) -> None:
    """Ask the others now, whatever the database says of itself; raises `log.NotWritable` unless this hub may write.

    For commands: the database may have been put back a moment ago. Whoever typed one waits a few seconds for an answer
    that was lost on the way.
    """
    state = check(node)
    for pause in PAUSES:
        if state != "checking":
            break
        time.sleep(pause)
        state = check(node)
    if state != "active":
        raise log.NotWritable(state)


def check(node: Node) -> str:
    """Ask everybody once, fetch what is missing, and note the outcome; answers the state of the own log."""
    accounts = ownlog.ask(node)
    behind.compare_cursors(node, accounts)
    verdict = _judged(node, accounts)
    _note(node, verdict)
    return verdict.state


def _judged(node: Node, accounts: Sequence[Account]) -> Verdict:
    mark = watermark.read(node.settings.instance)
    try:
        larger = ownlog.examined(node, accounts)
        if not _fetched(node, larger):
            return UNFINISHED
    except Frozen as contradiction:
        return _contradicted(contradiction)
    except restoring.CantReturn as problem:
        return Verdict("readonly", "newer", json.dumps({"why": str(problem)}))
    except ownlog.OtherEpoch as other:
        return Verdict("readonly", "epoch", json.dumps({"seen": other.note, "why": "a log that is not this one"}))
    held = _own()
    if accounts and not any(account.answered for account in accounts):
        return SILENT
    if not _lost(held, mark):
        return ACTIVE
    return LOST if accounts and all(account.answered for account in accounts) else LACKING


def _fetched(node: Node, larger: Sequence[tuple[SignedCheckpoint, str]]) -> bool:
    """Fetch back what others hold more than we do, the largest first; whether nothing larger is left."""
    for signed, origin in larger:
        if _own().size >= signed.size:
            return True
        try:
            retrieving.retrieve(node, origin, signed)
        except (BadEntry, RootMismatch) as spoiled:
            retrieving.compare(node, origin, spoiled)
        except ProtocolError:
            continue  # another one may hold as much
    return all(_own().size >= signed.size for signed, _ in larger)


def _own() -> Log:
    session = reading()
    session.rollback()  # what was fetched was applied in transactions of its own
    return log.own(session)


def _lost(held: Log, mark: watermark.Mark) -> bool:
    """Whether more of this log was signed once than is held."""
    if mark.log == held.log_id:
        return held.size < mark.size
    return mark.epoch > held.epoch


def _contradicted(contradiction: Frozen) -> Verdict:
    notes = {"held": contradiction.held, "seen": contradiction.seen, "why": contradiction.detail}
    return Verdict("readonly", "contradicted", json.dumps(notes))


def _note(node: Node, verdict: Verdict) -> None:
    """Keep the verdict and tell of it. A database whose log is in use is not closed for want of an answer."""
    with transaction() as session:
        held = log.own(session)
        if held.state == verdict.state and held.evidence == verdict.evidence:
            return
        if verdict in (SILENT, LACKING):
            return
        halted = verdict.state == "readonly" and held.evidence != verdict.evidence
        if halted or verdict == LOST:
            events.tell(session, node.clock(), held.origin, "halted" if halted else "lost", verdict.why)
        held.state, held.evidence = verdict.state, verdict.evidence
