"""Files between hubs: from their origin only, for members only, checked to the last byte, gone with their record."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from federation import routes
from federation.signatures import DOCUMENT_TYPE, sign_request
from hubnode.db import reading, transaction
from hubnode.network import media, status
from hubnode.network.models import Peer
from hubnode.people.viewer import ANONYMOUS, OPERATOR
from hubnode.records import attached, attachments, copies, service
from hubnode.records import reading as records
from hubnode.records.errors import NotFound
from hubnode.records.media_models import Media, MediaUse
from hubnode.records.models import Record
from hubnode.work import loop
from tests.hubnode import files
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, close, make_hub, pin
from tests.hubnode.network.test_pull import port_of, pulled
from tests.serving import served


@pytest.fixture
def here(tmp_path: Path, template: Path, free_port: int) -> Iterator[Hub]:
    """The hub that copies."""
    hub = make_hub(tmp_path / "here", template, "Wilster", 5991, pages=True)
    yield hub
    close(hub)


@pytest.fixture
def there(tmp_path: Path, template: Path, here: Hub, free_port: int) -> Iterator[Hub]:
    """The hub that publishes; both know each other."""
    hub = make_hub(tmp_path / "there", template, "Rendsburg", free_port, pages=True)
    pin(here, hub)
    pin(hub, here)
    yield hub
    close(hub)


def publish(there: Hub, content: bytes = files.PDF, name: str = "Satzung.pdf", **more: Any) -> tuple[str, str]:
    """Publish a project with one file; answers its id and the file's hash."""
    row, level = files.attach(there, content, name), more.pop("level", "public")
    return there.publish("project", project(attachments=[row], **more), level), str(row["sha256"])


def publish_picture(there: Hub) -> tuple[str, str]:
    """The same with a picture."""
    return publish(there, files.picture(), "Marktplatz.jpg")


def fetched(here: Hub, there: Hub) -> int:
    """One turn of fetching."""
    with here.at() as node:
        return media.fetch(node, there.origin)


def brought(here: Hub, there: Hub) -> int:
    """Pull, then fetch."""
    with served(there.app, port_of(there)):
        pulled(here, there)
        return fetched(here, there)


def state_of(here: Hub, sha256: str) -> tuple[str, str]:
    """State and reason of a file of another hub."""
    with here.at():
        one = reading().scalars(sa.select(Media).where(Media.sha256 == sha256)).one()
        return one.state, one.reason


def make_due(here: Hub) -> None:
    """Let no pause hold up the next attempt."""
    with here.at(), transaction() as session:
        session.execute(sa.update(Media).values(due_at=NOW - timedelta(days=900)))


def asked(there: Hub, by: Hub, path: str) -> Any:
    """What `there` answers to a signed request of `by`."""
    with by.at() as node:
        now, key = datetime.now(UTC), node.identity.signing
        headers = sign_request("GET", there.origin + path, None, DOCUMENT_TYPE, key, by.origin, now)
    return there.app.test_client().get(path, headers=headers, base_url=there.origin, buffered=True)


def door(there: Hub, by: Hub, sha256: str) -> tuple[int, str]:
    """Status and content type at the door for files."""
    answer = asked(there, by, f"{routes.MEDIA}/{sha256}")
    return answer.status_code, answer.content_type


def test_a_picture_arrives_with_small_versions_made_here(here: Hub, there: Hub) -> None:
    id, sha256 = publish_picture(there)
    assert brought(here, there) == 1
    with here.at():
        [shown] = attached.of(records.get(ANONYMOUS, "project", id, there.origin))
        assert (shown.picture, shown.width, shown.height, list(shown.widths)) == (True, 600, 900, [480, 1280])
        assert attached.file(ANONYMOUS, sha256).path.read_bytes()[:3] == b"\xff\xd8\xff"
        assert attached.file(ANONYMOUS, sha256, 480).type == "image/webp"
    assert [path.relative_to(here.settings.instance).as_posix() for path in files.stored(here)] == [
        f"media/{sha256[:2]}/{sha256}{ending}" for ending in ("", ".1280", ".480")
    ]


