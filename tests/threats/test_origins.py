"""Rows 1 to 3 and 19, 20: who somebody is, and whose a record is."""

from __future__ import annotations

import pytest

from federation import routes
from federation.errors import ProtocolError
from federation.keys import SigningKey
from hubnode.network import doors, peers
from hubnode.network.models import Peer
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading as records
from hubnode.records.models import Quarantine, Record
from tests.hubnode.bodies import project
from tests.hubnode.hubs import carry
from tests.journeys.liar import Liar
from tests.threats.stage import Pretender, Victim, key_of


def test_threat_01_an_entry_in_another_hubs_name_is_refused_and_told(victim: Victim, liar: Liar) -> None:
    liar.put("project", project())
    assert victim.follow(liar.origin) is None
    before = victim.rows()
    liar.put("project", project(), origin=victim.friend.origin)
    assert [victim.follow(liar.origin) for _ in range(2)] == ["bad-entry", "bad-entry"]
    assert victim.told(liar.origin)[0] == "refused"
    assert victim.rows() == before | {"network_event": before["network_event"] + 1}


def test_threat_01_a_body_that_names_another_place_decides_nothing(victim: Victim, liar: Liar) -> None:
    claims = ("id", "url", "uri", "origin", "attributedTo")
    for field in claims:
        liar.put("project", project() | {field: f"{victim.friend.origin}/r/01JD000000000000000000000A"})
    victim.follow(liar.origin)
    assert victim.column(Record.origin, Record.state == "published") == []
    assert len(victim.column(Quarantine.seq)) == len(claims)


def test_threat_02_a_valid_key_does_not_make_another_hub_of_somebody(victim: Victim, liar: Liar) -> None:
    before = victim.rows()
    answer = victim.entries(key=SigningKey(key_of(victim.friend).id, liar.signing.private), origin=victim.friend.origin)
    assert (answer.status, answer.problem) == (401, "bad-signature")
    assert victim.rows() == before


def test_threat_02_a_member_cannot_poke_with_another_members_note(victim: Victim, liar: Liar) -> None:
    victim.friend.publish("project", project())
    due = victim.column(Peer.pull_due_at, Peer.origin == victim.friend.origin)
    with victim.friend.at() as node:
        note = doors.checkpoint(node).body.decode()
    answer = victim.tell(routes.POKE, routes.encode_poke(note), key=liar.signing, origin=liar.origin)
    assert answer.status in (400, 401, 403, 422)
    assert victim.column(Peer.pull_due_at, Peer.origin == victim.friend.origin) == due
    assert victim.column(Peer.offered_size) == [0, 0]


def test_threat_03_a_higher_revision_in_another_log_changes_nothing(victim: Victim, liar: Liar) -> None:
    id = victim.friend.publish("project", project(title="Vom Freund"))
    carry(victim.friend, victim.hub)
    liar.put("project", project(title="Untergeschoben"), id=id, rev=9)
    victim.follow(liar.origin)
    with victim.hub.at():
        kept = records.get(ANONYMOUS, "project", id, victim.friend.origin)
        theirs = records.get(ANONYMOUS, "project", id, liar.origin)
    assert (kept.headline["de"], kept.rev) == ("Vom Freund", 1)
    assert theirs.headline["de"] == "Untergeschoben"
    assert kept.uri != theirs.uri


SECOND_SPELLINGS = (
    "HTTPS://hub.example",
    "https://HUB.example",
    "https://hub.example.",
    "https://hub.example:443",
    "https://hub.example:0443",
    "https://hub.example/",
    "https://hub.example/r",
    "https://user@hub.example",
    "https://hub.example@evil.example",
    "https://hüb.example",
    "https://hub.example#",
    "https://hub.example?x",
    "https:hub.example",
    "https://hub_example\n.evil",
    " https://hub.example",
    "http://hub.example",
)


def test_threat_19_a_hub_has_one_spelling_when_it_is_added(victim: Victim) -> None:
    before = victim.rows()
    for origin in SECOND_SPELLINGS:
        with victim.hub.at() as node, pytest.raises((ProtocolError, peers.CantPin)):
            peers.add(node, origin, "0000-" * 12 + "0000", node.clock())
    assert victim.rows() == before


def test_threat_19_a_hub_has_one_spelling_when_it_signs(victim: Victim) -> None:
    before = victim.rows()
    name, path = victim.friend.origin, "/apl/v1/entries?log=0&after=0&limit=1"
    for other in (name.upper(), f"{name}/", name.replace("://", "://x@"), name.replace(":5992", ".:5992")):
        headers = victim.signed("GET", path)
        headers["Signature-Input"] = headers["Signature-Input"].replace(name, other)
        assert victim.knock("GET", path, headers).status in (400, 401, 403)
    assert victim.rows() == before


def test_threat_19_a_request_for_another_host_is_refused(victim: Victim) -> None:
    path = "/apl/v1/entries?log=0&after=0&limit=1"
    for host in ("hub.example", "127.0.0.1", "LOCALHOST", "127.0.0.1.:1", "x@127.0.0.1"):
        assert victim.knock("GET", path, {**victim.signed("GET", path), "Host": host}).status == 400


def test_threat_20_the_card_of_one_hub_is_not_that_of_another(victim: Victim, liar: Liar) -> None:
    before = victim.rows()
    card = liar._answer(routes.CARD)[2]
    elsewhere = Pretender(lambda _method, _path: (200, {"Content-Type": "application/vnd.apl+json"}, card))
    try:
        with victim.hub.at() as node, pytest.raises(ProtocolError):
            peers.add(node, elsewhere.origin, liar.fingerprint, node.clock())
    finally:
        elsewhere.close()
    assert victim.rows() == before
