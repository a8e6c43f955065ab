"""Rows 7 and 22: what a file is taken for, where it is stored, and who opens it."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from federation import routes
from federation.errors import ProtocolError
from hubnode.db import reading
from hubnode.network import doors, media, peers
from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from hubnode.records.media_models import Media
from hubnode.records.models import Quarantine, Record
from tests.hubnode import files
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW
from tests.journeys.liar import Liar
from tests.threats.people import Person
from tests.threats.stage import Victim, forged, key_of, knows, rested

DISGUISES = ("text/html", "application/json", "application/ld+json", "application/activity+json", "")


class Disguised(Liar):
    """Answers what it should under another media type, and files as they are."""

    disguise: str | None = None

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.files: dict[str, bytes] = {}

    def attach(self, content: bytes, **row: Any) -> str:
        """Log a project with a file; answers the hash of the file."""
        sha256 = hashlib.sha256(content).hexdigest()
        self.files[sha256] = content
        about = {"sha256": sha256, "size": len(content), "type": "text/plain", "name": "Hinweis.txt"}
        self.put("project", project(attachments=[about | row]))
        return sha256

    def _answer(self, path: str) -> tuple[int, str, bytes]:
        if path.startswith(routes.MEDIA):
            return 200, routes.FILE_TYPE, self.files[path.rpartition("/")[2]]
        status, media_type, body = super()._answer(path)
        return status, media_type if self.disguise is None else self.disguise, body


@pytest.fixture
def disguised(victim: Victim) -> Iterator[Disguised]:
    """A member that calls its answers something else, as soon as it is told what."""
    hub = Disguised("Maskenball")
    knows(victim.hub, hub)
    rested(victim.hub)
    yield hub
    hub.close()


KEPT = re.compile(r"hub\.db|\.?watermark\.json")


def fetched(victim: Victim, origin: str) -> int:
    """Let the victim fetch the files of another hub."""
    with victim.hub.at() as node:
        media.tend(node, node.clock())
        return media.fetch(node, origin)


def written(tmp_path: Path) -> set[Path]:
    """Every file of every hub, but for their databases and how far they have come."""
    return {path for path in tmp_path.rglob("*") if path.is_file() and not KEPT.match(path.name)}


def test_threat_07_an_actor_that_was_uploaded_is_a_file_to_be_saved_and_nothing_else(victim: Victim) -> None:
    coordinator = Person(victim, "bob", "coordinator")
    with victim.hub.at():
        draft = service.save_draft(OPERATOR, "project", project(), level="public", now=NOW).id
    assert coordinator.upload(f"/redaktion/{draft}", files.ACTOR, "Person.txt", aktion="datei").status == 200
    sha256 = hashlib.sha256(files.ACTOR).hexdigest()
    row = {"sha256": sha256, "size": len(files.ACTOR), "type": "text/plain", "name": "Person.txt"}
    victim.hub.publish("project", project(attachments=[row]))
    wanted = {
        "Accept": 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
    }
    shown = victim.knock("GET", f"/medien/{sha256}/Person.txt", wanted)
    assert (shown.status, shown.type.split(";")[0], shown.body) == (200, "text/plain", files.ACTOR)
    assert shown.headers["Content-Disposition"].startswith("attachment")
    for answer in (shown, victim.ask(f"{routes.MEDIA}/{sha256}")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "json" not in answer.type
    assert victim.ask(f"{routes.MEDIA}/{sha256}").type == "application/octet-stream"


def test_threat_07_what_a_browser_or_a_hub_could_read_as_a_document_is_not_taken(victim: Victim) -> None:
    coordinator = Person(victim, "bob", "coordinator")
    with victim.hub.at():
        draft = service.save_draft(OPERATOR, "project", project(), level="public", now=NOW).id
    before = victim.rows()
    for ending, content in (("json", files.ACTOR), ("jsonld", files.ACTOR), ("svg", files.SVG), ("html", files.HTML)):
        assert coordinator.upload(f"/redaktion/{draft}", content, f"Datei.{ending}", aktion="datei").status == 422
    for content in (files.SVG, files.HTML):
        assert coordinator.upload(f"/redaktion/{draft}", content, "Datei.txt", aktion="datei").status == 422
    assert victim.rows() == before
    assert files.stored(victim.hub) == []


def test_threat_07_a_members_documents_count_under_their_own_media_type_only(
    victim: Victim, disguised: Disguised
) -> None:
    disguised.put("project", project())
    for disguise in DISGUISES:
        disguised.disguise = disguise
        assert victim.follow(disguised.origin) == "unreachable:bad_answer", disguise
        assert victim.column(Record.rec, Record.origin == disguised.origin) == [], disguise
    disguised.disguise = None
    assert victim.follow(disguised.origin) is None
    assert len(victim.column(Record.rec, Record.origin == disguised.origin)) == 1


def test_threat_07_a_card_of_another_media_type_introduces_nobody(victim: Victim) -> None:
    stranger = Disguised("Fremd")
    before = victim.rows()
    for disguise in DISGUISES:
        stranger.disguise = disguise
        with victim.hub.at() as node, pytest.raises((ProtocolError, peers.CantPin)):
            peers.add(node, stranger.origin, stranger.fingerprint, node.clock())
    stranger.close()
    assert victim.rows() == before


def test_threat_07_a_request_of_another_media_type_is_refused(victim: Victim) -> None:
    before = victim.rows()
    with victim.friend.at() as node:
        body = routes.encode_poke(doors.checkpoint(node).body.decode())
    key, origin = key_of(victim.friend), victim.friend.origin
    for disguise in ("text/html", "application/json", "application/activity+json"):
        headers = forged(victim.origin + routes.POKE, key, origin, body, media_type=disguise)
        assert headers["Content-Type"] == disguise
        answer = victim.knock("POST", routes.POKE, headers, body)
        assert answer.status in (400, 401, 415), disguise
    assert victim.rows() == before
    assert victim.knock("POST", routes.POKE, victim.signed("POST", routes.POKE, body), body).status == 202


PATHS = (
    "../../x.txt",
    "..\\..\\x.txt",
    "/etc/x.txt",
    "C:\\x.txt",
    ".x.txt",
    "a/../x.txt",
    "x\0.txt",
    "x\n.txt",
    "x" * 65_536 + ".txt",
    "x.txt.svg",
    "\u202etxt.exe",
)


def test_threat_22_no_name_that_a_hub_sends_becomes_a_path(
    victim: Victim, disguised: Disguised, tmp_path: Path
) -> None:
    before = written(tmp_path)
    for number, name in enumerate(PATHS):
        disguised.attach(b"Moin %d\n" % number, name=name)
    disguised.put(
        "project", project(attachments=[{"sha256": "../../x", "size": 1, "type": "text/plain", "name": "x.txt"}])
    )
    assert victim.follow(disguised.origin) is None
    assert len(victim.column(Quarantine.seq)) == len(PATHS) + 1
    assert victim.column(Record.id, Record.state == "published") == []
    assert (fetched(victim, disguised.origin), victim.column(Media.id)) == (0, [])
    assert written(tmp_path) == before


def test_threat_22_a_file_lies_under_its_hash_alone(victim: Victim, disguised: Disguised, tmp_path: Path) -> None:
    before = written(tmp_path)
    sha256 = disguised.attach(b"Moin\n", name="CON .. %2e%2e%2fx.txt")
    assert victim.follow(disguised.origin) is None
    assert fetched(victim, disguised.origin) == 1
    made = written(tmp_path) - before
    assert made == {victim.hub.settings.instance / "media" / sha256[:2] / sha256}
    for name in ("%2e%2e%2f%2e%2e%2fkeys%2froot.json", "..%00", "x" * 4000):
        shown = victim.knock("GET", f"/medien/{sha256}/{name}")
        assert (shown.status, shown.body) in ((200, b"Moin\n"), (404, shown.body))
    for hash in ("..%2f..%2fkeys", "../keys", sha256.upper(), sha256[:-1], f"{sha256}%00"):
        assert victim.knock("GET", f"/medien/{hash}/x.txt").status == 404
        assert victim.ask(f"{routes.MEDIA}/{hash}").status in (400, 404)


POLYGLOTS = {
    "PNG and ZIP": ("image/png", "Bild.png", files.picture("PNG", (40, 30)) + b"PK\x05\x06" + bytes(18)),
    "JPEG and page": ("image/jpeg", "Bild.jpg", files.picture(size=(40, 30)) + files.HTML),
    "WebP and SVG": ("image/webp", "Bild.webp", files.picture("WEBP", (40, 30)) + files.SVG),
    "a bomb": ("image/png", "Bild.png", files.bomb()),
    "a page": ("image/png", "Bild.png", files.HTML),
    "page and PDF": ("application/pdf", "Satzung.pdf", files.HTML + files.PDF),
    "SVG as text": ("text/plain", "Hinweis.txt", files.SVG),
}


def test_threat_22_two_in_one_is_not_kept_and_told(victim: Victim, disguised: Disguised) -> None:
    for media_type, name, content in POLYGLOTS.values():
        disguised.attach(content, type=media_type, name=name, alt={"de": "Ein Bild"})
    assert victim.follow(disguised.origin) is None
    assert fetched(victim, disguised.origin) == 0
    assert victim.column(Media.state) == ["refused"] * len(POLYGLOTS)
    assert files.stored(victim.hub) == []
    assert victim.told(disguised.origin).count("media") == len(POLYGLOTS)


WEB = """
import io, sys
from pathlib import Path
from hubnode.config import Settings
from hubnode.serving import load
from datetime import UTC, datetime
app = load(Path(sys.argv[1]))
from hubnode.records import intake
with app.app_context():
    row = intake.take(open(sys.argv[2], "rb"), "Bild.jpg", sys.argv[3], 10**7, datetime.now(UTC))
assert app.test_client().get("/").status_code == 200
decoders = [name for name in sys.modules if name.split(".")[0] in ("PIL", "cairosvg", "wand", "cv2")]
print(row["type"], decoders)
"""


def test_threat_22_the_web_process_opens_no_picture(victim: Victim, tmp_path: Path) -> None:
    """A picture is taken by the process that serves pages; whatever opens it was started beside it."""
    settings, picture = victim.hub.settings, tmp_path / "picture"
    picture.write_bytes(files.picture())
    (settings.instance / "settings.toml").write_text(
        f'base_url = "{settings.base_url}"\nname = "Hub"\nplace = "Ort"\nsecret_key = "{settings.secret_key}"\n'
        'mode = "test"\n'
    )
    arguments = [sys.executable, "-c", WEB, str(settings.instance), str(picture), settings.base_url]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "image/jpeg []\n", done.stderr
    with victim.hub.at():
        assert reading().scalars(sa.select(Media.state)).all() == ["held"]
