"""Many hubs in one process: real nodes with databases, and members that only sign, over a simulated transport."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask

from federation import checkpoint, pages, tree
from federation.card import HubCard
from federation.errors import Unreachable
from federation.keys import SigningKey
from federation.keyset import Keyset, OnlineKey
from federation.signatures import DOCUMENT_TYPE
from federation.wire import Answer, Wire
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import db, transaction
from hubnode.network import agreements, identity, peers
from hubnode.network.agreements import Agreement
from hubnode.network.node import Node, current_node
from hubnode.records import log
from hubnode.web import apl
from migrations.runner import upgrade

SECRET = "nobody signs in while this is measured, so it keeps nothing"  # noqa: S105
Handler = Callable[[str, str, Mapping[str, str], bytes], Answer]


@dataclass(slots=True)
class Traffic:
    """What went over the simulated transport."""

    requests: int = 0
    sent: int = 0
    answered: int = 0

    @property
    def bytes(self) -> int:
        """Both ways: paths, header fields and bodies, without what TCP and TLS add."""
        return self.sent + self.answered


class Cable(Wire):
    """A wire that leads to functions instead of sockets, counts what passes, and can be cut."""

    def __init__(self) -> None:
        super().__init__(allow_loopback=True)
        self.ends: dict[str, Handler] = {}
        self.traffic = Traffic()
        self.cut = False

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        origin: str,
        deadline_s: float = 10.0,  # noqa: ARG002 - functions answer at once
        cap_bytes: int,  # noqa: ARG002 - and what they answer is ours
    ) -> Answer:
        """What the function at `origin` answers; raises `Unreachable` while cut."""
        if self.cut:
            raise Unreachable("connect", "the cable is cut")
        self.traffic.requests += 1
        self.traffic.sent += _size(headers) + len(url) + len(body or b"")
        answer = self.ends[origin](method, url, headers, body or b"")
        self.traffic.answered += _size(answer.headers) + len(answer.body)
        return replace(answer, body=gzip.decompress(answer.body)) if "content-encoding" in answer.headers else answer


def _size(headers: Mapping[str, str]) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers.items())


@dataclass(slots=True)
class Member:
    """A hub that publishes nothing: it answers what every hub answers, and signs what every hub signs."""

    origin: str
    key: SigningKey
    card: HubCard
    page: bytes = b""

    def answer(self, _method: str, url: str, _headers: Mapping[str, str], _body: bytes) -> Answer:
        """Its empty log, its card, or that it has heard."""
        path = urlsplit(url).path
        if path == "/apl/v1/entries":
            return Answer(200, {"content-type": pages.PAGE_TYPE}, self.page)
        if path == "/.well-known/apl":
            return Answer(200, {"content-type": DOCUMENT_TYPE}, self.card.to_bytes())
        return Answer(202, {"content-type": DOCUMENT_TYPE}, b"")


def member(number: int, now: datetime) -> Member:
    """A new member with its own keys and an empty log."""
    origin, log_id = f"http://127.0.0.1:{20000 + number}", f"{number:032x}"
    root, key = SigningKey.generate("root"), SigningKey.generate("k1")
    lasting = OnlineKey(key.public, now - timedelta(hours=1), now + timedelta(days=90))
    keyset = Keyset.first(origin, root, [lasting])
    note = checkpoint.sign(checkpoint.Checkpoint(origin, log_id, 0, tree.CompactRange().root()), key)
    card = HubCard(
        name=f"Hub {number}",
        place=f"Ort {number}",
        focus=("focus-admin",),
        district="",
        contact="",
        intro={"de": "Ein Hub zum Messen."},
        keyset=keyset,
        log_id=log_id,
        software="bench",
    )
    return Member(origin, key, card, pages.write_page([], note))


@dataclass(slots=True)
class Hub:
    """A real node over a cable."""

    app: Flask
    cable: Cable
    settings: Settings

    @contextmanager
    def at(self) -> Iterator[Node]:
        """Be at this hub."""
        with self.app.app_context():
            yield current_node()

    def knows(self, card: HubCard, handler: Handler, now: datetime) -> None:
        """Pin another hub, reached by a function."""
        self.cable.ends[card.keyset.origin] = handler
        with self.at(), transaction() as session:
            peers.pin(session, card, now)
            agreements.keep(session, card.keyset.origin, Agreement("Messung", now.date()), now)

    def answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What its doors answer."""
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        given = self.app.test_client().open(
            target,
            base_url=self.settings.base_url,
            method=method,
            headers=dict(headers),
            data=body,
            environ_overrides={"RAW_URI": target},
        )
        return Answer(given.status_code, {name.lower(): value for name, value in given.headers}, given.data)

    def close(self) -> None:
        """Let go of the database."""
        with self.at():
            db.session.remove()
            db.engine.dispose()


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime
    moved: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        """The time on it."""
        return self.now + self.moved


def hub(folder: Path, template: Path, number: int, clock: Clock) -> Hub:
    """A real node with an empty database in `folder`."""
    folder.mkdir(parents=True)
    if not template.exists():
        upgrade(f"sqlite:///{template}")
    shutil.copyfile(template, folder / "hub.db")
    settings = Settings(
        instance=folder,
        base_url=f"http://127.0.0.1:{10000 + number}",
        name=f"Hub {number}",
        place=f"Ort {number}",
        secret_key=SECRET,
        focus_areas=("focus-admin",),
        intro={"de": "Ein Hub zum Messen."},
        contact_email="hub@example.org",
        mode="test",
    )
    identity.create(folder / "keys", settings.base_url, clock())
    cable = Cable()
    app = create_core(settings, clock=clock, wire=cable)
    app.register_blueprint(apl.blueprint)
    with app.app_context(), transaction() as session:
        log.open_own(session, settings.base_url, clock())
    return Hub(app, cable, settings)
