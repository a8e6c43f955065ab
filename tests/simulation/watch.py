"""What holds at every moment, seen from outside after each step in the files of every honest hub that has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.ledger import origin_of
from tests.simulation.machine import Machine

if TYPE_CHECKING:
    from tests.simulation.world import World

LOGS = """
SELECT log.origin, log.log_id, log.size, log.own, count(log_entry.seq), coalesce(max(log_entry.seq) + 1, 0)
FROM log LEFT JOIN log_entry ON log_entry.log = log.id GROUP BY log.id ORDER BY log.origin, log.log_id
"""
UNINDEXED = """
SELECT count(*) FROM record LEFT JOIN search_doc ON search_doc.doc = record.id
WHERE (record.state = 'published') != (search_doc.doc IS NOT NULL)
"""
ENTRY = "SELECT header FROM log_entry JOIN log ON log.id = log_entry.log WHERE origin = ? AND seq = ?"
SHOWN = """
SELECT record.origin, rec FROM record JOIN log ON log.origin = record.origin
WHERE record.state = 'published' AND NOT record.own AND log.hidden_for = ''
"""
REVISIONS = "SELECT origin, rec, rev, state FROM record WHERE state != 'draft'"
CURSORS = "SELECT origin, acked_size FROM peer"
UNDONE = """
SELECT (SELECT wanted - done FROM scrub),
  (SELECT count(*) FROM log WHERE own AND state != 'active'),
  (SELECT count(*) FROM removal JOIN log ON log.id = removal.log
    WHERE NOT log.own AND told_at IS NULL AND log.origin != :liar),
  (SELECT count(*) FROM letter_out WHERE state = 'waiting' AND peer != :liar),
  (SELECT count(*) FROM choice_change WHERE remaining > 0 AND NOT replaced AND origin != :liar)
"""
FOLLOWED = """
SELECT log.log_id, log.size, peer.pull_failures FROM peer JOIN log ON log.id = peer.log WHERE peer.origin = ?
"""


class Watch:
    """Remembers what each hub held, so that nothing goes back unseen."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[str, tuple[int, int]] = {}
        self._sizes: dict[tuple[str, str, str], int] = {}
        self._revisions: dict[tuple[str, str, str], tuple[int, str]] = {}
        self._gone: dict[str, set[tuple[str, str]]] = {}
        self.promised: dict[str, tuple[int, bytes]] = {}
        """For each hub that was restored, the last entry of its log that somebody else held then, and its number."""

    def restored(self, machine: Machine) -> None:
        """Expect no longer that this hub holds what it held: an old backup is put in place of its files.

        What it had erased for others must not be shown again; and what others hold of its log must come back.
        """
        gone = machine.ask("SELECT origin, rec FROM record WHERE state = 'erased' AND NOT own")
        self._gone.setdefault(machine.name, set()).update(gone)
        for one in self._world.honest:
            for size, state in one.ask("SELECT size, state FROM log WHERE origin = ? AND NOT own", machine.origin):
                if state == "active" and one is not machine:
                    self._remember(machine, one, size)
        for memory in (self._sizes, self._revisions):
            for key in [key for key in memory if key[0] == machine.name]:
                del memory[key]

    def _remember(self, machine: Machine, holder: Machine, size: int) -> None:
        if size <= self.promised.get(machine.name, (-1, b""))[0] + 1:
            return
        header = holder.ask(ENTRY, machine.origin, size - 1)[0][0]
        self.promised[machine.name] = size - 1, header

    def look(self) -> None:
        """Look at every honest hub whose files have changed since the last look."""
        for machine in self._world.honest:
            [(version,)] = machine.ask("PRAGMA data_version")
            if self._seen.get(machine.name) != (machine.life, version):
                self._seen[machine.name] = machine.life, version
                self._look_at(machine)

    def settled(self) -> bool:
        """Whether every honest hub holds all that every other one has said, is known to, and has nothing left to do."""
        honest = self._world.honest
        liar = {"liar": origin_of(self._world.schedule.liar)}
        if any(any(one.ask(UNDONE, liar)[0]) for one in honest):
            return False
        return all(self._follows(one, other) for one in honest for other in honest) and not self._unnoticed()

    def _unnoticed(self) -> bool:
        """Whether a hub shows two histories, and all that saw them still believe it."""
        faces = {self._face(one) for one in self._world.honest}
        return len(faces - {""}) > 1 and not any(
            one.ask("SELECT 1 FROM log WHERE NOT own AND state = 'frozen'") for one in self._world.honest
        )

    def _face(self, machine: Machine) -> str:
        """Which of its histories the hub with two faces has shown this one: its last entry at a size all hold."""
        if not self._world.lies.two_faced:
            return ""
        origin = origin_of(self._world.schedule.liar)
        sizes = [
            size for one in self._world.honest for (size,) in one.ask("SELECT size FROM log WHERE origin = ?", origin)
        ]
        held = machine.ask(ENTRY, origin, min(sizes) - 1)
        return repr(held) if held else ""

    def _follows(self, one: Machine, other: Machine) -> bool:
        if one is other:
            return True
        [(log_id, size)] = other.ask("SELECT log_id, size FROM log WHERE own")
        held = one.ask(FOLLOWED, other.origin)
        return held == [(log_id, size, 0)] and other.ask(CURSORS + " WHERE origin = ?", one.origin) == [
            (one.origin, size)
        ]

    def _look_at(self, machine: Machine) -> None:
        for origin, log_id, size, _, entries, end in machine.ask(LOGS):
            if not size == entries == end:
                self._found(machine, f"the cursor in the log of {origin} is {size}, with {entries} entries")
            key = (machine.name, origin, log_id)
            if size < self._sizes.get(key, 0):
                self._found(machine, f"the log of {origin} shrank from {self._sizes[key]} to {size}")
            self._sizes[key] = size
        [(unindexed,)] = machine.ask(UNINDEXED)
        if unindexed:
            self._found(machine, f"{unindexed} records and the index differ")
        self._look_for_erased(machine)
        self._look_at_revisions(machine)
        self._look_at_cursors(machine)

    def _look_for_erased(self, machine: Machine) -> None:
        """What was erased here once is not shown again, whatever backup was put back."""
        if gone := self._gone.get(machine.name):
            for origin, rec in gone & set(machine.ask(SHOWN)):
                self._found(machine, f"shows {rec} of {origin} again, which was erased")

    def _look_at_revisions(self, machine: Machine) -> None:
        for origin, rec, rev, state in machine.ask(REVISIONS):
            before_rev, before = self._revisions.get((machine.name, origin, rec), (0, ""))
            if rev < before_rev or (before == "erased" and state != "erased"):
                self._found(machine, f"a record of {origin} went from {before} {before_rev} to {state} {rev}")
            self._revisions[machine.name, origin, rec] = rev, state

    def _look_at_cursors(self, machine: Machine) -> None:
        """A hub is believed to hold only what it does hold."""
        for origin, acked in machine.ask(CURSORS):
            peer = next((one for one in self._world.honest if one.origin == origin), None)
            if peer is None or peer.restored or not acked:
                continue
            held = peer.ask("SELECT size FROM log WHERE origin = ? AND NOT own", machine.origin)
            if held and acked > held[0][0]:
                self._found(machine, f"{peer.name} is said to hold {acked} entries and holds {held[0][0]}")

    def _found(self, machine: Machine, text: str) -> None:
        self._world.found(f"{machine.name}: {text}")