def test_the_door_gives_a_member_bytes_and_nothing_else(here: Hub, there: Hub) -> None:
    row = files.attach(there, files.ACTOR, "Person.txt")
    there.publish("project", project(attachments=[row]))
    answer = asked(there, here, f"{routes.MEDIA}/{row['sha256']}")
    assert (answer.status_code, answer.data) == (200, files.ACTOR)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_door_wants_a_signature_of_a_member(here: Hub, there: Hub, tmp_path: Path, template: Path) -> None:
    _, sha256 = publish(there)
    open_door = there.app.test_client().get(f"{routes.MEDIA}/{sha256}", base_url=there.origin)
    assert (open_door.status_code, open_door.json["type"]) == (401, "bad-signature")
    stranger = make_hub(tmp_path / "stranger", template, "Kiel", 5993)
    assert door(there, stranger, sha256)[0] == 403
    close(stranger)
    with there.at(), transaction() as session:
        session.execute(sa.update(Peer).values(state="suspended"))
    assert door(there, here, sha256)[0] == 403


@pytest.mark.parametrize("name", ["", "../hub.db", "A" * 64, "0" * 63, "0" * 64, "0" * 64 + "%00", "%2e%2e%2fkeys"])
def test_the_door_has_no_other_names_than_hashes(here: Hub, there: Hub, name: str) -> None:
    publish(there)
    assert door(there, here, name)[0] in (400, 404)


def test_what_does_not_leave_the_hub_has_no_door(here: Hub, there: Hub) -> None:
    _, of_hub = publish(there, files.PDF, "Intern.pdf", level="hub")
    _, of_field = publish(there, b"Nur hier\n", "Hier.txt", field_visibility={"attachments": "hub"})
    drafted = files.attach(there, b"Entwurf\n", "Entwurf.txt")
    with there.at():
        service.save_draft(OPERATOR, "project", project(attachments=[drafted]), level="public", now=NOW)
    for sha256 in (of_hub, of_field, str(drafted["sha256"])):
        assert door(there, here, sha256)[0] == 404


def test_nobody_relays_the_files_of_another_hub(here: Hub, there: Hub) -> None:
    _, sha256 = publish(there)
    brought(here, there)
    assert state_of(here, sha256)[0] == "held"
    assert door(here, there, sha256)[0] == 404


def test_a_withdrawn_record_takes_its_files_along(here: Hub, there: Hub) -> None:
    id, sha256 = publish_picture(there)
    brought(here, there)
    with there.at():
        service.withdraw(OPERATOR, id, NOW + timedelta(hours=1))
    assert door(there, here, sha256)[0] == 404
    carry(there, here)
    assert files.stored(here) == []
    with here.at(), pytest.raises(NotFound):
        attached.file(ANONYMOUS, sha256)
    assert len(files.stored(there)) == 3, "its draft still names it"


def test_an_erasure_removes_the_bytes_at_both_hubs(here: Hub, there: Hub) -> None:
    id, sha256 = publish_picture(there)
    brought(here, there)
    with there.at():
        service.erase(OPERATOR, id, NOW + timedelta(hours=1))
    carry(there, here)
    for hub in (here, there):
        assert files.stored(hub) == []
        with hub.at():
            assert reading().scalar(sa.select(sa.func.count()).select_from(Media)) == 0
            assert reading().scalar(sa.select(sa.func.count()).select_from(MediaUse)) == 0
    assert door(there, here, sha256)[0] == 404


def test_a_file_that_two_records_name_stays_until_the_second_is_erased(here: Hub, there: Hub) -> None:
    row = files.attach(there, files.PDF, "Satzung.pdf")
    first, second = (there.publish("project", project(title, attachments=[row])) for title in ("Erstes", "Zweites"))
    brought(here, there)
    for id, left in ((first, 1), (second, 0)):
        with there.at():
            service.erase(OPERATOR, id, NOW + timedelta(hours=1))
        carry(there, here)
        assert [len(files.stored(hub)) for hub in (here, there)] == [left, left]


def test_a_revision_without_the_file_lets_it_go(here: Hub, there: Hub) -> None:
    id, _ = publish(there)
    brought(here, there)
    other = files.attach(there, b"Nur noch ich\n", "Anders.txt")
    there.revise(id, attachments=[other])
    carry(there, here)
    assert [path.name for path in files.stored(there)] == [other["sha256"]]
    assert files.stored(here) == []


def test_a_rebuild_keeps_the_files_that_are_here(here: Hub, there: Hub) -> None:
    _, sha256 = publish_picture(there)
    brought(here, there)
    with here.at():
        status.rebuild(NOW)
    assert state_of(here, sha256) == ("held", "")
    assert len(files.stored(here)) == 3


def test_what_is_hidden_hides_its_files_too(here: Hub, there: Hub) -> None:
    _, sha256 = publish(there)
    brought(here, there)
    with here.at():
        with transaction() as session:
            copies.hide(session, there.origin)
        with pytest.raises(NotFound):
            attached.file(ANONYMOUS, sha256)
        with transaction() as session:
            copies.reveal(session, there.origin)
        assert attached.file(ANONYMOUS, sha256).public


