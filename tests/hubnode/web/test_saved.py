"""Saved searches: kept for one person, with what is new, and a way back that does not change."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.people.models import Account
from hubnode.people.viewer import OPERATOR
from hubnode.records import copies, saved, service
from hubnode.records.saved_models import SavedSearch
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, pin
from tests.hubnode.records.test_evidence import person
from tests.hubnode.web.browsing import Browser

LIST = "/konto/suchen"


def keep(browser: Browser, address: str) -> None:
    """Open a list, press the button on it, and come back."""
    assert browser.open(address).status_code == 200
    buttons = browser.page.xpath("//button[@form='merken']")
    assert buttons, "no button to save the search"
    assert not browser.page.xpath("//input[@form='merken']"), "the script would send it with every search"
    answer = browser.send(form=".//form[@id='merken']", suche=buttons[0].get("value"))
    browser.follow(answer)


def shown(browser: Browser) -> str:
    """The list of saved searches, in words."""
    browser.open(LIST)
    return browser.text(".//main//div[contains(@class, 'hub-stack--l')]")


def addresses(browser: Browser) -> list[str]:
    """Where the saved searches are."""
    browser.open(LIST)
    return [str(href) for href in browser.page.xpath("//h2/a/@href")]


def test_a_search_is_kept_from_its_page_and_found_again(hub: Hub, charlie: Browser) -> None:
    hub.publish("project", project("Parken"))
    keep(charlie, "/projekte?thema=parking-sensors&q=Parken&seite=1")
    assert charlie.path == "/projekte"
    assert "Die Suche ist gespeichert" in charlie.text("//body")
    assert "Gespeichert als Projekte, „Parken“, Parkplatzsensoren" in charlie.text()
    assert "Projekte, „Parken“, Parkplatzsensoren 1 Treffer" in shown(charlie)
    answer = charlie.open(addresses(charlie)[0])
    assert answer.location == "/projekte?q=Parken&thema=parking-sensors"
    charlie.open("/konto")
    assert charlie.page.xpath(f"//a[@href='{LIST}']")


def test_one_search_has_one_spelling_and_is_kept_once(hub: Hub, charlie: Browser) -> None:
    hub.publish("project", project("Parken"))
    keep(charlie, "/suche?q=Parken&art=termine&art=projekte&unsinn=1&seite=1&sort=treffer")
    charlie.open("/suche?art=projekte&q=+Parken+&art=termine")
    assert "Gespeichert als" in charlie.text()
    assert not charlie.page.xpath("//button[@form='merken']")
    charlie.open("/suche?art=projekte&q=Parken")
    assert charlie.page.xpath("//button[@form='merken']")
    form = {"csrf_token": charlie.page.xpath("//form[@id='merken']/input/@value")[0]}
    charlie.client.post(LIST, data=form | {"suche": "suche?q=Parken&art=projekte&art=termine"})
    assert len(addresses(charlie)) == 1


def test_nothing_is_new_at_first_and_then_what_was_published_since(hub: Hub, charlie: Browser) -> None:
    hub.publish("project", project("Parken"))
    keep(charlie, "/projekte?q=Parken")
    assert " neu" not in shown(charlie)
    hub.publish("project", project("Parken am Markt"), now=NOW + timedelta(hours=1))
    hub.publish("project", project("Akten", topics=["ozg"], summary={"de": "Ordnung"}, challenge={"de": "Papier"},
                                   solution={"de": "Scannen"}))  # fmt: skip
    assert "1 neu" in shown(charlie)
    assert "Parken am Markt" in shown(charlie)
    charlie.open(addresses(charlie)[0])
    assert " neu" not in shown(charlie)


def test_what_arrives_late_or_is_shown_again_is_new_whatever_its_date(hub: Hub, rendsburg: Hub, bob: Browser) -> None:
    """A record's date is its home hub's; new is what this person could not have seen."""
    pin(hub, rendsburg)
    keep(bob, "/projekte")
    rendsburg.publish("project", project("Alt und fern"), now=NOW - timedelta(days=400))
    carry(rendsburg, hub)
    assert "1 neu" in shown(bob)
    assert "Alt und fern" in shown(bob)
    bob.open(addresses(bob)[0])
    with hub.at(), transaction() as session:
        copies.hide(session, rendsburg.origin)
    assert "0 Treffer" in shown(bob)
    assert "Alt und fern" not in shown(bob)
    bob.open(addresses(bob)[0])
    with hub.at(), transaction() as session:
        copies.reveal(session, rendsburg.origin)
    assert "1 neu" in shown(bob)


def test_a_revision_is_not_new_and_what_is_gone_is_not_counted(hub: Hub, charlie: Browser) -> None:
    id = hub.publish("project", project("Parken"))
    keep(charlie, "/projekte")
    hub.revise(id, title={"de": "Parken, anders gesagt"})
    assert " neu" not in shown(charlie)
    other = hub.publish("project", project("Kanariengeheimnis"))
    assert "1 neu" in shown(charlie)
    with hub.at():
        service.erase(OPERATOR, other, NOW + timedelta(hours=2))
    assert "Kanariengeheimnis" not in shown(charlie)
    assert "1 neu" not in shown(charlie)


def test_rename_and_delete(hub: Hub, charlie: Browser) -> None:
    keep(charlie, "/projekte")
    path = addresses(charlie)[0]
    rename = f".//form[@action='{path}/umbenennen']"
    charlie.send(form=rename, name="  Mein\tParken  ")
    assert "Mein Parken" in shown(charlie)
    for bad in ("", "   ", "x" * 121, "\u202e"):
        charlie.send(form=rename, name=bad)
        charlie.open(LIST)
        assert "Geben Sie der Suche einen Namen" in charlie.text("//body"), bad
        assert "Mein Parken" in charlie.text()
    charlie.send(form=f".//form[@action='{path}/loeschen']")
    assert "noch keine Suche gespeichert" in shown(charlie)
    assert charlie.open(path).status_code == 404


def test_others_saved_searches_do_not_exist(hub: Hub, bob: Browser, charlie: Browser) -> None:
    keep(charlie, "/projekte?q=Charliegeheimnis")
    path = addresses(charlie)[0]
    assert addresses(bob) == []
    bob.open("/konto")
    token = bob.page.xpath("//input[@name='csrf_token']/@value")[0]
    assert bob.client.get(path).status_code == 404
    for action in ("umbenennen", "loeschen"):
        answer = bob.client.post(f"{path}/{action}", data={"csrf_token": token, "name": "Meins"})
        assert answer.status_code == 404
    assert "Charliegeheimnis" not in bob.open(LIST).text
    assert addresses(charlie) == [path]


def test_strangers_have_none_and_no_button(hub: Hub, visitor: Browser, charlie: Browser) -> None:
    keep(charlie, "/projekte")
    path = addresses(charlie)[0]
    visitor.open("/projekte")
    assert not visitor.page.xpath("//button[@form='merken'] | //form[@id='merken']")
    for address in (LIST, path):
        assert visitor.client.get(address).location.startswith("/anmelden")
    assert visitor.client.post(LIST, data={"suche": "q=x"}).status_code in (303, 400)


def test_nothing_is_saved_or_deleted_without_the_form_s_token(hub: Hub, charlie: Browser) -> None:
    keep(charlie, "/projekte")
    path = addresses(charlie)[0]
    for address in (LIST, f"{path}/umbenennen", f"{path}/loeschen"):
        assert charlie.client.post(address, data={"suche": "q=x", "name": "y"}).status_code == 400
    assert addresses(charlie) == [path]


def test_there_is_an_end_to_saving(hub: Hub, charlie: Browser) -> None:
    keep(charlie, "/projekte")
    token = charlie.client.get("/projekte?q=x").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    for number in range(saved.MOST + 3):
        charlie.client.post(LIST, data={"csrf_token": token, "suche": f"suche?q=Wort{number}"})
    assert len(addresses(charlie)) == saved.MOST
    assert "Löschen Sie zuerst eine" in charlie.text("//body")
    for junk in ("", "%", "?&&&", "suche?q=" + "%ff" * 900, "x?" + "thema=x&" * 600, "\x00?\x00", "../konto?q=x"):
        answer = charlie.client.post(LIST, data={"csrf_token": token, "suche": junk})
        assert answer.status_code == 303, junk


def test_a_browser_that_looks_ahead_has_not_looked(hub: Hub, charlie: Browser) -> None:
    keep(charlie, "/projekte")
    hub.publish("project", project("Parken"))
    path = addresses(charlie)[0]
    charlie.client.get(path, headers={"Sec-Purpose": "prefetch;prerender"})
    charlie.client.head(path)
    assert "1 neu" in shown(charlie)


def test_saved_searches_go_with_their_account(hub: Hub, charlie: Browser) -> None:
    keep(charlie, "/projekte")
    with hub.at(), transaction() as session:
        session.execute(sa.delete(Account).where(Account.email == "charlie@wilster.example"))
    with hub.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(SavedSearch)) == 0


def test_of_more_than_are_looked_at_only_the_newer_count(
    hub: Hub, charlie: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that moves up because another went was there before."""
    monkeypatch.setattr(saved, "LOOKED_AT", 3)
    ids = [hub.publish("project", project(f"Nr. {n}"), now=NOW + timedelta(hours=n)) for n in range(5)]
    keep(charlie, "/projekte")
    with hub.at():
        service.withdraw(OPERATOR, ids[4], NOW + timedelta(days=1))
    assert " neu" not in shown(charlie)
    hub.publish("project", project("Ganz frisch"), now=NOW + timedelta(days=2))
    assert "1 neu" in shown(charlie)
    assert "Ganz frisch" in charlie.text()


def test_what_is_kept_of_the_hits_is_numbers(hub: Hub, charlie: Browser) -> None:
    """An erased text must not live on in what somebody has saved."""
    hub.publish("expertise", person(display_name="Kanariengeheimnis"))
    keep(charlie, "/expertise")
    with hub.at():
        row = reading().scalars(sa.select(SavedSearch)).one()
        assert "Kanariengeheimnis" not in repr((row.id, row.name, row.kind, row.query))
        assert b"Kanarien" not in row.seen
