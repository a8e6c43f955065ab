"""Receipts between two hubs, through their doors: what is taken back is deleted, cleared from the files, confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from federation import canonical
from federation.keys import SigningKey
from federation.receipts import MAX_BATCH, MAX_RECEIPTS, PATH, Receipt, encode_batch
from federation.signatures import DOCUMENT_TYPE, sign_request
from hubnode.db import reading, transaction
from hubnode.network import pull, receipts
from hubnode.network.erasure_models import ErasureReceipt, Handed
from hubnode.network.models import Peer
from hubnode.people.viewer import OPERATOR
from hubnode.records import log, replica, scrub, service
from hubnode.records.models import Log, LogEntry
from hubnode.records.removal_models import Removal
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, make_hub, pin
from tests.hubnode.network.pair import port_of
from tests.hubnode.network.test_doors import problem
from tests.serving import served

CANARY = "Kanarienvogel"


@pytest.fixture
def home(tmp_path: Path, template: Path, free_port: int) -> Iterator[Hub]:
    """The hub that publishes and takes back, with its doors."""
    hub = make_hub(tmp_path / "home", template, "Wilster", free_port, pages=True)
    yield hub
    close(hub)


@pytest.fixture
def peer(tmp_path: Path, template: Path, home: Hub) -> Iterator[Hub]:
    """The hub that holds a copy; both know each other."""
    hub = make_hub(tmp_path / "peer", template, "Rendsburg", 5992)
    pin(hub, home)
    pin(home, hub)
    yield hub
    close(hub)


def follow(peer: Hub, home: Hub) -> None:
    """Everything that the peer's worker does: pull, clear the files, send receipts."""
    with served(home.app, port_of(home)), peer.at() as node:
        pull.pull(node, home.origin)
        assert scrub.scrub(node.clock(), rest=0)
        reading().rollback()
        receipts.send(node, home.origin)


def erase(home: Hub, id: str) -> None:
    """Erase a record as its operator."""
    with home.at():
        service.erase(OPERATOR, id, datetime.now(UTC))


def kept(home: Hub) -> list[Receipt]:
    """The receipts that a hub holds."""
    with home.at():
        rows = reading().scalars(sa.select(ErasureReceipt).order_by(ErasureReceipt.seq)).all()
        return [Receipt.from_json(canonical.decode(row.receipt)) for row in rows]


def holding(hub: Hub, word: str) -> list[str]:
    """The files of a hub in which the word stands as bytes, in any case."""
    with hub.at():
        reading().rollback()
    files = [path for path in hub.settings.instance.rglob("*") if path.is_file()]
    return sorted(path.name for path in files if word.lower().encode() in path.read_bytes().lower())


def test_an_erasure_is_confirmed_by_the_hub_that_held_a_copy(home: Hub, peer: Hub) -> None:
    id = home.publish("project", project(title=CANARY))
    follow(peer, home)
    assert holding(peer, CANARY) != []
    erase(home, id)
    follow(peer, home)
    [receipt] = kept(home)
    assert (receipt.by, receipt.origin, receipt.seq, receipt.id) == (peer.origin, home.origin, 1, id)
    assert receipt.scopes == ("files", "log", "media", "records", "search")
    assert receipt.backups_gone_by is None
    assert holding(peer, CANARY) == []


def test_a_withdrawal_is_confirmed_too_and_leaves_no_text_at_the_peer(home: Hub, peer: Hub) -> None:
    id = home.publish("project", project(title=CANARY))
    home.revise(id, title={"de": f"{CANARY} zwei"})
    follow(peer, home)
    with home.at():
        service.withdraw(OPERATOR, id, NOW + timedelta(hours=2))
    follow(peer, home)
    assert [receipt.seq for receipt in kept(home)] == [2]
    assert holding(peer, CANARY) == []
    assert holding(home, CANARY) != []  # its own people can go on with it
    with home.at():
        assert reading().scalars(sa.select(LogEntry.body)).all() == [None, None, None]


def test_a_record_narrowed_to_its_hub_leaves_no_text_at_the_peer(home: Hub, peer: Hub) -> None:
    id = home.publish("project", project(title=CANARY))
    follow(peer, home)
    home.revise(id, level="hub")
    follow(peer, home)
    assert [receipt.seq for receipt in kept(home)] == [1]
    assert holding(peer, CANARY) == []


def test_what_is_published_again_after_a_withdrawal_stays(home: Hub, peer: Hub) -> None:
    """In one page: the version before, its withdrawal, and the version after, which alone keeps its text."""
    id = home.publish("project", project(title=CANARY))
    with home.at():
        service.withdraw(OPERATOR, id, NOW)
        service.publish(OPERATOR, id, NOW)
    follow(peer, home)
    with peer.at():
        bodies = reading().scalars(sa.select(LogEntry.body).order_by(LogEntry.seq)).all()
        assert [body is None for body in bodies] == [True, True, False]
        with transaction() as session:
            replica.refold(session, session.scalars(sa.select(Log).where(~Log.own)).one(), NOW)
    assert kept(home)[0].scopes == ()


