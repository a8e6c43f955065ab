"""The forms as they stand on the page: every kind, rows without scripts, references, languages, levels."""

from __future__ import annotations

from typing import Any

import pytest

from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from hubnode.records.kinds import KINDS
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, pin
from tests.hubnode.persons import function_only
from tests.hubnode.records.kinds.examples import EXAMPLES
from tests.hubnode.web.browsing import Browser

FORM = ".//form[@id='eintrag']"


def body_of(hub: Hub, id: str) -> dict[str, Any]:
    """The body of the draft, or else of the published version."""
    with hub.at():
        return service.draft(OPERATOR, id).body


@pytest.mark.parametrize("kind", KINDS)
def test_a_complete_record_passes_through_its_page_unchanged(hub: Hub, bob: Browser, kind: str) -> None:
    body = {name: value for name, value in EXAMPLES[kind].items() if value != {}}
    body = function_only(body) if kind == "expertise" else body
    with hub.at():
        id = service.save_draft(OPERATOR, kind, body, level="network", now=NOW).id
    bob.open(f"/redaktion/{id}")
    assert bob.send(form=FORM, button="sichern").status_code == 303
    assert body_of(hub, id) == body


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_input_has_a_label_and_an_id_of_its_own(bob: Browser, kind: Any) -> None:
    bob.open(f"/redaktion/neu/{kind.slug}")
    ids = bob.page.xpath("//@id")
    assert len(ids) == len(set(ids))
    labelled = set(bob.page.xpath("//label/@for"))
    inputs = bob.page.xpath(f"{FORM}//*[self::input[@type!='hidden'] or self::select or self::textarea]/@id")
    assert set(inputs) <= labelled
    described = {id for ids in bob.page.xpath(f"{FORM}//@aria-describedby") for id in ids.split()}
    assert described <= set(ids)


def test_a_row_is_added_and_nothing_typed_is_lost(bob: Browser) -> None:
    bob.open("/redaktion/neu/projekte")
    answer = bob.send(form=FORM, button="mehr:impact", title__de="Online-Termine", start="1")
    assert answer.status_code == 200
    assert bob.page.xpath("//*[@id='impact.0'][@data-autofocus]")
    bob.send(form=FORM, button="mehr:impact", impact__0__target="viel")
    assert bob.page.xpath("//*[@id='impact.1'][@data-autofocus]")
    assert bob.page.xpath("string(//*[@id='impact.0.target']/@value)") == "viel"
    assert bob.page.xpath("string(//*[@id='title.de']/@value)") == "Online-Termine"
    assert bob.page.xpath("string(//*[@id='start']/@value)") == "1"


def test_a_button_that_adds_a_row_leads_to_that_row(bob: Browser) -> None:
    bob.open("/redaktion/neu/projekte")
    [action] = bob.page.xpath("//button[@value='mehr:impact']/@formaction")
    assert action == "/redaktion/neu/projekte#impact.0"


def test_a_row_is_taken_away_and_the_others_close_up(hub: Hub, bob: Browser) -> None:
    bob.open("/redaktion/neu/projekte")
    bob.send(form=FORM, button="mehr:links")
    bob.send(form=FORM, button="mehr:links", links__0__title__de="Link 1")
    bob.send(form=FORM, button="mehr:links", links__1__title__de="Link 2")
    bob.send(form=FORM, button="weg:links.0", links__2__title__de="Link 3")
    shown = bob.page.xpath("//input[starts-with(@id, 'links.')][contains(@id, 'title.de')]")
    assert [(field.get("id"), field.get("value")) for field in shown] == [
        ("links.0.title.de", "Link 2"),
        ("links.1.title.de", "Link 3"),
    ]
    answer = bob.send(form=FORM, button="sichern")
    links = body_of(hub, answer.location.rsplit("/", 1)[1])["links"]
    assert links == [{"title": {"de": "Link 2"}}, {"title": {"de": "Link 3"}}]


def test_an_error_in_a_row_is_said_at_its_input_after_empty_rows_are_gone(bob: Browser) -> None:
    bob.open("/redaktion/neu/projekte")
    bob.send(form=FORM, button="mehr:impact")
    bob.send(form=FORM, button="mehr:impact", impact__0__target="5")
    answer = bob.send(form=FORM, button="sichern", impact__0__target="", impact__1__target="viel")
    assert answer.status_code == 422
    assert bob.page.xpath("//a[@href='#impact.0.target']")
    assert "Wirkung, Eintrag 1, Zielwert: Geben Sie eine Zahl ein" in bob.text(".//*[@data-autofocus]")


