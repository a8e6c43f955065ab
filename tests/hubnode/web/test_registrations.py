"""Registering in the browser, the own list, and the list of those who hold the event."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hubnode.db import reading
from hubnode.network.letters_models import LetterOut
from hubnode.people.audit_models import AuditNote
from tests.hubnode.feeds.bodies import event
from tests.hubnode.hubs import Hub, carry, close, make_hub, pin
from tests.hubnode.network.taking_part.stage import rows
from tests.hubnode.web.browsing import PASSWORD, Browser

SOON = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
FORM = ".//main//form[.//input[@name='name']]"
XSS = "<script>alert(1)</script>"


def publish(hub: Hub, **changes: Any) -> str:
    """An event in ten days with one seat; its number."""
    when = {"starts_at": f"{SOON}T14:00", "ends_at": f"{SOON}T15:30"}
    return hub.publish("event", event(registration="required", capacity=1, **when) | changes)


@pytest.fixture
def meeting(hub: Hub) -> str:
    """Where the page of an own event is."""
    return f"/termine/{publish(hub)}"


@pytest.fixture
def theirs(hub: Hub, tmp_path: Path, template: Path) -> Iterator[str]:
    """Where the page of another hub's event is; that hub does not answer."""
    made = make_hub(tmp_path / "rendsburg", template, "Rendsburg", 5992)
    pin(made, hub)
    pin(hub, made)
    id = publish(made)
    carry(made, hub)
    yield f"/termine/{made.origin.split('://')[1]}/{id}"
    close(made)


def join(who: Browser, page: str, **typed: str) -> int:
    """Go from the page of the event to the form, and send it; the status."""
    who.open(page)
    [way] = who.page.xpath(".//*[@id='anmeldung']//a[contains(., 'Zum Termin anmelden')]/@href")
    who.open(way)
    answer = who.send(form=FORM, **typed)
    if answer.status_code == 303:
        who.follow(answer)
    return answer.status_code


def panel(who: Browser) -> str:
    """What the page of the event says of registration."""
    return who.text(".//*[@id='anmeldung']")


def test_from_the_page_to_a_seat_and_back(charlie: Browser, bob: Browser, meeting: str) -> None:
    assert join(charlie, meeting, note="Rampe") == 303
    assert "Sie sind angemeldet" in panel(charlie)
    assert "Sie bekommen dazu eine E-Mail" in charlie.text("//body")
    assert join(bob, meeting) == 303
    assert "Warteliste Platz 1" in panel(bob)
    assert "Zum Termin anmelden" not in panel(bob)
    charlie.open("/konto")
    charlie.open(charlie.page.xpath(".//a[contains(., 'Ihre Anmeldungen zu Terminen')]/@href")[0])
    assert "Größe zeigen" in charlie.text()
    charlie.open(charlie.page.xpath(".//a[contains(., 'Wieder abmelden')]/@href")[0])
    charlie.follow(charlie.send())
    assert "Abgemeldet" in charlie.text()
    bob.open(meeting)
    assert "Sie sind angemeldet" in panel(bob)


def test_for_an_event_of_another_hub_the_registration_is_on_its_way(charlie: Browser, hub: Hub, theirs: str) -> None:
    assert join(charlie, theirs, name="Charlie C.") == 303
    assert "unterwegs zum Hub Rendsburg" in charlie.text("//body")
    assert "Anmeldung unterwegs" in panel(charlie)
    with hub.at():
        [letter] = reading().scalars(sa.select(LetterOut)).all()
    assert letter.kind == "register"
    assert b"charlie@" not in (letter.body or b"")


def test_strangers_are_told_how_to_register(visitor: Browser, hub: Hub, meeting: str, theirs: str) -> None:
    visitor.open(meeting)
    assert "Schreiben Sie uns eine E-Mail" in panel(visitor)
    [href] = visitor.page.xpath(".//a[contains(., 'Mit Konto anmelden')]/@href")
    assert visitor.open(href).status_code == 200
    assert visitor.page.xpath(".//a[contains(., 'Zum Termin anmelden')]") == []
    visitor.open(theirs)
    assert "Zur Seite des Ursprungs-Hubs" in panel(visitor)
    assert visitor.open("/anmeldungen" + meeting).location.startswith("/anmelden?")


@pytest.mark.parametrize(
    ("typed", "words"),
    [({"name": " "}, "Geben Sie Ihren Namen ein."), ({"note": "x" * 301}, "300"), ({"name": "y" * 81}, "kürz")],
)
def test_what_can_not_be_taken_is_named_and_kept(
    charlie: Browser, hub: Hub, meeting: str, typed: dict[str, str], words: str
) -> None:
    assert join(charlie, meeting, **typed) == 422
    assert "Sie sind noch nicht angemeldet" in charlie.text()
    assert words.lower() in charlie.text().lower() or "Zeichen" in charlie.text()
    assert rows(hub) == []


