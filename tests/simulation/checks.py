"""What must hold when everything has healed: the invariants of the protocol, seen from outside the nodes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hubnode.db import reading as session
from hubnode.network import status
from hubnode.people.viewer import ANONYMOUS, OPERATOR, Viewer
from hubnode.records import reading
from hubnode.records.reading import Browse
from tests.simulation.ledger import Stand, Written, origin_of, stand
from tests.simulation.machine import Machine
from tests.simulation.watch import ENTRY

if TYPE_CHECKING:
    from tests.simulation.world import World

STAFF = Viewer(level="network")
ROWS = """
SELECT rec, kind, state, level, rev, bh, CASE WHEN kind IN ('project', 'organisation') THEN body END, updated_at,
  published_at, unread_rev, was_public FROM record WHERE origin = ? AND NOT own ORDER BY rec
"""
SHARED = "SELECT rec, rev, bh, level FROM record WHERE origin = ? AND bh IS NOT NULL ORDER BY rec"
UNFOUNDED = """
SELECT count(*) FROM log_entry AS one WHERE op = 'put' AND body IS NULL AND log = (SELECT id FROM log WHERE origin = ?)
  AND NOT EXISTS (SELECT 1 FROM log_entry AS later
    WHERE later.log = one.log AND later.rec = one.rec AND later.seq > one.seq)
"""
QUESTION = "SELECT state FROM question_message WHERE text LIKE ?"
LAWFUL: tuple[tuple[list[str], int], ...] = (([], 0), (["delivered"], 1), (["undelivered"], 0))
SAMPLE = 1
TAIL = 4
"""The index may store a word without what it shares with its neighbour; the rest of a canary is still unique."""


def check(world: World) -> None:
    """Look at everything; what is wrong becomes a finding of the world."""
    for finding in (finding for one in CHECKS for finding in one(world)):
        world.found(finding)


def _verified(world: World) -> Iterator[str]:
    """I3, I5: every node's own look at its logs and records finds nothing."""
    for one in world.honest:
        with one.at():
            yield from (f"{one.name} finds at itself: {finding}" for finding in status.verify(session()))


def _equal(world: World) -> Iterator[str]:
    """I5: what honest hubs made of an honest log is the same everywhere, row by row, and as its home says."""
    for home in world.honest:
        [(log_id, size)] = home.ask("SELECT log_id, size FROM log WHERE own")
        others = [one for one in world.honest if one is not home]
        rows = {one.name: one.ask(ROWS, home.origin) for one in others}
        if len({repr(row) for row in rows.values()}) > 1:
            yield f"the records of {home.name} differ: {_differing(rows)}"
        shared = home.ask(SHARED, home.origin)
        for one in others:
            if (held := one.ask("SELECT log_id, size FROM log WHERE origin = ?", home.origin)) != [(log_id, size)]:
                yield f"{one.name} holds {held[0][1]} of {size} entries of {home.name}"
            if one.ask(SHARED, home.origin) != shared:
                yield f"{one.name} has other records of {home.name} than {home.name} itself"
            if one.ask(UNFOUNDED, home.origin) != [(0,)]:
                yield f"{one.name} holds an entry of {home.name} without a body that nothing follows"


def _differing(rows: Mapping[str, list[tuple[Any, ...]]]) -> str:
    (one, left), (other, right), *_ = rows.items()
    return f"{one} {sorted(set(left) - set(right))} {other} {sorted(set(right) - set(left))}"


def _kept(world: World) -> Iterator[str]:
    """What a hub has confirmed to its author, it still says."""
    for one in world.ledger.records.values():
        home = world.machines[one.hub]
        if home.honest and not home.restored and stand(one, home) != one.sure:
            yield f"{one.name} stands at {one.hub} as {stand(one, home)}, confirmed was {one.sure}"


def _recovered(world: World) -> Iterator[str]:
    """A hub that was restored has everything again that any other hub held of its log."""
    for name, (seq, header) in world.watch.promised.items():
        machine = world.machines[name]
        if machine.honest and machine.ask(ENTRY, machine.origin, seq) != [(header,)]:
            yield f"{name} was restored and never got its entry {seq} back"


def _delivered(world: World) -> Iterator[str]:
    """I12: a question arrives once, and whoever asked is told the truth about it."""
    for name, one in world.ledger.questions.items():
        asker, asked = world.machines[one.hub], world.machines[one.asked]
        if asker.restored or asked.restored or not (asker.honest and asked.honest):
            continue
        states = [state for (state,) in asker.ask(QUESTION, f"%{one.word}%")]
        arrived = len(asked.ask(QUESTION, f"%{one.word}%"))
        if (states, arrived) not in LAWFUL:
            yield f"question {name} of {one.hub} is {states or 'not there'}, and {arrived} times at {one.asked}"


def _forgotten(world: World) -> Iterator[str]:
    """Nothing erased is anywhere, and what is the hub's alone is at home only: as bytes, in every file."""
    files = {one.name: _bytes(one) for one in world.honest}
    for one in world.ledger.records.values():
        home = world.machines[one.hub]
        if not home.honest:
            continue
        now = stand(one, home)
        erased = now is not None and now.state == "erased"
        for number, words in enumerate(one.versions, start=1):
            for name, held in files.items():
                if erased and any(word[TAIL:].encode() in held for word in (words.open, words.network, words.hub)):
                    yield f"version {number} of {one.name}, erased, is in the files of {name}"
                if name != one.hub and words.hub[TAIL:].encode() in held:
                    yield f"what {one.hub} keeps to itself of {one.name} is in the files of {name}"


