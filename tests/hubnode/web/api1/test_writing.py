"""Writing by programs: with the token of somebody who may, on what was seen, and every refusal."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from hubnode.db import reading, transaction
from hubnode.people import tokens
from hubnode.people.models import Account
from hubnode.people.partner_models import Partner, PartnerRead
from hubnode.people.viewer import LEVEL_OF, Viewer
from hubnode.records.kinds import KINDS
from tests.hubnode import bodies
from tests.hubnode.hubs import Hub
from tests.hubnode.web.api1.reading import API, PROBLEM, problem
from tests.hubnode.web.desk import account

WRITE = ("records:read", "records:write")


class Program:
    """A program with a token: of the person with this role, for these scopes."""

    def __init__(self, hub: Hub, role: str, scopes: tuple[str, ...] = WRITE) -> None:
        self.client: FlaskClient = hub.app.test_client()
        with hub.at():
            number = reading().scalars(sa.select(Account.id).where(Account.role == role)).one()
            owner = Viewer(LEVEL_OF[role], role, number)  # type: ignore[index,arg-type]
            self.token = tokens.make(owner, "Abgleich", scopes, 30, datetime.now(UTC))

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        """Send a request with the token."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.client.open(API + path, method=method, headers=headers, **more)

    def drafted(self, body: Mapping[str, Any] | None = None) -> tuple[str, str]:
        """A new draft; its number and tag."""
        made = self.ask("POST", "/drafts", json=document(body))
        assert made.status_code == 201, made.text
        return made.get_json()["number"], made.headers["ETag"]


def document(body: Mapping[str, Any] | None = None, **other: Any) -> dict[str, Any]:
    """What a program writes."""
    return {"kind": "project", "visibility": "public", "body": dict(body or bodies.project())} | other


def on(tag: str) -> dict[str, str]:
    """The state that is written on."""
    return {"If-Match": tag}


@pytest.fixture
def coordinator(hub: Hub) -> Program:
    """A program of the coordinator."""
    return Program(hub, "coordinator")


@pytest.fixture
def editor(hub: Hub, password_hash: str) -> Program:
    """A program of an editor, who may write and not publish."""
    with hub.at(), transaction() as session:
        session.add(account("Dora", "editor", password_hash))
    return Program(hub, "editor")


def test_a_record_goes_from_draft_to_published_and_back(coordinator: Program, hub: Hub) -> None:
    """Each step shows the state that it was made of, and the next one's."""
    stranger = hub.app.test_client()
    number, tag = coordinator.drafted({"title": {"de": "Noch unfertig"}})
    place, page = f"/drafts/{number}", f"{API}/records/127.0.0.1:5991/{number}"
    problem(stranger.get(page), 404, "not-found")
    changed = coordinator.ask("PUT", place, json=document(), headers=on(tag))
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert coordinator.ask("GET", place).get_json() == changed.get_json()
    out = coordinator.ask("POST", f"{place}/publish", headers=on(changed.headers["ETag"]))
    assert (out.get_json()["state"], out.get_json()["revision"]) == ("published", 1)
    assert stranger.get(page).get_json()["body"] == bodies.project()
    back = coordinator.ask("POST", f"{place}/withdraw", headers=on(out.headers["ETag"]))
    assert back.get_json()["state"] == "withdrawn"
    problem(stranger.get(page), 410, "gone")


def test_a_new_draft_says_where_it_is(coordinator: Program, hub: Hub) -> None:
    """In the header that 201 has for it."""
    made = coordinator.ask("POST", "/drafts", json=document())
    assert made.headers["Location"] == f"{hub.origin}{API}/drafts/{made.get_json()['number']}"
    assert made.get_json()["id"] == f"{hub.origin}/r/{made.get_json()['number']}"


@pytest.mark.parametrize(("method", "rest"), [("PUT", ""), ("POST", "/publish"), ("POST", "/withdraw")])
def test_nothing_is_written_over_what_was_not_seen(coordinator: Program, method: str, rest: str) -> None:
    """428 without a state, 412 with another one; the draft stays as it was."""
    number, tag = coordinator.drafted()
    second = coordinator.ask("PUT", f"/drafts/{number}", json=document(), headers=on(tag))
    body = {"json": document({"title": {"de": "Überschrieben"}})} if method == "PUT" else {}
    problem(coordinator.ask(method, f"/drafts/{number}{rest}", **body), 428, "if-match")
    for stale in (tag, '"draft-999"', "Unsinn", f"W/{second.headers['ETag']}"):
        problem(coordinator.ask(method, f"/drafts/{number}{rest}", headers=on(stale), **body), 412, "changed")
    assert coordinator.ask("GET", f"/drafts/{number}").get_json() == second.get_json()


