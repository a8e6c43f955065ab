"""Three hubs that know each other, in one process, with their doors open on loopback; each can be put back in time."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hubnode.app import create_app
from hubnode.db import reading
from hubnode.demo.visitor import free_ports
from hubnode.network import pull, recovery, status
from hubnode.network.models import NetworkEvent, Peer
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import log
from hubnode.records import reading as records
from hubnode.records.models import Log
from tests import serving
from tests.hubnode.hubs import Hub, close, make_hub, pin

PLACES = ("Wilster", "Rendsburg", "Hennstedt")


class Three:
    """Wilster, Rendsburg and Hennstedt: what one publishes, the others pull when they are told to."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder = folder
        ports = free_ports(len(PLACES))
        self.hubs = [
            make_hub(folder / place, template, place, port, pages=True)
            for place, port in zip(PLACES, ports, strict=True)
        ]
        self.wilster, self.rendsburg, self.hennstedt = self.hubs
        for here in self.hubs:
            for there in self.hubs:
                if here is not there:
                    pin(here, there)

    @contextmanager
    def open(self, *hubs: Hub) -> Iterator[None]:
        """Let these hubs, or all, answer while the block runs."""
        with ExitStack() as doors:
            for hub in hubs or self.hubs:
                doors.enter_context(served(hub))
            yield

    def pull(self, here: Hub, there: Hub) -> pull.Turn:
        """One pull by the worker of `here`."""
        with here.at() as node:
            return pull.pull(node, there.origin)

    def settle(self) -> None:
        """Everybody pulls from everybody, twice: the second time tells the origin that all has arrived."""
        for here in self.hubs:
            for there in self.hubs:
                if here is not there:
                    self.pull(here, there)

    def back_up(self, hub: Hub) -> Path:
        """A copy of the hub's database, made as its operator would."""
        copy = self.folder / f"{hub.settings.place}.backup"
        with (
            contextlib.closing(sqlite3.connect(hub.settings.instance / "hub.db")) as source,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        return copy

    def put_back(self, hub: Hub, copy: Path, *, whole_folder: bool = False) -> None:
        """Stop the hub, put the copy in the place of its database, and start it; `whole_folder` as of a machine."""
        close(hub)
        for suffix in ("", "-wal", "-shm"):
            (hub.settings.instance / f"hub.db{suffix}").unlink(missing_ok=True)
        (hub.settings.instance / "hub.db").write_bytes(copy.read_bytes())
        if whole_folder:
            (hub.settings.instance / "watermark.json").unlink(missing_ok=True)
        self.restart(hub)

    def restart(self, hub: Hub) -> None:
        """Start the hub's application as its web process does, up to the first question to the others."""
        close(hub)
        hub.app = create_app(hub.settings)
        with hub.at() as node:
            recovery.begin(node)


@contextmanager
def served(hub: Hub) -> Iterator[None]:
    """Serve the hub at its address; the application is looked up with each request, so it may be restarted."""

    def app(environ: Any, start_response: Any) -> Any:
        return hub.app(environ, start_response)

    with serving.served(app, int(hub.origin.rsplit(":", 1)[1])):
        yield


def settled(hub: Hub) -> str:
    """One round of asking the others; the state of the own log afterwards."""
    with hub.at() as node:
        return recovery.settle(node)


def state(hub: Hub) -> str:
    """The state of the own log."""
    with hub.at():
        return log.own(reading()).state


def size(hub: Hub) -> int:
    """The number of entries of the own log."""
    with hub.at():
        return log.own(reading()).size


def copy_of(here: Hub, there: Hub) -> Log:
    """What `here` holds of the log of `there`."""
    with here.at():
        found: Log = reading().scalars(sa.select(Log).where(Log.origin == there.origin, ~Log.own)).one()
        return found


def peer_of(here: Hub, there: Hub) -> Peer:
    """What `here` has noted about `there`."""
    with here.at():
        found: Peer = reading().scalars(sa.select(Peer).where(Peer.origin == there.origin)).one()
        return found


def titles(hub: Hub) -> set[str]:
    """The titles of everything that the hub shows to anybody."""
    with hub.at():
        found = records.find(ANONYMOUS, records.Browse(size=100))
        return {item.headline["de"] for item in found.items}


def told(hub: Hub) -> list[str]:
    """What the hub has told its people, oldest first."""
    with hub.at():
        return list(reading().scalars(sa.select(NetworkEvent.what).order_by(NetworkEvent.id)))


def digests(hub: Hub) -> dict[str, str]:
    """Root and digest of every log as this hub holds it, by origin."""
    with hub.at():
        return {held.origin: f"{held.root} {held.digest}" for held in status.held(reading())}


def findings(hub: Hub) -> list[str]:
    """Where logs and tables of this hub do not fit."""
    with hub.at():
        return status.verify(reading())
