"""The doors of the desk: drafts, publishing, withdrawing, erasing; and who is refused."""

from __future__ import annotations

from typing import Any

import pytest

from hubnode.people.viewer import ANONYMOUS, OPERATOR
from hubnode.records import reading, service
from hubnode.records.errors import Gone, NotFound
from hubnode.records.kinds import KINDS
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, pin
from tests.hubnode.web.browsing import Browser

FORM = ".//form[@id='eintrag']"
ORGANISATION = {"name__de": "Amt Wilstermarsch", "kind": "amt"}
"""What makes a complete organisation."""


def saved(hub: Hub, id: str) -> service.Draft:
    """The draft as it is kept."""
    with hub.at():
        return service.draft(OPERATOR, id)


def id_of(location: str | None) -> str:
    """The record's id at the end of an address."""
    assert location is not None
    return location.rsplit("/", 1)[1]


def start(bob: Browser, **typed: Any) -> str:
    """A draft of an organisation, saved through the form; answers its id."""
    bob.open("/redaktion/neu/organisationen")
    answer = bob.send(form=FORM, button="sichern", **(ORGANISATION | typed))
    assert answer.status_code == 303
    bob.follow(answer)
    return id_of(answer.location)


PLACES = (
    "/redaktion", "/redaktion/neu/projekte", "/redaktion/{id}", "/redaktion/{id}/vorschau",
    "/redaktion/{id}/fassungen", "/redaktion/{id}/zurueckziehen", "/redaktion/{id}/verwerfen",
    "/redaktion/{id}/loeschen", "/redaktion/{id}/geloescht",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_staff_may_not_come_to_the_desk(hub: Hub, charlie: Browser, place: str) -> None:
    answer = charlie.open(place.format(id=hub.publish("project", project())))
    assert answer.status_code == 403
    assert "Das ist hier nicht erlaubt" in charlie.text()


@pytest.mark.parametrize("place", PLACES)
def test_strangers_are_led_to_sign_in_first(hub: Hub, visitor: Browser, place: str) -> None:
    path = place.format(id=hub.publish("project", project()))
    answer = visitor.open(path)
    assert (answer.status_code, answer.location) == (303, f"/anmelden?next={path}")


@pytest.mark.parametrize("path", ["/redaktion/01JD0000000000000000000Z", "/redaktion/neu/unbekannt", "/redaktion/x/y"])
def test_what_is_not_there_is_not_found(bob: Browser, path: str) -> None:
    assert bob.open(path).status_code == 404


def test_the_desk_says_what_to_begin_with(bob: Browser) -> None:
    bob.open("/redaktion")
    assert "Hier ist noch nichts" in bob.text()
    assert bob.page.xpath("count(.//aside//a[starts-with(@href, '/redaktion/neu/')])") == len(KINDS)


def test_a_draft_is_kept_incomplete_and_seen_by_nobody_else(hub: Hub, bob: Browser) -> None:
    bob.open("/redaktion/neu/projekte")
    answer = bob.send(form=FORM, button="sichern", title__de="Online-Termine", cost_one_off_cents="61.400")
    id = id_of(answer.location)
    assert saved(hub, id).body["title"] == {"de": "Online-Termine"}
    assert saved(hub, id).body["cost_one_off_cents"] == 6_140_000
    bob.follow(answer)
    assert "Entwurf gespeichert" in bob.text()
    assert "Zuletzt gespeichert heute, " in bob.text()
    assert bob.page.xpath("string(.//*[@id='cost_one_off_cents']/@value)") == "61.400"
    bob.open("/redaktion")
    assert "Online-Termine" in bob.text()
    assert bob.open(f"/projekte/{id}").status_code == 404


def test_pressing_enter_saves_a_draft_and_publishes_nothing(bob: Browser) -> None:
    bob.open("/redaktion/neu/organisationen")
    [first, *_others] = bob.page.xpath(f"{FORM}//button")
    assert (first.get("name"), first.get("value")) == ("aktion", "sichern")


def test_sending_a_new_form_twice_makes_one_record(hub: Hub, bob: Browser) -> None:
    bob.open("/redaktion/neu/organisationen")
    page = bob.page
    first = bob.send(form=FORM, button="sichern", **ORGANISATION)
    bob.page = page
    second = bob.send("/redaktion/neu/organisationen", form=FORM, button="sichern", **ORGANISATION)
    assert first.location == second.location
    with hub.at():
        assert len(reading.mine(OPERATOR)) == 1


def test_publishing_shows_the_page_and_where_it_has_arrived(hub: Hub, rendsburg: Hub, bob: Browser) -> None:
    pin(hub, rendsburg)
    bob.open("/redaktion/neu/organisationen")
    answer = bob.send(form=FORM, button="veroeffentlichen", sicht="public", **ORGANISATION)
    assert answer.status_code == 303
    assert answer.location.startswith("/organisationen/")
    bob.follow(answer)
    assert "Veröffentlicht. Die anderen Hubs übernehmen den Eintrag gerade." in bob.text()
    with hub.at():
        assert reading.get(ANONYMOUS, "organisation", id_of(answer.location)).headline == {"de": "Amt Wilstermarsch"}


def test_what_is_for_this_hub_only_stays_here(hub: Hub, rendsburg: Hub, bob: Browser) -> None:
    pin(hub, rendsburg)
    bob.open("/redaktion/neu/organisationen")
    answer = bob.send(form=FORM, button="veroeffentlichen", sicht="hub", **ORGANISATION)
    bob.follow(answer)
    assert "Veröffentlicht. Sichtbar in unserem Hub." in bob.text()
    with hub.at(), pytest.raises(NotFound):
        reading.get(ANONYMOUS, "organisation", id_of(answer.location))


def test_publishing_names_everything_that_is_missing_and_loses_nothing(hub: Hub, bob: Browser) -> None:
    bob.open("/redaktion/neu/projekte")
    answer = bob.send(form=FORM, button="veroeffentlichen", title__de="Online-Termine", phase="P4")
    assert answer.status_code == 422
    assert bob.page.xpath("string(//title)").startswith("Fehler: ")
    links = bob.page.xpath(".//*[@data-autofocus]//a/@href")
    assert {"#summary.de", "#topics", "#start", "#impact", "#prerequisites.de", "#lead_organisation"} <= set(links)
    assert all(bob.page.xpath(f"//*[@id='{link[1:]}']") for link in links)
    assert "Der Entwurf ist gespeichert, aber noch nicht veröffentlicht." in bob.text()
    assert bob.page.xpath("string(//*[@id='title.de']/@value)") == "Online-Termine"
    with hub.at():
        [record] = reading.mine(OPERATOR)
    assert (record.state, saved(hub, record.id).body["phase"]) == ("draft", "P4")
    # What follows is sent by the page as it stands: the draft is there, so the page goes on with that one.
    answer = bob.send(form=FORM, button="sichern")
    assert answer.location == f"/redaktion/{record.id}"


def test_what_no_version_could_hold_is_refused_at_its_field_and_stays_typed(hub: Hub, bob: Browser) -> None:
    bob.open("/redaktion/neu/projekte")
    wrong = {
        "start": "31",
        "start_dash_m": "2",
        "start_dash_j": "2026",
        "summary__de": "x" * 307,
        "effort_person_days": "viele",
    }
    answer = bob.send(form=FORM, button="sichern", title__de="Online-Termine", **wrong)
    assert answer.status_code == 422
    assert "Noch nicht gespeichert." in bob.text()
    assert "Kürzen Sie den Text um 7 Zeichen." in bob.text(".//*[@id='summary.de-error']")
    assert "Geben Sie einen Tag an, den es gibt" in bob.text(".//*[@id='start-error']")
    assert "Geben Sie eine ganze Zahl ein." in bob.text(".//*[@id='effort_person_days-error']")
    assert bob.page.xpath("string(//*[@id='start-m']/@value)") == "2"
    assert bob.page.xpath("string(//*[@id='effort_person_days']/@value)") == "viele"
    assert "307 von 300 Zeichen, 7 zu viel" in bob.text()
    with hub.at():
        assert reading.mine(OPERATOR) == []


def test_a_stale_form_is_refused_and_shows_both_versions(hub: Hub, bob: Browser) -> None:
    id = start(bob)
    mine = bob.page
    with hub.at():
        alice = service.draft(OPERATOR, id)
        service.save_draft(
            OPERATOR,
            "organisation",
            {"name": {"de": "Amt Krempermarsch"}},
            id=id,
            level=alice.level,
            token=alice.token,
            now=NOW,
        )
    bob.page = mine
    answer = bob.send(form=FORM, button="sichern", name__de="Amt Marsch", homepage="https://amt.example/")
    assert answer.status_code == 409
    words = bob.text(".//*[@data-autofocus]")
    assert "Jemand anderes hat inzwischen gespeichert" in words
    assert "Amt Krempermarsch" in words
    assert "Amt Marsch" in words
    assert bob.page.xpath("string(//*[@id='name.de']/@value)") == "Amt Marsch"
    assert saved(hub, id).body["name"] == {"de": "Amt Krempermarsch"}
    assert bob.send(form=FORM, button="sichern").status_code == 303
    assert saved(hub, id).body["name"] == {"de": "Amt Marsch"}


def test_saving_the_same_twice_is_no_conflict(bob: Browser) -> None:
    start(bob)
    page = bob.page
    assert bob.send(form=FORM, button="sichern").status_code == 303
    bob.page = page
    assert bob.send(form=FORM, button="sichern").status_code == 303


def test_an_edit_of_a_published_record_waits_until_it_is_published(hub: Hub, bob: Browser) -> None:
    id = hub.publish("project", project())
    bob.open(f"/redaktion/{id}")
    bob.follow(bob.send(form=FORM, button="sichern", title__de="Neuer Titel"))
    bob.open(f"/projekte/{id}")
    assert "Neuer Titel" not in bob.text("//h1")
    bob.open(f"/redaktion/{id}")
    bob.follow(bob.send(form=FORM, button="veroeffentlichen"))
    assert "Neuer Titel" in bob.text("//h1")
    bob.open(f"/redaktion/{id}/fassungen")
    assert len(bob.page.xpath(".//tbody/tr")) == 2


def test_the_preview_shows_the_draft_to_other_eyes(hub: Hub, bob: Browser) -> None:
    bob.open("/redaktion/neu/projekte")
    answer = bob.send(form=FORM, button="vorschau", sicht="network", title__de="Online-Termine")
    assert answer.location.endswith("/vorschau")
    assert bob.follow(answer).status_code == 200
    assert "Vorschau." in bob.text()
    assert "Online-Termine" in bob.text("//h1")
    bob.open(f"{answer.location}?als=oeffentlich")
    assert "Hier ist nichts zu sehen" in bob.text()
    assert "Online-Termine" not in bob.text("//h1")


def test_withdrawing_asks_first_and_keeps_the_content(hub: Hub, bob: Browser) -> None:
    id = hub.publish("project", project())
    bob.open(f"/redaktion/{id}/zurueckziehen")
    assert "Eintrag zurückziehen?" in bob.text("//h1")
    bob.follow(bob.send())
    assert "Zurückgezogen." in bob.text()
    assert saved(hub, id).state == "withdrawn"
    assert bob.open(f"/projekte/{id}").status_code == 410
    bob.open(f"/redaktion/{id}")
    bob.follow(bob.send(form=FORM, button="veroeffentlichen"))
    assert saved(hub, id).state == "published"


def test_what_is_not_published_cant_be_withdrawn(bob: Browser) -> None:
    id = start(bob)
    assert bob.open(f"/redaktion/{id}/zurueckziehen").status_code == 409
    bob.open(f"/redaktion/{id}/loeschen")
    assert bob.send(f"/redaktion/{id}/zurueckziehen").status_code == 409


def test_a_draft_is_thrown_away_after_a_question(hub: Hub, bob: Browser) -> None:
    id = start(bob)
    bob.open(f"/redaktion/{id}/verwerfen")
    bob.follow(bob.send())
    assert "Der Entwurf ist verworfen." in bob.text()
    assert bob.open(f"/redaktion/{id}").status_code == 404


def test_erasing_wants_the_title_typed(hub: Hub, bob: Browser) -> None:
    id = hub.publish("project", project())
    bob.open(f"/redaktion/{id}/loeschen")
    assert bob.send(titel="Irgendetwas").status_code == 422
    assert "Noch nichts gelöscht" in bob.text()
    assert saved(hub, id).state == "published"
    bob.follow(bob.send(titel=" parkplatzsensoren in der Innenstadt "))
    assert "Endgültig gelöscht." in bob.text()
    with hub.at(), pytest.raises(Gone):
        service.draft(OPERATOR, id)
    assert bob.open(f"/redaktion/{id}").status_code == 410


@pytest.mark.parametrize("door", ["", "/zurueckziehen", "/verwerfen", "/loeschen"])
def test_no_door_of_the_desk_opens_without_a_form_token(hub: Hub, bob: Browser, door: str) -> None:
    id = hub.publish("project", project())
    answer = bob.client.post(f"/redaktion/{id}{door}", data={"titel": "Parkplatzsensoren in der Innenstadt"})
    assert answer.status_code == 403
    assert saved(hub, id).state == "published"


def test_what_was_typed_survives_the_end_of_the_sign_in(hub: Hub, bob: Browser) -> None:
    id = start(bob)
    bob.forget("sitzung_")
    answer = bob.send(form=FORM, button="veroeffentlichen", summary__de="Eine\nlange Geschichte")
    assert answer.status_code == 403
    assert "Ihre Eingaben sind noch da" in bob.text("//h1")
    kept = bob.page
    bob.sign_in("bob@wilster.example")  # in another window
    bob.page = kept
    assert bob.send(f"/redaktion/{id}", button="anzeigen").status_code == 403  # the form token was of the time before
    answer = bob.send(f"/redaktion/{id}", button="anzeigen")
    assert answer.status_code == 200
    assert bob.page.xpath("string(//*[@id='summary.de'])").lstrip("\n") == "Eine\nlange Geschichte"
    assert "summary" not in saved(hub, id).body  # shown again, and saved only by who presses the button
    assert bob.send(form=FORM, button="sichern").status_code == 303
    assert saved(hub, id).body["summary"] == {"de": "Eine lange Geschichte"}


def test_a_foreign_id_in_a_new_form_overwrites_nothing(hub: Hub, bob: Browser) -> None:
    id = start(bob)
    bob.open("/redaktion/neu/organisationen")
    answer = bob.send(form=FORM, button="sichern", kennung=id, name__de="Ein anderes Amt", kind="amt")
    assert answer.status_code == 409
    assert saved(hub, id).body["name"] == {"de": "Amt Wilstermarsch"}
    bob.open("/redaktion/neu/organisationen")
    answer = bob.send(form=FORM, button="sichern", kennung="../../x", name__de="Ein anderes Amt", kind="amt")
    assert len(id_of(answer.location)) == 26
