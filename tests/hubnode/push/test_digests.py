"""News by mail: confirmed, put together, changed and ended through the doors that people and mail programs use."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hubnode.db import reading, transaction
from hubnode.mail import outbox, rendering
from hubnode.mail.models import MailOut
from hubnode.push import digests, mailing
from hubnode.push.models import MailDigest
from tests.hubnode.hubs import every_value
from tests.hubnode.push.conftest import Desk

READER = "leserin@amt.example"


@pytest.fixture
def client(door: Desk) -> FlaskClient:
    """A reader's browser."""
    return door.hub.app.test_client()


def ask(
    client: FlaskClient, email: str = READER, rhythm: str = "instant", asked: str = "", **more: str
) -> TestResponse:
    """Send the form that stands on the page."""
    form = {"email": email, "rhythmus": rhythm, "auswahl": asked} | more
    return client.post("/abo", data=form, environ_base={"REMOTE_ADDR": "192.0.2.7"})


def letters(door: Desk) -> list[EmailMessage]:
    """What waits in the outbox, as mail servers would get it."""
    with door.hub.at() as node:
        rows = reading().scalars(sa.select(MailOut).order_by(MailOut.id))
        return [rendering.message(outbox._letter(row), node.settings, row.id, row.created_at) for row in rows]


def plain(letter: EmailMessage) -> str:
    """The text of a letter."""
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link(door: Desk, letter: EmailMessage, place: str = "/abo/bestaetigen/") -> str:
    """The path of the link in a letter."""
    found = re.search(re.escape(door.hub.origin + place) + r"\S+", plain(letter))
    assert found is not None
    return found[0].removeprefix(door.hub.origin)


def subscribed(client: FlaskClient, door: Desk, **how: str) -> None:
    """Ask and confirm; the outbox is empty afterwards."""
    assert ask(client, **how).status_code == 303
    assert client.post(link(door, letters(door)[-1])).status_code == 200
    empty(door)


def empty(door: Desk) -> None:
    """The mail server has taken everything."""
    with door.hub.at(), transaction() as session:
        session.execute(sa.delete(MailOut))


def count(door: Desk) -> int:
    """How many rows of subscriptions there are."""
    with door.hub.at():
        return reading().scalar(sa.select(sa.func.count()).select_from(MailDigest)) or 0


def test_nothing_comes_before_it_is_confirmed(client: FlaskClient, door: Desk) -> None:
    assert ask(client).location == "/abo?ok=1"
    [letter] = letters(door)
    assert letter["To"] == READER
    assert client.get(link(door, letter)).status_code == 200, "opening uses nothing up"
    door.publish()
    door.later(hours=1).work()
    assert len(letters(door)) == 1
    assert "hat begonnen" in client.post(link(door, letter)).text
    used = client.post(link(door, letter))
    assert used.status_code == 410
    assert "gilt nicht mehr" in used.text


