"""The doors for other hubs, knocked at over HTTP: one acceptance each, and one test for every refusal."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from federation import canonical, routes
from federation.card import HubCard
from federation.keys import SigningKey
from federation.pages import PAGE_TYPE, ReplicaState, read_page
from federation.signatures import DOCUMENT_TYPE, sign_request
from hubnode.db import reading, transaction
from hubnode.network import doors, peers
from hubnode.network.models import Nonce, Peer
from hubnode.people.viewer import OPERATOR
from hubnode.records import log, service
from hubnode.records.models import Log
from hubnode.web.apl import MAX_BODY
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, close, forget_everything, make_hub, pin


@dataclass
class Door:
    """Wilster's doors, and Rendsburg who knocks."""

    hub: Hub
    member: Hub
    client: FlaskClient

    def log_id(self) -> str:
        """The log that Wilster keeps."""
        with self.hub.at():
            return log.own(reading()).log_id

    def signed(self, method: str, path: str, body: bytes | None = None, **how: Any) -> dict[str, str]:
        """Headers that prove a request of Rendsburg (or of `key` and `origin`)."""
        with self.member.at() as node:
            key = how.get("key", node.identity.signing)
        origin, now = how.get("origin", self.member.origin), how.get("now", datetime.now(UTC))
        return sign_request(method, self.hub.origin + path, body, DOCUMENT_TYPE, key, origin, now)

    def get(self, path: str, headers: dict[str, str] | None = None, base_url: str = "") -> TestResponse:
        """GET at Wilster."""
        return self.client.get(path, headers=headers or {}, base_url=base_url or self.hub.origin)

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> TestResponse:
        """POST at Wilster."""
        return self.client.post(path, data=body, headers=headers, base_url=self.hub.origin)

    def entries(self, after: int = 0, limit: int = 500, **how: Any) -> TestResponse:
        """Ask for a page, properly."""
        path = f"{routes.ENTRIES}?log={self.log_id()}&after={after}&limit={limit}"
        return self.get(path, self.signed("GET", path, **how))


@pytest.fixture
def door(tmp_path: Path, template: Path) -> Iterator[Door]:
    """Wilster with its pages and doors, and Rendsburg as a member."""
    hub = make_hub(tmp_path / "wilster", template, "Wilster", 5991, pages=True)
    member = make_hub(tmp_path / "rendsburg", template, "Rendsburg", 5992)
    pin(hub, member)
    pin(member, hub)
    yield Door(hub, member, hub.app.test_client())
    close(hub)
    close(member)


def problem(response: TestResponse) -> str:
    """The slug of a problem document; the answer must be one."""
    assert response.content_type == "application/problem+json"
    document = json.loads(response.data)
    assert document["status"] == response.status_code
    return str(document["type"])


def test_the_card_says_who_this_hub_is(door: Door) -> None:
    answer = door.get(routes.CARD)
    card = HubCard.parse_unpinned(answer.data, origin=door.hub.origin)
    assert (card.name, card.place, card.log_id) == ("Digital Hub Wilster", "Wilster", door.log_id())


def test_the_checkpoint_is_open_and_signed(door: Door) -> None:
    door.hub.publish("project", project())
    note = door.get(routes.CHECKPOINT).data.decode()
    assert note.split("\n")[1] == "1"


def test_a_member_gets_a_page_that_verifies(door: Door) -> None:
    door.hub.publish("project", project())
    answer = door.entries()
    assert (answer.status_code, answer.content_type) == (200, PAGE_TYPE)
    with door.member.at():
        peer = peers.active(reading(), door.hub.origin)
        assert peer is not None
        page = read_page(
            ReplicaState(door.hub.origin, door.log_id()), peers.keyset_of(peer), answer.data, now=datetime.now(UTC)
        )
    assert [entry.header.op for entry in page.entries] == ["put"]
    assert page.at_end


def test_nothing_new_is_a_small_answer(door: Door) -> None:
    door.hub.publish("project", project())
    answer = door.entries(after=1)
    assert len(answer.data) + len(str(answer.headers)) < 1024


def test_pages_end_where_they_are_told_and_say_that_more_follows(door: Door) -> None:
    for number in range(3):
        door.hub.publish("project", project(title=f"Nummer {number}"))
    lines = door.entries(limit=2).data.splitlines()
    assert len(lines) == 3
    assert json.loads(lines[-1])["more"] is True


