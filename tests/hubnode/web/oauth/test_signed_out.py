"""Who signs out at Hennstedt is signed out at Wilster too; and nobody else can do that to anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from federation import signin
from hubnode.db import reading, transaction
from hubnode.network.signing_in import ending, grants, hubs
from hubnode.network.signing_in.models import HubSession, UsedAssertion
from hubnode.people import sessions
from hubnode.people.models import Account, SignIn
from hubnode.work.loop import claimed
from tests.hubnode.hubs import Hub
from tests.hubnode.web.oauth.conftest import Traveller, Two

Change = Callable[[Two, dict[str, Any]], dict[str, Any]]


@pytest.fixture
def charlie(two: Two) -> Iterator[Traveller]:
    """Somebody of Hennstedt who visits Wilster."""
    with two.hennstedt.at(), transaction() as session:
        session.execute(sa.delete(HubSession))
    person = two.traveller()
    assert person.visit().status_code == 303
    yield person
    two.set_state(two.hennstedt, two.wilster, "active")


def out(person: Traveller) -> bool:
    """Whether Wilster does not know the person (any more)."""
    return person.away.open("/besuch").status_code == 303


def work(two: Two) -> int:
    """What Hennstedt's worker does about sign-outs; answers how many."""
    with two.hennstedt.at() as node:
        todo = [number for task, number in claimed(two.now) if task.name == "sign-outs"]
        for number in todo:
            ending.tell(node, int(number), two.now)
    return len(todo)


def left(hub: Hub) -> int:
    """Of how many ends a hub still has to tell."""
    with hub.at():
        reading().rollback()
        return reading().scalar(sa.select(sa.func.count()).select_from(HubSession)) or 0


def sign_out(person: Traveller) -> None:
    """Press the button at Hennstedt."""
    person.home.open("/konto")
    assert person.home.send(form=".//form[@action='/abmelden']").status_code == 303


def test_signing_out_at_home_is_signing_out_everywhere(two: Two, charlie: Traveller) -> None:
    """In no request of the person, and of this sign-in only: another one at home keeps its visit."""
    other = two.traveller()
    other.visit()
    assert work(two) == 0
    sign_out(charlie)
    assert not out(charlie), "the worker has not told it yet"
    assert work(two) == 1
    assert out(charlie)
    assert not out(other)
    assert (work(two), left(two.hennstedt)) == (0, 1)


@pytest.mark.parametrize("how", ["listed", "all", "deactivated", "withdrawn", "erased", "expired"])
def test_whatever_ends_a_sign_in_ends_the_visit(two: Two, charlie: Traveller, how: str) -> None:
    with two.hennstedt.at():
        row = reading().scalars(sa.select(SignIn).order_by(SignIn.id.desc()).limit(1)).one()
        account, number = row.account_id, row.id
        if how == "listed":
            sessions.revoke(account, number, two.now)
        elif how == "all":
            sessions.revoke_all(account, two.now)
        elif how == "withdrawn":
            grants.withdraw(account, two.wilster.origin, two.now)
        elif how == "expired":
            _set(SignIn, SignIn.id == number, expires_at=two.now)
        elif how == "deactivated":
            _set(Account, Account.id == account, active=False)
        else:
            with transaction() as session:
                session.execute(sa.delete(SignIn).where(SignIn.id == number))
    assert work(two) == 1
    assert out(charlie)
    with two.hennstedt.at():
        _set(Account, Account.id == account, active=True)


def _set(model: type[Any], which: sa.ColumnElement[bool], **values: Any) -> None:
    with transaction() as session:
        session.execute(sa.update(model).where(which).values(**values))


def test_a_hub_that_does_not_answer_is_told_again_and_one_that_is_no_member_not_at_all(
    two: Two, charlie: Traveller
) -> None:
    sign_out(charlie)
    two.set_state(two.hennstedt, two.wilster, "suspended")
    assert work(two) == 1
    assert (out(charlie), left(two.hennstedt)) == (False, 1)
    two.set_state(two.hennstedt, two.wilster, "active")
    assert work(two) == 0, "not at once"
    two.later(seconds=10)
    assert work(two) == 1
    assert (out(charlie), left(two.hennstedt)) == (True, 0)


def test_after_the_visit_has_ended_by_itself_nobody_is_told(two: Two, charlie: Traveller) -> None:
    with two.hennstedt.at():
        ending.sweep(two.now + timedelta(hours=7))
        assert left(two.hennstedt) == 1
        ending.sweep(two.now + timedelta(hours=9))
        assert left(two.hennstedt) == 0


def test_a_code_that_nobody_redeemed_is_nothing_to_tell_of(two: Two, charlie: Traveller) -> None:
    charlie.agree(charlie.set_out())
    assert left(two.hennstedt) == 2
    sign_out(charlie)
    assert work(two) == 1


