"""Wilster with a clock that tests set, and its worker's work without its threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hubnode.db import transaction
from hubnode.network.node import EXTENSION, Node
from hubnode.people import passwords
from hubnode.people.viewer import OPERATOR
from hubnode.push import webhooks
from hubnode.push.webhooks import Stand
from hubnode.records import service
from hubnode.work import loop
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, make_hub
from tests.hubnode.push.subscribers import Subscriber
from tests.hubnode.web.browsing import PASSWORD
from tests.hubnode.web.desk import ROLES, account

PUSHING = [task for task in loop.TASKS if task.pushing]


@dataclass
class Desk:
    """The hub, its time and its pushing."""

    hub: Hub
    now: datetime = NOW
    secrets: dict[int, str] = field(default_factory=dict)

    def node(self) -> Node:
        """The node, with this clock; the hub must be open."""
        found: Node = self.hub.app.extensions[EXTENSION]
        return found

    def later(self, **span: float) -> Desk:
        """Let time pass."""
        self.now += timedelta(**span)
        return self

    def work(self, rounds: int = 5) -> int:
        """Do what a worker would do now, until nothing is due; answers how many tasks that were."""
        done = 0
        for _ in range(rounds):
            with self.hub.at() as node:
                claimed = [one for one in loop.claimed(self.now) if one[0].pushing]
                for task, number in claimed:
                    task.do(node, number)
            done += len(claimed)
            if not claimed:
                break
        return done

    def publish(self, title: str = "Sensoren", level: str = "public", **changes: Any) -> str:
        """Publish a project; answers its address."""
        id = self.hub.publish("project", project(title, **changes), level, self.now)
        return f"{self.hub.origin}/r/{id}"

    def withdraw(self, uri: str) -> None:
        """Take a record back."""
        with self.hub.at():
            service.withdraw(OPERATOR, uri.rpartition("/")[2], self.now)

    def erase(self, uri: str) -> None:
        """Erase a record."""
        with self.hub.at():
            service.erase(OPERATOR, uri.rpartition("/")[2], self.now)

    def hook(self, url: str, address: str = "/feeds/alle.atom", *, whole: bool = False) -> int:
        """Make a webhook; its secret is in `secrets`."""
        with self.hub.at() as node:
            number, secret = webhooks.make(node.settings, "Partner", url, address, self.now, by=OPERATOR, whole=whole)
        self.secrets[number] = secret
        return number

    def stand(self, number: int) -> Stand:
        """How a webhook stands."""
        with self.hub.at() as node:
            return webhooks.one(node.settings, number)


@pytest.fixture
def desk(tmp_path: Path, template: Path) -> Iterator[Desk]:
    """Wilster, without its pages and with nothing published."""
    hub = make_hub(tmp_path / "push", template, "Wilster", 5991)
    found = Desk(hub)
    hub.app.extensions[EXTENSION] = replace(found.node(), clock=lambda: found.now)
    yield found
    close(hub)


@pytest.fixture
def door(tmp_path: Path, template: Path) -> Iterator[Desk]:
    """Wilster with its pages; Bob is its coordinator, Charlie of the staff."""
    hub = make_hub(tmp_path / "door", template, "Wilster", 5991, pages=True)
    with hub.at(), transaction() as session:
        hashed = passwords.hashed(PASSWORD)
        session.add_all(account(name, role, hashed) for name, role in ROLES.items())
    found = Desk(hub)
    hub.app.extensions[EXTENSION] = replace(found.node(), clock=lambda: found.now)
    yield found
    close(hub)


@pytest.fixture
def partner() -> Iterator[Subscriber]:
    """A subscriber that takes everything."""
    with Subscriber().listening() as listening:
        yield listening
