"""Makes a network of empty folders: keys, accounts, mutual pinning, and the demo records published the normal way."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from hubnode.demo import files, people
from hubnode.demo.commands import Operator
from hubnode.demo.meeting import acquaint, finish, wait_until_equal
from hubnode.demo.nodes import WHOLE, Node, refuse_ended, wait_until_answering
from hubnode.demo.records import DemoHub, allot_ids, demo_hubs, demo_people, demo_records

PASSWORD = "demo-moin-moin"  # noqa: S105 - printed on purpose; the demo listens on the loopback address only
ACCOUNTS = (
    ("admin", "Administration", "admin"),
    ("koordination", "Koordination", "coordinator"),
    ("redaktion", "Redaktion", "editor"),
    ("team", "Team", "staff"),
)
Say = Callable[[str], None]


@dataclass(slots=True)
class State:
    """What of the first start is done already, kept in a file, so that an interrupted one goes on where it stopped."""

    file: Path
    day: str = ""
    ports: list[int] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> State:
        """The state of the demo in `folder`; a new one where there is none."""
        file = folder / "state.json"
        known: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
        return cls(file=file, **known)

    def write(self) -> None:
        """Keep the state; the file is complete or unchanged."""
        part = self.file.with_suffix(".part")
        part.parent.mkdir(parents=True, exist_ok=True)
        kept = {"day": self.day, "ports": self.ports, "done": self.done}
        part.write_text(json.dumps(kept, indent=1), "utf-8")
        part.replace(self.file)

    def finish(self, what: str) -> None:
        """Note that `what` is done."""
        self.done.append(what)
        self.write()


def nodes_for(folder: Path, ports: Sequence[int]) -> list[Node]:
    """The nodes of the demo hubs below `folder`."""
    return [Node(hub.key, folder / hub.key, port, parts=WHOLE) for hub, port in zip(demo_hubs(), ports, strict=True)]


def open_network(folder: Path, nodes: Sequence[Node], say: Say) -> None:
    """Start the nodes of the demo hubs, making first whatever is still missing; returns when all hold the same.

    Raises `NodeFailed`, or `CommandFailed` with what a command said.
    """
    state = State.read(folder)
    if not state.day:
        state.day, state.ports = date.today().isoformat(), [node.port for node in nodes]  # noqa: DTZ011 - a local day
        state.write()
    with Operator() as operator:
        with _step(say, "Schlüssel und Datenbanken"):
            _initialise(operator, nodes)
        with _step(say, "Web und Arbeiter starten"):
            for node in nodes:
                node.start()
            _accounts(operator, nodes, state)
            wait_until_answering(nodes)
        try:
            _acquaint(operator, nodes, state, say)
            _publish(operator, nodes, state, say)
        except BaseException:
            refuse_ended(nodes)
            raise


def records_of(node: Node, nodes: Sequence[Node], state: State) -> list[dict[str, Any]]:
    """The demo records of one hub, as `hubnode publish` takes them, with dates as seen from the first start."""
    ids = allot_ids({one.key: one.origin for one in nodes})
    return demo_records(node.key, ids, date.fromisoformat(state.day))


@contextmanager
def _step(say: Say, text: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    say(f"  {text:<54} {time.monotonic() - begun:5.1f} s")


def _initialise(operator: Operator, nodes: Sequence[Node]) -> None:
    """Make what is missing, migrate what is old, and learn the fingerprints."""
    finish(operator.submit(node, *_init(hub, node)) for hub, node in zip(demo_hubs(), nodes, strict=True))
    for key, report in operator.status(nodes).items():
        next(node for node in nodes if node.key == key).fingerprint = report["fingerprint"]


def _init(hub: DemoHub, node: Node) -> list[str]:
    words = ["init", "--base-url", node.origin, "--port", str(node.port), "--mode", "demo"]
    words += ["--name", hub.name, "--place", hub.place, "--district", hub.district]
    words += ["--contact-email", f"hub@{hub.key}.example", "--intro", hub.intro["de"], "--intro-en", hub.intro["en"]]
    return words + [word for focus in hub.focus_areas for word in ("--focus", focus)]


def _accounts(operator: Operator, nodes: Sequence[Node], state: State) -> None:
    for node in nodes:
        missing = [account for account in ACCOUNTS if f"{node.key}:{account[0]}" not in state.done]
        finish(operator.submit(node, *_user(node, account), stdin=f"{PASSWORD}\n") for account in missing)
        for local, _, _ in missing:
            state.finish(f"{node.key}:{local}")


def _user(node: Node, account: tuple[str, str, str]) -> list[str]:
    local, name, role = account
    return ["user", "add", f"{local}@{node.key}.example", "--name", name, "--role", role, "--password-stdin"]


def _acquaint(operator: Operator, nodes: Sequence[Node], state: State, say: Say) -> None:
    if "peers" in state.done:
        return
    with _step(say, "Hubs miteinander bekannt machen"):
        acquaint(operator, nodes)
    state.finish("peers")


def _publish(operator: Operator, nodes: Sequence[Node], state: State, say: Say) -> None:
    """Publish the records of each hub as its operator would: as a file."""
    for hub, node in zip(demo_hubs(), nodes, strict=True):
        if f"{node.key}:records" in state.done:
            continue
        records, folder = records_of(node, nodes, state), node.folder / files.FOLDER
        ids = allot_ids({one.key: one.origin for one in nodes})
        records = people.as_written(records, demo_people(node.key, ids, date.fromisoformat(state.day)))
        files.attach(records, ids, folder)
        file = node.folder / "demo-records.json"
        file.write_text(json.dumps(records, ensure_ascii=False, indent=1), "utf-8")
        with _step(say, f"{hub.place}: {len(records)} Datensätze veröffentlichen"):
            operator.run(node, "publish", "--files", str(folder), str(file))
            operator.call(people.answered, node, ids, date.fromisoformat(state.day), node.key)
        state.finish(f"{node.key}:records")
    with _step(say, "Warten, bis alle fünf dasselbe wissen"):
        wait_until_equal(operator, nodes)
