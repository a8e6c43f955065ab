"""The hub that asks to join, and the answer that comes to its own door."""

# ruff: noqa: F811 - what is imported are fixtures, and the arguments that ask for them

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from federation.errors import BadInvitation, PeerProblem
from federation.joining import Invitation
from federation.keys import SigningKey
from hubnode.db import reading, transaction
from hubnode.network import asking, events, invitations, joining, joining_rows, membership, status
from hubnode.network import node as nodes
from hubnode.network.joining_models import Invitation as InvitationRow
from hubnode.network.joining_models import Joining
from hubnode.network.joining_rows import CantJoin
from hubnode.network.models import Peer
from hubnode.people.confirming import OPERATOR_CONFIRMED as PROOF
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, close, make_hub, pin
from tests.hubnode.network.joining_cast import ASK, Cast, known, pulled, said, state_of
from tests.hubnode.network.test_joining import cast, mallory, problem  # noqa: F401 - two fixtures
from tests.hubnode.network.test_pull import port_of
from tests.migrated import migrate
from tests.serving import free_port, served


def test_the_fingerprint_is_compared_before_the_token_leaves(cast: Cast, mallory: Hub) -> None:
    with mallory.at() as node:
        other = node.identity.fingerprint
    forged = replace(Invitation.parse(cast.invitation()), fingerprint=other)
    with pytest.raises(CantJoin) as caught:
        cast.join(forged.text)
    assert caught.value.reason == "fingerprint"
    assert state_of(cast.kiel, "out") is None
    with cast.wilster.at():
        assert reading().scalar(sa.select(InvitationRow.attempts)) == 0


def test_what_cant_be_joined_is_refused_before_anything_is_sent(cast: Cast) -> None:
    with pytest.raises(BadInvitation):
        cast.join("hello")
    with cast.kiel.at() as node:
        own = invitations.invite(PROOF, node, node.clock())
    with pytest.raises(CantJoin) as caught:
        cast.join(own)
    assert caught.value.reason == "own"
    cast.meet()
    with pytest.raises(CantJoin) as caught:
        cast.join(cast.invitation())
    assert caught.value.reason == "member"


def test_a_refused_request_is_not_kept(cast: Cast) -> None:
    invitation = replace(Invitation.parse(cast.invitation()), token=bytes(32))
    with pytest.raises(PeerProblem, match="not-invited"):
        cast.join(invitation.text)
    assert state_of(cast.kiel, "out") is None


def asked(cast: Cast) -> str:
    """Kiel asks; the id under which it did."""
    cast.join(cast.invitation())
    with cast.kiel.at():
        return str(reading().scalar(sa.select(Joining.ask)))


def test_threat_24_an_answer_that_nobody_waits_for_is_refused(cast: Cast) -> None:
    for ask in (ASK, "x", ASK.upper()):
        assert problem(cast.confirm(cast.answered(), ask)) == (404, "not-found")
    asked(cast)
    assert problem(cast.confirm(cast.answered())) == (404, "not-found")
    assert (known(cast.kiel), state_of(cast.kiel, "out")) == ([], "waiting")


def test_threat_24_only_the_hub_that_was_asked_answers(cast: Cast, mallory: Hub) -> None:
    ask = asked(cast)
    own = cast.confirm(cast.answered(hub=mallory), ask, hub=mallory)
    assert problem(own) == (422, "bad-keyset")
    borrowed = cast.confirm(cast.answered(), ask, hub=mallory)
    assert problem(borrowed) == (403, "not-member")
    with cast.wilster.at() as node:
        key_id = node.identity.signing.id
    assert problem(cast.confirm(cast.answered(), ask, key=SigningKey.generate(key_id))) == (401, "bad-signature")
    assert (known(cast.kiel), state_of(cast.kiel, "out")) == ([], "waiting")


def test_threat_24_an_answer_after_its_time_is_refused(cast: Cast) -> None:
    ask = asked(cast)
    with cast.kiel.at(), transaction() as session:
        session.execute(sa.update(Joining).values(expires_at=nodes.utcnow()))
    assert problem(cast.confirm(cast.answered(), ask)) == (404, "not-found")
    assert known(cast.kiel) == []


def test_the_same_approval_again_changes_nothing(cast: Cast) -> None:
    ask = asked(cast)
    assert cast.confirm(cast.answered(), ask).status_code == 200
    before = (known(cast.kiel), said(cast.kiel))
    assert cast.confirm(cast.answered(), ask).status_code == 200
    assert (known(cast.kiel), said(cast.kiel)) == before
    assert problem(cast.confirm(cast.answered("rejected"), ask)) == (404, "not-found")


def test_threat_25_an_old_approval_does_not_bring_back_who_was_suspended(cast: Cast) -> None:
    ask = asked(cast)
    cast.decide(joining.approve)
    with cast.kiel.at(), transaction() as session:
        session.execute(sa.update(Peer).values(state="suspended"))
    assert cast.confirm(cast.answered(), ask).status_code == 200
    assert known(cast.kiel) == [(cast.wilster.origin, "suspended")]