def test_records_of_this_and_of_other_hubs_can_be_named(hub: Hub, rendsburg: Hub, bob: Browser) -> None:
    pin(hub, rendsburg)
    here = hub.publish("organisation", {"name": {"de": "Amt Wilstermarsch"}, "kind": "amt", "license": "CC-BY-4.0"})
    there = rendsburg.publish(
        "organisation", {"name": {"de": "Stadt Rendsburg"}, "kind": "stadt", "license": "CC-BY-4.0"}
    )
    carry(rendsburg, hub)
    bob.open("/redaktion/neu/projekte")
    groups = bob.page.xpath("//select[@id='lead_organisation']/optgroup/@label")
    assert groups == ["Digital Hub Wilster", "Rendsburg"]
    lead, partner = f"{hub.origin}/r/{here}", f"{rendsburg.origin}/r/{there}"
    answer = bob.send(form=FORM, button="sichern", lead_organisation=lead, partners__0=partner)
    id = answer.location.rsplit("/", 1)[1]
    assert (body_of(hub, id)["lead_organisation"], body_of(hub, id)["partners"]) == (lead, [partner])


def test_a_record_that_is_gone_stays_named_until_somebody_changes_that(hub: Hub, bob: Browser) -> None:
    id = hub.publish("project", project())
    bob.open(f"/redaktion/{id}")
    chosen = bob.page.xpath("string(//select[@id='lead_organisation']//option[@selected]/@value)")
    assert chosen == project()["lead_organisation"]


def test_an_english_text_is_optional_and_open_once_it_is_there(hub: Hub, bob: Browser) -> None:
    bob.open("/redaktion/neu/projekte")
    assert not bob.page.xpath("//details[.//*[@id='title.en']]/@open")
    bob.follow(bob.send(form=FORM, button="sichern", title__de="Moin", title__en="Hello"))
    assert bob.page.xpath("//details[.//*[@id='title.en']][@open]")
    assert bob.page.xpath("//input[@id='title.en'][@lang='en']")


def test_levels_of_single_fields_can_be_chosen_within_their_bounds(hub: Hub, bob: Browser) -> None:
    bob.open("/redaktion/neu/expertise")
    offered = bob.page.xpath("//select[@id='field_visibility.display_name']/option/@value")
    assert offered == ["", "public", "network", "hub"]
    answer = bob.send(form=FORM, button="sichern", field_visibility__display_name="hub")
    id = answer.location.rsplit("/", 1)[1]
    assert body_of(hub, id)["field_visibility"] == {"display_name": "hub"}
    bob.open(f"/redaktion/{id}")
    answer = bob.send(form=FORM, button="sichern", field_visibility__display_name="subject")
    assert answer.status_code == 422
    assert bob.page.xpath("//a[@href='#field_visibility.display_name']")


def test_the_form_says_truly_how_many_hubs_get_the_record(hub: Hub, rendsburg: Hub, bob: Browser) -> None:
    pin(hub, rendsburg)
    bob.open("/redaktion/neu/projekte")
    assert "Wird an 1 Hub übertragen, Anmeldung nötig." in bob.text()
    assert "Auch dann nicht öffentlich: " in bob.text()


def test_what_is_usual_is_filled_in(bob: Browser) -> None:
    bob.open("/redaktion/neu/termine")
    assert bob.page.xpath("string(//*[@id='timezone']/@value)") == "Europe/Berlin"
    assert bob.page.xpath("string(//*[@name='status'][@checked]/@value)") == "scheduled"
    assert bob.page.xpath("string(//*[@name='sicht'][@checked]/@value)") == "network"


def test_markup_in_what_was_typed_stays_text(bob: Browser) -> None:
    bob.open("/redaktion/neu/projekte")
    evil = "</textarea><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    answer = bob.send(
        form=FORM, button="mehr:links", title__de=evil, summary__de=evil, phase=evil, lead_organisation=evil
    )
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert bob.page.xpath("string(//*[@id='title.de']/@value)") == evil
