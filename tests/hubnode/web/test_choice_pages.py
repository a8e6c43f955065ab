"""Choosing in the browser, without scripts: the form, its effect, the password, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubnode.db import reading
from hubnode.network import choice, rechoosing
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading as records
from hubnode.records.choosing import Choice, Rule
from hubnode.records.kinds import KINDS
from hubnode.records.models import Record
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, close, make_hub, pin
from tests.hubnode.web.browsing import PASSWORD, Browser

PATH = "/verwaltung/hubs/127.0.0.1:5992/auswahl"
CHOOSE, CONFIRM = ".//form[.//button[contains(., 'Wirkung')]]", ".//form[@method='post'][.//input[@id='passwort']]"


@pytest.fixture
def rendsburg(tmp_path: Path, template: Path, hub: Hub) -> Iterator[Hub]:
    """A hub with one record about mobility and two about water, all of them copied."""
    other = make_hub(tmp_path / "rendsburg", template, "Rendsburg", 5992)
    pin(hub, other)
    for title, topic in (("Rufbus", "mobility"), ("Zähler", "water"), ("Pegel", "water")):
        other.publish("project", project(title, topics=[topic]))
    carry(other, hub)
    yield other
    close(other)


@pytest.fixture
def alice(hub: Hub) -> Browser:
    """The administrator, signed in."""
    browser = Browser(hub.app)
    browser.keep_signed_in("alice@wilster.example")
    return browser


def mobility_only(alice: Browser) -> None:
    """Fill in the form and ask for the effect."""
    alice.open(PATH)
    form = alice.page.xpath(CHOOSE)[0]
    alice.open(f"{form.get('action')}?{query(['project', 'event'], ['mobility'])}")


def query(kinds: list[str], topics: list[str], some: str = "einige") -> str:
    """What the form sends: these kinds and topics are taken, and all of it shown."""
    taken = [*(f"speichern-art={kind}" for kind in kinds), f"speichern-themen={some}"]
    every = tuple(KINDS)
    shown = [*(f"zeigen-art={kind}" for kind in every), "zeigen-themen=alle"]
    return "&".join([*taken, *(f"speichern-thema={topic}" for topic in topics), *shown])


def shown(hub: Hub) -> int:
    """How many records everybody sees."""
    with hub.at():
        return records.find(ANONYMOUS, records.Browse()).total


def test_the_form_shows_what_holds_kinds_and_the_whole_tree_of_topics(alice: Browser, rendsburg: Hub) -> None:
    assert alice.open(PATH).status_code == 200
    assert len(alice.page.xpath(".//input[@name='speichern-art'][@checked]")) == len(KINDS)
    assert alice.page.xpath(".//input[@name='speichern-themen'][@checked]/@value") == ["alle"]
    below = "//li[.//input[@value='mobility']]//li//input[@value='parking-sensors']"
    assert alice.page.xpath(f".//form{below}")


def test_the_effect_is_shown_before_anything_happens(alice: Browser, rendsburg: Hub, hub: Hub) -> None:
    mobility_only(alice)
    seen = alice.text()
    assert "Projekte und Termine zu Mobilität (mit Unterthemen)" in seen
    assert "Von 3 hier gespeicherten Datensätzen bleibt 1." in seen
    assert "2 Texte werden hier gelöscht: 2 Projekte." in seen
    assert shown(hub) == 3
    alice.open(alice.page.xpath(".//a[contains(., 'Zurück zur Auswahl')]/@href")[0])
    assert alice.page.xpath(".//input[@name='speichern-thema'][@checked]/@value") == ["mobility"]
    with hub.at():
        assert choice.history(rendsburg.origin) == []


def test_with_the_password_it_holds_and_is_carried_out_and_the_page_says_how_far(
    alice: Browser, rendsburg: Hub, hub: Hub
) -> None:
    mobility_only(alice)
    alice.follow(alice.send(form=CONFIRM, passwort=PASSWORD))
    assert "Die Auswahl gilt ab jetzt." in alice.text()
    assert "Die Auswahl wird angewandt" in alice.text()
    with hub.at() as node:
        rechoosing.rechoose(node, rendsburg.origin)
        assert choice.of(rendsburg.origin).taken == Rule(frozenset({"project", "event"}), frozenset({"mobility"}))
    assert shown(hub) == 1
    alice.open(PATH)
    assert "2 Texte gelöscht" in alice.text(".//ol[contains(@class, 'hub-desk')]")
    assert alice.page.xpath(".//input[@name='speichern-thema'][@checked]/@value") == ["mobility"]


@pytest.mark.parametrize("password", ["", "falsch"])
def test_without_the_right_password_nothing_changes(alice: Browser, rendsburg: Hub, hub: Hub, password: str) -> None:
    mobility_only(alice)
    answer = alice.send(form=CONFIRM, passwort=password)
    assert answer.status_code == 422
    assert "Das Passwort stimmt nicht" in alice.text()
    assert alice.page.xpath(".//input[@name='speichern-thema']/@value") == ["mobility"]
    with hub.at():
        assert choice.history(rendsburg.origin) == []


def test_only_some_topics_and_none_of_them_is_asked_back(alice: Browser, rendsburg: Hub) -> None:
    assert alice.open(f"{PATH}/vorschau?{query(['project'], [])}").status_code == 422
    assert alice.page.xpath(".//a[@href='#speichern-themen']")
    assert alice.page.xpath(".//title")[0].text.startswith("Fehler")


def test_what_no_form_sends_is_refused(alice: Browser, rendsburg: Hub) -> None:
    assert alice.open(f"{PATH}/vorschau?{query(['poem'], [], 'alle')}").status_code == 400
    assert alice.open(f"{PATH}/vorschau?{query(['project'], ['flying-taxis'])}").status_code == 400


@pytest.mark.parametrize(
    "chosen", [Choice(shown=Rule(None, frozenset({"mobility"}))), Choice(taken=Rule(None, frozenset({"mobility"})))]
)
def test_what_is_not_shown_is_on_no_page_in_no_feed_and_in_no_answer(
    alice: Browser, visitor: Browser, rendsburg: Hub, hub: Hub, chosen: Choice
) -> None:
    hidden = rendsburg.publish("project", project("Kanarienvogel", topics=["water"]))
    seen = rendsburg.publish("project", project("Buntspecht", topics=["mobility"]))
    carry(rendsburg, hub)
    places = (
        "/", "/projekte", "/suche?q=kanarienvogel", "/projekte?thema=water", "/feeds/alle.atom", "/feeds/projekte.json",
        "/feeds/projekte.atom?thema=water", "/feeds/alle.ics", "/verbund", "/redaktion", PATH, "/sitemap.xml",
        f"/projekte/127.0.0.1:5992/{hidden}",
    )  # fmt: skip
    assert any("Kanarienvogel" in visitor.client.get(place).text for place in places)
    with hub.at() as node:
        choice.change(OPERATOR_CONFIRMED, rendsburg.origin, chosen, NOW)
        rechoosing.rechoose(node, rendsburg.origin)
    for person in (visitor, alice):
        for place in places:
            answer = person.client.get(place)
            assert "Kanarienvogel" not in answer.text, place
            assert hidden in place or hidden not in answer.text, place
        assert person.client.get(f"/projekte/127.0.0.1:5992/{hidden}").status_code == 404
        assert "Buntspecht" in person.client.get("/projekte").text
        assert person.client.get(f"/projekte/127.0.0.1:5992/{seen}").status_code == 200


def test_nothing_taken_at_all_can_be_chosen_and_is_called_so(alice: Browser, rendsburg: Hub) -> None:
    assert alice.open(f"{PATH}/vorschau?{query([], [], 'alle')}").status_code == 200
    assert "nichts" in alice.text(".//dl")
    assert "bleiben 0" in alice.text()


def test_a_hub_that_nobody_knows_has_no_such_page(alice: Browser, rendsburg: Hub) -> None:
    assert alice.open("/verwaltung/hubs/nobody.example/auswahl").status_code == 404
    assert alice.open("/verwaltung/hubs/127.0.0.1:5991/auswahl").status_code == 404


def test_others_are_not_let_in(hub: Hub, rendsburg: Hub, visitor: Browser, bob: Browser, charlie: Browser) -> None:
    assert visitor.open(PATH).location.startswith("/anmelden")
    for person in (bob, charlie):
        for path in (PATH, f"{PATH}/vorschau"):
            assert person.open(path).status_code == 403
        person.open("/konto")
        assert person.send(action=PATH, passwort=PASSWORD).status_code == 403
    with hub.at():
        assert {record.state for record in reading().query(Record)} == {"published"}
