"""Hubs for tests: real settings, keys, database and log in a temporary folder, without a server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from federation.pages import read_page, write_page
from hubnode.app import create_app
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import db, reading, transaction
from hubnode.network import agreements, doors, identity, peers
from hubnode.network.agreements import Agreement
from hubnode.network.models import Peer
from hubnode.network.node import Node, current_node
from hubnode.people.viewer import OPERATOR
from hubnode.records import log, replica, service
from hubnode.records.models import Log, LogEntry
from tests.cheaper import cheap_passwords, share_compiled, share_static
from tests.hubnode import persons

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
share_static()
cheap_passwords()
SECRET = "a secret of this test, long enough to be one"


AGREEMENT = Agreement("Vereinbarung 1/2026", NOW.date())
"""What hubs of tests have agreed upon."""


@dataclass
class Hub:
    """One hub under test; `at()` opens its application."""

    app: Flask
    settings: Settings

    @property
    def origin(self) -> str:
        """Its address."""
        return self.settings.base_url

    @contextmanager
    def at(self) -> Iterator[Node]:
        """Be at this hub."""
        with self.app.app_context():
            yield current_node()

    def publish(self, kind: str, body: dict[str, Any], level: str = "public", now: datetime = NOW) -> str:
        """Publish a new record; answers its id."""
        if kind == "expertise":
            return persons.publish(self, body, level, now)
        with self.at():
            draft = service.save_draft(OPERATOR, kind, body, level=level, now=now)
            service.publish(OPERATOR, draft.id, now)
            return draft.id

    def revise(
        self, id: str, now: datetime = NOW + timedelta(hours=1), level: str | None = None, **changes: Any
    ) -> None:
        """Publish another version of a record; of a profile as its person does."""
        with self.at():
            draft = service.draft(OPERATOR, id)
            if draft.kind == "expertise":
                persons.revise(id, draft.body | changes, level or draft.level, now)
                return
            service.save_draft(OPERATOR, draft.kind, draft.body | changes, id=id, level=level or draft.level, now=now)
            service.publish(OPERATOR, id, now)

    def page(self, after: int = 0, limit: int = 500) -> bytes:
        """A page of its own log, as it stands on the wire."""
        with self.at() as node:
            session = reading()
            held = log.own(session)
            lines = log.lines(session, held, after, limit)
            end = after + len(lines)
            return write_page(lines, doors.note(node, session, held, end), more=end < held.size)


def make_hub(
    folder: Path, template: Path, place: str, port: int, url: str = "", *, pages: bool = False, host: str = "127.0.0.1"
) -> Hub:
    """A hub with an empty database, copied from the migrated `template` (or already migrated at `url`)."""
    folder.mkdir(parents=True)
    if not url:
        shutil.copyfile(template, folder / "hub.db")
    settings = Settings(
        instance=folder,
        base_url=f"http://{host}:{port}",
        name=f"Digital Hub {place}",
        place=place,
        secret_key=SECRET,
        focus_areas=("focus-admin",),
        district="Steinburg",
        intro={"de": f"Der Hub in {place}."},
        contact_email="hub@example.org",
        mode="test",
        database_url=url,
        poke_coalesce_s=0.0,
    )
    identity.create(folder / "keys", settings.base_url, datetime.now(UTC))
    app = (create_app if pages else create_core)(settings)
    with app.app_context():
        share_compiled(db.engine)
    with app.app_context(), transaction() as session:
        log.open_own(session, settings.base_url, NOW)
    return Hub(app, settings)


def close(hub: Hub) -> None:
    """Let go of the hub's database."""
    with hub.app.app_context():
        db.session.remove()
        db.engine.dispose()


def agree(session: Session, origin: str) -> None:
    """Enter an agreement with the hub at `origin`, so that it is given what is for members."""
    agreements.keep(session, origin, AGREEMENT, NOW)
    session.execute(sa.update(Peer).where(Peer.origin == origin).values(told_size=0))


def pin(here: Hub, there: Hub, *, agreed: bool = True) -> None:
    """Let `here` know `there`, as a joining would, without a request."""
    with there.at() as node:
        card = doors.own_card(node, reading())
    with here.at(), transaction() as session:
        copy = Log(origin=there.origin, log_id=card.log_id, own=False, size=0, changed_at=NOW)
        session.add(copy)
        session.flush()
        session.add(peers._pinned(card, copy.id, NOW))
        if agreed:
            agree(session, there.origin)


def carry(there: Hub, here: Hub, limit: int = 500) -> replica.Applied:
    """Bring one page of `there` to `here`: verified and applied as a pull would."""
    with here.at():
        size = reading().scalars(sa.select(Log.size).where(Log.origin == there.origin)).one()
    data = there.page(size, limit)
    return bring(data, there, here)


def bring(data: bytes, there: Hub, here: Hub) -> replica.Applied:
    """Verify and apply these bytes at `here` as a page of `there`."""
    with here.at(), transaction() as session:
        peer = peers.active(session, there.origin)
        assert peer is not None
        held = session.get_one(Log, peer.log)
        page = read_page(replica.state_of(held), peers.keyset_of(peer), data, now=datetime.now(UTC))
        return replica.apply(session, held, page, NOW)


def every_value(session: Session) -> str:
    """All that the tables hold, in lower case, bytes as Latin-1; the files of the text index are left to `scrub`."""
    named = session.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
    plain = [name for name in named if not name.startswith("search_text")]
    assert {"record", "log_entry", "search_entry", "search_term"} <= set(plain)
    rows = (row for name in plain for row in session.execute(sa.text(f'SELECT * FROM "{name}"')))  # noqa: S608 - our own
    values = (value for row in rows for value in row)
    return "\n".join(one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in values).lower()


def forget_everything(session: Session) -> None:
    """Do what an origin must never do: begin the same log again."""
    own = log.own(session)
    own.size, own.edge = 0, b"\0" * 8
    session.execute(sa.delete(LogEntry))