def test_a_mail_tells_what_is_new_and_ends_by_one_click(client: FlaskClient, door: Desk) -> None:
    door.publish("Vorher")
    subscribed(client, door)
    first, second = door.publish("Erstes"), door.later(seconds=1).publish("Zweites")
    door.later(minutes=1).work()
    [letter] = letters(door)
    assert letter["Subject"] == "2 Neuigkeiten: Digital Hub Wilster"
    text = plain(letter)
    assert "Vorher" not in text
    assert text.index("Zweites") < text.index("Erstes")
    for uri in (first, second):
        assert f"{door.hub.origin}/projekte/{uri.rpartition('/')[2]}" in text
    html = letter.get_body(("html",))
    assert html is not None
    assert "Zweites</a>" in html.get_content()
    target = letter["List-Unsubscribe"].strip("<>").removeprefix(door.hub.origin)
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Abo beenden" in client.get(target).text
    assert count(door) == 1, "opening the page ends nothing"
    stranger = door.hub.app.test_client()  # a mail provider: no cookie, no form
    assert stranger.post(target, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert count(door) == 0
    with door.hub.at(), transaction() as session:
        session.execute(sa.delete(MailOut))
    door.publish("Danach")
    door.later(hours=1).work()
    assert letters(door) == []
    with door.hub.at():
        assert READER not in every_value(reading())


def test_one_thing_is_its_own_subject_and_changes_are_called_so(client: FlaskClient, door: Desk) -> None:
    uri = door.publish("Ladesäule")
    door.later(days=3)
    subscribed(client, door)
    door.hub.revise(uri.rpartition("/")[2], door.now, phase="P2")
    door.later(minutes=1).work()
    [letter] = letters(door)
    assert letter["Subject"] == "Neu: Ladesäule"
    assert "geändert: Projekt, Digital Hub Wilster" in plain(letter)


def test_at_once_means_every_quarter_of_an_hour_at_most(client: FlaskClient, door: Desk) -> None:
    subscribed(client, door)
    door.publish("Eins")
    door.work()
    door.later(minutes=5).publish("Zwei")
    door.work()
    assert len(letters(door)) == 1
    door.later(minutes=11).work()
    assert [letter["Subject"] for letter in letters(door)] == ["Neu: Eins", "Neu: Zwei"]


@pytest.mark.parametrize(
    ("rhythm", "asked_at", "due"),
    [
        ("daily", datetime(2026, 11, 22, 9, 0, tzinfo=UTC), datetime(2026, 11, 23, 6, 0, tzinfo=UTC)),
        ("daily", datetime(2026, 7, 1, 4, 59, tzinfo=UTC), datetime(2026, 7, 1, 5, 0, tzinfo=UTC)),
        ("weekly", datetime(2026, 11, 22, 9, 0, tzinfo=UTC), datetime(2026, 11, 23, 6, 0, tzinfo=UTC)),
        ("weekly", datetime(2026, 11, 23, 6, 0, tzinfo=UTC), datetime(2026, 11, 30, 6, 0, tzinfo=UTC)),
        ("weekly", datetime(2026, 3, 23, 6, 0, tzinfo=UTC), datetime(2026, 3, 30, 5, 0, tzinfo=UTC)),
    ],
)
def test_the_others_come_at_seven(rhythm: str, asked_at: datetime, due: datetime) -> None:
    assert digests.next_due(rhythm, asked_at) == due


def test_a_daily_mail_gathers_the_day_and_stays_away_without_news(client: FlaskClient, door: Desk) -> None:
    subscribed(client, door, rhythm="daily")
    door.publish("Vormittags")
    door.later(hours=3).publish("Nachmittags")
    door.work()
    assert letters(door) == []
    door.later(hours=20).work()
    [letter] = letters(door)
    assert "2 Neuigkeiten" in letter["Subject"]
    door.later(days=1).work()
    assert len(letters(door)) == 1


def test_only_what_is_public_and_was_chosen_comes(client: FlaskClient, door: Desk) -> None:
    subscribed(client, door, asked="art=projekte&thema=mobility")
    door.publish("Verbund", "network")
    door.publish("Anderes Thema", topics=["startups"])
    door.publish("Passt")
    door.later(minutes=1).work()
    assert [letter["Subject"] for letter in letters(door)] == ["Neu: Passt"]


def test_the_rhythm_is_changed_by_the_link_of_a_mail(client: FlaskClient, door: Desk) -> None:
    subscribed(client, door)
    door.publish()
    door.work()
    place = link(door, letters(door)[0], "/abo/")
    assert client.post(place, data={"rhythmus": "weekly"}).status_code == 303
    assert 'value="weekly" checked' in client.get(place).text
    assert client.post(place, data={"rhythmus": "hourly"}).status_code == 400
    forged = place[:-4] + ("0000" if place[-4:] != "0000" else "1111")
    assert client.get(forged).status_code == 410
    assert client.post(forged + "/ende").status_code == 410
    assert count(door) == 1


def test_a_letter_speaks_the_language_of_its_reader(client: FlaskClient, door: Desk) -> None:
    client.set_cookie("sprache", "en", domain="localhost")
    ask(client)
    [letter] = letters(door)
    assert letter["Content-Language"] == "en"


def test_whether_an_address_is_subscribed_is_told_to_nobody(client: FlaskClient, door: Desk) -> None:
    fresh = ask(client)
    subscribed(client, door)
    known = ask(client)
    assert (fresh.status_code, fresh.data, fresh.location) == (known.status_code, known.data, known.location)
    assert len(letters(door)) == 1
    assert count(door) == 1


def test_an_expired_link_begins_nothing_and_the_address_is_forgotten(client: FlaskClient, door: Desk) -> None:
    ask(client)
    target = link(door, letters(door)[0])
    door.later(hours=49)
    assert client.post(target).status_code == 410
    with door.hub.at():
        mailing.tend(door.now)
    assert count(door) == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"email": "eine@amt.example, zweite@amt.example"}, "keine E-Mail-Adresse"),
        ({"email": "eine@amt.example\r\nBcc: alle@amt.example"}, "keine E-Mail-Adresse"),
        ({"email": "<eine@amt.example>"}, "keine E-Mail-Adresse"),
        ({"email": "a" * 250 + "@amt.example"}, "keine E-Mail-Adresse"),
        ({"rhythmus": "hourly"}, "wie oft"),
        ({"auswahl": "farbe=rot"}, "gibt es so nicht"),
    ],
)
def test_what_is_wrong_with_the_form_is_said(
    client: FlaskClient, door: Desk, change: dict[str, str], said: str
) -> None:
    answer = client.post("/abo", data={"email": READER, "rhythmus": "daily", "auswahl": ""} | change)
    assert answer.status_code == 422
    assert said in answer.text
    assert (letters(door), count(door)) == ([], 0)


