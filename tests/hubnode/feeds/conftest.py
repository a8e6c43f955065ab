"""Two hubs in one database: Wilster, where we are, and Rendsburg, whose log arrives as it does from a peer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel
from ulid import ULID

from federation import canonical, tree
from federation.entries import make_entry
from federation.pages import Page
from hubnode.db import db, engine_options, transaction
from hubnode.feeds.select import Site
from hubnode.people.viewer import OPERATOR
from hubnode.records import kinds, log, replica, service
from hubnode.records.models import Log
from tests.hubnode import persons

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WILSTER, RENDSBURG = "https://wilster.example", "https://rendsburg.example:8443"
SITE = Site(WILSTER, {WILSTER: "Digital Hub Wilster", RENDSBURG: "Digital Hub Rendsburg"})


@dataclass
class Hub:
    """This node, with its clock."""

    now: datetime = NOW

    def later(self, **span: float) -> Hub:
        """Let time pass."""
        self.now += timedelta(**span)
        return self

    def publish(self, kind: str, body: dict[str, Any], level: str = "public", id: str | None = None) -> str:
        """Publish a record of this hub; answers its id."""
        if kind == "expertise":
            return persons.unasked(body, level, self.now)
        draft = service.save_draft(OPERATOR, kind, body, now=self.now, id=id, level=level)
        service.publish(OPERATOR, draft.id, self.now)
        return draft.id

    def withdraw(self, id: str) -> None:
        """Take a record back."""
        service.withdraw(OPERATOR, id, self.now)

    def erase(self, id: str) -> None:
        """Erase a record."""
        service.erase(OPERATOR, id, self.now)


@dataclass
class Peer:
    """Another hub, whose log this node copies."""

    hub: Hub
    copy: int
    size: int = 0
    edge: tree.CompactRange = tree.CompactRange()  # noqa: RUF009 - an immutable value

    def publish(self, kind: str, body: dict[str, Any], level: str = "public", id: str = "", rev: int = 1) -> str:
        """The peer publishes, and its entry arrives here; answers the id."""
        id = id or str(ULID.from_datetime(self.hub.now))
        wire = kinds.project(kind, body, "network", level)
        self._arrive(op="put", kind=kind, id=id, rev=rev, vis=level, body=canonical.encode(wire))
        return id

    def withdraw(self, kind: str, id: str, rev: int) -> None:
        """The peer takes a record back, and its entry arrives here."""
        self._arrive(op="del", kind=kind, id=id, rev=rev, vis="public")

    def _arrive(self, **change: Any) -> None:
        with transaction() as session:
            held = session.get_one(Log, self.copy)
            entry = make_entry(origin=held.origin, log=held.log_id, seq=held.size, ts=self.hub.now, **change)
            state = replica.state_of(held)
            edge = tree.completed(state.edge, entry.leaf)[1]
            page = Page(replace(state, edge=edge), (entry,), True, frozenset())
            assert replica.apply(session, held, page, self.hub.now).quarantined == 0


@pytest.fixture
def hub(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """This hub, with nothing published."""
    url = f"sqlite:///{shutil.copyfile(template, tmp_path / 'hub.db')}"
    app = Flask("feeds")
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=engine_options(url))
    db.init_app(app)
    Babel(app, default_locale="de", default_timezone="Europe/Berlin")
    with app.app_context():
        with transaction() as session:
            log.open_own(session, WILSTER, NOW)
        yield Hub()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def peer(hub: Hub) -> Peer:
    """Rendsburg, with nothing published."""
    with transaction() as session:
        copy = Log(origin=RENDSBURG, log_id="0" * 32, own=False, size=0, changed_at=NOW)
        session.add(copy)
        session.flush()
        return Peer(hub, copy.id)
