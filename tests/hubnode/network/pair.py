"""Two hubs that write to each other over real HTTP on loopback, under one clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from federation.letters import PATH, Letter, Reply, encode_batch, parse_replies
from federation.signatures import DOCUMENT_TYPE, Verified, sign_request
from hubnode.db import reading, transaction
from hubnode.demo.visitor import free_ports
from hubnode.network import letters, postman
from hubnode.network.doors import authenticate
from hubnode.network.letters_models import LetterOut, LetterRoute
from hubnode.network.models import Peer
from hubnode.network.node import EXTENSION
from hubnode.network.questions_models import Question, QuestionMessage
from hubnode.people.models import Account
from hubnode.people.viewer import Viewer
from hubnode.work.loop import claimed
from tests.hubnode.hubs import Hub, close, make_hub, pin
from tests.serving import served

Wsgi = Callable[..., Any]
STAFF, COORDINATOR, COLLEAGUE = 1, 2, 3
"""Accounts at each hub: who asks, who coordinates, and somebody else of the staff."""
ROLES = {STAFF: "staff", COORDINATOR: "coordinator", COLLEAGUE: "staff"}


def viewer(account: int) -> Viewer:
    """Somebody who is signed in at a hub of the pair."""
    return Viewer("hub", ROLES[account], account, f"Person {account}")  # type: ignore[arg-type]


@dataclass
class Pair:
    """Wilster and Rendsburg; only Rendsburg answers unless a test serves Wilster too."""

    wilster: Hub
    rendsburg: Hub
    _now: list[datetime]

    @property
    def now(self) -> datetime:
        """What time it is at both."""
        return self._now[0]

    def later(self, **time: float) -> None:
        """Let time pass at both."""
        self._now[0] += timedelta(**time)

    @contextmanager
    def answering(self, *hubs: Hub) -> Iterator[None]:
        """Let hubs answer, Rendsburg if none is named."""
        first, *others = hubs or (self.rendsburg,)
        with served(first.app, port_of(first)):
            if others:
                with self.answering(*others):
                    yield
            else:
                yield

    def write(self, kind: str = "note", body: dict[str, Any] | None = None, **how: Any) -> str:
        """Put a letter from Wilster to Rendsburg into the outbox."""
        with self.wilster.at(), transaction() as session:
            return letters.send(session, self.rendsburg.origin, kind, body or {}, self.now, **how)

    def deliver(self, hub: Hub | None = None) -> int:
        """What a worker does about letters until nothing is due; answers how many requests that were."""
        requests = 0
        while requests < 50:
            with (hub or self.wilster).at() as node:
                todo = [origin for task, origin in claimed(self.now) if task.name == "letters"]
                for origin in todo:
                    postman.deliver(node, origin)
            if not todo:
                return requests
            requests += len(todo)
        raise AssertionError("the worker runs hot")

    def sent(self, hub: Hub | None = None) -> list[tuple[str, str | None]]:
        """State and reason of each letter that a hub has written, in their order."""
        with (hub or self.wilster).at():
            rows = reading().execute(sa.select(LetterOut.state, LetterOut.reason).order_by(LetterOut.number))
            return [(state, reason) for state, reason in rows]

    def route(self) -> LetterRoute:
        """Wilster's way to Rendsburg."""
        with self.wilster.at():
            return reading().scalars(sa.select(LetterRoute)).one()

    def set_peer(self, here: Hub, there: Hub, **values: Any) -> None:
        """Change what `here` notes about `there`."""
        with here.at(), transaction() as session:
            session.execute(sa.update(Peer).where(Peer.origin == there.origin).values(**values))

    def letter(self, id: str = "01JD9XQ5T0ABCDEFGHJKMNPQ00", **changes: Any) -> Letter:
        """A letter from Wilster to Rendsburg, as anybody there could compose it."""
        fields = {
            "id": id,
            "sender": self.wilster.origin,
            "to": self.rendsburg.origin,
            "kind": "closed",
            "re": None,
            "ts": self.now,
            "expires": self.now + timedelta(days=14),
            "body": {"thread": "01JD9XQ5T0ABCDEFGHJKMNPQ99"},
        }
        return Letter(**{**fields, **changes})

    def signed(self, body: bytes, **how: Any) -> dict[str, str]:
        """Headers of a request to Rendsburg that Wilster (or `key` and `origin`) has signed."""
        with self.wilster.at() as node:
            key = how.get("key", node.identity.signing)
        url, origin = self.rendsburg.origin + PATH, how.get("origin", self.wilster.origin)
        return sign_request("POST", url, body, DOCUMENT_TYPE, key, origin, self.now)

    def proof(self, body: bytes) -> Verified:
        """The proof that Rendsburg has of such a request."""
        headers = self.signed(body)
        with self.rendsburg.at() as node:
            return authenticate(node, "POST", self.rendsburg.origin + PATH, headers, body)

    def post(self, body: bytes, **how: Any) -> Any:
        """Hand bytes in at Rendsburg's door, in a request signed like that."""
        client = self.rendsburg.app.test_client()
        return client.post(PATH, data=body, headers=self.signed(body, **how), base_url=self.rendsburg.origin)

    def hand_in(self, *batch: Letter) -> list[Reply]:
        """What Rendsburg answers to letters at its door."""
        answer = self.post(encode_batch(batch))
        assert answer.status_code == 200, answer.text
        return parse_replies(answer.data, [letter.id for letter in batch])


def held(hub: Hub) -> tuple[int, int]:
    """How many threads and messages a hub holds."""
    with hub.at():
        session = reading()
        session.rollback()
        counted = [session.scalar(sa.select(sa.func.count()).select_from(of)) for of in (Question, QuestionMessage)]
    return counted[0] or 0, counted[1] or 0


def port_of(hub: Hub) -> int:
    """The port in its address."""
    return int(hub.origin.rsplit(":", 1)[1])


@contextmanager
def make_pair(folder: Path, template: Path, url: str = "") -> Iterator[Pair]:
    """Two hubs that know each other, with people at both; Wilster in the database at `url`, if one is given."""
    now = [datetime.now(UTC).replace(microsecond=0)]
    first, second = free_ports(2)
    wilster = make_hub(folder / "wilster", template, "Wilster", first, url, pages=True)
    rendsburg = make_hub(folder / "rendsburg", template, "Rendsburg", second, pages=True)
    for hub in (wilster, rendsburg):
        _settle_down(hub.app, now)
    pin(wilster, rendsburg)
    pin(rendsburg, wilster)
    pair = Pair(wilster, rendsburg, now)
    for here, there in ((wilster, rendsburg), (rendsburg, wilster)):
        _quiet(pair, here, there)
    yield pair
    close(wilster)
    close(rendsburg)


def _settle_down(app: Flask, now: list[datetime]) -> None:
    """Give a hub the clock of the pair, and people."""
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: now[0])
    with app.app_context(), transaction() as session:
        session.add_all(
            Account(
                id=number,
                email=f"person{number}@hub.example",
                name=f"Person {number}",
                role=role,
                password_hash="",
                active=True,
                created_at=now[0],
                password_changed_at=now[0],
            )
            for number, role in ROLES.items()
        )


def _quiet(pair: Pair, here: Hub, there: Hub) -> None:
    """Let nothing but letters be due."""
    far = pair.now + timedelta(days=400)
    pair.set_peer(here, there, pull_due_at=far, poke_due_at=far)