def _bytes(machine: Machine) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(machine.settings.instance.rglob("*")) if path.is_file())


def _found(world: World) -> Iterator[str]:
    """I11: everybody finds what they may see, by its words, and nothing else."""
    for machine in world.honest:
        with machine.at():
            for viewer in (ANONYMOUS, STAFF, OPERATOR):
                yield from _seen(world, machine, viewer)


def _seen(world: World, machine: Machine, viewer: Viewer) -> Iterator[str]:
    expected = {f"{origin_of(one.hub)}/r/{one.id}": one for one in _visible(world, machine, viewer)}
    shown = {view.uri: view for view in reading.find(viewer, Browse(size=500)).items}
    names = {f"{origin_of(one.hub)}/r/{one.id}": one.name for one in world.ledger.records.values()}
    mine = {origin_of(one.hub) for one in world.ledger.records.values() if world.machines[one.hub].honest}
    for uri in sorted(set(expected) ^ {uri for uri, view in shown.items() if view.origin in mine}):
        name = names.get(uri, uri)
        yield f"{machine.name} {'hides' if uri in expected else 'shows'} {name} to somebody of level {viewer.level}"
    for uri, one in expected.items():
        now = stand(one, world.machines[one.hub])
        if uri in shown and now is not None and now.word not in repr(shown[uri].fields):
            yield f"{machine.name} shows an old version of {one.name}"
        if viewer is ANONYMOUS and uri in shown and any(w.network in repr(shown[uri].fields) for w in one.versions):
            yield f"{machine.name} shows what is for members in {one.name} to somebody of level public"
    yield from _searched(world, machine, viewer, expected)


def _visible(world: World, machine: Machine, viewer: Viewer) -> Iterator[Written]:
    for one in world.ledger.records.values():
        home = world.machines[one.hub]
        if home.honest and _may_see(stand(one, home), viewer, at_home=home is machine):
            yield one


def _may_see(now: Stand | None, viewer: Viewer, *, at_home: bool) -> bool:
    if now is None or now.state != "published":
        return False
    if now.level == "hub":
        return at_home and viewer.level == "hub"
    return now.level == "public" or viewer.level != "public"


def _searched(world: World, machine: Machine, viewer: Viewer, expected: Mapping[str, Written]) -> Iterator[str]:
    """A few words, each asked for as a person would."""
    chance = random.Random(f"{world.schedule.seed} {machine.name} {viewer.level}")  # noqa: S311 - a sample, no secret
    records = [one for one in world.ledger.records.values() if one.versions and world.machines[one.hub].honest]
    for one in chance.sample(records, min(SAMPLE, len(records))):
        now = stand(one, world.machines[one.hub])
        for words in one.versions:
            latest = one in expected.values() and now is not None and now.word == words.open
            for word, may in ((words.open, latest), (words.network, latest and _says_network(one, viewer))):
                if bool(reading.find(viewer, Browse(text=word)).total) != may:
                    does = "does not find" if may else "finds"
                    yield f"{machine.name} {does} a word of {one.name} for somebody of level {viewer.level}"


def _says_network(one: Written, viewer: Viewer) -> bool:
    """Whether this kind has a field for members, and the viewer is one."""
    return one.kind == "project" and viewer.level != "public"


def _blamed(world: World) -> Iterator[str]:
    """I4, I14: whoever contradicted itself is frozen where that can be seen, and nobody else is."""
    for machine in world.honest:
        for origin, state, failures in machine.ask(
            "SELECT peer.origin, log.state, peer.pull_failures FROM peer JOIN log ON log.id = peer.log"
        ):
            accused = next(one for one in world.machines.values() if one.origin == origin)
            if accused.honest and (state != "active" or failures):
                yield f"{machine.name} holds the honest {accused.name} for {state}, after {failures} failures"
            if not accused.honest:
                yield from _liar(world, machine, accused, state, failures)


def _liar(world: World, machine: Machine, liar: Machine, state: str, failures: int) -> Iterator[str]:
    lies = world.lies
    [(size,)] = machine.ask("SELECT size FROM log WHERE origin = ? AND NOT own", liar.origin)
    diverted = (machine.name, liar.name) in world.network.diverted
    if machine.name in lies.contradicted and state != "frozen" and not (machine.restored or lies.deaf or diverted):
        yield f"{machine.name} has not frozen {liar.name}, whose log contradicts what it held"
    if not lies.contradicted and not lies.two_faced and state == "frozen":
        yield f"{machine.name} has frozen {liar.name}, which never contradicted itself"
    if lies.foreign_from is not None and size > lies.foreign_from:
        yield f"{machine.name} took an entry of another hub from {liar.name}"
    for rec in lies.resurrected:
        if machine.ask("SELECT 1 FROM record WHERE rec = ? AND state != 'erased'", rec):
            yield f"at {machine.name} a record of {liar.name} came back after its erasure"
    if lies.keyless and not failures:
        yield f"{machine.name} took pages of {liar.name} that its keys did not sign"


CHECKS = (_verified, _equal, _kept, _recovered, _delivered, _forgotten, _found, _blamed)