def test_a_form_of_another_website_sends_nothing(client: FlaskClient, door: Desk) -> None:
    form = {"email": READER, "rhythmus": "daily", "auswahl": ""}
    assert client.post("/abo", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert letters(door) == []


def test_nobody_is_written_to_again_and_again(client: FlaskClient, door: Desk) -> None:
    statuses = [ask(client).status_code for _ in range(5)]
    assert statuses[:3] == [303] * 3
    assert statuses[3:] == [429] * 2
    assert len(letters(door)) == 3


def test_an_address_that_refuses_three_letters_is_forgotten(client: FlaskClient, door: Desk) -> None:
    subscribed(client, door)
    for number in range(3):
        door.later(minutes=20).publish(f"Projekt {number}")
        door.work()
        with door.hub.at():
            with transaction() as session:
                session.execute(sa.update(MailOut).values(state="dead", error="refused", due_at=None))
            mailing.tend(door.now)
            mailing.tend(door.now)
            left = number < 2
        assert count(door) == left, number
    assert letters(door) == []


def test_neither_titles_nor_words_that_were_searched_for_reach_the_headers(client: FlaskClient, door: Desk) -> None:
    subscribed(client, door, asked="q=Nichts%E2%80%A8Bcc:%0D%0Aalle@amt.example%E2%80%AE")
    subscribed(client, door)
    door.publish("Titel Bcc: alle@amt.example %(link)s")
    door.later(minutes=1).work()
    [letter] = letters(door)
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Neu: Titel Bcc: alle@amt.example %(link)s"


def test_a_mail_is_written_once_whoever_is_killed(client: FlaskClient, door: Desk) -> None:
    subscribed(client, door)
    door.publish()
    with door.hub.at() as node:
        number = str(reading().scalar(sa.select(MailDigest.id)))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(mailing.outbox, "put", _killed)
            with pytest.raises(KeyboardInterrupt):
                mailing.send(node, number)
        mailing.send(node, number)
        mailing.send(node, number)
    assert len(letters(door)) == 1


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
