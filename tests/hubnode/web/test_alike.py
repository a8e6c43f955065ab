"""Pages of records: what resembles them, what people have had a part in, and a way to somebody from each of them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.five import Five
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub
from tests.hubnode.records.test_evidence import person, report
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.reading import links, tree, words

ALIKE = "//main//section[@aria-labelledby='aehnlich']"
PART = "//main//section[@aria-labelledby='beteiligt']"


def test_a_project_leads_to_what_resembles_it_and_says_why(hub: Hub, visitor: Browser) -> None:
    id = hub.publish("project", project("Parken an der Au"))
    hub.publish("project", project("Parken am Markt", summary={"de": "Dasselbe noch einmal."}))
    answer = visitor.open(f"/projekte/{id}")
    assert "Parken am Markt" in words(answer, ALIKE)
    assert "Gemeinsames Thema: Parkplatzsensoren" in words(answer, ALIKE)
    assert "Parken an der Au" not in words(answer, ALIKE)


def test_a_page_without_anything_alike_says_nothing_of_it(hub: Hub, visitor: Browser) -> None:
    id = hub.publish("project", project("Allein"))
    assert not tree(visitor.open(f"/projekte/{id}")).xpath(ALIKE)


def test_what_is_alike_and_above_the_reader_is_not_on_the_page(hub: Hub, visitor: Browser, charlie: Browser) -> None:
    id = hub.publish("project", project("Parken für alle"))
    hub.publish("project", project("Kanarienparken"), "network")
    assert "Kanarienparken" not in visitor.open(f"/projekte/{id}").text
    assert "Kanarienparken" in words(charlie.open(f"/projekte/{id}"), ALIKE)


def test_a_person_has_a_part_in_what_names_them_grouped_by_kind(hub: Hub, charlie: Browser) -> None:
    id = hub.publish("expertise", person())
    uri = f"{hub.origin}/r/{id}"
    for title in ("Parken an der Au", "Parken am Markt"):
        hub.publish("project", project(title, contact_person=uri))
    hub.publish("experience_report", report(uri, title={"de": "Was wir lernten"}))
    hub.publish("experience_report", report(uri, title={"de": "Anonym"}, author_display="function"))
    page = charlie.open(f"/expertise/{id}")
    assert "Beteiligt an Projekte (2)" in words(page, PART)
    assert "Erfahrungen (1)" in words(page, PART)
    assert "Was wir lernten" in words(page, PART)
    assert "Anonym" not in page.text


def test_strangers_see_no_part_that_is_for_the_network(hub: Hub, visitor: Browser) -> None:
    id = hub.publish("expertise", person())
    hub.publish("project", project("Kanarienparken", contact_person=f"{hub.origin}/r/{id}"))
    page = visitor.open(f"/expertise/{id}")
    assert page.status_code == 200
    assert not tree(page).xpath(PART)
    assert "Kanarienparken" not in page.text


KINDS = ("prj-001", "exp-001", "evt-002", "rep-001", "org-amt-musterau", "prj-009", "exp-007")


@pytest.mark.parametrize("id", KINDS)
def test_every_page_leads_staff_to_somebody_who_answers(five: Five, coordinator: FlaskClient, id: str) -> None:
    page = coordinator.get(five.path(id))
    found = links(page, "//*[@id='kontakt']")
    assert [link for link in found if link.startswith(("/fragen/neu/", "mailto:", "http"))], found


@pytest.mark.parametrize("id", ["prj-001", "exp-001", "evt-002", "org-amt-musterau", "prj-009"])
def test_every_page_leads_strangers_to_somebody_who_answers(five: Five, stranger: FlaskClient, id: str) -> None:
    """To the hub's own address, or to the page at home, which has it."""
    found = links(stranger.get(five.path(id)), "//*[@id='kontakt']")
    home = five.ids[id].partition("/r/")[0]
    wanted = "mailto:hub@wilster.example" if home == five.wilster.origin else home
    assert [link for link in found if link.startswith(wanted)], found


