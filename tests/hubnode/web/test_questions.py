"""Asking, answering and deleting in the browser; and that nobody else meets what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.network import postman, questions
from hubnode.network.letters_models import LetterOut
from hubnode.network.models import Peer
from hubnode.network.questions_models import Question, QuestionMessage
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, carry, close, make_hub, pin
from tests.hubnode.web.browsing import Browser

XSS = "<script>alert(1)</script> http://example.org/ javascript:alert(1)"
WRITTEN = {"subject": "Mähboot", "text": "Wie oft im Jahr?", "signed_as": "Bauhof"}


@pytest.fixture
def own(hub: Hub) -> str:
    """Where an own project is asked about."""
    return f"/fragen/neu/projekte/{hub.publish('project', project())}"


@pytest.fixture
def rendsburg(hub: Hub, tmp_path: Path, template: Path) -> Iterator[Hub]:
    """A hub that is known here and does not answer."""
    made = make_hub(tmp_path / "rendsburg", template, "Rendsburg", 5992)
    pin(made, hub)
    pin(hub, made)
    yield made
    close(made)


@pytest.fixture
def theirs(hub: Hub, rendsburg: Hub) -> str:
    """Where the project of another hub is asked about."""
    id = rendsburg.publish("project", project("Mähboot"))
    carry(rendsburg, hub)
    return f"/fragen/neu/projekte/{rendsburg.origin.split('://')[1]}/{id}"


def asked(who: Browser, path: str, **changes: str) -> str:
    """Ask, and answer where the thread is."""
    who.open(path)
    answer = who.send(**{**WRITTEN, **changes})
    assert who.follow(answer).status_code == 200
    return who.path


def test_somebody_of_the_staff_asks_the_own_hub_and_gets_an_answer(charlie: Browser, bob: Browser, own: str) -> None:
    thread = asked(charlie, own)
    assert "Ihre Frage liegt jetzt bei der Koordination dieses Hubs." in charlie.text("//body")
    assert "Offen" in charlie.text(".//*[@id='stand']")
    assert "1 offen" in bob.open("/redaktion").text
    assert "1 offen" in bob.open("/fragen").text
    assert "Mähboot" in bob.text()
    bob.open(thread)
    assert "Wie oft im Jahr?" in bob.text()
    assert "Bauhof, Wilster" in bob.text()
    bob.follow(bob.send(form=".//form[.//textarea]", text="Zweimal.\n\nIm Mai und im Oktober."))
    charlie.open(thread)
    assert "Beantwortet" in charlie.text(".//*[@id='stand']")
    assert "Koordination, Wilster" in charlie.text()
    assert [part.text for part in charlie.page.xpath(".//ol//p[@class='kern-body']")][1:] == [
        "Zweimal.",
        "Im Mai und im Oktober.",
    ]
    charlie.follow(charlie.send(form=".//form[.//textarea]", text="Danke, und warum?"))
    assert "1 offen" in bob.open("/redaktion").text


def test_a_question_to_another_hub_is_on_its_way_until_it_has_arrived(charlie: Browser, hub: Hub, theirs: str) -> None:
    thread = asked(charlie, theirs)
    assert "unterwegs zum Hub Rendsburg" in charlie.text("//body")
    assert "Unterwegs" in charlie.text(".//*[@id='stand']")
    with hub.at(), transaction() as session:
        letter = session.scalars(sa.select(LetterOut)).one()
        assert b"Charlie" not in (letter.body or b"")
        assert b"@" not in (letter.body or b"")
        session.execute(sa.update(LetterOut).values(expires=datetime(2026, 1, 1, tzinfo=UTC)))
    with hub.at() as node:
        postman.tidy(node, node.clock())
    charlie.open(thread)
    assert "Nicht zugestellt" in charlie.text(".//*[@id='stand']")
    assert "Der andere Hub hat sie in 14 Tagen nicht entgegengenommen." in charlie.text()


@pytest.mark.parametrize("which", ["own", "theirs"])
def test_the_way_leads_from_the_record_to_the_question(
    charlie: Browser, visitor: Browser, which: str, request: pytest.FixtureRequest
) -> None:
    path: str = request.getfixturevalue(which)
    record = path.removeprefix("/fragen/neu")
    charlie.open(record)
    assert charlie.page.xpath(f".//a[@href='{path}']//text()[contains(., 'Fachfrage stellen')]")
    visitor.open(record)
    assert not visitor.page.xpath(f".//a[@href='{path}']")
    [href] = visitor.page.xpath(".//a[contains(., 'Anmelden und fragen')]/@href")
    visitor.open(href)
    answer = visitor.send(
        form=".//form[@action='/anmelden']", email="charlie@wilster.example", passwort="Deichgraf reitet Schimmel"
    )
    assert answer.location == path
    visitor.follow(answer)
    assert "Fachfrage stellen" in visitor.text(".//h1")


def test_a_draft_is_nothing_to_ask_about(bob: Browser, hub: Hub, own: str) -> None:
    """The preview of a record shows no way to ask."""
    id = own.rsplit("/", 1)[1]
    bob.open(f"/redaktion/{id}/vorschau")
    assert "Fachfrage stellen" in bob.text()
    hub.revise(id)
    with hub.at(), transaction() as session:
        session.execute(sa.text("UPDATE record SET state = 'draft', published_at = NULL"))
    bob.open(f"/redaktion/{id}/vorschau")
    assert "Fachfrage stellen" not in bob.text()
    assert bob.open(own).status_code == 404


def test_about_other_kinds_nobody_is_asked(charlie: Browser) -> None:
    assert charlie.open("/fragen/neu/termine/01JD000000000000000000000A").status_code == 404


@pytest.mark.parametrize("path", ["/fragen", "/fragen/01JD000000000000000000000A"])
def test_strangers_are_led_to_sign_in(visitor: Browser, path: str) -> None:
    assert visitor.open(path).location == f"/anmelden?next={path}"


def test_threat_34_only_the_asker_and_the_coordination_open_a_thread(
    charlie: Browser, bob: Browser, visitor: Browser, hub: Hub, own: str
) -> None:
    thread = asked(bob, own)
    for path in (thread, f"{thread}/loeschen"):
        assert charlie.open(path).status_code == 404
    charlie.open("/konto")
    token = charlie.page.xpath(".//input[@name='csrf_token']/@value")[0]
    for path in (thread, f"{thread}/schliessen", f"{thread}/loeschen"):
        answer = charlie.client.post(path, data={"csrf_token": token, "text": "Hallo", "signed_as": "Niemand"})
        assert answer.status_code == 404
    charlie.open("/fragen")
    assert "Mähboot" not in charlie.text()
    assert "An unseren Hub" not in charlie.text()
    with hub.at():
        assert reading().scalars(sa.select(Question.state)).all() == ["open"]
        assert len(reading().scalars(sa.select(QuestionMessage)).all()) == 1


def test_what_was_typed_wrong_is_named_and_kept(charlie: Browser, own: str) -> None:
    charlie.open(own)
    answer = charlie.send(subject="", text="x" * 3001, signed_as="Bauhof")
    assert answer.status_code == 422
    assert charlie.page.xpath(".//*[contains(@class, 'hub-errors')]//a/@href") == ["#subject", "#text"]
    assert "Betreff: Geben Sie einen Betreff ein." in charlie.text(".//*[contains(@class, 'hub-errors')]")
    assert charlie.page.xpath(".//textarea[@id='text']")[0].text.strip() == "x" * 3001
    assert charlie.page.xpath(".//input[@id='signed_as']/@value") == ["Bauhof"]
    charlie.follow(charlie.send(subject="Mähboot", text="x" * 3000))
    answer = charlie.send(form=".//form[.//textarea]", text="", signed_as="y" * 81)
    assert answer.status_code == 422
    assert charlie.page.xpath(".//*[contains(@class, 'hub-errors')]//a/@href") == ["#text", "#signed_as"]


def test_text_is_only_text(charlie: Browser, bob: Browser, own: str) -> None:
    thread = asked(charlie, own, text=XSS, subject=XSS[:100], signed_as="<b>Amt</b>")
    for path in (thread, "/fragen", f"{thread}/loeschen"):
        page = bob.open(path).text
        assert "<script>alert" not in page
        assert "<b>Amt</b>" not in page
        assert not bob.page.xpath(".//main//a[contains(@href, 'example.org') or contains(@href, 'javascript')]")


def test_the_eleventh_question_of_an_hour_waits(charlie: Browser, own: str) -> None:
    for _ in range(questions.AN_HOUR):
        asked(charlie, own)
    charlie.open(own)
    answer = charlie.send(**WRITTEN)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert "Wie oft im Jahr?" in charlie.page.xpath(".//textarea[@id='text']")[0].text


def test_who_is_signed_out_while_typing_loses_nothing(charlie: Browser, own: str) -> None:
    charlie.open(own)
    charlie.forget("sitzung")
    assert charlie.send(**WRITTEN).status_code == 403
    assert "Ihre Eingaben sind noch da" in charlie.text()
    kept = charlie.page
    charlie.sign_in("charlie@wilster.example")
    charlie.page, charlie.path = kept, own
    assert charlie.send(button="anzeigen").status_code == 403, "the form belongs to the time before"
    assert charlie.send(button="anzeigen").status_code == 200
    assert charlie.page.xpath(".//input[@id='subject']/@value") == ["Mähboot"]
    charlie.follow(charlie.send())
    assert "Wie oft im Jahr?" in charlie.text()


def test_a_thread_is_closed_and_deleted_by_hand(charlie: Browser, bob: Browser, hub: Hub, own: str) -> None:
    thread = asked(charlie, own)
    bob.open(thread)
    bob.follow(bob.send(form=".//form[contains(@action, 'schliessen')]"))
    charlie.open(thread)
    assert "Abgeschlossen" in charlie.text(".//*[@id='stand']")
    charlie.open(f"{thread}/loeschen")
    charlie.follow(charlie.send())
    assert "Die Frage ist gelöscht." in charlie.text("//body")
    assert bob.open(thread).status_code == 404
    with hub.at():
        assert reading().scalars(sa.select(Question)).all() == []


def test_a_hub_that_is_no_member_can_not_be_asked(charlie: Browser, hub: Hub, theirs: str) -> None:
    charlie.open(theirs)
    with hub.at(), transaction() as session:
        session.execute(sa.update(Peer).values(state="suspended"))
    answer = charlie.send(**WRITTEN)
    assert answer.status_code == 409
    assert "nicht abgeschickt" in charlie.text()


def test_nothing_of_a_question_is_met_elsewhere(
    charlie: Browser, visitor: Browser, bob: Browser, hub: Hub, own: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Search, feeds, the pages of the network, the record itself, and the log of the process."""
    word = "Nebelkrähenzwirn"
    asked(charlie, own, subject=word, text=word, signed_as=word)
    record = own.removeprefix("/fragen/neu")
    for who in (visitor, bob):
        for path in (record, "/projekte", "/verbund", "/verbund/ereignisse.csv", "/feeds", "/"):
            answer = who.open(path)
            assert (answer.status_code, word in answer.text) == (200, False), path
        who.open(f"/suche?q={word}")
        assert "0 Treffer" in who.text(".//title")
    assert word not in caplog.text
