"""Rows 24 and 25: answers that nobody waits for, and what is left to a hub that was suspended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from federation import canonical, routes
from federation.joining import JoinAnswer
from federation.letters import PATH as LETTERS
from federation.letters import Letter, encode_batch
from federation.receipts import PATH as RECEIPTS
from federation.receipts import Receipt
from federation.receipts import encode_batch as encode_receipts
from hubnode.db import reading, transaction
from hubnode.network import doors, letters, media, membership, postman, pull
from hubnode.network.letters_models import LetterIn, LetterOut
from hubnode.network.models import Peer
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.records import log
from hubnode.work.loop import claimed
from tests.hubnode import files
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, close, make_hub, pin
from tests.hubnode.network.test_pull import port_of
from tests.journeys.liar import Liar
from tests.serving import free_port, served
from tests.threats.people import Person
from tests.threats.stage import Reply, Victim, key_of, rested

ID = "01JD000000000000000000000{}"
WORD = "Seekanari"


def letter(victim: Victim, kind: str, re: str | None, number: str = "A", **body: str) -> bytes:
    """A batch with one letter of the friend."""
    now = datetime.now(UTC).replace(microsecond=0)
    until = now + timedelta(days=7)
    id, sender = ID.format(number), victim.friend.origin
    return encode_batch([Letter(id, sender, victim.origin, kind, re, now, until, {"thread": ID.format("T"), **body})])


def outcomes(answer: Reply) -> list[str]:
    """What a door for letters or receipts says of each."""
    document = canonical.decode(answer.body)
    assert isinstance(document, dict)
    [rows] = document.values()
    return [row if isinstance(row, str) else row["status"] for row in rows]


# ----- 24: answers to nothing


def test_threat_24_an_approval_that_nobody_asked_for_pins_nobody(victim: Victim) -> None:
    stranger, before = Liar("Fremd"), victim.rows()
    body = JoinAnswer("approved", stranger.keyset, stranger.log_id).to_bytes()
    for ask in ("0f" * 16, "0" * 32, "x", "%00"):
        path = routes.join_confirm(ask)
        answer = victim.tell(path, body, key=stranger.signing, origin=stranger.origin)
        assert (answer.status, answer.problem) == (404, "not-found"), ask
    stranger.close()
    assert victim.rows() == before


def test_threat_24_an_approval_in_the_name_of_a_member_changes_nothing_about_it(victim: Victim) -> None:
    with victim.friend.at() as node:
        body = JoinAnswer("approved", node.identity.keyset, "e" * 32).to_bytes()
    before, pinned = victim.rows(), victim.column(Peer.card)
    answer = victim.tell(routes.join_confirm("0f" * 16), body)
    assert (answer.status, answer.problem) == (404, "not-found")
    assert (victim.rows(), victim.column(Peer.card)) == (before, pinned)


def test_threat_24_a_receipt_for_what_was_never_taken_back_is_not_kept(victim: Victim) -> None:
    id = victim.hub.publish("project", project())
    with victim.hub.at():
        log_id = log.own(reading()).log_id
    before, now = victim.rows(), datetime.now(UTC)
    for seq, rec in ((0, id), (1, id), (7, id), (2**52, ID.format("A"))):
        made = Receipt(victim.friend.origin, victim.origin, log_id, seq, rec, now, ("log",), None)
        answer = victim.tell(RECEIPTS, encode_receipts([made.sign(key_of(victim.friend))]))
        assert (answer.status, outcomes(answer)) == (200, ["unknown"])
    assert victim.rows() == before


def test_threat_24_a_letter_that_answers_nothing_is_refused(victim: Victim) -> None:
    before = victim.rows()
    for number, (kind, re) in enumerate((("answer", ID.format("Q")), ("answer", None), ("closed", ID.format("Q")))):
        texts = {"text": "Ja.", "signed_as": "Amt"} if kind == "answer" else {}
        answer = victim.tell(LETTERS, letter(victim, kind, re, str(number), **texts))
        assert (answer.status, outcomes(answer)) == (200, ["refused"]), (kind, re)
    noted = len(victim.column(LetterIn.id))
    assert noted == 3, "that it was refused is remembered"
    assert victim.rows() == before | {"letter_in": noted}


# ----- 25: suspended


@pytest.fixture
def kiel(victim: Victim, tmp_path: Path, template: Path) -> Iterator[Hub]:
    """A member that is really there, with a record and a file of it at the victim."""
    hub = make_hub(tmp_path / "kiel", template, "Kiel", free_port(), pages=True)
    pin(victim.hub, hub)
    pin(hub, victim.hub)
    rested(victim.hub)
    row = files.attach(hub, f"{WORD}\n".encode(), f"{WORD}.txt")
    hub.publish("project", project(title=WORD, attachments=[row]))
    with served(hub.app, port_of(hub)):
        assert victim.follow(hub.origin) is None
        with victim.hub.at() as node:
            media.tend(node, node.clock())
            assert media.fetch(node, hub.origin) == 1
        yield hub
    close(hub)


def suspend(victim: Victim, hub: Hub) -> None:
    """Suspend a hub, as its administrator does."""
    with victim.hub.at() as node:
        membership.suspend(OPERATOR_CONFIRMED, hub.origin, node.clock())


def signed_requests(victim: Victim, hub: Hub) -> Iterator[tuple[str, str, bytes]]:
    """A good request of this hub at each door for members."""
    with victim.hub.at():
        own = log.own(reading()).log_id
    with hub.at() as node:
        theirs, note = log.own(reading()).log_id, doors.checkpoint(node).body.decode()
    yield from (("GET", f"{path}?log={own}&after=0&limit=500", b"") for path in (routes.ENTRIES, routes.AGAIN))
    yield "GET", f"{routes.DIGEST}?log={own}", b""
    yield "GET", f"{routes.SEEN}?origin={hub.origin}", b""
    yield "GET", f"{routes.mirror_path(hub.origin)}?log={theirs}&after=0&limit=500", b""
    yield "GET", f"{routes.MEDIA}/{'0' * 64}", b""
    yield "POST", routes.POKE, routes.encode_poke(note)
    yield "POST", LETTERS, letter(victim, "closed", None).replace(victim.friend.origin.encode(), hub.origin.encode())
    made = Receipt(hub.origin, victim.origin, own, 0, ID.format("A"), datetime.now(UTC), (), None)
    yield "POST", RECEIPTS, encode_receipts([made.sign(key_of(hub))])


def test_threat_25_every_door_is_shut_with_the_next_request(victim: Victim, kiel: Hub) -> None:
    how = {"key": key_of(kiel), "origin": kiel.origin}
    for expected in ((200, 202, 404), (403,)):
        before = victim.rows()
        for method, path, body in signed_requests(victim, kiel):
            answer = victim.ask(path, **how) if method == "GET" else victim.tell(path, body, **how)
            assert answer.status in expected, (path, answer.body)
            assert (answer.problem == "not-member") == (expected == (403,)), path
        if expected == (200, 202, 404):
            suspend(victim, kiel)
    assert victim.rows() == before


def test_threat_25_nobody_sees_anything_of_it_on_any_page(victim: Victim, kiel: Hub) -> None:
    charlie, host = Person(victim, "charlie"), kiel.origin.split("://")[1]
    [id] = kiel.app.test_client().get("/feeds/projekte.json").get_json()["items"]
    name, sha256 = id["id"].rpartition("/")[2], files.stored(kiel)[0].name
    lists = ["/", "/projekte", f"/suche?q={WORD}", f"/projekte?hub={host}", "/feeds/alle.atom", "/feeds/projekte.json"]
    single = [f"/projekte/{host}/{name}", f"/medien/{sha256}/{WORD}.txt", f"/fragen/neu/projekte/{host}/{name}"]
    assert all(charlie.open(path).status == 200 for path in (*lists, *single))
    suspend(victim, kiel)
    for ask in (charlie.open, lambda path: victim.knock("GET", path)):
        for path in lists:
            answer = ask(path)
            assert answer.status in (200, 404), path
            assert name.encode() not in answer.body, path
        assert all(ask(path).status in (303, 404, 410) for path in single)
    assert victim.knock("GET", single[0]).status == victim.knock("GET", single[1]).status == 404


def test_threat_25_nothing_is_fetched_from_it_or_sent_to_it(victim: Victim, kiel: Hub) -> None:
    with victim.hub.at() as node, transaction() as session:
        letters.send(session, kiel.origin, "closed", {"thread": ID.format("T")}, node.clock())
    suspend(victim, kiel)
    kiel.publish("project", project(title="Danach"))
    before, contacts = victim.rows(), victim.column(Peer.last_contact_at, Peer.origin == kiel.origin)
    with victim.hub.at() as node:
        assert [task.name for task, origin in claimed(node.clock() + timedelta(days=2)) if origin == kiel.origin] == []
        assert pull.pull(node, kiel.origin).entries == 0
        postman.deliver(node, kiel.origin)
        assert media.fetch(node, kiel.origin) == 0
    assert victim.rows() == before
    assert victim.column(Peer.last_contact_at, Peer.origin == kiel.origin) == contacts
    assert victim.column(LetterOut.state) == ["waiting"]


def test_threat_25_its_log_is_not_passed_on_to_others_either(victim: Victim, kiel: Hub) -> None:
    with kiel.at():
        path = f"{routes.mirror_path(kiel.origin)}?log={log.own(reading()).log_id}&after=0&limit=500"
    assert WORD.encode() in victim.ask(path).body
    suspend(victim, kiel)
    answer = victim.ask(path)
    assert (answer.status, answer.problem, WORD.encode() in answer.body) == (404, "not-found", False)