def test_a_hub_that_joins_later_confirms_that_it_never_had_a_text(home: Hub, peer: Hub) -> None:
    erase(home, home.publish("project", project(title=CANARY)))
    follow(peer, home)
    [receipt] = kept(home)
    assert receipt.scopes == ()


def test_a_receipt_waits_until_the_files_are_clear(home: Hub, peer: Hub) -> None:
    id = home.publish("project", project(title=CANARY))
    follow(peer, home)
    erase(home, id)
    with served(home.app, port_of(home)), peer.at() as node:
        pull.pull(node, home.origin)
        reading().rollback()
        assert not reading().scalar(sa.select(receipts.due(node.clock())))
        assert scrub.scrub(node.clock(), rest=0)
        reading().rollback()
        assert reading().scalar(sa.select(receipts.due(node.clock())))
        with transaction() as session:
            assert receipts.claim(session, node.clock(), 8) == [home.origin]
            assert receipts.claim(session, node.clock(), 8) == []
        receipts.send(node, home.origin)
        reading().rollback()
        assert not reading().scalar(sa.select(receipts.due(node.clock() + timedelta(days=1))))
    assert len(kept(home)) == 1


def test_somebody_who_reads_an_older_state_holds_up_the_receipt_and_nothing_else(home: Hub, peer: Hub) -> None:
    id = home.publish("project", project(title=CANARY))
    follow(peer, home)
    with peer.at():
        reader = sa.create_engine(peer.settings.database).connect()
        reader.execute(sa.text("SELECT count(*) FROM record")).all()
    erase(home, id)
    with served(home.app, port_of(home)), peer.at() as node:
        pull.pull(node, home.origin)
        assert not scrub.scrub(node.clock(), rest=0)
        reader.close()
        reader.engine.dispose()
        assert not scrub.scrub(node.clock())  # it rests after an attempt
        assert scrub.scrub(node.clock() + timedelta(hours=1))
        reading().rollback()
        receipts.send(node, home.origin)
    assert len(kept(home)) == 1
    assert holding(peer, CANARY) == []


def test_a_hub_that_can_not_be_reached_gets_its_receipt_later(home: Hub, peer: Hub) -> None:
    id = home.publish("project", project(title=CANARY))
    follow(peer, home)
    erase(home, id)
    with served(home.app, port_of(home)), peer.at() as node:
        pull.pull(node, home.origin)
    with peer.at() as node:
        scrub.scrub(node.clock())
        receipts.send(node, home.origin)
        row = reading().scalars(sa.select(Peer)).one()
        assert row.receipt_failures == 1
        assert row.receipts_due_at is not None
        assert row.receipts_due_at > node.clock()
        receipts.resume(node.clock())
    follow(peer, home)
    assert len(kept(home)) == 1


def test_a_receipt_sent_twice_is_known(home: Hub, peer: Hub) -> None:
    """As after a crash between the answer and the note of it."""
    id = home.publish("project", project(title=CANARY))
    follow(peer, home)
    erase(home, id)
    follow(peer, home)
    with peer.at(), transaction() as session:
        session.execute(sa.update(Removal).values(told_at=None))
    follow(peer, home)
    assert len(kept(home)) == 1
    with peer.at():
        assert reading().scalars(sa.select(Removal.told_at)).one() is not None


def test_more_than_one_batch_is_sent(home: Hub, peer: Hub) -> None:
    ids = [home.publish("project", project(title=f"Nummer {number}")) for number in range(MAX_RECEIPTS + 3)]
    follow(peer, home)
    for id in ids:
        erase(home, id)
    follow(peer, home)
    assert len(kept(home)) == MAX_RECEIPTS + 3


def receipt(home: Hub, peer: Hub, rec: str, **changes: Any) -> Receipt:
    """What the peer would sign about entry 1; `changes` replace what is usual."""
    with home.at():
        log_id = log.own(reading()).log_id
    usual: dict[str, Any] = {
        "by": peer.origin,
        "origin": home.origin,
        "log": log_id,
        "seq": 1,
        "id": rec,
        "done_at": datetime.now(UTC),
        "scopes": ("log",),
        "backups_gone_by": None,
    }
    key = changes.pop("key", None)
    with peer.at() as node:
        return Receipt(**{**usual, **changes}).sign(key or node.identity.signing)


