"""What each step of a schedule does to the world. A step that makes no sense any more does nothing, and says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from hubnode.network import letters, questions
from hubnode.people.viewer import OPERATOR, Viewer
from hubnode.records import log, reading, service
from hubnode.records.errors import Gone, Incomplete, NotFound, NotNow
from tests.simulation import operators
from tests.simulation.ledger import Written, origin_of
from tests.simulation.machine import Machine, PowerCut
from tests.simulation.schedule import Step

if TYPE_CHECKING:
    from tests.simulation.world import World

STAFF = Viewer(level="network", role="staff", account_id=1, name="Person")
BULK = 520
"""More records than one page has."""


def perform(world: World, step: Step) -> None:
    """Let one step happen."""
    (ACTIONS.get(step.what) or operators.ACTIONS[step.what])(world, *step.args)


def _publish(world: World, hub: str, name: str, kind: str, level: str) -> None:
    one = world.ledger.records.get(name) or world.ledger.new(name, hub, kind)
    _write(world, one, level)


def _edit(world: World, hub: str, name: str, level: str) -> None:
    one = world.ledger.records.get(name)
    if one is not None and one.sure is not None:
        _write(world, one, level)


def _write(world: World, one: Written, level: str) -> None:
    document = {
        "id": one.id,
        "kind": one.kind,
        "visibility": level,
        "body": world.ledger.words(one).body(one.kind),
    }
    _by_author(world, one, lambda machine: service.publish_all(OPERATOR, [document], machine.clock()))


def _withdraw(world: World, hub: str, name: str) -> None:
    if (one := world.ledger.records.get(name)) is not None:
        _by_author(world, one, lambda machine: service.withdraw(OPERATOR, one.id, machine.clock()))


def _erase(world: World, hub: str, name: str) -> None:
    if (one := world.ledger.records.get(name)) is not None:
        _by_author(world, one, lambda machine: service.erase(OPERATOR, one.id, machine.clock()))


def _by_author(world: World, one: Written, write: Callable[[Machine], object]) -> None:
    """Let an author write at the record's hub, and note how it stands afterwards."""
    machine = world.machines[one.hub]
    if not machine.up:
        world.note("the hub is down")
        return
    try:
        with machine.at():
            write(machine)
    except PowerCut as cut:
        world.recover(cut)
    except (NotNow, NotFound, Gone) as refusal:
        world.note(f"no: {type(refusal).__name__}")
    except Incomplete as refusal:
        if any(not field.endswith(".id") for field in refusal.errors):
            raise  # the body is right; only the id of an erased record is not taken again
        world.note("no: erased")
    except REFUSED as refusal:
        world.note(f"refused: {type(refusal).__name__}")
    world.ledger.confirm(one, machine)


REFUSED: tuple[type[Exception], ...] = (log.NotWritable,)
"""What a node may answer an author instead of writing."""


def _bulk(world: World, hub: str, name: str) -> None:
    """Many records at once, so that the log has more than one page."""
    machine, documents = world.machines[hub], []
    for number in range(BULK):
        one = world.ledger.new(f"{name}.{number}", hub, "organisation")
        body = world.ledger.words(one).body(one.kind)
        documents.append({"id": one.id, "kind": one.kind, "visibility": "public", "body": body})
    _by_author(world, one, lambda machine: service.publish_all(OPERATOR, documents, machine.clock()))
    for number in range(BULK):
        world.ledger.confirm(world.ledger.records[f"{name}.{number}"], machine)


def _ask(world: World, hub: str, name: str, question: str) -> None:
    """Let somebody of the staff ask about a record of another hub that is seen here."""
    one, machine = world.ledger.records.get(name), world.machines[hub]
    if one is None or one.hub == hub or not machine.up:
        return
    asked = world.ledger.question(question, hub, one.hub)
    world.ledger.questions[question] = asked
    written = questions.write(f"Was bedeutet {asked.word}?", "Sachbearbeitung", "Eine Frage")
    with machine.at() as node:
        record = reading.by_uri(STAFF, f"{origin_of(one.hub)}/r/{one.id}")
        try:
            if record is not None:
                questions.ask(STAFF, record, written, node.clock())
        except (NotFound, letters.NoWay, questions.TooManyQuestions) as refusal:
            world.note(f"refused: {type(refusal).__name__}")


def _work(world: World, hub: str) -> None:
    world.work(world.machines[hub])


def _everybody(world: World, order: str) -> None:
    for hub in order:
        world.work(world.machines[hub])


def _wait(world: World, seconds: str) -> None:
    world.elapse(float(seconds))


def _cut(world: World, one: str, other: str) -> None:
    for link in (world.network.link(one, other), world.network.link(other, one)):
        link.requests_pass = link.answers_pass = False


def _cut_requests(world: World, caller: str, called: str) -> None:
    world.network.link(caller, called).requests_pass = False


def _cut_answers(world: World, caller: str, called: str) -> None:
    world.network.link(caller, called).answers_pass = False


def _mend(world: World, one: str, other: str) -> None:
    for link in (world.network.link(one, other), world.network.link(other, one)):
        link.requests_pass = link.answers_pass = True


def _next(world: World, caller: str, called: str, fate: str) -> None:
    world.network.link(caller, called).next.append(fate)


def _fuse(world: World, hub: str, statements: str) -> None:
    world.machines[hub].fuse = int(statements)


def _restart(world: World, hub: str) -> None:
    world.machines[hub].restart()


def _down(world: World, hub: str) -> None:
    if world.machines[hub].up:
        world.machines[hub].stop()


def _up(world: World, hub: str) -> None:
    if not world.machines[hub].up:
        world.machines[hub].start()


def _clock(world: World, hub: str, seconds: str) -> None:
    world.machines[hub].offset = timedelta(seconds=int(seconds))


def _lie(world: World, hub: str, how: str) -> None:
    if world.machines[hub].up:
        world.lies.tell(world.machines[hub], how)


ACTIONS: Mapping[str, Callable[..., None]] = {
    "publish": _publish,
    "edit": _edit,
    "withdraw": _withdraw,
    "erase": _erase,
    "bulk": _bulk,
    "ask": _ask,
    "work": _work,
    "everybody": _everybody,
    "wait": _wait,
    "cut": _cut,
    "cut-requests": _cut_requests,
    "cut-answers": _cut_answers,
    "mend": _mend,
    "next": _next,
    "fuse": _fuse,
    "restart": _restart,
    "down": _down,
    "up": _up,
    "clock": _clock,
    "lie": _lie,
}
