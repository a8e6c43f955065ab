"""What a hub may do that does not keep to the rules, and what the others must show for it in the end.

The liar runs the same code; a lie changes its files, its keys or its answers, as somebody with the machine could.
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from federation.client import Peer as Client
from federation.entries import make_entry
from federation.errors import ProtocolError
from federation.keys import SigningKey
from federation.pages import PAGE_TYPE
from federation.tree import CompactRange, completed
from federation.wire import Answer
from hubnode.db import insert_many, transaction
from hubnode.network import identity
from hubnode.records import log, replica
from hubnode.records.models import LogEntry
from tests.simulation.machine import BEGINS, Machine
from tests.simulation.origins import settings_of

if TYPE_CHECKING:
    from tests.simulation.world import World

BODY: dict[str, Any] = {"name": {"de": "Stelle eines Lügners"}, "kind": "hochschule", "license": "CC-BY-4.0"}
DROPPED = 2
"""Entries that a rewritten history lacks."""


class Lies:
    """All lies of one run, and what follows from them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.contradicted: set[str] = set()
        """Hubs that hold entries which the liar's log no longer has: they must freeze it."""
        self.foreign_from: int | None = None
        """Number of the first entry that no hub may take."""
        self.keyless = False
        """Whether the liar has no longer the keys that the others pinned."""
        self.resurrected: list[str] = []
        """Records that the liar erased and then published again."""
        self.told: list[str] = []
        self._ids = itertools.count(1)

    @property
    def two_faced(self) -> bool:
        """Whether one hub is shown another history than the others."""
        return "two-faces" in self.told

    @property
    def deaf(self) -> bool:
        """Whether its own log can no longer be asked for, so that nobody can see what it says now."""
        return self.keyless or "relayed-page" in self.told or self.foreign_from is not None

    def tell(self, liar: Machine, how: str) -> None:
        """Let the hub lie."""
        self.told.append(how)
        HOW[how](self, liar)

    def _victim(self, liar: Machine) -> Machine:
        return next(one for one in self._world.machines.values() if one is not liar)

    def _rewrite(self, liar: Machine) -> None:
        """Drop the end of the own log, and go on with something else."""
        with liar.at(), transaction() as session:
            own = log.own(session)
            size = max(0, own.size - DROPPED)
            dropped = own.size - size
            leaves = (entry.leaf for entry in replica.stored(session, own, 0, own.size) if entry.header.seq < size)
            own.edge, own.size = CompactRange().extend(leaves).to_bytes(), size
            session.execute(sa.delete(LogEntry).where(LogEntry.log == own.id, LogEntry.seq >= size))
        for one in self._world.honest:
            held = one.ask("SELECT size FROM log WHERE origin = ? AND NOT own", liar.origin)
            if held > [(size,)]:
                self.contradicted.add(one.name)
        self._publish(liar, dropped + 1)

    def _two_faces(self, liar: Machine) -> None:
        """Show one hub another history than all the others."""
        others = [one.name for one in self._world.machines.values() if one is not liar]
        key = (others[-1], liar.name)
        if key in self._world.network.diverted:
            return
        folder = self._world.folder / f"{liar.name}-other"
        shutil.copytree(liar.settings.instance / "keys", folder / "keys")
        liar.back_up()
        shutil.copyfile(liar.backup, folder / "hub.db")
        other = Machine(self._world, liar.name, settings_of(liar.name, folder), honest=False)
        other.wake()
        self._world.network.diverted[key] = other
        self._publish(liar, 1)
        self._publish(other, 1)

    def _publish(self, machine: Machine, count: int) -> None:
        for _ in range(count):
            self._append(machine, "put", self._new(), 1, BODY)

    def _new(self) -> str:
        """An id that no record has yet."""
        return f"01JD8Z000000000000000{next(self._ids):05}"

    def _foreign_entry(self, liar: Machine) -> None:
        """Put an entry of another hub into the own log."""
        number = self._append(liar, "put", self._new(), 1, BODY, origin=self._victim(liar).origin)
        self.foreign_from = number if self.foreign_from is None else self.foreign_from

    def _relayed_page(self, liar: Machine) -> None:
        """Answer with the pages of another hub."""
        victim = self._victim(liar)
        [(log_id,)] = victim.ask("SELECT log_id FROM log WHERE own")
        try:
            page = self._client(liar, victim, liar.origin).entries(log_id, 0)
        except ProtocolError:
            return
        fields = {"content-type": PAGE_TYPE}
        self._world.network.forged[liar.name] = {"apl/v1/entries": Answer(200, fields, page)}

    def _other_keys(self, liar: Machine) -> None:
        """Go on at the same address without the keys: somebody else has taken it over."""
        keys = liar.settings.instance / "keys"
        shutil.rmtree(keys)
        identity.create(keys, liar.origin, BEGINS)
        liar.restart()
        self.keyless = True

    def _resurrect(self, liar: Machine) -> None:
        """Erase a record and publish it again."""
        rec = self._new()
        self.resurrected.append(rec)
        for op, rev, body in (("put", 1, BODY), ("erase", 2, None), ("put", 3, BODY)):
            self._append(liar, op, rec, rev, body)

    def _unreadable(self, liar: Machine) -> None:
        """Publish what no schema reads."""
        self._append(liar, "put", self._new(), 1, {"name": 5})

    def _false_name(self, liar: Machine) -> None:
        """Ask and poke in the name of another hub."""
        asked, victim = self._world.honest[0], self._world.honest[1]
        client = self._client(liar, asked, victim.origin)
        [(log_id,)] = asked.ask("SELECT log_id FROM log WHERE own")
        for what, attempt in (("a page", lambda: client.entries(log_id, 0)), ("a poke", lambda: client.poke("x"))):
            try:
                attempt()
            except ProtocolError:
                continue
            self._world.found(f"{asked.name} took {what} from {liar.name} for one of {victim.name}")

    def _client(self, liar: Machine, asked: Machine, name: str) -> Client:
        key = SigningKey.from_json(json.loads((liar.settings.instance / "keys" / "signing.json").read_text("ascii")))
        return Client(asked.origin, self._world.wire(liar), key, name, liar.clock)

    def _append(self, liar: Machine, op: str, rec: str, rev: int, body: dict[str, Any] | None, origin: str = "") -> int:
        """Append an entry to the liar's log whatever it says; answers its number."""
        with liar.at(), transaction() as session:
            own = log.own(session)
            entry = make_entry(
                origin=origin or own.origin,
                log=own.log_id,
                seq=own.size,
                ts=liar.clock(),
                op=op,
                kind="organisation",
                id=rec,
                rev=rev,
                vis="public",
                body=body,
            )
            nodes, edge = completed(CompactRange.from_bytes(own.edge), entry.leaf)
            insert_many(session, LogEntry, log.COLUMNS, [log.row(own.id, entry, nodes)])
            own.edge, own.size = edge.to_bytes(), edge.size
            return entry.header.seq


HOW: Mapping[str, Callable[[Lies, Machine], None]] = {
    "rewrite": Lies._rewrite,
    "two-faces": Lies._two_faces,
    "foreign-entry": Lies._foreign_entry,
    "relayed-page": Lies._relayed_page,
    "other-keys": Lies._other_keys,
    "resurrect": Lies._resurrect,
    "unreadable": Lies._unreadable,
    "false-name": Lies._false_name,
}