def post(home: Hub, peer: Hub, body: bytes, *, key: SigningKey | None = None) -> TestResponse:
    """Knock at the door with a body, signed as a request of the peer."""
    with peer.at() as node:
        signing = key or node.identity.signing
    headers = sign_request("POST", home.origin + PATH, body, DOCUMENT_TYPE, signing, peer.origin, datetime.now(UTC))
    return home.app.test_client().post(PATH, data=body, headers=headers, base_url=home.origin)


@pytest.fixture
def erased(home: Hub) -> str:
    """A record that was published as entry 0 and erased by entry 1."""
    id = home.publish("project", project(title=CANARY))
    erase(home, id)
    return id


def test_the_door_says_what_became_of_each_receipt(home: Hub, peer: Hub, erased: str) -> None:
    fine = receipt(home, peer, erased)
    answer = post(home, peer, encode_batch([fine, fine]))
    assert (answer.status_code, answer.content_type) == (200, DOCUMENT_TYPE)
    assert canonical.decode(answer.data) == {"outcomes": ["taken", "known"]}


@pytest.mark.parametrize(
    "wrong", [{"seq": 0}, {"seq": 7}, {"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, {"log": "0" * 32}], ids=str
)
def test_threat_24_a_receipt_for_nothing_that_we_took_back_is_ignored(
    home: Hub, peer: Hub, erased: str, wrong: dict[str, Any]
) -> None:
    answer = post(home, peer, encode_batch([receipt(home, peer, erased, **wrong)]))
    assert canonical.decode(answer.data) == {"outcomes": ["unknown"]}
    assert kept(home) == []


def test_threat_24_a_receipt_in_the_name_of_another_hub_is_refused(home: Hub, peer: Hub, erased: str) -> None:
    other = receipt(home, peer, erased, by="http://127.0.0.1:5999")
    answer = post(home, peer, encode_batch([receipt(home, peer, erased), other]))
    assert (answer.status_code, problem(answer)) == (403, "wrong-origin")
    assert kept(home) == []


def test_a_receipt_for_another_origin_is_refused(home: Hub, peer: Hub, erased: str) -> None:
    other = receipt(home, peer, erased, origin="http://127.0.0.1:5999")
    answer = post(home, peer, encode_batch([other]))
    assert (answer.status_code, problem(answer)) == (403, "wrong-origin")


def test_a_receipt_that_its_hub_did_not_sign_is_refused(home: Hub, peer: Hub, erased: str) -> None:
    with peer.at() as node:
        name = node.identity.signing.id
    forged = receipt(home, peer, erased, key=SigningKey.generate(name))
    answer = post(home, peer, encode_batch([forged]))
    assert (answer.status_code, problem(answer)) == (422, "bad-receipt")
    assert kept(home) == []


def test_a_receipt_changed_after_it_was_signed_is_refused(home: Hub, peer: Hub, erased: str) -> None:
    body = encode_batch([receipt(home, peer, erased)]).replace(b'["log"]', b'["log","records"]')
    answer = post(home, peer, body)
    assert (answer.status_code, problem(answer)) == (422, "bad-receipt")


def test_a_hub_that_is_no_peer_is_refused(home: Hub, peer: Hub, erased: str) -> None:
    with home.at(), transaction() as session:
        session.execute(sa.update(Peer).values(state="suspended"))
    answer = post(home, peer, encode_batch([receipt(home, peer, erased)]))
    assert (answer.status_code, problem(answer)) == (403, "not-member")


def test_receipts_in_a_request_signed_by_a_stranger_are_refused(home: Hub, peer: Hub, erased: str) -> None:
    with peer.at() as node:
        name = node.identity.signing.id
    answer = post(home, peer, encode_batch([receipt(home, peer, erased)]), key=SigningKey.generate(name))
    assert (answer.status_code, problem(answer)) == (401, "bad-signature")


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        (b'{"receipts": []}', "not-canonical"),
        (b'{"receipts":[]}', "too-large"),
        (b'{"receipts":[{}]}', "bad-request"),
        (b'{"letters":[]}', "bad-request"),
        (b"[]", "bad-request"),
        (b" " * (MAX_BATCH + 1), "bad-request"),
    ],
)
def test_what_is_no_batch_is_refused(home: Hub, peer: Hub, body: bytes, slug: str) -> None:
    assert problem(post(home, peer, body)) == slug


def test_one_row_says_what_a_hub_was_given_until_something_was_taken_back(home: Hub, peer: Hub) -> None:
    ids = [home.publish("project", project(title=f"Nummer {number}")) for number in range(3)]
    follow(peer, home)
    home.publish("project", project(title="Nummer 4"))
    follow(peer, home)
    with home.at():
        assert [(run.first, run.until) for run in reading().scalars(sa.select(Handed))] == [(0, 4)]
    erase(home, ids[0])
    follow(peer, home)
    with home.at():
        assert [(run.first, run.until) for run in reading().scalars(sa.select(Handed))] == [(0, 4), (4, 5)]
