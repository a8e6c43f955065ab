"""The five demo hubs without processes: Wilster with its pages, holding what the other four have published."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from hubnode.app import create_app
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import transaction
from hubnode.demo.people import answer, as_written
from hubnode.demo.records import DemoHub, allot_ids, demo_hubs, demo_people, demo_records
from hubnode.network import identity
from hubnode.network.models import LagHour, Peer
from hubnode.people import accounts
from hubnode.people.viewer import OPERATOR
from hubnode.records import log, service
from tests.hubnode.hubs import NOW, SECRET, Hub, carry, pin

PASSWORD = "Deichgraf reitet Schimmel"
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

    def __init__(self, folder: Path, template: Path, port: int) -> None:
        self.today = datetime.now(UTC).date()
        places = demo_hubs()
        self.origins = {hub.key: f"http://127.0.0.1:{port + place}" for place, hub in enumerate(places)}
        self.ids = allot_ids(self.origins)
        self.hubs = {hub.key: self._make(hub, folder / hub.key, template) for hub in places}
        for key, hub in self.hubs.items():
            with hub.at():
                people = demo_people(key, self.ids, self.today)
                service.publish_all(OPERATOR, as_written(demo_records(key, self.ids, self.today), people), NOW)
                answer(people, NOW)
        for key, hub in self.hubs.items():
            if hub is not self.wilster:
                pin(self.wilster, hub)
                carry(hub, self.wilster)
                self._answered(hub, silent=key == SILENT)
        for key, delays in DELAYS.items():
            self._arrived(key, delays)
        with self.wilster.at():
            accounts.add("koordination@wilster.example", "Kerstin Probe", "coordinator", PASSWORD, NOW)

    @property
    def wilster(self) -> Hub:
        """The hub whose pages are looked at."""
        return self.hubs["wilster"]

    def path(self, id: str) -> str:
        """Where Wilster shows the demo record `id`."""
        origin, ulid = self.ids[id].split("/r/")
        host = "" if origin == self.wilster.origin else origin.split("://")[1] + "/"
        return f"/{SLUGS[id[:3]]}/{host}{ulid}"

    def _make(self, hub: DemoHub, folder: Path, template: Path) -> Hub:
        folder.mkdir(parents=True)
        shutil.copyfile(template, folder / "hub.db")
        settings = Settings(
            instance=folder,
            base_url=self.origins[hub.key],
            name=hub.name,
            place=hub.place,
            secret_key=SECRET,
            focus_areas=hub.focus_areas,
            district=hub.district,
            intro=hub.intro,
            contact_email=f"hub@{hub.key}.example",
            mode="test",
        )
        identity.create(folder / "keys", settings.base_url, datetime.now(UTC))
        app = (create_app if hub.key == "wilster" else create_core)(settings)
        with app.app_context(), transaction() as session:
            log.open_own(session, settings.base_url, NOW)
        return Hub(app, settings)

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