def test_a_large_page_is_compressed_for_who_asks(door: Door) -> None:
    for number in range(3):
        door.hub.publish("project", project(title=f"Nummer {number}"))
    path = f"{routes.ENTRIES}?log={door.log_id()}&after=0&limit=500"
    answer = door.get(path, {**door.signed("GET", path), "Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(gzip.decompress(answer.data).splitlines()) == 4


def test_the_cursor_of_a_member_is_its_receipt(door: Door) -> None:
    door.hub.publish("project", project())
    door.entries(after=1)
    with door.hub.at():
        peer = reading().scalars(sa.select(Peer)).one()
        assert peer.acked_size == 1


def test_records_of_the_hub_alone_are_not_in_any_page(door: Door) -> None:
    door.hub.publish("project", project(title="Kanarienvogel"), level="hub")
    assert b"Kanarienvogel" not in door.entries().data


@pytest.mark.parametrize("header", ["Signature", "Signature-Input"])
def test_an_unsigned_request_is_refused(door: Door, header: str) -> None:
    path = f"{routes.ENTRIES}?log={door.log_id()}&after=0&limit=500"
    headers = door.signed("GET", path)
    del headers[header]
    answer = door.get(path, headers)
    assert (answer.status_code, problem(answer)) == (401, "bad-signature")


def test_a_signature_for_another_address_is_refused(door: Door) -> None:
    path = f"{routes.ENTRIES}?log={door.log_id()}&after=0&limit=500"
    answer = door.get(path.replace("after=0", "after=1"), door.signed("GET", path))
    assert (answer.status_code, problem(answer)) == (401, "bad-signature")


def test_a_stranger_is_refused(door: Door) -> None:
    stranger = SigningKey.generate("k1")
    answer = door.entries(key=stranger, origin="http://127.0.0.1:5999")
    assert (answer.status_code, problem(answer)) == (403, "not-member")


def test_a_stolen_name_is_not_a_stolen_key(door: Door) -> None:
    with door.member.at() as node:
        key_id = node.identity.signing.id
    answer = door.entries(key=SigningKey.generate(key_id))
    assert (answer.status_code, problem(answer)) == (401, "bad-signature")


def test_an_unknown_key_is_named_as_such(door: Door) -> None:
    answer = door.entries(key=SigningKey.generate("other"))
    assert (answer.status_code, problem(answer)) == (401, "unknown-key")


def test_a_request_is_answered_once(door: Door) -> None:
    path = f"{routes.ENTRIES}?log={door.log_id()}&after=0&limit=500"
    headers = door.signed("GET", path)
    assert door.get(path, headers).status_code == 200
    again = door.get(path, headers)
    assert (again.status_code, problem(again)) == (401, "replayed")


@pytest.mark.parametrize("off", [timedelta(minutes=-10), timedelta(minutes=2)])
def test_a_wrong_clock_is_told_the_right_time(door: Door, off: timedelta) -> None:
    answer = door.entries(now=datetime.now(UTC) + off)
    assert (answer.status_code, problem(answer)) == (401, "clock-skew")
    assert json.loads(answer.data)["server_time"].startswith(f"{datetime.now(UTC):%Y-%m-%dT%H}")


def test_a_suspended_member_is_out_at_once(door: Door) -> None:
    with door.hub.at(), transaction() as session:
        session.execute(sa.update(Peer).values(state="suspended"))
    answer = door.entries()
    assert (answer.status_code, problem(answer)) == (403, "not-member")


def test_another_host_name_is_refused(door: Door) -> None:
    path = f"{routes.ENTRIES}?log={door.log_id()}&after=0&limit=500"
    answer = door.get(path, door.signed("GET", path), base_url="http://elsewhere.example")
    assert (answer.status_code, problem(answer)) == (400, "bad-request")


def test_another_log_is_gone(door: Door) -> None:
    path = f"{routes.ENTRIES}?log={'0' * 32}&after=0&limit=500"
    answer = door.get(path, door.signed("GET", path))
    assert (answer.status_code, problem(answer)) == (410, "gone-epoch")


@pytest.mark.parametrize(
    "query", ["", "log=x&after=0&limit=5", "after=0&log={log}&limit=5", "log={log}&after=-1&limit=5"]
)
def test_a_query_in_another_spelling_is_refused(door: Door, query: str) -> None:
    path = f"{routes.ENTRIES}?{query.format(log=door.log_id())}"
    answer = door.get(path, door.signed("GET", path))
    assert (answer.status_code, problem(answer)) == (400, "bad-request")


def test_a_cursor_beyond_the_log_makes_the_hub_ask_the_others_first(door: Door) -> None:
    answer = door.entries(after=1)
    assert (answer.status_code, problem(answer)) == (503, "checking")
    assert answer.headers["Retry-After"] == "2"
    with door.hub.at():
        assert log.own(reading()).state == "checking"


def test_a_cursor_that_stays_beyond_the_log_gets_the_note_that_shows_it(door: Door) -> None:
    door.entries(after=1)
    with door.hub.at(), transaction() as session:
        log.own(session).state = "active"
    (ending,) = door.entries(after=1).data.splitlines()
    assert json.loads(ending)["checkpoint"].split("\n")[1] == "0"


def test_a_page_has_its_limit(door: Door) -> None:
    path = f"{routes.ENTRIES}?log={door.log_id()}&after=0&limit=100000000"
    answer = door.get(path, door.signed("GET", path))
    assert (answer.status_code, problem(answer)) == (413, "too-large")


def poke_of(door: Door) -> bytes:
    """What Rendsburg posts after it has published."""
    with door.member.at() as node:
        return routes.encode_poke(doors.checkpoint(node).body.decode())


def test_a_poke_makes_the_pull_due(door: Door) -> None:
    with door.hub.at(), transaction() as session:
        session.execute(sa.update(Peer).values(pull_due_at=NOW + timedelta(days=900)))
    door.member.publish("project", project())
    body = poke_of(door)
    answer = door.post(routes.POKE, body, door.signed("POST", routes.POKE, body))
    assert answer.status_code == 202
    with door.hub.at():
        peer = reading().scalars(sa.select(Peer)).one()
        assert peer.offered_size == 1
        assert peer.pull_due_at < datetime.now(UTC)


def test_a_poke_with_another_body_than_signed_is_refused(door: Door) -> None:
    body = poke_of(door)
    answer = door.post(routes.POKE, body.replace(b"/apl/1/", b"/apl/2/"), door.signed("POST", routes.POKE, body))
    assert (answer.status_code, problem(answer)) == (401, "bad-signature")


def test_a_poke_about_somebody_else_is_refused(door: Door) -> None:
    with door.hub.at() as node:
        body = routes.encode_poke(doors.checkpoint(node).body.decode())
    answer = door.post(routes.POKE, body, door.signed("POST", routes.POKE, body))
    assert (answer.status_code, problem(answer)) == (422, "bad-checkpoint")


def test_a_poke_that_is_no_poke_is_refused(door: Door) -> None:
    body = canonical.encode({"hello": "hub"})
    answer = door.post(routes.POKE, body, door.signed("POST", routes.POKE, body))
    assert (answer.status_code, problem(answer)) == (400, "bad-request")


def test_an_unsigned_poke_is_refused(door: Door) -> None:
    answer = door.post(routes.POKE, poke_of(door), {"Content-Type": DOCUMENT_TYPE})
    assert (answer.status_code, problem(answer)) == (401, "bad-signature")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(door: Door) -> None:
    body = b"x" * (MAX_BODY + 1)
    answer = door.post(routes.POKE, body, door.signed("POST", routes.POKE, body))
    assert (answer.status_code, problem(answer)) == (400, "bad-request")


def test_a_late_poke_with_an_older_checkpoint_is_no_contradiction(door: Door) -> None:
    door.member.publish("project", project())
    late = poke_of(door)
    door.member.publish("project", project(title="Zweites"))
    carry(door.member, door.hub)
    answer = door.post(routes.POKE, late, door.signed("POST", routes.POKE, late))
    assert answer.status_code == 202
    with door.hub.at():
        assert reading().scalar(sa.select(Log.state).where(~Log.own)) == "active"


def test_a_poke_that_shows_a_fork_freezes_that_hub_and_keeps_both_notes(door: Door) -> None:
    door.member.publish("project", project())
    carry(door.member, door.hub)
    with door.member.at(), transaction() as session:
        forget_everything(session)
    door.member.publish("project", project(title="Eine andere Geschichte"))
    body = poke_of(door)
    answer = door.post(routes.POKE, body, door.signed("POST", routes.POKE, body))
    assert answer.status_code == 202
    with door.hub.at():
        copy = reading().scalars(sa.select(Log).where(~Log.own)).one()
        assert copy.state == "frozen"
        assert copy.evidence is not None
        assert set(json.loads(copy.evidence)) == {"held", "seen", "why"}
        hub = next(one for one in peers.all_hubs(door.hub.settings) if one.origin == door.member.origin)
        assert hub.state == "frozen"


def test_expired_nonces_are_swept(door: Door) -> None:
    door.entries()
    with door.hub.at():
        doors.sweep_nonces(datetime.now(UTC) + timedelta(minutes=10))
        assert reading().scalar(sa.select(sa.func.count()).select_from(Nonce)) == 0


def test_no_door_for_peers_sets_a_cookie_or_can_be_stored(door: Door) -> None:
    for answer in (door.get(routes.CARD), door.get(routes.CHECKPOINT), door.entries()):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"


def test_withdrawn_texts_are_no_longer_served_after_erasure(door: Door) -> None:
    id = door.hub.publish("project", project(title="Kanarienvogel"))
    with door.hub.at():
        service.erase(OPERATOR, id, NOW + timedelta(hours=1))
    assert b"Kanarienvogel" not in door.entries().data
