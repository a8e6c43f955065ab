"""The audit trail: what enters, what does not, and that neither database lets anybody change it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from hubnode.db import reading, transaction
from hubnode.language import init_languages
from hubnode.people import audit
from hubnode.people.audit import Note, Wanted
from hubnode.people.audit_models import AuditNote
from hubnode.people.errors import Throttled, WrongPassword
from hubnode.people.viewer import ANONYMOUS, OPERATOR, Viewer
from tests.hubnode.people.conftest import NOW, application, sign_in

URLS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=URLS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application with people, once on each kind of database."""
    sqlite = request.param == "sqlite"
    yield from application(f"sqlite:///{tmp_path / 'hub.db'}" if sqlite else request.getfixturevalue("postgres_url"))


def trail(before_id: int | None = None) -> list[Note]:
    """All that is noted, but for the accounts that were there before."""
    found = audit.notes(Wanted(), before_id=before_id) if before_id else audit.notes(Wanted())
    return [one for one in found if one.act != "account.added"]


def noted(act: str, days_ago: int = 0, **more: object) -> None:
    with transaction() as session:
        audit.note(session, act, NOW - timedelta(days=days_ago), by="operator", **more)  # type: ignore[arg-type]


def test_a_note_says_what_as_what_and_about_what(people: Flask) -> None:
    alice = Viewer("hub", "admin", 1, "Alice")
    with transaction() as session:
        audit.note(session, "account.role", NOW, by=alice, about="account:3", detail={"to": "staff"})
    [one] = trail()
    assert (one.act, one.actor, one.account, one.about) == ("account.role", "admin", 1, "account:3")
    assert one.detail == {"to": "staff"}
    assert one in audit.of_account(3)
    assert one in audit.of_account(1)
    assert one not in audit.of_account(2)


@pytest.mark.parametrize(
    ("by", "actor"),
    [(OPERATOR, "operator"), (ANONYMOUS, "nobody"), ("Verwaltung", "admin"), ("Betrieb", "operator"), ("", "node")],
)
def test_who_acts_is_named_by_role_only(people: Flask, by: Viewer | str, actor: str) -> None:
    with transaction() as session:
        audit.note(session, "key.announced", NOW, by=by)
    [one] = trail()
    assert (one.actor, one.account) == (actor, None)


@pytest.mark.parametrize(("act", "by"), [("record.published", "admin"), ("key.announced", "Alice")])
def test_what_is_no_act_of_security_is_refused(people: Flask, act: str, by: str) -> None:
    with pytest.raises(KeyError), transaction() as session:
        audit.note(session, act, NOW, by=by)
    assert trail() == []


def test_a_mail_address_never_enters(people: Flask) -> None:
    noted("account.invited", about="bob@wilster.example", detail={"to": "Bob <bob@wilster.example>"})
    [one] = trail()
    assert "bob" not in one.about + one.detail["to"].lower().replace("bob <", "")


def test_what_is_rolled_back_is_not_noted(people: Flask) -> None:
    def fails() -> None:
        with transaction() as session:
            audit.note(session, "key.root", NOW, by="operator")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert trail() == []


def test_notes_are_found_by_act_and_time(people: Flask) -> None:
    noted("key.root", 3)
    noted("peer.suspended", 2)
    noted("peer.suspended", 1)
    assert [one.act for one in trail()] == ["peer.suspended", "peer.suspended", "key.root"]
    lately = Wanted("peer.suspended", NOW - timedelta(days=2), NOW - timedelta(days=1))
    [one] = audit.notes(lately)
    assert one.at == NOW - timedelta(days=2)
    assert [older.act for older in trail(before_id=one.id)] == ["key.root"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_note SET act = 'key.root'",
        "UPDATE audit_note SET at = '2020-01-01 00:00:00.000000'",
        "DELETE FROM audit_note",
        "INSERT INTO audit_note (id, at, act, actor, about, detail, until) VALUES"
        " (4711, '2026-11-22 09:00:00.000000', 'audit.swept', 'node', '', '{}', '2026-11-22 09:00:00.000000')",
    ],
)
def test_the_database_refuses_to_change_the_trail(house: Flask, statement: str) -> None:
    noted("peer.suspended")
    before = trail()
    with pytest.raises(sa.exc.DBAPIError), transaction() as session:
        session.execute(sa.text(statement))
    assert trail() == before


def test_the_trail_can_neither_be_replaced_nor_emptied(house: Flask) -> None:
    noted("peer.suspended")
    sqlite = reading().get_bind().dialect.name == "sqlite"
    replaced = (
        "INSERT OR REPLACE INTO audit_note (id, at, act, actor, about, detail)"
        " SELECT id, at, 'key.root', actor, about, detail FROM audit_note"
    )
    with pytest.raises(sa.exc.DBAPIError), transaction() as session:
        session.execute(sa.text(replaced if sqlite else "TRUNCATE audit_note"))
    assert [one.act for one in trail()] == ["peer.suspended"]


def test_what_is_past_its_time_goes_and_a_note_says_so(house: Flask) -> None:
    for days in (366, 365, 364):
        noted("peer.suspended", days)
    assert audit.sweep(NOW, 365) == 1
    told, *rest = trail()
    assert (told.act, told.actor, told.detail) == ("audit.swept", "node", {"notes": "1"})
    assert [one.at for one in rest] == [NOW - timedelta(days=364), NOW - timedelta(days=365)]
    assert audit.sweep(NOW, 365) == 0
    assert len(trail()) == 3


def test_no_setting_shortens_the_least_time(house: Flask) -> None:
    noted("peer.suspended", 29)
    assert audit.sweep(NOW, 1) == 0


def test_an_export_is_harmless_and_noted(people: Flask) -> None:
    init_languages(people)
    noted("peer.parted", about="=1+1")
    with people.test_request_context():
        text = audit.export(Wanted(), NOW, by=OPERATOR)
    head, *lines = text.split("\r\n")
    [line] = [line for line in lines if "peer.parted" in line]
    assert head.startswith("at,act,label")
    assert line.endswith(",peer.parted,Mitgliedschaft eines Hubs beendet,operator,,'=1+1,")
    assert trail()[0].detail == {"notes": "4", "act": ""}


def test_guessing_leaves_one_note_however_long_it_goes_on(people: Flask) -> None:
    for number in range(12):
        with pytest.raises((WrongPassword, Throttled)):
            sign_in(password="wrong", now=NOW + timedelta(seconds=number))
    [one] = trail()
    assert (one.act, one.actor, one.account, one.about) == ("sign_in.throttled", "nobody", None, "")
    assert one.detail == {"by": "account"}


def test_nothing_is_kept_that_judges_work() -> None:
    words = " ".join(audit.ACTS)
    assert not any(part in words for part in ("read", "search", "publish", "answer", "seen", "viewed"))
    assert not {"count", "last_seen", "duration"} & {column.name for column in AuditNote.__table__.columns}
