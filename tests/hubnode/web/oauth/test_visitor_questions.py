"""A visiting member asks in the name of the home hub."""

from __future__ import annotations

from federation import signin
from hubnode.network import questions
from tests.hubnode.bodies import project
from tests.hubnode.hubs import carry
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.oauth.conftest import Traveller, Two

QUESTION = {"subject": "Deichhöhe", "text": "Wie hoch hängt die Kamera?", "signed_as": "Bauamt"}
FORM = ".//form[.//input[@name='subject']]"


def asked(two: Two, person: Traveller) -> str:
    """The path of a new question about a record of Wilster."""
    shared = two.wilster.publish("project", project("Deichkamera"), "network")
    assert person.away.open(f"/fragen/neu/projekte/{shared}").status_code == 200
    answer = person.away.send(form=FORM, **QUESTION)
    assert answer.status_code == 303, person.away.text()
    return str(answer.location)


def test_the_question_names_the_home_hub_and_its_answer_is_read_at_the_next_visit(two: Two) -> None:
    alice = two.traveller("alice@hub.example")
    alice.visit()
    thread = asked(two, alice)
    bob = Browser(two.wilster.app)
    bob.sign_in("bob@hub.example")
    bob.open("/fragen")
    assert "Aus: Hennstedt" in bob.text()
    bob.open(thread)
    assert "Bauamt, Hennstedt" in bob.text()
    assert "Alice" not in bob.text()
    assert bob.send(form=".//form[.//textarea]", text="Vier Meter.", signed_as="Koordination").status_code == 303
    alice.away.forget("sitzung_")
    alice.visit()
    alice.away.open("/fragen")
    assert "Beantwortet" in alice.away.text()
    alice.away.open(thread)
    assert "Vier Meter." in alice.away.text()
    assert alice.away.send(form=".//form[.//textarea]", text="Danke!", signed_as="Bauamt").status_code == 303


def test_nobody_else_sees_what_a_visitor_has_asked(two: Two) -> None:
    alice, charlie = two.traveller("alice@hub.example"), two.traveller()
    alice.visit()
    thread = asked(two, alice)
    charlie.visit()
    assert charlie.away.open(thread).status_code == 404
    colleague = Browser(two.wilster.app)
    colleague.sign_in("charlie@hub.example")
    assert colleague.open(thread).status_code == 404
    assert Browser(two.wilster.app).open(thread).status_code == 303


def test_a_question_outlives_the_visitor_without_the_name(two: Two) -> None:
    charlie = two.traveller()
    charlie.visit()
    thread = asked(two, charlie)
    charlie.away.open("/besuch")
    charlie.away.send(form=".//form[@action='/besuch/vergessen']")
    charlie.visit()
    assert charlie.away.open(thread).status_code == 404, "it is nobody's any more"
    bob = Browser(two.wilster.app)
    bob.sign_in("bob@hub.example")
    bob.open(thread)
    assert "Bauamt, Hennstedt" in bob.text()


def test_what_another_hub_has_is_asked_at_home(two: Two) -> None:
    there = two.hennstedt.publish("project", project("Nebelhorn"), "network")
    assert carry(two.hennstedt, two.wilster).records == 1
    charlie = two.traveller()
    charlie.visit()
    path = f"/fragen/neu/projekte/{signin.host_part(two.hennstedt.origin)}/{there}"
    charlie.away.open(path)
    way = f"{two.hennstedt.origin}/fragen/neu/projekte/{there}"
    assert charlie.away.page.xpath(f"//a[@href='{way}']")
    charlie.away.open("/fragen")
    assert charlie.away.send(path, form=".//form[@action='/besuch/abmelden']|.//form[1]", **QUESTION).status_code == 403


def test_a_visitor_asks_no_more_than_anybody(two: Two) -> None:
    alice = two.traveller("alice@hub.example")
    alice.visit()
    shared = two.wilster.publish("project", project("Schleuse"), "network")
    for _ in range(questions.AN_HOUR + 1):
        alice.away.open(f"/fragen/neu/projekte/{shared}")
        answer = alice.away.send(form=FORM, **QUESTION)
    assert answer.status_code == 429
    two.later(hours=2)