def test_a_question_about_a_report_goes_to_those_who_know_its_project(five: Five, coordinator: FlaskClient) -> None:
    found = links(coordinator.get(five.path("rep-001")), "//*[@id='kontakt']")
    assert f"/fragen/neu{five.path('prj-001')}" in found
    assert coordinator.get(f"/fragen/neu{five.path('prj-001')}").status_code == 200


def already(browser: Browser) -> str:
    """What the form says there is already."""
    return browser.text(".//div[@id='gibt-es']")


def test_before_a_project_is_written_twice_its_form_says_what_there_is(hub: Hub, bob: Browser) -> None:
    """With plain pages: on every display of what is typed, after saving, and in the preview."""
    id = hub.publish("project", project("Parken an der Au"))
    bob.open("/redaktion/neu/projekte")
    assert already(bob) == ""
    typed = {"title__de": "Parken am Markt", "topics": ["parking-sensors"]}
    bob.send(form=".//form[@id='eintrag']", button="anzeigen", **typed)
    assert "Es gibt schon Ähnliches Parken an der Au" in already(bob)
    assert bob.page.xpath(f"//div[@id='gibt-es']//a[@href='/projekte/{id}'][@target='_blank']")
    bob.follow(bob.send(form=".//form[@id='eintrag']", button="sichern"))
    assert "Parken an der Au" in already(bob)
    assert "Parken am Markt" not in already(bob)
    bob.follow(bob.send(form=".//form[@id='eintrag']", button="vorschau"))
    assert "Parken an der Au" in bob.text(ALIKE)
    assert "Parken am Markt" not in bob.text(ALIKE)


def test_while_a_title_is_typed_the_script_is_told_what_there_is_and_nothing_is_saved(hub: Hub, bob: Browser) -> None:
    hub.publish("project", project("Parken an der Au"))
    bob.open("/redaktion/neu/projekte")
    asking = bob.page.xpath("//div[@data-hx-post]")[0]
    token = bob.page.xpath("//form[@id='eintrag']//input[@name='csrf_token']/@value")[0]
    typed = {"csrf_token": token, "title.de": "Parken im Nichts", "topics": "parking-sensors"}
    answer = bob.client.post(asking.get("data-hx-post"), data=typed)
    assert "Parken an der Au" in words(answer, "//div[@id='gibt-es-liste']")
    bob.open("/redaktion")
    assert "Parken im Nichts" not in bob.text()
    assert "delay:" in asking.get("data-hx-trigger")


def test_who_asks_what_there_is_must_be_an_editor_with_a_form(hub: Hub, bob: Browser, charlie: Browser) -> None:
    hub.publish("project", project("Parken an der Au"))
    path = f"/redaktion/aehnlich/projekte/{'0' * 26}"
    typed = {"title.de": "Parken", "topics": "parking-sensors"}
    for browser in (bob, charlie, Browser(hub.app)):
        answer = browser.client.post(path, data=typed)
        assert answer.status_code in (400, 403), answer.status_code
        assert "Parken an der Au" not in answer.text


def test_a_published_project_and_other_kinds_are_not_compared(hub: Hub, bob: Browser) -> None:
    id = hub.publish("project", project("Parken an der Au"))
    hub.publish("project", project("Parken am Markt"))
    for path in (f"/redaktion/{id}", "/redaktion/neu/termine"):
        bob.open(path)
        assert not bob.page.xpath("//div[@id='gibt-es']"), path


@pytest.mark.parametrize("typed", [{"topics": "\x00"}, {"title.de": "\x00\x1f" * 500}, {"topics": ["x"] * 999}, {}])
def test_nonsense_is_like_nothing(hub: Hub, bob: Browser, typed: dict[str, str]) -> None:
    hub.publish("project", project("Parken an der Au"))
    bob.open("/redaktion/neu/erfahrungen")
    token = bob.page.xpath("//form[@id='eintrag']//input[@name='csrf_token']/@value")[0]
    path = bob.page.xpath("//div[@data-hx-post]/@data-hx-post")[0]
    answer = bob.client.post(path, data={"csrf_token": token, **typed})
    assert (answer.status_code, words(answer, "//div[@id='gibt-es-liste']")) == (200, "")
