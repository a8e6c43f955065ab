"""One hub, and one person of every kind before it: for tests that compare what each of them may do."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask.testing import FlaskClient

from hubnode.db import db, reading, transaction
from hubnode.network import question_views, questions
from hubnode.network.signing_in import visitors
from hubnode.network.signing_in.visitors import Vouched
from hubnode.network.taking_part import registering
from hubnode.people import accounts, sessions
from hubnode.people.models import Account, SignIn
from hubnode.people.viewer import ROLES, Viewer
from hubnode.records import reading as records
from hubnode.records import saved
from hubnode.records.models import Record
from hubnode.records.profile_models import Profile
from hubnode.records.reading import Browse
from tests.hubnode import persons
from tests.hubnode.bodies import project
from tests.hubnode.feeds.bodies import event, expertise
from tests.hubnode.hubs import NOW, SECRET, Hub, carry, pin
from tests.hubnode.web.browsing import PASSWORD

EVERYBODY = ("anonymous", "visitor", "partner", "expert", "staff", "editor", "coordinator", "admin")
LATER = {"starts_at": "2099-05-04T10:00", "ends_at": "2099-05-04T11:00"}
LEVELS = ("public", "network", "hub")


@dataclass
class Cast:
    """A hub with everything that it takes to try each of its routes as each kind of person."""

    hub: Hub
    neighbour: Hub
    password_hash: str
    cookies: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    """Own records by level, one of the neighbour as ``foreign``; threads and searches by owner."""
    sign_ins: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pin(self.neighbour, self.hub)
        pin(self.hub, self.neighbour)
        for level in LEVELS:
            self.ids[level] = self.hub.publish("project", project(f"Eigenes {level}"), level)
        self.ids["event"] = self.hub.publish("event", event(registration="required", **LATER))
        self.ids["foreign"] = self.neighbour.publish("project", project("Fremdes"), "network")
        carry(self.neighbour, self.hub)
        with self.hub.at():
            self._people()
            self._visitor()
            self._belongings()
            db.session.remove()
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
        self._file = self.hub.settings.instance / "hub.db"
        self._kept = Path(shutil.copyfile(self._file, self._file.with_suffix(".kept")))
        self._watch()

    @property
    def host(self) -> str:
        """The neighbour's host and port."""
        return self.neighbour.origin.split("://")[1]

    def client(self, who: str) -> FlaskClient:
        """This person's browser; forms need no token here, which other tests are about."""
        client = self.hub.app.test_client()
        if who != "anonymous":
            client.set_cookie(sessions.cookie_name(self.hub.origin), self.cookies[who], domain="localhost")
        return client

    def writes(self) -> int:
        """A number that grows whenever somebody has changed anything in the database."""
        number: int = self._watcher.execute("PRAGMA data_version").fetchone()[0]
        return number

    def close(self) -> None:
        """Let go of the database."""
        self._watcher.close()

    def restore(self) -> None:
        """Put the database back as it was at first, if it was changed."""
        if self.writes() == self._first:
            return
        self._watcher.close()
        with self.hub.at():
            db.session.remove()
            db.engine.dispose()
        for rest in ("-wal", "-shm"):
            self._file.with_name(self._file.name + rest).unlink(missing_ok=True)
        shutil.copyfile(self._kept, self._file)
        self._watch()

    def _watch(self) -> None:
        self._watcher = sqlite3.connect(self._file)
        self._first = self.writes()

    def _people(self) -> None:
        """Two of every role: one who looks, and one whose things are somebody else's."""
        with transaction() as session:
            session.add_all(
                Account(
                    email=f"{who}{number}@wilster.example", name=f"{who} {number}", role=who, active=True,
                    password_hash=self.password_hash, created_at=NOW, password_changed_at=NOW,
                )
                for who in ROLES for number in (1, 2)
            )  # fmt: skip
        for who in ROLES:
            for number in (1, 2):
                token = sessions.open(
                    f"{who}{number}@wilster.example", PASSWORD, address=f"192.0.2.{number}", device="Firefox",
                    secret=SECRET, lasting=timedelta(days=9), now=datetime.now(UTC),
                )  # fmt: skip
                name = who if number == 1 else f"other {who}"
                self.cookies[name] = token
                account = accounts.by_email(f"{who}{number}@wilster.example").id
                self.sign_ins[name] = reading().scalars(sa.select(SignIn.id).where(SignIn.account_id == account)).one()

    def _visitor(self) -> None:
        vouched = Vouched(self.neighbour.origin, "s" * 43, "Vera Gast", "staff@example")
        self.cookies["visitor"] = visitors.admit(vouched, "Firefox", datetime.now(UTC))

    def viewer(self, who: str) -> Viewer:
        """This person as reads know it."""
        if who == "visitor":
            return visitors.viewer_of(self.cookies[who], datetime.now(UTC))
        return sessions.viewer_of(self.cookies.get(who), datetime.now(UTC))

    def _belongings(self) -> None:
        """A thread for everybody who may ask, and a search for everybody who may keep one."""
        for who in ("visitor", "staff", "editor", "coordinator", "admin", "other staff"):
            viewer = self.viewer(who)
            about = records.get(viewer, "project", self.ids["network"])
            written = questions.write("Wie oft?", "Bauhof", f"Frage: {who}")
            self.ids[f"thread {who}"] = questions.ask(viewer, about, written, NOW)
            if who != "visitor":
                self.ids[f"search {who}"] = saved.save(viewer, "", f"q={who}", who, Browse(text=who), NOW).id
            self.ids[f"seat {who}"] = self._seat(viewer)
        assert question_views.asked_by(self.viewer("staff"))
        self.ids["thread expert"] = self._asked_expert()

    def _seat(self, viewer: Viewer) -> str:
        """A seat in the event."""
        said = registering.say(viewer.name or "", "")
        return registering.register(viewer, records.get(viewer, "event", self.ids["event"]), "", said, NOW).id

    def _asked_expert(self) -> str:
        """A question about the profile of the expert."""
        profile = persons.unasked(expertise(), "network", NOW)
        with transaction() as session:
            record = sa.select(Record.id).where(Record.rec == profile).scalar_subquery()
            whose = {"account": self.viewer("expert").account_id}
            session.execute(sa.update(Profile).where(Profile.record == record).values(**whose))
        asker = self.viewer("other staff")
        about = records.get(asker, "expertise", profile)
        return questions.ask(asker, about, questions.write("Wie oft?", "Bauhof", "Frage: expert"), NOW)
