"""The doors for witnesses, over HTTP: what is held of others' logs, their pages relayed, and the digest of our own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from federation import routes
from federation.pages import PAGE_TYPE, ReplicaState, read_page
from federation.signatures import DOCUMENT_TYPE, sign_request
from federation.witness import Digest, Seen, digest_query, seen_query
from hubnode.db import reading, transaction
from hubnode.network import peers
from hubnode.network.models import Peer
from hubnode.people.viewer import OPERATOR
from hubnode.records import copies, log, service
from hubnode.records.models import Log, LogEntry
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, close
from tests.hubnode.network.test_doors import problem
from tests.hubnode.network.three import Three


@dataclass
class Witness:
    """Rendsburg is asked by Hennstedt about Wilster."""

    three: Three

    def get(self, path: str, asker: Hub | None = None, signed: bool = True) -> TestResponse:
        """GET at Rendsburg."""
        asker = asker or self.three.hennstedt
        headers = {}
        if signed:
            with asker.at() as node:
                url, key = self.three.rendsburg.origin + path, node.identity.signing
            headers = sign_request("GET", url, None, DOCUMENT_TYPE, key, asker.origin, datetime.now(UTC))
        client = self.three.rendsburg.app.test_client()
        return client.get(path, headers=headers, base_url=self.three.rendsburg.origin)

    def seen(self, origin: str, asker: Hub | None = None) -> Seen:
        """What Rendsburg holds of `origin`."""
        answer = self.get(f"{routes.SEEN}?{seen_query(origin)}", asker)
        assert (answer.status_code, answer.content_type) == (200, DOCUMENT_TYPE)
        return Seen.parse(answer.data)

    def mirror(self, after: int = 0, limit: int = 500, log_id: str = "") -> TestResponse:
        """A page of Wilster's log from Rendsburg."""
        wilster = self.three.wilster
        query = routes.EntriesQuery(log_id or own_log(wilster).log_id, after, limit).text
        return self.get(f"{routes.mirror_path(wilster.origin)}?{query}")


def own_log(hub: Hub) -> Log:
    """The own log of a hub."""
    with hub.at():
        return log.own(reading())


@pytest.fixture
def witness(tmp_path: Path, template: Path) -> Iterator[Witness]:
    """Wilster has published three records, in two pages as Rendsburg fetched them."""
    three = Three(tmp_path, template)
    three.wilster.publish("project", project(title="Eins"))
    carry(three.wilster, three.rendsburg)
    three.wilster.publish("project", project(title="Zwei"))
    three.wilster.publish("project", project(title="Drei"))
    carry(three.wilster, three.rendsburg)
    yield Witness(three)
    for hub in three.hubs:
        close(hub)


def test_a_member_learns_what_is_held_of_another_hub(witness: Witness) -> None:
    with witness.three.rendsburg.at():
        note = reading().scalar(sa.select(Log.note).where(Log.origin == witness.three.wilster.origin))
    assert witness.seen(witness.three.wilster.origin).checkpoint == note


def test_of_its_own_log_a_hub_shows_the_present_note(witness: Witness) -> None:
    witness.three.rendsburg.publish("project", project())
    note = witness.seen(witness.three.rendsburg.origin).checkpoint or ""
    assert note.split("\n")[1] == "1"


@pytest.mark.parametrize("origin", ["https://unheard-of.example", "http://127.0.0.1:1"])
def test_of_a_hub_that_nobody_knows_nothing_is_held(witness: Witness, origin: str) -> None:
    assert witness.seen(origin).checkpoint is None


def test_the_cursor_is_the_highest_that_was_ever_shown(witness: Witness) -> None:
    for number in range(3):
        witness.three.rendsburg.publish("project", project(title=f"Vorhaben {number}"))
    held = own_log(witness.three.rendsburg)
    for after in (0, 3, 1):
        query = routes.EntriesQuery(held.log_id, after, 0).text
        assert witness.get(f"{routes.ENTRIES}?{query}").status_code == 200
    assert witness.seen(witness.three.wilster.origin).cursor == 3
    with witness.three.rendsburg.at():
        chosen = sa.select(Peer.acked_size, Peer.acked_most).where(Peer.origin == witness.three.hennstedt.origin)
        assert reading().execute(chosen).one() == (1, 3)


@pytest.mark.parametrize("query", ["", "origin=", "origin=HTTPS://a.example", "origin=https%3A%2F%2Fa.example", "o=1"])
def test_a_question_in_another_spelling_is_refused(witness: Witness, query: str) -> None:
    answer = witness.get(f"{routes.SEEN}?{query}")
    assert (answer.status_code, problem(answer)) == (400, "bad-request")


@pytest.mark.parametrize(
    "path", ["seen?origin=https://a.example", "mirror/a.example/entries", "digest?log=" + "0" * 32]
)
def test_strangers_get_nothing(witness: Witness, path: str) -> None:
    assert problem(witness.get(f"/apl/v1/{path}", signed=False)) == "bad-signature"
    with witness.three.rendsburg.at(), transaction() as session:
        session.execute(sa.delete(Peer).where(Peer.origin == witness.three.hennstedt.origin))
    answer = witness.get(f"/apl/v1/{path}")
    assert (answer.status_code, problem(answer)) == (403, "not-member")


