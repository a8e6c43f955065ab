"""Hennstedt, where people have accounts, and Wilster, which they visit, under a clock that tests move."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from federation import signin
from hubnode.db import transaction
from hubnode.network.models import Peer
from hubnode.network.node import EXTENSION
from hubnode.people.models import Account
from tests.hubnode.hubs import NOW, Hub, close, make_hub, pin
from tests.hubnode.web.browsing import PASSWORD, Browser
from tests.hubnode.web.desk import password_hash
from tests.serving import free_port, served

__all__ = ["password_hash"]
ROLES = {"alice": "admin", "bob": "coordinator", "charlie": "staff", "paula": "partner"}


@dataclass
class Liar:
    """Stands before Hennstedt: passes everything on, unless a test has said what to answer to a code instead."""

    app: Callable[..., Any]
    said: Callable[[], tuple[str, list[tuple[str, str]], bytes]] | None = None

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer."""
        if self.said is None or environ["PATH_INFO"] != signin.TOKEN:
            return cast("Iterable[bytes]", self.app(environ, start))
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, headers, body = self.said()
        start(status, headers)
        return [body]

    def instead(self, token: object) -> None:
        """Answer the next codes with this as the ID token."""
        body = json.dumps({"access_token": "x", "token_type": "Bearer", "id_token": token}).encode()
        self.said = lambda: ("200 OK", [("Content-Type", "application/json")], body)


@dataclass
class Two:
    """Both hubs."""

    wilster: Hub
    hennstedt: Hub
    liar: Liar
    shift: list[timedelta] = field(default_factory=lambda: [timedelta(0)])

    @property
    def now(self) -> datetime:
        """What time it is at both."""
        return datetime.now(UTC) + self.shift[0]

    def later(self, **time: float) -> None:
        """Let time pass at both."""
        self.shift[0] += timedelta(**time)

    def set_state(self, here: Hub, there: Hub, state: str) -> None:
        """Let `here` suspend `there`, or take it in again."""
        with here.at(), transaction() as session:
            session.execute(sa.update(Peer).where(Peer.origin == there.origin).values(state=state))

    def traveller(self, email: str = "charlie@hub.example") -> Traveller:
        """Somebody of Hennstedt, signed in there."""
        person = Traveller(self, Browser(self.hennstedt.app), Browser(self.wilster.app))
        if email:
            assert person.home.sign_in(email, PASSWORD).status_code == 303
        return person


@dataclass
class Traveller:
    """A person with one browser, which is at two hubs."""

    two: Two
    home: Browser
    away: Browser

    def set_out(self, wanted: str = "/besuch") -> str:
        """Choose the home hub on the sign-in page at Wilster; the address that it leads to."""
        answer = self.away.open(f"/anmelden/hub/{signin.host_part(self.two.hennstedt.origin)}?next={wanted}")
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def ask(self, address: str) -> TestResponse:
        """Be led to the home hub."""
        return self.home.open(local(address))

    def agree(self, address: str) -> str:
        """Agree at the home hub, or have agreed; the address that leads back."""
        answer = self.ask(address)
        if answer.status_code == 200:
            form = ".//form[.//button[@value='zustimmen']]"
            answer = self.home.send(local(address), form=form, button="zustimmen")
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def come_back(self, address: str) -> TestResponse:
        """Be led back to Wilster."""
        return self.away.open(local(address))

    def visit(self) -> TestResponse:
        """All of it."""
        return self.come_back(self.agree(self.set_out()))


def local(address: str) -> str:
    """Path and query of an address."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def query(address: str) -> dict[str, str]:
    """The parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, template: Path, password_hash: str) -> Iterator[Two]:
    """Both hubs, answering."""
    folder = tmp_path_factory.mktemp("two")
    hubs = [make_hub(folder / place, template, place, free_port(), pages=True) for place in ("Wilster", "Hennstedt")]
    made = Two(hubs[0], hubs[1], Liar(hubs[1].app))
    for hub in hubs:
        node = hub.app.extensions[EXTENSION]
        hub.app.extensions[EXTENSION] = replace(node, clock=lambda: made.now)
        with hub.at(), transaction() as session:
            session.add_all(_account(name, role, password_hash) for name, role in ROLES.items())
    pin(hubs[0], hubs[1])
    pin(hubs[1], hubs[0])
    with ExitStack() as open_:
        for hub, app in zip(hubs, (hubs[0].app, made.liar), strict=True):
            open_.enter_context(served(app, int(hub.origin.rsplit(":", 1)[1])))
        yield made
    for hub in hubs:
        close(hub)


def _account(name: str, role: str, password_hash: str) -> Account:
    return Account(
        email=f"{name}@hub.example", name=name.title(), role=role, password_hash=password_hash, active=True,
        created_at=NOW, password_changed_at=NOW,
    )  # fmt: skip
