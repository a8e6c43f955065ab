"""Programs that people use, as Debian has them: a calendar and a feed reader follow a hub and see what changes.

Each has a folder of its own for all that it keeps, and asks a node that really answers.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from tests.hubnode.feeds import bodies
from tests.hubnode.hubs import NOW, Hub, close, make_hub
from tests.migrated import sqlite_template
from tests.serving import free_port, served

SERIES = {
    "title": {"de": "Sprechstunde Digitales"},
    "starts_at": "2027-01-11T14:00",
    "ends_at": "2027-01-11T15:00",
    "recurrence": "FREQ=WEEKLY;COUNT=3",
}
CALENDAR = """
[general]
status_path = "{home}/status/"
[pair hub]
a = "away"
b = "here"
collections = null
conflict_resolution = "a wins"
[storage away]
type = "http"
url = "{url}"
[storage here]
type = "filesystem"
path = "{home}/events/"
fileext = ".ics"
"""
KHAL = """
[calendars]
[[hub]]
path = {home}/events/
readonly = True
[sqlite]
path = {home}/khal.db
[locale]
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
timeformat = %H:%M
dateformat = %d.%m.
longdateformat = %Y-%m-%d
datetimeformat = %d.%m. %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub that answers on loopback."""
    port = free_port()
    made = make_hub(tmp_path / "wilster", sqlite_template(), "Wilster", port, pages=True)
    with served(made.app, port):
        yield made
    close(made)


@dataclass(frozen=True)
class Desk:
    """Where somebody's programs keep what they know."""

    home: Path

    def run(self, program: str, *arguments: str, typed: str = "") -> str:
        """What the program says; its failure is ours."""
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", "TZ": "Europe/Berlin",
        }  # fmt: skip
        done = subprocess.run(
            [program, *arguments], input=typed, capture_output=True, text=True, timeout=60, env=environment, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Desk:
    """A desk with the programs that the test names."""
    for program in request.param:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed; run: apt-get install -y {program}")
    home = tmp_path / "home"
    home.mkdir()
    return Desk(home)


def change(hub: Hub, id: str, kind: str, body: dict[str, Any]) -> None:
    """Publish a record once more."""
    with hub.at():
        service.save_draft(OPERATOR, kind, body, id=id, level="public", now=NOW)
        service.publish(OPERATOR, id, NOW)


@pytest.mark.parametrize("desk", [("vdirsyncer", "khal")], indirect=True)
def test_a_calendar_follows_a_series_a_date_that_falls_out_and_a_cancellation(hub: Hub, desk: Desk) -> None:
    """Without anybody's doing: it asks again, and has it."""
    id = hub.publish("event", bodies.event(**SERIES))
    (desk.home / "sync.ini").write_text(CALENDAR.format(home=desk.home, url=f"{hub.origin}/feeds/termine.ics"))
    (desk.home / "khal.ini").write_text(KHAL.format(home=desk.home))

    def days() -> list[str]:
        desk.run("vdirsyncer", "-c", str(desk.home / "sync.ini"), "sync")
        format = ["--format", "{start-date-long} {start-time} {title}", "--day-format", ""]
        shown = desk.run("khal", "-c", str(desk.home / "khal.ini"), "list", *format, "2027-01-01", "40d")
        return [line for line in shown.splitlines() if line.strip()]

    desk.run("vdirsyncer", "-c", str(desk.home / "sync.ini"), "discover", typed="y\n")
    assert days() == [f"2027-01-{day} 14:00 Sprechstunde Digitales" for day in ("11", "18", "25")]
    change(hub, id, "event", bodies.event(**SERIES, cancelled_days=["2027-01-18"]))
    assert days() == [f"2027-01-{day} 14:00 Sprechstunde Digitales" for day in ("11", "25")]
    reason = {"status": "cancelled", "cancel_reason": {"de": "Erkrankung"}}
    change(hub, id, "event", bodies.event(**SERIES | reason))
    assert all("Abgesagt: Sprechstunde Digitales" in line for line in days())
    with hub.at():
        service.erase(OPERATOR, id, NOW)
    assert not any("Sprechstunde" in line for line in days())


@pytest.mark.parametrize("desk", [("newsboat",)], indirect=True)
@pytest.mark.parametrize("form", ["atom", "rss"])
def test_a_feed_reader_has_each_entry_once(hub: Hub, desk: Desk, form: str) -> None:
    """A new one comes, a changed one stays the same entry, and all lead to their page."""
    known = desk.home / "known.db"
    (desk.home / "urls").write_text(f"{hub.origin}/feeds/projekte.{form}\n")
    (desk.home / "config").write_text("show-read-feeds yes\n")

    def entries() -> dict[str, str]:
        desk.run(
            "newsboat", "-q", "-u", str(desk.home / "urls"), "-C", str(desk.home / "config"), "-c", str(known),
            "-x", "reload",
        )  # fmt: skip
        with sqlite3.connect(known) as database:
            return dict(database.execute("SELECT guid, url FROM rss_item WHERE deleted = 0").fetchall())

    first = hub.publish("project", bodies.project())
    assert entries() == {f"{hub.origin}/r/{first}": f"{hub.origin}/projekte/{first}"}
    second = hub.publish("project", bodies.project(title={"de": "Rad & Bus <b>"}))
    change(hub, first, "project", bodies.project(title={"de": "Ein anderer Titel"}))
    assert set(entries()) == {f"{hub.origin}/r/{first}", f"{hub.origin}/r/{second}"}