def test_a_day_that_is_none_and_an_event_that_is_over(charlie: Browser, hub: Hub, meeting: str) -> None:
    charlie.open("/anmeldungen" + meeting)
    answer = charlie.send("/anmeldungen" + meeting, form=FORM, date="2020-01-01")
    assert answer.status_code == 409
    assert "An diesem Tag findet der Termin nicht statt." in charlie.text()
    past = {"starts_at": "2026-01-05T10:00", "ends_at": "2026-01-05T11:00"}
    old = f"/termine/{publish(hub, **past)}"
    charlie.open("/anmeldungen" + old)
    assert "Die Anmeldung ist geschlossen." in charlie.text()
    assert charlie.page.xpath(FORM) == []
    open_house = publish(hub, registration="none")
    assert charlie.open(f"/anmeldungen/termine/{open_house}").status_code == 404
    assert rows(hub) == []


def test_somebody_chooses_a_day_of_a_series(charlie: Browser, hub: Hub) -> None:
    page = f"/termine/{publish(hub, recurrence='FREQ=WEEKLY;COUNT=3', registration_until=SOON)}"
    charlie.open(page)
    charlie.open("/anmeldungen" + page)
    days = charlie.page.xpath(".//select[@name='date']/option/@value")
    assert len(days) == 3
    assert charlie.text(".//select[@name='date']").count("Anmeldung bis") == 3
    assert join(charlie, page, date=days[1]) == 303
    assert [one.date for one in rows(hub)] == [days[1]]
    assert "Zum Termin anmelden" in panel(charlie), "for the other days"


def test_registrations_of_others_do_not_exist(charlie: Browser, bob: Browser, hub: Hub, meeting: str) -> None:
    join(bob, meeting)
    [row] = rows(hub)
    for way in (f"/anmeldungen/{row.id}/absagen", "/anmeldungen/01JD9XQ5T0ABCDEFGHJKMNPQ00/absagen"):
        assert charlie.open(way).status_code == 404
    charlie.open("/konto")
    answer = charlie.send(f"/anmeldungen/{row.id}/absagen", form=".//main//form[1]")
    assert answer.status_code == 404
    assert rows(hub)[0].state == "confirmed"
    assert charlie.open(f"/anmeldungen/liste/{row.event}").status_code == 403


def test_those_who_hold_it_see_and_take_along_who_comes(charlie: Browser, bob: Browser, hub: Hub, meeting: str) -> None:
    """What a person has typed is neither markup nor a formula."""
    join(charlie, meeting, name="=HYPERLINK(1)", note=XSS)
    bob.open(meeting)
    bob.open(bob.page.xpath(".//a[contains(., 'Liste der Angemeldeten')]/@href")[0])
    assert XSS in bob.text("//table")
    assert bob.page.xpath("//table//script") == []
    taken = bob.client.post(
        f"/anmeldungen/liste/{meeting.rsplit('/', 1)[1]}/liste.csv", data=bob_token(bob)
    )  # fmt: skip
    assert taken.headers["Cache-Control"] == "no-store"
    [head, line] = csv.reader(io.StringIO(taken.text.removeprefix("\ufeff")))
    assert dict(zip(head, line, strict=True)) | {"date": ""} == {
        "date": "", "state": "confirmed", "position": "", "name": "'=HYPERLINK(1)", "hub": "Wilster", "needs": XSS,
    }  # fmt: skip
    with hub.at():
        acts = reading().scalars(sa.select(AuditNote.act)).all()
    assert "registrations.exported" in acts
    bob.follow(bob.send(form=".//table//form"))
    assert "Es hat sich noch niemand angemeldet." in bob.text()
    charlie.open(meeting)
    assert "Abgesagt" in panel(charlie)


def bob_token(bob: Browser) -> dict[str, str]:
    """What the form of the page would send."""
    return {"csrf_token": bob.page.xpath(".//input[@name='csrf_token']/@value")[0]}


def test_who_erases_the_account_gives_the_seat_to_the_next(
    charlie: Browser, bob: Browser, hub: Hub, meeting: str
) -> None:
    join(charlie, meeting, name="Charlie geht", note="Rampe")
    join(bob, meeting)
    charlie.open("/konto/daten/konto-loeschen")
    assert charlie.send(passwort=PASSWORD).status_code == 303
    [row] = rows(hub)
    assert (row.state, row.name) == ("confirmed", "Bob")
    bob.open(meeting)
    assert "Sie sind angemeldet" in panel(bob)


def test_the_account_page_of_data_tells_of_it(charlie: Browser, meeting: str) -> None:
    join(charlie, meeting, note="Rampe")
    charlie.open("/konto/daten")
    assert "Ihre Anmeldungen zu Terminen" in charlie.text()
    assert "Rampe" in charlie.text()