@pytest.mark.parametrize("state", ["suspended", "left"])
def test_threat_25_who_was_suspended_does_not_get_in_with_an_invitation_and_a_former_member_does(
    cast: Cast, state: str
) -> None:
    cast.meet()
    with cast.wilster.at(), transaction() as session:
        session.execute(sa.update(Peer).values(state=state))
    without = cast.knock(cast.request(None, ask="a" * 32).to_bytes())
    assert problem(without) == (403, "not-invited")
    answer = cast.knock(cast.request(cast.token(), ask="b" * 32).to_bytes())
    assert answer.status_code == (202 if state == "left" else 403)


def test_an_approval_is_sent_until_it_arrives(cast: Cast, tmp_path: Path) -> None:
    cast.join(cast.invitation())
    with cast.wilster.at() as node:
        [request] = joining_rows.requests()
        joining.approve(PROOF, request.id, node.clock())
        with transaction() as session:
            session.execute(sa.update(Joining).values(origin="http://127.0.0.1:1"))
        joining.answer(node, "http://127.0.0.1:1")
        row = reading().scalars(sa.select(Joining)).one()
        assert (row.state, row.failures, row.last_error) == ("approved", 1, "unreachable:connect")
        assert row.due_at is not None
        assert row.due_at > node.clock() - timedelta(seconds=1)
        with transaction() as session:
            session.execute(sa.update(Joining).values(origin=cast.kiel.origin))
    cast.answer()
    assert known(cast.wilster) == [(cast.kiel.origin, "active")]


def test_a_hub_that_does_not_ask_any_more_is_not_pinned(cast: Cast) -> None:
    cast.join(cast.invitation())
    with cast.kiel.at(), transaction() as session:
        session.execute(sa.delete(Joining))
    cast.decide(joining.approve)
    assert (state_of(cast.wilster, "in"), known(cast.wilster)) == ("failed", [])


def test_a_request_is_decided_once(cast: Cast) -> None:
    cast.join(cast.invitation())
    with cast.wilster.at() as node:
        [request] = joining_rows.requests()
        joining.reject(PROOF, request.id, node.clock())
        for decide in (joining.approve, joining.reject):
            with pytest.raises(CantJoin):
                decide(PROOF, request.id, node.clock())
        with pytest.raises(CantJoin):
            joining.request(99)


def test_what_nobody_decides_ends_by_itself(cast: Cast) -> None:
    cast.join(cast.invitation())
    late = nodes.utcnow() + timedelta(days=15)
    for hub in (cast.wilster, cast.kiel):
        with hub.at():
            joining.sweep(late)
    assert (state_of(cast.wilster, "in"), state_of(cast.kiel, "out")) == ("expired", "expired")
    for hub in (cast.wilster, cast.kiel):
        with hub.at():
            joining.sweep(late + timedelta(days=31))
            assert reading().scalar(sa.select(sa.func.count()).select_from(Joining)) == 0


def test_the_page_of_the_network_hears_of_a_new_member(cast: Cast) -> None:
    cast.meet()
    with cast.kiel.at():
        assert [(event.what, event.origin) for event in events.latest()] == [("joined", cast.wilster.origin)]


def test_hubs_that_pinned_each_other_by_hand_stay_as_they_are(cast: Cast) -> None:
    pin(cast.wilster, cast.kiel)
    with cast.kiel.at() as node:
        asking.join(PROOF, node, cast.invitation(), node.clock())
    cast.answer()
    assert known(cast.kiel) == [(cast.wilster.origin, "active")]
    assert known(cast.wilster) == [(cast.kiel.origin, "active")]


@pytest.mark.postgresql
def test_joining_suspending_and_parting_on_postgresql(tmp_path: Path, template: Path, postgres_url: str) -> None:
    migrate(postgres_url)
    wilster = make_hub(tmp_path / "wilster", Path(), "Wilster", free_port(), postgres_url, pages=True)
    kiel = make_hub(tmp_path / "kiel", template, "Kiel", free_port(), pages=True)
    cast = Cast(wilster, kiel, wilster.app.test_client())
    kiel.publish("project", project())
    with served(wilster.app, port_of(wilster)), served(kiel.app, port_of(kiel)):
        cast.meet()
        pulled(wilster, kiel)
        pulled(kiel, wilster)
        assert problem(cast.knock(cast.request(bytes(32)).to_bytes())) == (403, "not-invited")
        with wilster.at() as node:
            assert membership.suspend(PROOF, kiel.origin, node.clock()).records == 1
            assert membership.resume(PROOF, kiel.origin, node.clock()).records == 1
            assert membership.part(PROOF, kiel.origin, node.clock(), archive="drop") == 1
            assert status.verify(reading()) == []
    assert known(wilster) == [(kiel.origin, "left")]
    close(wilster)
    close(kiel)
