"""Two hubs join: from the invitation to equal logs, over real HTTP; and whoever is turned away (THREATS 24, 25, 31)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from federation import routes
from federation.errors import PeerProblem
from federation.joining import Invitation
from federation.keys import SigningKey
from federation.signatures import DOCUMENT_TYPE, sign_request
from hubnode.db import reading, transaction
from hubnode.network import invitations, joining, joining_rows, status
from hubnode.network import node as nodes
from hubnode.network.invitations import ATTEMPTS, CantInvite
from hubnode.network.joining_models import Invitation as InvitationRow
from hubnode.network.joining_models import Joining
from hubnode.network.models import Nonce, Peer
from hubnode.people.confirming import OPERATOR_CONFIRMED as PROOF
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, close, make_hub
from tests.hubnode.network.joining_cast import Cast, known, met, pulled, said, state_of
from tests.serving import free_port


@pytest.fixture
def cast(tmp_path: Path, template: Path) -> Iterator[Cast]:
    """Wilster and Kiel, who have not met."""
    with met(tmp_path, template) as both:
        yield both


@pytest.fixture
def mallory(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """A hub that nobody has invited."""
    hub = make_hub(tmp_path / "mallory", template, "Mallory", free_port())
    yield hub
    close(hub)


def problem(answer: TestResponse) -> tuple[int, str]:
    """Status and slug of a refusal."""
    assert answer.content_type == "application/problem+json"
    return answer.status_code, str(json.loads(answer.data)["type"])


def test_an_invitation_and_an_approval_make_two_members_with_equal_histories(cast: Cast) -> None:
    old = cast.wilster.publish("project", project())
    cast.join(cast.invitation())
    assert (state_of(cast.kiel, "out"), state_of(cast.wilster, "in")) == ("waiting", "pending")
    assert known(cast.wilster) == known(cast.kiel) == []
    cast.decide(joining.approve)
    assert (state_of(cast.kiel, "out"), state_of(cast.wilster, "in")) == ("member", "member")
    assert known(cast.wilster) == [(cast.kiel.origin, "active")]
    assert known(cast.kiel) == [(cast.wilster.origin, "active")]
    pulled(cast.kiel, cast.wilster)
    pulled(cast.wilster, cast.kiel)
    digests = []
    for hub in (cast.wilster, cast.kiel):
        with hub.at():
            digests.append([(held.origin, held.size, held.root, held.digest) for held in status.held(reading())])
    assert digests[0] == digests[1]
    with cast.wilster.at():
        reach = status.visible_at(cast.wilster.settings, old)
        assert reach is not None
        assert (reach.arrived, reach.total) == (1, 1)


def test_both_logs_say_whom_they_have_pinned(cast: Cast) -> None:
    cast.meet()
    for hub, other in ((cast.wilster, cast.kiel), (cast.kiel, cast.wilster)):
        with other.at() as node:
            fingerprint, n = node.identity.fingerprint, node.identity.keyset.n
            log_id = next(held.log_id for held in status.held(reading()) if held.origin == other.origin)
        assert said(hub) == [{"v": 1, "origin": other.origin, "root": fingerprint, "log_id": log_id, "n": n}]


def test_the_administrator_sees_who_asks_before_anything_is_pinned(cast: Cast) -> None:
    cast.join(cast.invitation())
    with cast.wilster.at():
        [request] = joining_rows.requests()
    with cast.kiel.at() as node:
        expected = ("Digital Hub Kiel", "Kiel", cast.kiel.origin, node.identity.fingerprint, True)
    assert (request.name, request.place, request.origin, request.fingerprint, request.invited) == expected


def test_a_rejected_hub_hears_it_and_nobody_is_pinned(cast: Cast) -> None:
    invitation = cast.invitation()
    cast.join(invitation)
    cast.decide(joining.reject)
    assert (state_of(cast.kiel, "out"), state_of(cast.wilster, "in")) == ("rejected", "rejected")
    assert known(cast.wilster) == known(cast.kiel) == []
    with pytest.raises(PeerProblem, match="not-invited"):
        cast.join(invitation)
    cast.join(cast.invitation())
    assert state_of(cast.wilster, "in") == "pending"


def test_an_invitation_for_one_hub_needs_no_approval(cast: Cast, mallory: Hub) -> None:
    with cast.kiel.at() as node:
        fingerprint = node.identity.fingerprint
    invitation = cast.invitation(origin=cast.kiel.origin, root=fingerprint.lower().replace("-", " "))
    token = Invitation.parse(invitation).token
    refused = cast.knock(cast.request(token, hub=mallory).to_bytes(), hub=mallory)
    assert problem(refused) == (403, "not-invited")
    cast.join(invitation)
    assert state_of(cast.wilster, "in") == "approved"
    cast.answer()
    assert known(cast.wilster) == [(cast.kiel.origin, "active")]


@pytest.mark.parametrize(
    ("origin", "root", "reason"),
    [
        ("https://kiel.example/", "A" * 52, "origin"),
        ("", "A" * 52, "origin"),
        ("https://kiel.example", "A" * 51, "fingerprint"),
        ("https://kiel.example", "", "fingerprint"),
    ],
)
def test_an_invitation_for_a_hub_that_is_none_is_not_made(cast: Cast, origin: str, root: str, reason: str) -> None:
    with pytest.raises(CantInvite) as caught:
        cast.invitation(origin=origin, root=root)
    assert caught.value.reason == reason


def test_the_token_is_kept_as_a_hash_only(cast: Cast, tmp_path: Path) -> None:
    text = cast.invitation()
    with cast.wilster.at():
        assert len(reading().scalar(sa.select(InvitationRow.token_hash)) or "") == 64
    kept = b"".join(path.read_bytes() for path in (tmp_path / "wilster").glob("hub.db*"))
    assert text.rsplit(":", 1)[1].encode() not in kept
    assert Invitation.parse(text).token not in kept


def test_threat_31_wrong_expired_used_and_void_tokens_get_the_same_refusal(cast: Cast, mallory: Hub) -> None:
    answers = [cast.knock(cast.request(bytes(32)).to_bytes()), cast.knock(cast.request(None).to_bytes())]
    used = cast.token()
    assert cast.knock(cast.request(used).to_bytes()).status_code == 202
    answers.append(cast.knock(cast.request(used, hub=mallory).to_bytes(), hub=mallory))
    for spoil in ({"expires_at": nodes.utcnow()}, {"attempts": ATTEMPTS}):
        token = cast.token()
        with cast.wilster.at(), transaction() as session:
            newest = sa.select(sa.func.max(InvitationRow.id)).scalar_subquery()
            session.execute(sa.update(InvitationRow).where(InvitationRow.id == newest).values(**spoil))
        answers.append(cast.knock(cast.request(token, hub=mallory).to_bytes(), hub=mallory))
    assert {problem(answer) for answer in answers} == {(403, "not-invited")}
    assert len({answer.data for answer in answers}) == 1


def test_withdrawn_invitations_are_void(cast: Cast) -> None:
    token = cast.token()
    with cast.wilster.at() as node:
        assert len(invitations.open_ones(node.clock())) == 1
        assert invitations.withdraw_all(PROOF, node.clock()) == 1
        assert invitations.open_ones(node.clock()) == []
    assert problem(cast.knock(cast.request(token).to_bytes())) == (403, "not-invited")


def test_a_hub_whose_answer_was_lost_asks_again_with_the_same_invitation(cast: Cast) -> None:
    invitation = cast.invitation()
    cast.join(invitation)
    cast.join(invitation)
    cast.decide(joining.approve)
    assert (state_of(cast.kiel, "out"), known(cast.wilster)) == ("member", [(cast.kiel.origin, "active")])


def test_a_stranger_leaves_nothing_behind(cast: Cast, mallory: Hub) -> None:
    for number in range(5):
        body = cast.request(bytes([number]) * 32, ask=f"{number:032x}", hub=mallory).to_bytes()
        assert problem(cast.knock(body, hub=mallory)) == (403, "not-invited")
    with cast.wilster.at():
        for table in (Nonce, Joining, Peer):
            assert reading().scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_attempts_from_one_address_are_slowed_down(cast: Cast) -> None:
    body = cast.request(bytes(32)).to_bytes()
    answers = [cast.knock(body) for _ in range(21)]
    assert problem(answers[-1]) == (429, "too-many")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 16
    token = cast.token()
    assert problem(cast.knock(cast.request(token).to_bytes())) == (429, "too-many")


def test_the_request_is_signed_by_the_keyset_that_it_brings(cast: Cast, mallory: Hub) -> None:
    request, stranger = cast.request(cast.token()).to_bytes(), SigningKey.generate("k1")
    with cast.kiel.at() as node:
        key_id = node.identity.signing.id
    assert problem(cast.knock(request, key=stranger)) == (401, "unknown-key")
    assert problem(cast.knock(request, key=SigningKey.generate(key_id))) == (401, "bad-signature")
    assert problem(cast.knock(request, hub=mallory)) == (403, "not-member")
    assert problem(cast.knock(request, hub=mallory, origin=cast.kiel.origin)) == (401, "bad-signature")
    assert state_of(cast.wilster, "in") is None


def test_a_request_is_taken_once(cast: Cast) -> None:
    body, url = cast.request(cast.token()).to_bytes(), cast.wilster.origin + routes.JOIN
    with cast.kiel.at() as node:
        headers = sign_request("POST", url, body, DOCUMENT_TYPE, node.identity.signing, cast.kiel.origin, node.clock())
    answers = [cast.client.post(routes.JOIN, data=body, headers=headers, base_url=cast.wilster.origin) for _ in "12"]
    assert answers[0].status_code == 202
    assert problem(answers[1]) == (401, "replayed")


def test_a_request_of_another_shape_is_refused(cast: Cast) -> None:
    assert problem(cast.knock(b"{}")) == (400, "bad-request")
    assert problem(cast.knock(b"{ }")) == (400, "not-canonical")
    assert problem(cast.knock(b"x" * 20_000)) == (413, "too-large")


def test_a_hub_that_does_not_answer_at_its_origin_is_not_noted(cast: Cast, mallory: Hub) -> None:
    token = cast.token()
    refused = cast.knock(cast.request(token, hub=mallory).to_bytes(), hub=mallory)
    assert problem(refused) == (422, "refused")
    assert b"connect" in refused.data
    assert state_of(cast.wilster, "in") is None
    assert cast.knock(cast.request(token).to_bytes()).status_code == 202  # the invitation is still good


def test_an_invitation_bears_a_few_attempts_only(cast: Cast, mallory: Hub) -> None:
    body = cast.request(cast.token(), hub=mallory).to_bytes()
    slugs = [problem(cast.knock(body, hub=mallory))[1] for _ in range(ATTEMPTS + 1)]
    assert slugs == ["refused"] * ATTEMPTS + ["not-invited"]


def test_a_card_with_another_keyset_or_log_is_refused(cast: Cast) -> None:
    token = cast.token()
    other_log = replace(cast.request(token), log_id="e" * 32)
    assert problem(cast.knock(other_log.to_bytes())) == (422, "refused")
    with cast.kiel.at() as node:
        root = SigningKey.from_json(json.loads((node.settings.instance / "keys" / "root.json").read_text()))
        newer = node.identity.keyset.successor(root, node.identity.keyset.signing)
    other_keys = replace(cast.request(token), keyset=newer)
    assert problem(cast.knock(other_keys.to_bytes())) == (422, "bad-keyset")
    assert state_of(cast.wilster, "in") is None


def test_only_so_many_may_wait(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining_rows, "MOST_OPEN", 0)
    assert problem(cast.knock(cast.request(cast.token()).to_bytes())) == (429, "too-many")
