"""What administrators do with accounts: what ends, what is noted, and that one of them always remains."""

from __future__ import annotations

import pytest
from flask import Flask

from hubnode.people import accounts, administering, audit, recovering, sessions
from hubnode.people.audit import Wanted
from hubnode.people.confirming import Confirmed
from hubnode.people.errors import BadAccount, LastAdministrator, UnknownAccount, WrongPassword
from tests.hubnode.people.conftest import NOW, PASSWORD, application, sign_in

PROOF = Confirmed("Verwaltung", 1)


def number(name: str) -> int:
    """The number of Alice, Bob or Charlie."""
    return accounts.by_email(f"{name}@wilster.example").id


def noted() -> list[tuple[str, str]]:
    """Act and matter of what the trail says, newest first, without the accounts of the cast."""
    return [(one.act, one.about) for one in audit.notes(Wanted()) if one.act != "account.added"]


def test_another_role_ends_the_sign_ins_and_is_noted(people: Flask) -> None:
    """Nothing goes on under the old one."""
    token = sign_in()
    administering.set_role(PROOF, number("bob"), "expert", NOW)
    assert not sessions.viewer_of(token, NOW).signed_in
    viewer = sessions.viewer_of(sign_in(), NOW)
    assert (viewer.role, viewer.level, viewer.may_write, viewer.is_member) == ("expert", "network", False, False)
    assert noted()[0] == ("account.role", f"account:{number('bob')}")
    assert audit.notes(Wanted())[0].detail == {"before": "coordinator", "after": "expert"}


def test_the_same_role_again_changes_nothing(people: Flask) -> None:
    """And ends no sign-in."""
    token = sign_in()
    administering.set_role(PROOF, number("bob"), "coordinator", NOW)
    assert sessions.viewer_of(token, NOW).signed_in
    assert noted() == []


def test_a_deactivated_account_is_out_and_comes_back_without_its_sign_ins(people: Flask) -> None:
    """Its links end too."""
    token, bob = sign_in(), number("bob")
    path = recovering.send(PROOF, bob, NOW)
    administering.deactivate(PROOF, bob, NOW)
    administering.deactivate(PROOF, bob, NOW)
    with pytest.raises(WrongPassword):
        sign_in()
    with pytest.raises(UnknownAccount):
        recovering.send(PROOF, bob, NOW)
    administering.reactivate(PROOF, bob, NOW)
    assert not sessions.viewer_of(token, NOW).signed_in
    assert sessions.viewer_of(sign_in(), NOW).name == "Bob"
    with pytest.raises(Exception, match="not valid any more"):
        recovering.owner(path.rsplit("/", 1)[1], NOW)
    acts = [act for act, _about in noted()]
    assert acts == ["account.reactivated", "account.deactivated", "account.reset"]


def test_ended_sign_ins_are_ended_everywhere(people: Flask) -> None:
    """Of this person alone."""
    mine, others = [sign_in(), sign_in()], sign_in("charlie@wilster.example")
    administering.end_sessions(PROOF, number("bob"), NOW)
    assert not any(sessions.viewer_of(token, NOW).signed_in for token in mine)
    assert sessions.viewer_of(others, NOW).signed_in


def test_the_last_administrator_stays(people: Flask) -> None:
    """Whatever way it is tried; a locked one does not count as another."""
    alice = number("alice")
    with pytest.raises(LastAdministrator):
        administering.set_role(PROOF, alice, "staff", NOW)
    with pytest.raises(LastAdministrator):
        administering.deactivate(PROOF, alice, NOW)
    second = accounts.add("zoe@wilster.example", "Zoe", "admin", PASSWORD, NOW).id
    administering.deactivate(PROOF, second, NOW)
    with pytest.raises(LastAdministrator):
        administering.set_role(PROOF, alice, "staff", NOW)
    administering.reactivate(PROOF, second, NOW)
    administering.set_role(PROOF, alice, "staff", NOW)
    assert [person.role for person in accounts.everybody() if person.name in ("Alice", "Zoe")] == ["staff", "admin"]


@pytest.mark.parametrize("role", ["king", "", "Admin", "admin "])
def test_there_are_no_other_roles(people: Flask, role: str) -> None:
    """Neither here nor in the table."""
    with pytest.raises(BadAccount):
        administering.set_role(PROOF, number("bob"), role, NOW)


def test_nobody_is_no_account(people: Flask) -> None:
    """A number that was never given is refused."""
    for deed in (administering.deactivate, administering.reactivate, administering.end_sessions, recovering.send):
        with pytest.raises(UnknownAccount):
            deed(PROOF, 4711, NOW)


@pytest.mark.postgresql
def test_people_are_administered_on_postgresql_too(postgres_url: str) -> None:
    """The rows of administrators are locked there, where SQLite has one writer anyway."""
    for _ in application(postgres_url):
        with pytest.raises(LastAdministrator):
            administering.deactivate(PROOF, number("alice"), NOW)
        administering.set_role(PROOF, number("bob"), "admin", NOW)
        administering.deactivate(PROOF, number("alice"), NOW)
        path = recovering.send(PROOF, number("bob"), NOW)
        recovering.reset(path.rsplit("/", 1)[1], "Störche klappern im Frühjahr", NOW, secret="s" * 32)
        assert [person.active for person in accounts.everybody()][:2] == [False, True]