def test_who_was_faster_between_look_and_write_wins(
    coordinator: Program, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state is compared once more where it is written."""
    from hubnode.records import service

    number, tag = coordinator.drafted()
    seen, real = [], service.draft

    def slow(viewer: Viewer, id: str) -> service.Draft:
        found = real(viewer, id)
        if not seen:
            seen.append(id)
            service.save_draft(viewer, "project", bodies.project("Schneller"), id=id, level="public",
                               now=datetime.now(UTC))  # fmt: skip
        return found

    monkeypatch.setattr("hubnode.web.api1.writing.service.draft", slow)
    problem(coordinator.ask("PUT", f"/drafts/{number}", json=document(), headers=on(tag)), 412, "changed")
    assert coordinator.ask("GET", f"/drafts/{number}").get_json()["body"]["title"] == {"de": "Schneller"}


def test_who_may_not_publish_may_draft(editor: Program) -> None:
    """A token gives no more than the person has."""
    number, tag = editor.drafted()
    problem(editor.ask("POST", f"/drafts/{number}/publish", headers=on(tag)), 403, "role")
    problem(editor.ask("POST", f"/drafts/{number}/withdraw", headers=on(tag)), 403, "role")
    assert editor.ask("GET", f"/drafts/{number}").get_json()["state"] == "draft"


def test_without_a_token_nothing_is_written(hub: Hub) -> None:
    """And a cookie is none."""
    client = hub.app.test_client()
    for method, path in (("POST", "/drafts"), ("GET", "/drafts/x"), ("POST", "/media?name=a.txt")):
        answer = client.open(API + path, method=method, json=document() if method == "POST" else None)
        problem(answer, 401, "token-needed")
        assert "records:write" in answer.headers["WWW-Authenticate"]


def test_a_token_for_reading_writes_nothing(hub: Hub) -> None:
    """Nor reads drafts."""
    reader = Program(hub, "coordinator", ("records:read", "network:read"))
    problem(reader.ask("POST", "/drafts", json=document()), 403, "scope")
    problem(reader.ask("GET", "/drafts/01KBD3S9T2Q4W6Y8A0C2E4G6H8"), 403, "scope")
    assert reader.ask("GET", "/records").status_code == 200


def test_a_partner_writes_in_nobodys_name(hub: Hub) -> None:
    """Whatever scope its token has."""
    now = datetime.now(UTC)
    with hub.at(), transaction() as session:
        partner = Partner(name="Uni", client_id="partner-1", scopes=" ".join(WRITE), ends_on=date.max, created_at=now)
        session.add(partner)
        session.flush()
        tokens.keep(session, "hubt_partner", WRITE, now, now + timedelta(minutes=15), partner=partner.id)
    answer = hub.app.test_client().post(
        f"{API}/drafts", json=document(), headers={"Authorization": "Bearer hubt_partner"}
    )
    problem(answer, 403, "role")


def test_somebody_who_lost_the_role_writes_no_more(coordinator: Program, hub: Hub) -> None:
    """What counts is what the person may do now."""
    number, _tag = coordinator.drafted()
    with hub.at(), transaction() as session:
        session.execute(sa.update(Account).where(Account.role == "coordinator").values(role="staff"))
    problem(coordinator.ask("GET", f"/drafts/{number}"), 403, "scope")


@pytest.mark.parametrize(
    ("content", "status", "name"),
    [
        (b"", 400, "not-json"),
        (b"{", 400, "not-json"),
        (b"NaN", 400, "not-json"),
        (b"[" * 5_000, 400, "not-json"),
        (b'"\xff"', 400, "not-json"),
        (b"[]", 422, "content"),
        (b"1", 422, "content"),
        (b"{}", 422, "content"),
        (b'{"kind": "fahrrad", "visibility": "public", "body": {}}', 422, "content"),
        (b'{"kind": "project", "visibility": "alle", "body": {}}', 422, "content"),
        (b'{"kind": "project", "visibility": "public", "body": []}', 422, "content"),
        (b'{"kind": "project", "visibility": "public", "body": {}, "role": "admin"}', 422, "content"),
        (b'{"kind": "project", "visibility": "public", "body": {"nichts": 1}}', 422, "content"),
        (b'{"kind": "project", "visibility": "public", "body": {"title": {"de": 1.5}}}', 422, "content"),
        (b'{"kind": "project", "visibility": "public", "body": {"phase": "P99"}}', 422, "content"),
    ],
)
def test_what_is_no_draft_is_refused(coordinator: Program, content: bytes, status: int, name: str) -> None:
    """With the fields that are wrong; nothing is kept."""
    answer = coordinator.ask("POST", "/drafts", data=content, content_type="application/json")
    told = problem(answer, status, name)
    if name == "content":
        assert told["errors"]
    problem(coordinator.ask("POST", "/drafts", data=content, content_type="text/plain"), 415, "media-type")


def test_what_is_too_large_is_refused(coordinator: Program) -> None:
    """Before it is read."""
    answer = coordinator.ask("POST", "/drafts", data=b" " * 3_000_000, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (413, PROBLEM)


def test_publishing_says_what_is_missing(coordinator: Program) -> None:
    """All of it, by field."""
    number, tag = coordinator.drafted({"title": {"de": "Halb fertig"}})
    told = problem(coordinator.ask("POST", f"/drafts/{number}/publish", headers=on(tag)), 422, "content")
    assert {"summary", "phase"} <= {error["field"].split(".")[0] for error in told["errors"]}


def test_states_that_do_not_allow_it(coordinator: Program) -> None:
    """What was never published can't be withdrawn, and without a draft nothing can be published."""
    number, tag = coordinator.drafted()
    problem(coordinator.ask("POST", f"/drafts/{number}/withdraw", headers=on(tag)), 409, "not-now")
    out = coordinator.ask("POST", f"/drafts/{number}/publish", headers=on(tag))
    again = coordinator.ask("POST", f"/drafts/{number}/publish", headers=on(out.headers["ETag"]))
    problem(again, 409, "not-now")


def test_drafts_that_are_not_there(coordinator: Program) -> None:
    """404 for any step."""
    for method, rest in (("GET", ""), ("PUT", ""), ("POST", "/publish"), ("POST", "/withdraw")):
        body = {"json": document()} if method == "PUT" else {}
        path = f"/drafts/01KBD3S9T2Q4W6Y8A0C2E4G6H8{rest}"
        problem(coordinator.ask(method, path, headers=on('"draft-1"'), **body), 404, "not-found")


def test_a_picture_is_kept_and_named(coordinator: Program) -> None:
    """Its answer fits into a record, which then shows it."""
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(picture, "PNG")
    made = coordinator.ask("POST", "/media?name=../parkplatz.png", data=picture.getvalue())
    assert made.status_code == 201, made.text
    row = made.get_json()
    assert row["name"] == "parkplatz.png"
    row |= {"alt": {"de": "Ein Parkplatz"}, "license": "CC-BY-4.0"}
    number, _tag = coordinator.drafted(bodies.project(attachments=[row]))
    assert coordinator.ask("GET", f"/drafts/{number}").get_json()["body"]["attachments"][0]["sha256"] == row["sha256"]


@pytest.mark.parametrize(
    ("name", "content"), [("a.exe", b"MZ"), ("a.png", b"kein Bild"), ("a.txt", b""), ("a", b"x"), ("a.pdf", b"%PDF")]
)
def test_files_that_are_not_taken(coordinator: Program, name: str, content: bytes) -> None:
    """As by the form, with the same words."""
    told = problem(coordinator.ask("POST", f"/media?name={name}", data=content), 422, "content")
    assert told["errors"][0]["field"] == "file"


def test_files_need_a_name_and_a_writer(coordinator: Program, hub: Hub) -> None:
    """The name is part of the address."""
    problem(coordinator.ask("POST", "/media", data=b"x"), 400, "address")
    problem(coordinator.ask("POST", "/media?name=a.txt&name=b.txt", data=b"x"), 400, "address")
    assert hashlib.sha256(b"x").hexdigest() not in {path.name for path in hub.settings.instance.glob("media/*/*")}


@pytest.mark.parametrize(
    ("path", "noted"),
    [("/records", {"project"}), ("/records?fields=title", set(KINDS)), ("/hubs", set()), ("/records?q=Nichts", set())],
)
def test_what_a_partner_reads_beyond_the_public_is_noted(hub: Hub, path: str, noted: set[str]) -> None:
    """By kind and day, for the list of recipients; also where the kind itself was not asked for."""
    now, scopes = datetime.now(UTC), ("records:read", "network:read")
    hub.publish("project", bodies.project(), "network")
    with hub.at(), transaction() as session:
        partner = Partner(name="Uni", client_id="partner-2", scopes=" ".join(scopes), ends_on=date.max, created_at=now)
        session.add(partner)
        session.flush()
        tokens.keep(session, "hubt_reader", scopes, now, now + timedelta(minutes=15), partner=partner.id)
    answer = hub.app.test_client().get(API + path, headers={"Authorization": "Bearer hubt_reader"})
    assert answer.status_code == 200
    with hub.at():
        assert set(reading().scalars(sa.select(PartnerRead.kind))) == noted