def test_naming_the_hash_of_anothers_file_shows_nothing(here: Hub, there: Hub) -> None:
    """Rendsburg names a file that only Wilster's own staff may see: it has to show first that it has it."""
    row = files.attach(here, b"Nur fuer Wilster\n", "Intern.txt")
    here.publish("project", project(attachments=[row]), level="hub")
    theirs = files.attach(there, b"Nur fuer Wilster\n", "Intern.txt")
    there.publish("project", project(attachments=[theirs]))
    carry(there, here)
    with here.at(), pytest.raises(NotFound):
        attached.file(ANONYMOUS, str(row["sha256"]))
    with served(there.app, port_of(there)), here.at() as node:
        media.tend(node, node.clock())
        assert media.fetch(node, there.origin) == 1
        assert attached.file(ANONYMOUS, str(row["sha256"])).public


def test_only_small_enough_files_are_copied(tmp_path: Path, template: Path, there: Hub) -> None:

    sparing = make_hub(tmp_path / "sparing", template, "Kiel", 5994)
    for name, most in (("media_fetch_max_bytes", 100), ("media_peer_max_bytes", 100)):
        app = sparing.app
        with app.app_context():
            node = app.extensions["hubnode"]
            app.extensions["hubnode"] = dataclasses.replace(
                node, settings=dataclasses.replace(node.settings, **{name: most})
            )
    pin(sparing, there)
    pin(there, sparing)
    small = files.attach(there, b"klein\n", "klein.txt")
    large = files.attach(there, b"gross\n" * 100, "gross.txt")
    there.publish("project", project(attachments=[small, large]))
    assert brought(sparing, there) == 1
    with sparing.at():
        assert set(reading().scalars(sa.select(Media.sha256))) == {small["sha256"]}
    close(sparing)


def test_a_full_disk_refuses_nothing_for_good(here: Hub, there: Hub) -> None:

    _, sha256 = publish(there)
    node = here.app.extensions["hubnode"]
    full = dataclasses.replace(node, settings=dataclasses.replace(node.settings, disk_reserve_mb=10**12))
    with served(there.app, port_of(there)):
        pulled(here, there)
        with here.at():
            assert media.fetch(full, there.origin) == 0
        assert state_of(here, sha256) == ("wanted", "room")
        make_due(here)
        assert fetched(here, there) == 1


def test_a_file_of_a_suspended_hub_is_not_asked_for(here: Hub, there: Hub) -> None:
    publish(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        with here.at(), transaction() as session:
            session.execute(sa.update(Peer).values(state="suspended"))
        assert fetched(here, there) == 0


def test_two_workers_never_fetch_the_same_file(here: Hub, there: Hub) -> None:
    publish(there)
    carry(there, here)
    with here.at() as node:
        media.tend(node, node.clock())
        first = media._next(there.origin, node.clock())
        assert first is not None
        assert media._next(there.origin, node.clock()) is None
        assert media._next(there.origin, node.clock() + media.LEASE + timedelta(seconds=1)) is not None


def test_uploads_that_nobody_wanted_and_bytes_without_a_row_are_swept(here: Hub) -> None:
    row = files.attach(here, files.PDF, "Satzung.pdf")
    stray = here.settings.instance / "media" / "ab" / ("ab" * 32)
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"stray")
    with here.at():
        assert attachments.sweep(NOW + timedelta(hours=1)) == 1
        assert [path.name for path in files.stored(here)] == [row["sha256"]]
        assert attachments.sweep(NOW + timedelta(hours=25)) == 1
    assert files.stored(here) == []


def spoiled(id: str) -> None:
    """Take the file from the record, and then fail."""
    with transaction() as session:
        attachments.unuse(session, session.scalars(sa.select(Record.id).where(Record.rec == id)).all())
        raise RuntimeError(id)


def test_a_transaction_that_fails_removes_nothing(here: Hub) -> None:
    id, _ = publish_picture(here)
    with here.at(), pytest.raises(RuntimeError):
        spoiled(id)
    assert len(files.stored(here)) == 3
    with here.at():
        assert attached.of(records.get(ANONYMOUS, "project", id))[0].picture


def test_the_worker_has_the_task(here: Hub, there: Hub) -> None:
    publish(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
    with here.at() as node:
        assert (next(task for task in loop.TASKS if task.name == "media"), there.origin) in loop.claimed(node.clock())
