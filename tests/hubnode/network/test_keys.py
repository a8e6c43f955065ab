"""New keys between hubs that speak over real HTTP: nobody is refused, and nobody is made to ask for invented keys."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from federation import checkpoint, routes
from federation.errors import BadCheckpoint
from federation.keys import SigningKey
from federation.keyset import Keyset, OnlineKey
from federation.signatures import DOCUMENT_TYPE, sign_request
from hubnode.db import reading, transaction
from hubnode.demo import visitor
from hubnode.network import keyfiles, keys, keysets, peers, poke, status
from hubnode.network.models import NetworkEvent, Peer
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.records import statements
from hubnode.records.models import Log, LogPage
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, close, make_hub, pin
from tests.hubnode.network.test_pull import port_of, pulled
from tests.serving import served

DAY = timedelta(days=1)


@dataclass
class Watched:
    """A hub's doors, and what was answered at them."""

    hub: Hub
    answers: list[tuple[str, int]] = field(default_factory=list)
    thinks: float = 0.0
    """Seconds that its card takes."""

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"] == routes.CARD:
            threading.Event().wait(self.thinks)

        def noting(status: str, *more: Any) -> Any:
            self.answers.append((environ["PATH_INFO"], int(status.split()[0])))
            return start(status, *more)

        return self.hub.app.wsgi_app(environ, noting)

    def asked(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(one == path for one, _ in self.answers)

    @property
    def refused(self) -> list[tuple[str, int]]:
        """What was not answered well."""
        return [(path, status) for path, status in self.answers if status >= 400]


@dataclass
class Two:
    """Two hubs that know each other."""

    here: Hub
    there: Hub
    doors: dict[str, Watched]

    @contextmanager
    def up(self) -> Iterator[None]:
        """Both serve while the block runs."""
        with ExitStack() as stack:
            for hub in (self.here, self.there):
                stack.enter_context(served(self.doors[hub.origin], port_of(hub)))
            yield

    def refused(self) -> list[tuple[str, int]]:
        """Whatever was refused at either."""
        return [found for door in self.doors.values() for found in door.refused]


@pytest.fixture
def two(tmp_path: Path, template: Path, unused_ports: tuple[int, int]) -> Iterator[Two]:
    """Wilster, which watches, and Rendsburg, whose keys change."""
    here, there = (
        make_hub(tmp_path / place, template, place, port, pages=True)
        for place, port in zip(("Wilster", "Rendsburg"), unused_ports, strict=True)
    )
    pin(here, there)
    pin(there, here)
    yield Two(here, there, {hub.origin: Watched(hub) for hub in (here, there)})
    close(here)
    close(there)


@pytest.fixture
def unused_ports() -> tuple[int, int]:
    """Two ports that nobody listens on."""
    one, other = visitor.free_ports(2)
    return one, other


def rotate(hub: Hub, overlap: timedelta = keyfiles.OVERLAP) -> Keyset:
    """Announce a new key."""
    with hub.at() as node:
        return keys.rotate(OPERATOR_CONFIRMED, node, datetime.now(UTC), overlap=overlap)


def begin(hub: Hub) -> str:
    """Let the announced key sign at once, whoever knows it; answers its id."""
    with hub.at() as node:
        assert keyfiles.begin(node.keys.folder, hub.origin, datetime.now(UTC))
        return node.identity.signing.id


def held(here: Hub, there: Hub) -> Keyset:
    """The keyset of the one that the other holds."""
    with here.at():
        session = reading()
        session.rollback()
        return peers.keyset_of(session.scalars(sa.select(Peer).where(Peer.origin == there.origin)).one())


def poked(sender: Hub, receiver: Hub) -> Peer:
    """Poke, and answer what the sender notes of it."""
    with sender.at() as node:
        poke.poke(node, receiver.origin)
        return reading().scalars(sa.select(Peer).where(Peer.origin == receiver.origin)).one()


def told(hub: Hub) -> list[str]:
    """What happened, oldest first."""
    with hub.at():
        return list(reading().scalars(sa.select(NetworkEvent.what).order_by(NetworkEvent.id)))


def test_a_rotation_reaches_the_others_by_the_log_and_nobody_is_refused(two: Two) -> None:
    with two.up():
        two.there.publish("project", project())
        pulled(two.here, two.there)
        keyset = rotate(two.there)
        two.there.publish("project", project(title="Nach dem Wechsel"))
        assert pulled(two.here, two.there).entries == 2
        assert held(two.here, two.there) == keyset
        pulled(two.here, two.there)
        with two.there.at() as node:
            keys.tend(node, datetime.now(UTC))
            assert node.identity.signing.id == keyset.signing[-1].key.id
        assert pulled(two.here, two.there).finished
        assert poked(two.there, two.here).poke_failures == 0
    assert two.refused() == []
    assert two.doors[two.there.origin].asked(routes.CARD) == 0
    assert told(two.here) == ["keys"]


def test_a_new_key_waits_for_those_who_have_not_heard_of_it_but_not_for_ever(two: Two) -> None:
    new = rotate(two.there).signing[-1].key.id
    now = datetime.now(UTC)
    with two.there.at() as node:
        keys.tend(node, now + timedelta(minutes=59))
        assert node.identity.signing.id != new
        keys.tend(node, now + timedelta(minutes=61))
        assert node.identity.signing.id == new


def test_a_short_overlap_leaves_half_of_it_to_the_new_key(two: Two) -> None:
    keyset = rotate(two.there, timedelta(minutes=20))
    wait = keys.begins(keyset, keyset.signing[-1].key.id) - datetime.now(UTC)
    assert timedelta(minutes=9) < wait <= timedelta(minutes=10)


def test_a_hub_without_neighbours_signs_with_the_new_key_at_once(two: Two) -> None:
    with two.there.at(), transaction() as session:
        session.execute(sa.delete(Peer))
    new = rotate(two.there).signing[-1].key.id
    with two.there.at() as node:
        keys.tend(node, datetime.now(UTC))
        assert node.identity.signing.id == new


def test_a_request_of_a_new_key_is_answered_by_whoever_has_not_heard_of_it(two: Two) -> None:
    """Rendsburg asks for Wilster's entries with a key that Wilster has to look up first."""
    rotate(two.there)
    begin(two.there)
    with two.up():
        assert pulled(two.there, two.here).finished
    assert two.refused() == []
    assert two.doors[two.there.origin].asked(routes.CARD) == 1


def test_a_poke_of_a_new_key_is_answered_by_whoever_has_not_heard_of_it(two: Two) -> None:
    two.there.publish("project", project())
    rotate(two.there)
    begin(two.there)
    with two.up():
        assert poked(two.there, two.here).poke_failures == 0
    assert two.refused() == []


def test_a_note_of_a_new_key_in_a_request_of_the_old_one_is_answered_too(two: Two) -> None:
    """The key begins to sign between the two signatures of one poke."""
    with two.there.at() as node:
        before = node.identity.signing
    rotate(two.there)
    begin(two.there)
    with two.up():
        note = requests.get(two.there.origin + routes.CHECKPOINT, timeout=10).text
        assert knock(two.here, two.there, before, note).status_code == 202
    assert two.refused() == []


def test_a_page_of_a_new_key_is_taken_by_whoever_has_not_heard_of_it(two: Two) -> None:
    """The hub was away for the whole overlap: the page and its note bear a key that it has never met."""
    two.there.publish("project", project())
    with two.up():
        pulled(two.here, two.there)
    rotate(two.there, timedelta(0))
    begin(two.there)
    two.there.publish("project", project(title="Während der Abwesenheit"))
    with two.up():
        assert pulled(two.here, two.there).entries == 2
    assert two.refused() == []
    assert held(two.here, two.there).n == 2


def test_notes_of_a_key_that_has_run_out_stay_what_they_were(two: Two) -> None:
    """Pages that came before the rotation are history: the copy verifies, and goes on from the old note."""
    two.there.publish("project", project())
    with two.up():
        pulled(two.here, two.there)
        rotate(two.there, timedelta(0))
        begin(two.there)
        with two.here.at():
            assert status.verify(reading()) == []
        assert pulled(two.here, two.there).entries == 1
        keyset = held(two.here, two.there)
    with two.here.at():
        copy = reading().scalars(sa.select(Log).where(~Log.own)).one()
        notes = reading().scalars(sa.select(LogPage.note).order_by(LogPage.size)).all()
        later = datetime.now(UTC) + DAY
        signers = [checkpoint.verify_past(note, keyset, copy.log_id).key_id for note in notes]
        assert signers == [one.key.id for one in keyset.signing]
        with pytest.raises(BadCheckpoint):
            checkpoint.verify(notes[0], keyset, copy.log_id, later)
        assert status.verify(reading()) == []


def knock(at: Hub, sender: Hub, key: SigningKey, note: str = "") -> requests.Response:
    """Poke `at` in the name of `sender`, signed by any key."""
    body = routes.encode_poke(note or "no note")
    url = at.origin + routes.POKE
    headers = sign_request("POST", url, body, DOCUMENT_TYPE, key, sender.origin, datetime.now(UTC))
    return requests.post(url, body, headers=headers, timeout=10)


def test_requests_of_a_new_key_at_the_same_moment_are_answered_after_one_look(two: Two) -> None:
    """While one request makes Wilster look at the card, which takes a while, two more arrive."""
    rotate(two.there)
    begin(two.there)
    two.doors[two.there.origin].thinks = 0.5
    with two.there.at() as node:
        key = node.identity.signing
    with two.up(), ThreadPoolExecutor(3) as pool:
        note = requests.get(two.there.origin + routes.CHECKPOINT, timeout=10).text
        answers = list(pool.map(lambda _: knock(two.here, two.there, key, note).status_code, range(3)))
    assert answers == [202, 202, 202]
    assert two.doors[two.there.origin].asked(routes.CARD) == 1


def test_threat_28_many_invented_keys_at_once_leave_room_for_others(two: Two) -> None:
    """The hub they name is slow: a few wait with it, the rest is refused at once."""
    two.doors[two.there.origin].thinks = 1.0
    with two.up(), ThreadPoolExecutor(8) as pool:
        keys_made = [SigningKey.generate(f"invented-{number}") for number in range(8)]
        answers = list(pool.map(lambda key: knock(two.here, two.there, key).json()["type"], keys_made))
    assert answers == ["unknown-key"] * 8
    assert two.doors[two.there.origin].asked(routes.CARD) == 1


def test_threat_08_a_key_id_of_one_hub_with_the_key_of_another_is_refused(two: Two) -> None:
    with two.here.at() as node, two.there.at() as other:
        swapped = SigningKey(other.identity.signing.id, node.identity.signing.private)
    with two.up():
        answer = knock(two.here, two.there, swapped)
        assert (answer.status_code, answer.json()["type"]) == (401, "bad-signature")


def test_threat_28_invented_keys_cause_one_request_a_minute_and_only_to_the_hub_they_name(two: Two) -> None:
    with two.up():
        for number in range(20):
            answer = knock(two.here, two.there, SigningKey.generate(f"invented-{number}"))
            assert (answer.status_code, answer.json()["type"]) == (401, "unknown-key")
        assert two.doors[two.there.origin].asked(routes.CARD) == 1
        with two.here.at(), transaction() as session:
            session.execute(sa.update(Peer).values(keys_asked_at=datetime.now(UTC) - timedelta(seconds=61)))
        knock(two.here, two.there, SigningKey.generate("invented"))
        assert two.doors[two.there.origin].asked(routes.CARD) == 2


def test_threat_28_a_hub_that_nobody_pinned_or_that_is_suspended_is_never_asked(two: Two) -> None:
    with two.here.at(), transaction() as session:
        session.execute(sa.update(Peer).values(state="suspended"))
    with two.up():
        assert knock(two.here, two.there, SigningKey.generate("invented")).json()["type"] == "not-member"
        with two.here.at(), transaction() as session:
            session.execute(sa.delete(Peer))
        assert knock(two.here, two.there, SigningKey.generate("invented")).json()["type"] == "not-member"
    assert two.doors[two.there.origin].answers == []


def test_a_keyset_that_the_pinned_root_did_not_sign_changes_nothing(two: Two) -> None:
    """Whoever has the signing key, and the log with it, still can't make a key of his own count."""
    with two.there.at() as node, transaction() as session:
        thief, now = SigningKey.generate("root"), datetime.now(UTC)
        forged = Keyset.first(two.there.origin, thief, [OnlineKey(SigningKey.generate("k9").public, now, now + DAY)])
        body = forged.successor(thief, forged.signing).to_json()
        statements.say(session, "keyset", body, node.clock())
    before = held(two.here, two.there)
    with two.up():
        assert pulled(two.here, two.there).finished
    assert held(two.here, two.there) == before
    assert told(two.here) == ["bad-keys"]


@pytest.mark.parametrize("body", [{}, {"n": "7"}, {"n": 7}, {"n": True}, {"n": 7, "v": 1, "origin": []}])
def test_a_statement_that_is_no_keyset_changes_nothing(two: Two, body: dict[str, Any]) -> None:
    with two.there.at() as node, transaction() as session:
        statements.say(session, "keyset", body, node.clock())
    before = held(two.here, two.there)
    with two.up():
        assert pulled(two.here, two.there).finished
    assert held(two.here, two.there) == before


def test_a_crash_between_files_and_log_is_made_good(two: Two) -> None:
    """The files have the new keyset, and the log does not say so yet."""
    with two.there.at() as node:
        root = keyfiles.root_key(node.keys.folder)
        keyfiles.rotate(OPERATOR_CONFIRMED, node.keys.folder, two.there.origin, root, datetime.now(UTC), DAY)
        for _again in range(2):
            keys.tend(node, datetime.now(UTC))
        assert [said["n"] for said in statements.said_by(reading(), two.there.origin, "keyset")] == [2]


def test_two_new_roots_one_after_the_other_are_followed(two: Two) -> None:
    with two.up():
        for number in (2, 3):
            new_root(two.there)
            assert pulled(two.here, two.there).finished
            assert held(two.here, two.there).n == number
        rotate(two.there)
        assert pulled(two.here, two.there).finished
        with two.there.at() as node:
            root = node.identity.keyset.root
        assert held(two.here, two.there).root == root
    assert told(two.here) == ["root", "root", "keys"]


def test_two_new_roots_during_an_absence_are_followed_by_the_log(two: Two) -> None:
    for _ in range(2):
        new_root(two.there)
    with two.up():
        assert pulled(two.here, two.there).finished
    assert held(two.here, two.there).n == 3


def test_a_new_root_is_learned_from_the_card_as_well(two: Two) -> None:
    new_root(two.there)
    with two.up(), two.here.at() as node:
        assert keysets.refresh(node, two.there.origin) is not None
        assert keysets.refresh(node, two.there.origin) is None
        [view] = [hub for hub in peers.all_hubs(node.settings) if not hub.here]
    with two.there.at() as node:
        assert view.fingerprint == node.identity.fingerprint


def new_root(hub: Hub) -> None:
    """Give the hub another root key."""
    with hub.at() as node:
        keys.new_root(OPERATOR_CONFIRMED, node, datetime.now(UTC))