def test_who_signs_out_on_the_way_does_not_arrive(two: Two, charlie: Traveller) -> None:
    """The word of the end comes before the visit begins."""
    late = two.traveller()
    late.visit()
    sid = _said(two)["sid"]
    with two.wilster.at() as node:
        late.away.forget("sitzung_")
        ending.hear(node, _token(two, _said(two)), two.now)
    with two.hennstedt.at():
        held = reading().scalars(sa.select(HubSession).where(HubSession.sid == sid)).one()
        subject = held.subject
    with two.wilster.at(), pytest.raises(ending.SignInRefused):
        ending.visitors.admit(ending.visitors.Vouched(two.hennstedt.origin, subject, "Charlie", "", sid), "", two.now)


def _said(two: Two) -> dict[str, Any]:
    """What a logout token of Hennstedt about its latest visit says."""
    with two.hennstedt.at():
        held = reading().scalars(sa.select(HubSession).order_by(HubSession.id.desc()).limit(1)).one()
        sub, sid = held.subject, held.sid
    now = int(two.now.timestamp())
    return {
        "iss": two.hennstedt.origin, "aud": two.wilster.origin, "sub": sub, "sid": sid, "iat": now, "exp": now + 60,
        "jti": f"jti-{sid}", "events": {signin.LOGOUT_EVENT: {}},
    }  # fmt: skip


def _token(two: Two, said: dict[str, Any], kind: str = signin.LOGOUT_TYPE, signer: Hub | None = None) -> str:
    with (signer or two.hennstedt).at():
        return hubs.keys().own.sign(said, kind, two.now)


def post(two: Two, *tokens: str) -> tuple[int, str]:
    """Hand tokens in at Wilster's door."""
    answer = two.wilster.app.test_client().post(signin.BACKCHANNEL, data={"logout_token": list(tokens)})
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.text


def test_a_token_counts_once(two: Two, charlie: Traveller) -> None:
    token = _token(two, _said(two))
    assert post(two, token)[0] == 200
    assert out(charlie)
    assert post(two, token) == (400, post(two, token)[1])
    assert "used before" in post(two, token)[1]


WRONG: tuple[Change, ...] = (
    lambda two, said: {**said, "iss": two.wilster.origin},
    lambda _, said: {**said, "iss": "https://evil.example"},
    lambda two, said: {**said, "aud": two.hennstedt.origin},
    lambda two, said: {**said, "aud": [two.wilster.origin, "https://evil.example"]},
    lambda _, said: {**said, "nonce": "n" * 20},
    lambda _, said: {**said, "events": {}},
    lambda _, said: {**said, "events": {signin.LOGOUT_EVENT: True}},
    lambda _, said: {**said, "events": [signin.LOGOUT_EVENT]},
    lambda _, said: {name: said[name] for name in said if name != "events"},
    lambda _, said: {name: said[name] for name in said if name != "jti"},
    lambda _, said: {name: said[name] for name in said if name != "sid"},
    lambda _, said: {name: said[name] for name in said if name != "sub"},
    lambda _, said: {name: said[name] for name in said if name != "exp"},
    lambda _, said: {**said, "iat": said["iat"] - 600, "exp": said["iat"] - 540},
    lambda _, said: {**said, "iat": said["iat"] - 600},
    lambda _, said: {**said, "iat": said["iat"] + 600, "exp": said["iat"] + 660},
    lambda _, said: {**said, "exp": said["iat"] + 3600},
)
"""Each of these makes a right token wrong."""


def test_a_token_that_is_not_right_ends_nothing(two: Two, charlie: Traveller) -> None:
    said = _said(two)
    for place, change in enumerate(WRONG):
        assert post(two, _token(two, change(two, said)))[0] == 400, place
    assert not out(charlie)
    assert post(two, _token(two, said))[0] == 200
    assert out(charlie)


def test_no_other_token_passes_for_one_and_no_other_hub_ends_visits_of_our_people(two: Two, charlie: Traveller) -> None:
    said = _said(two)
    assert post(two, _token(two, said, signin.ID_TOKEN_TYPE))[0] == 400
    assert post(two, _token(two, said, signer=two.wilster))[0] == 400
    assert post(two)[0] == 400
    assert post(two, "x")[0] == 400
    assert post(two, _token(two, said), _token(two, said))[0] == 400
    assert post(two, _token(two, {**said, "sub": "somebody-else"}))[0] == 200
    assert post(two, _token(two, {**said, "sid": "another", "jti": "other"}))[0] == 200
    assert not out(charlie)
    two.set_state(two.wilster, two.hennstedt, "suspended")
    try:
        assert post(two, _token(two, {**said, "jti": "third"}))[0] == 400
    finally:
        two.set_state(two.wilster, two.hennstedt, "active")


def test_the_discovery_document_says_so(two: Two) -> None:
    document = two.hennstedt.app.test_client().get(signin.DISCOVERY).get_json()
    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True


def test_what_is_remembered_of_ends_goes(two: Two, charlie: Traveller) -> None:
    with two.wilster.at() as node:
        ending.hear(node, _token(two, _said(two)), two.now)
        hubs.forget_used(two.now + timedelta(hours=9))
        assert reading().scalar(sa.select(sa.func.count()).select_from(UsedAssertion)) == 0
