"""The five demo hubs without processes: Wilster with its pages, holding what the other four have published."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from hubnode.app import create_app
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import db, transaction
from hubnode.demo.people import answer, as_written
from hubnode.demo.records import DemoHub, allot_ids, demo_hubs, demo_people, demo_records
from hubnode.network import identity
from hubnode.network.models import LagHour, Peer
from hubnode.people import accounts
from hubnode.people.viewer import OPERATOR
from hubnode.records import log, service
from tests.cheaper import share_compiled
from tests.hubnode.hubs import NOW, SECRET, Hub, carry, close, pin
from tests.migrated import sqlite_template

PASSWORD = "Deichgraf reitet Schimmel"
PORT = 5981
"""Wilster's where nobody else has this address, and nobody is served at it; the others follow."""
SILENT = "hennstedt"
"""The hub that has stopped answering."""
DELAYS = {"rendsburg": {1: 340, 2: 66_000, 3: 420, 9: 38_000}, "badoldesloe": {0: 900, 2: 1_100}}
"""By hub and hours ago: the longest that anything took to arrive at Wilster, in milliseconds."""
SLUGS = {
    "prj": "projekte", "exp": "expertise", "evt": "termine", "rep": "erfahrungen", "org": "organisationen",
    "fnd": "foerderung", "ned": "bedarfe", "off": "angebote", "reu": "nachnutzungen",
}  # fmt: skip
"""By the beginning of demo ids: the word in addresses."""


class Five:
    """The demo hubs by key, and the demo records' global ids."""

    def __init__(self, folder: Path, port: int = PORT) -> None:
        self.origins, self.ids, self.today = _addresses(port), allot_ids(_addresses(port)), _published(port).today
        shutil.copytree(_published(port).folder, folder, dirs_exist_ok=True)
        self.hubs = {hub.key: _opened(hub, folder / hub.key, self.origins[hub.key]) for hub in demo_hubs()}
        for key, hub in self.hubs.items():
            if hub is not self.wilster:
                self._answered(hub, silent=key == SILENT)
        for key, delays in DELAYS.items():
            self._arrived(key, delays)

    @property
    def wilster(self) -> Hub:
        """The hub whose pages are looked at."""
        return self.hubs["wilster"]

    def close(self) -> None:
        """Let go of the databases."""
        for hub in self.hubs.values():
            close(hub)

    def path(self, id: str) -> str:
        """Where Wilster shows the demo record `id`."""
        origin, ulid = self.ids[id].split("/r/")
        host = "" if origin == self.wilster.origin else origin.split("://")[1] + "/"
        return f"/{SLUGS[id[:3]]}/{host}{ulid}"

    def _answered(self, hub: Hub, silent: bool) -> None:
        """Let Wilster remember a contact with `hub`, or that it has not answered for three hours."""
        now = datetime.now(UTC)
        state = (
            {"last_contact_at": now - timedelta(hours=3), "silent_since": now - timedelta(hours=3), "pull_failures": 5}
            if silent
            else {"last_contact_at": now - timedelta(seconds=20), "acked_size": 1_000}
        )
        with self.wilster.at(), transaction() as session:
            session.execute(sa.update(Peer).where(Peer.origin == hub.origin).values(**state))

    def _arrived(self, key: str, delays: dict[int, int]) -> None:
        """Let Wilster remember how long publications of `key` have taken."""
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        with self.wilster.at(), transaction() as session:
            session.add_all(
                LagHour(origin=self.origins[key], hour=hour - timedelta(hours=ago), entries=1, worst_ms=worst)
                for ago, worst in delays.items()
            )


class _Published(NamedTuple):
    """The folders of the five with all that is published in them, to copy, and the day that it was."""

    folder: Path
    today: date


def _addresses(port: int) -> dict[str, str]:
    return {hub.key: f"http://127.0.0.1:{port + place}" for place, hub in enumerate(demo_hubs())}


@cache
def _published(port: int) -> _Published:
    """Made once in a process: writing, signing and carrying everything takes longer than most tests of it."""
    made = _Published(Path(tempfile.mkdtemp(prefix="five-")), datetime.now(UTC).date())
    atexit.register(shutil.rmtree, made.folder, ignore_errors=True)
    origins = _addresses(port)
    ids = allot_ids(origins)
    hubs = {hub.key: _founded(hub, made.folder / hub.key, origins[hub.key]) for hub in demo_hubs()}
    for key, hub in hubs.items():
        with hub.at():
            people = demo_people(key, ids, made.today)
            service.publish_all(OPERATOR, as_written(demo_records(key, ids, made.today), people), NOW)
            answer(people, NOW)
    wilster = hubs["wilster"]
    for hub in hubs.values():
        if hub is not wilster:
            pin(wilster, hub)
            carry(hub, wilster)
    with wilster.at():
        accounts.add("koordination@wilster.example", "Kerstin Probe", "coordinator", PASSWORD, NOW)
    for hub in hubs.values():
        close(hub)
    return made


def _founded(hub: DemoHub, folder: Path, origin: str) -> Hub:
    """A hub with nothing in it."""
    folder.mkdir()
    shutil.copyfile(sqlite_template(), folder / "hub.db")
    identity.create(folder / "keys", origin, datetime.now(UTC))
    made = _opened(hub, folder, origin)
    with made.at(), transaction() as session:
        log.open_own(session, origin, NOW)
    return made


def _opened(hub: DemoHub, folder: Path, origin: str) -> Hub:
    """The application of the hub in this folder; Wilster's with its pages."""
    settings = Settings(
        instance=folder,
        base_url=origin,
        name=hub.name,
        place=hub.place,
        secret_key=SECRET,
        focus_areas=hub.focus_areas,
        district=hub.district,
        intro=hub.intro,
        contact_email=f"hub@{hub.key}.example",
        mode="test",
    )
    app = (create_app if hub.key == "wilster" else create_core)(settings)
    with app.app_context():
        share_compiled(db.engine)
    return Hub(app, settings)