def test_relayed_pages_are_verified_by_the_origins_own_keys(witness: Witness) -> None:
    """Every page ends where the origin's own pages ended, and its lines are the origin's lines."""
    wilster = witness.three.wilster
    with witness.three.hennstedt.at():
        peer = peers.active(reading(), wilster.origin)
        assert peer is not None
        keyset = peers.keyset_of(peer)
    state = ReplicaState(wilster.origin, own_log(wilster).log_id)
    lines = []
    for limit in (2, 500):
        answer = witness.mirror(state.size, limit)
        assert (answer.status_code, answer.content_type) == (200, PAGE_TYPE)
        page = read_page(state, keyset, answer.data, now=datetime.now(UTC))
        state = page.state
        lines += [entry.line for entry in page.entries]
        assert page.at_end == (state.size == 3)
    assert lines == wilster.page().splitlines()[:3]
    (ending,) = witness.mirror(3).data.splitlines()
    assert b"checkpoint" in ending


def test_no_page_is_cut_where_its_origin_signed_nothing(witness: Witness) -> None:
    answer = witness.mirror(1, 1)
    assert (answer.status_code, problem(answer)) == (400, "bad-request")


@pytest.mark.parametrize("why", ["unknown", "suspended", "frozen", "restored", "relisting"])
def test_only_a_present_undisputed_copy_is_relayed(witness: Witness, why: str) -> None:
    origin = witness.three.wilster.origin
    change = {
        "unknown": lambda session: session.execute(sa.delete(Peer).where(Peer.origin == origin)),
        "suspended": lambda session: session.execute(
            sa.update(Peer).where(Peer.origin == origin).values(state="suspended")
        ),
        "frozen": lambda session: session.execute(sa.update(Log).where(Log.origin == origin).values(state="frozen")),
        "restored": lambda session: copies.hide(session, origin, copies.RESTORED),
        "relisting": lambda session: session.execute(sa.update(Log).where(Log.origin == origin).values(relisting=True)),
    }[why]
    with witness.three.rendsburg.at(), transaction() as session:
        change(session)
    answer = witness.mirror()
    assert (answer.status_code, problem(answer)) == (404, "not-found")


def test_a_copy_of_another_epoch_is_told_apart(witness: Witness) -> None:
    answer = witness.mirror(log_id="0" * 32)
    assert (answer.status_code, problem(answer)) == (410, "gone-epoch")


def test_a_copy_that_lacks_a_body_for_no_good_reason_is_not_relayed(witness: Witness) -> None:
    with witness.three.rendsburg.at(), transaction() as session:
        session.execute(sa.update(LogEntry).where(LogEntry.seq == 0).values(body=None, salt=None))
    answer = witness.mirror()
    assert (answer.status_code, problem(answer)) == (404, "not-found")


def test_a_body_that_was_erased_later_is_a_good_reason(witness: Witness) -> None:
    with witness.three.wilster.at():
        id = reading().scalar(sa.select(LogEntry.rec).where(LogEntry.seq == 0))
        service.erase(OPERATOR, id or "", NOW + timedelta(hours=1))
    carry(witness.three.wilster, witness.three.rendsburg)
    assert witness.mirror().status_code == 200


def test_equal_records_have_equal_digests(witness: Witness) -> None:
    for number in range(3):
        witness.three.rendsburg.publish("project", project(title=f"Vorhaben {number}"))
    held = own_log(witness.three.rendsburg)
    answer = witness.get(f"{routes.DIGEST}?{digest_query(held.log_id)}")
    assert (answer.status_code, answer.content_type) == (200, DOCUMENT_TYPE)
    digest = Digest.parse(answer.data)
    assert (digest.log_id, digest.size) == (held.log_id, 3)
    assert digest.differs(Digest.of(held.log_id, 3, []))


def test_a_digest_of_another_log_is_not_to_be_had(witness: Witness) -> None:
    answer = witness.get(f"{routes.DIGEST}?{digest_query('0' * 32)}")
    assert (answer.status_code, problem(answer)) == (410, "gone-epoch")
    answer = witness.get(f"{routes.DIGEST}?log=x")
    assert (answer.status_code, problem(answer)) == (400, "bad-request")


@pytest.mark.parametrize("door", ["digest", "checkpoint"])
def test_a_log_that_may_be_stale_is_not_shown_as_present(witness: Witness, door: str) -> None:
    held = own_log(witness.three.rendsburg)
    with witness.three.rendsburg.at(), transaction() as session:
        log.own(session).state = "checking"
    answer = witness.get(f"/apl/v1/{door}?{digest_query(held.log_id)}")
    assert (answer.status_code, problem(answer)) == (503, "checking")
    assert int(answer.headers["Retry-After"]) > 0
