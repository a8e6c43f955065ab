"""The search pages: who can help first, why something was found, what was understood, and calm whatever is typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from hubnode.db import db, transaction
from hubnode.people import passwords
from tests.five import Five
from tests.hubnode import bodies
from tests.hubnode.hubs import Hub, close, make_hub
from tests.hubnode.web.browsing import PASSWORD, Browser
from tests.hubnode.web.desk import account
from tests.hubnode.web.reading import links, titles, tree, words

ODD = {
    "ten thousand letters": "Fördermittel" * 834,
    "five hundred words": " ".join(f"Wort{number}" for number in range(500)),
    "one word five hundred times": "Amt " * 500,
    "control characters": "Amt\x00\x07\x1b[31m\r\nTitel\x7f\x85",
    "right to left": "\u202eתירבע\u202c \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "emoji": "👩🏽‍💻🏳️‍🌈",
    "signs only": "\"'%_*():{}[]^~!&|<>\\/?#",
    "an open quote": '"Amt',
    "only a minus": "-",
    "only exclusions": "-Amt -Stadt",
    "operators of SQLite": 'Amt NEAR(Stadt, 2) OR NOT h0:"x" AND *',
    "operators of PostgreSQL": "Amt & !Stadt <-> 'x':* | (",
    "a wildcard attack": "a* " * 60,
    "combining marks": "A" + "\u0301" * 150,
    "halves of a pair": "%ED%A0%80",
    "spaces of all kinds": " \u00a0\u2003\u2028Amt\u3000 ",
}


SAID = re.compile(r"(value|href|action|data-hx-get)=\"[^\"]*\"")
"""Where a page repeats the question."""


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_whatever_is_typed_gets_a_calm_answer(stranger: FlaskClient, text: str) -> None:
    """A page with a count or with help, quickly, and nothing of what was typed as markup or as a direction."""
    query = text if text.startswith("%") else quote(text)
    began = process_time()
    answer = stranger.get(f"/suche?q={query}")
    assert answer.status_code == 200
    assert words(answer, "//*[@id='anzahl']")
    assert process_time() - began < 2
    assert "\u202e" not in answer.text
    assert "\x00" not in answer.text
    box = tree(answer).get_element_by_id("q").get("value")
    assert len(box) <= 200


def test_a_very_long_question_is_shortened_and_says_so(stranger: FlaskClient) -> None:
    """What was left out is not kept quiet."""
    assert "ersten 200 Zeichen" in words(stranger.get("/suche?q=" + "Amt+" * 2_500))
    assert "ersten 200 Zeichen" not in words(stranger.get("/suche?q=Amt"))


@pytest.mark.parametrize(
    "query",
    ["seite=-5", "seite=1e9", "seite=%D9%A3", "seite=99999999999999", "farbe=blau", "thema=%00", "phase=" + "x" * 9_000,
     "hub=gibtsnicht", "art=fahrraeder", "sort=%27", "&".join(f"thema=t{n}" for n in range(900)), "zeit=gestern"],
    ids=lambda query: query[:20],
)  # fmt: skip
def test_odd_parameters_are_passed_over(stranger: FlaskClient, query: str) -> None:
    """A page is for people: what means nothing is left out of the question."""
    for path in ("/suche", "/projekte", "/termine"):
        assert stranger.get(f"{path}?{query}", follow_redirects=True).status_code == 200


def test_every_page_has_exactly_one_search_box(stranger: FlaskClient, five: Five) -> None:
    """In the header, or larger where searching is what the page is for."""
    for path in ("/", "/suche", "/projekte", "/verbund", "/feeds", "/hilfe/suche", "/gibtsnicht", five.path("prj-001")):
        boxes = tree(stranger.get(path)).xpath("//form[@role='search'][@method='get']//input[@name='q']")
        assert len(boxes) == 1, path
        (label,) = tree(stranger.get(path)).xpath(f"//label[@for='{boxes[0].get('id')}']")
        assert label.text_content().strip()


def test_people_who_can_help_come_first(stranger: FlaskClient) -> None:
    """Whoever searches everything first meets the people, with the way to ask them."""
    answer = stranger.get("/suche?q=F%C3%B6rdermittel")
    helping = tree(answer).xpath("//section[@class='hub-helpers']//h3/a/@href")
    assert words(answer, "//section[@class='hub-helpers']//h2") == "Wer kann helfen?"
    assert helping
    assert all(href.startswith("/expertise/") for href in helping)
    assert tree(answer).xpath("//main//li//h3/a/@href")[: len(helping)] == helping
    assert any(href.endswith("#kontakt") for href in links(answer, "//section[@class='hub-helpers']"))
    assert len(titles(answer)) == len(set(titles(answer)))


@pytest.mark.parametrize("query", ["", "q=F%C3%B6rdermittel&art=projekte", "q=F%C3%B6rdermittel&sort=neu"])
def test_people_are_not_put_first_where_something_else_is_asked(stranger: FlaskClient, query: str) -> None:
    """Without words, among other kinds, or in another order, the list is as it was asked for."""
    assert not tree(stranger.get(f"/suche?{query}")).xpath("//section[@class='hub-helpers']")


def test_asking_leads_to_the_form_or_to_the_contact(stranger: FlaskClient, coordinator: FlaskClient) -> None:
    """Staff get to the form for a question, others to the place that says how to ask; both exist."""
    for client, ending in ((stranger, "#kontakt"), (coordinator, "")):
        (href, *_) = tree(client.get("/expertise")).xpath("//div[@class='hub-result__foot']/a/@href")
        assert href.endswith(ending)
        page = client.get(href)
        assert page.status_code == 200
        assert "/fragen/neu/" in href or tree(page).xpath("//*[@id='kontakt']")


def test_the_usual_order_is_no_part_of_the_address(stranger: FlaskClient) -> None:
    """Or the order of a list without words would stay when words are typed."""
    for path in ("/suche", "/suche?q=Amt", "/termine"):
        first, *others = tree(stranger.get(path)).xpath("//select[@id='sort']/option/@value")
        assert first == ""
        assert all(others)


def test_each_count_is_what_the_filter_leaves(stranger: FlaskClient) -> None:
    """No filter leads to nothing; of a wide topic, which takes in the narrower ones, it is the least."""
    page = tree(stranger.get("/suche?q=digital"))
    choices = page.xpath("//fieldset//input[@type='checkbox']")
    assert choices
    for box in choices:
        count = page.xpath(f"//label[@for='{box.get('id')}']/span[@class='n']/text()")[0].split()
        narrowed = stranger.get(f"/suche?q=digital&{box.get('name')}={box.get('value')}")
        left = int(words(narrowed, "//*[@id='anzahl']").split()[0])
        assert left >= int(count[1]) if count[0] == "ab" else left == int(count[0]), box.get("value")


def test_a_stale_hub_is_named_only_where_it_matters(stranger: FlaskClient, five: Five) -> None:
    """Whoever reads only another hub's entries is not told of it."""
    for key, told in (("hennstedt", True), ("rendsburg", False)):
        host = five.origins[key].split("://")[1]
        assert ("nicht erreichbar" in words(stranger.get(f"/suche?hub={host}"))) is told


def test_nothing_found_offers_ways_on(stranger: FlaskClient) -> None:
    """Without the filters, a wider topic, fewer words, and a letter to the hub."""
    answer = stranger.get("/suche?q=Nebelkr%C3%A4henzwirn+Deich&thema=parking-sensors")
    assert any("thema=" in href and "parking-sensors" not in href for href in links(answer, "//*[@id='treffer']"))
    assert "/suche?q=Nebelkr%C3%A4henzwirn" in links(answer, "//*[@id='treffer']")
    (letter,) = [href for href in links(answer, "//*[@id='treffer']") if href.startswith("mailto:")]
    assert letter == "mailto:hub@wilster.example?subject=Bedarf%3A%20Nebelkr%C3%A4henzwirn%20Deich"


def test_filters_that_leave_nothing_say_how_much_there_is_without_them(stranger: FlaskClient) -> None:
    """One link back to something."""
    answer = stranger.get("/suche?q=F%C3%B6rdermittel&thema=parking-sensors")
    free = words(stranger.get("/suche?q=F%C3%B6rdermittel"), "//*[@id='anzahl']").split()[0]
    assert f"alle Filter entfernen : {free} Treffer" in words(answer, "//*[@id='treffer']")


def test_the_help_explains_order_and_signs_in_both_languages(stranger: FlaskClient) -> None:
    """It is linked from the search, and its examples work."""
    assert "/hilfe/suche" in links(stranger.get("/suche"))
    answer = stranger.get("/hilfe/suche")
    assert "Ein Wort im Titel" in words(answer)
    for href in links(answer, "//table"):
        assert stranger.get(href).status_code == 200


def test_a_misspelt_word_is_told_and_the_other_spelling_is_one_link(stranger: FlaskClient) -> None:
    """What was searched instead is said, marked in the hits, and can be asked for by itself."""
    answer = stranger.get("/suche?q=Sprechstude&art=projekte")
    assert "Meinten Sie" in words(answer, "//div[@class='hub-understood']")
    assert "„Sprechstude“ kommt in keinem Eintrag vor" in words(answer, "//div[@class='hub-understood']")
    (href,) = links(answer, "//div[@class='hub-understood']")
    assert href.endswith("&art=projekte")
    assert tree(answer).xpath("//article//mark")
    assert titles(stranger.get(href)) == titles(answer) != []


def test_a_misspelt_word_keeps_its_signs_to_itself(stranger: FlaskClient) -> None:
    """Markup beside the word is text in the offer too."""
    answer = stranger.get("/suche?q=%3Cimg+src%3Dx%3E+Sprechstude")
    assert b"<img src" not in answer.data


def test_a_synonym_is_told(stranger: FlaskClient) -> None:
    """Nobody wonders why there is another word in the hits."""
    assert "Auch gesucht: Onlinezugangsgesetz" in words(stranger.get("/suche?q=OZG"))


def test_what_lacks_a_word_stands_apart(stranger: FlaskClient) -> None:
    """First what has all words, then similar ones; and where nothing has all, the heading says so."""
    some = stranger.get("/suche?q=Parkplatzsensoren+F%C3%BChrung+Showroom")
    heads = tree(some).xpath("//div[@id='treffer']//h2/text()")
    assert "Ähnliche Treffer" in heads
    assert "ähnlich" in words(some, "//div[@class='hub-understood']")
    none = stranger.get("/suche?q=Parkplatz+Nebelkr%C3%A4henzwirn")
    assert "ähnliche" in words(none, "//*[@id='anzahl']")
    assert "Kein Eintrag enthält alle Wörter" in words(none, "//div[@class='hub-understood']")
    assert titles(none)


def test_while_typing_the_last_word_is_a_beginning(stranger: FlaskClient) -> None:
    """Only for the script that asks while somebody types; what is met is marked."""
    typing = {"HX-Request": "true", "HX-Source": "input#q"}
    fragment = stranger.get("/suche?q=Parkplatzsens", headers=typing)
    assert tree(fragment).xpath("//article//mark[starts-with(., 'Parkplatzsens')]")
    assert "Meinten Sie" not in fragment.text


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Hub]:
    """A hub with a few records of which each is found for another reason; tests only read them."""
    hub = make_hub(tmp_path_factory.mktemp("one") / "wilster", template, "Wilster", 5992, pages=True)
    hub.publish(
        "project", bodies.project("Freie Plätze", challenge={"de": "Anfang. " * 90 + "Dann der <b>Suchverkehr</b>."})
    )
    hub.publish("project", bodies.project("Alter Stand", last_confirmed_at="2024-03-01"))
    hub.publish("project", bodies.project("Neuer Stand", last_confirmed_at="2026-11-01"))
    hub.publish("project", bodies.project("Vertrauliches zum Leuchtturmprojekt"), level="network")
    with hub.at(), transaction() as session:
        session.add(account("Charlie", "staff", passwords.hashed(PASSWORD)))
    yield hub
    close(hub)


def test_what_is_not_for_somebody_leaves_no_trace(one: Hub) -> None:
    """Not as a hit, a count, a completion, a spelling or a reason, on the page or to a program; staff get all of it."""
    stranger, charlie = Browser(one.app), Browser(one.app)
    charlie.keep_signed_in("charlie@wilster.example")
    for browser, told in ((stranger, False), (charlie, True)):
        for path in (
            "/api/search?q=Leuchtturmprojekt",
            "/api/search?q=Leuchtturmprojket",
            "/api/suggest?q=Leucht",
            "/suche?q=Leuchtturmprojket",
            "/suche?q=Leucht+Sensoren",
        ):
            answer = browser.client.get(path, headers={"HX-Request": "true", "HX-Source": "input#q"})
            assert answer.status_code == 200
            assert ("Leuchtturmprojekt" in SAID.sub("", answer.text)) is told, path


def test_a_word_deep_in_a_text_is_shown_where_it_stands(one: Hub) -> None:
    """The field is named, the passage cut out, the word marked, and markup of the author stays text."""
    answer = Browser(one.app).client.get("/projekte?q=Suchverkehr")
    why = [" ".join(part.text_content().split()) for part in tree(answer).xpath("//p[@class='hub-result__why']")]
    assert any("…" in line and line.endswith("<b>Suchverkehr</b>.") and len(line) < 400 for line in why)
    assert "Suchverkehr" in tree(answer).xpath("//p[@class='hub-result__why']/mark/text()")


def test_the_age_of_a_confirmation_is_said(one: Hub) -> None:
    """And what nobody has confirmed for a year is marked."""
    page = tree(Browser(one.app).client.get("/projekte"))
    (old,) = page.xpath("//article[contains(., 'Alter Stand')]//span[contains(., 'bestätigt')]")
    (new,) = page.xpath("//article[contains(., 'Neuer Stand')]//span[contains(., 'bestätigt')]")
    assert old.get("class") == "hub-strong"
    assert new.get("class") is None
    assert "bestätigt vor" in old.text_content()


def test_a_list_asks_the_database_equally_often_for_one_hit_and_for_twenty(five: Five, stranger: FlaskClient) -> None:
    """No entry costs a statement of its own."""
    asked: list[str] = []
    with five.wilster.at():
        engine = db.engine

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    counts = []
    event.listen(engine, "before_cursor_execute", note)
    try:
        for path in ("/suche?q=Parkplatz&sort=neu", "/suche?q=digital&sort=neu"):
            asked.clear()
            shown = len(titles(stranger.get(path)))
            counts.append((shown, len(asked)))
    finally:
        event.remove(engine, "before_cursor_execute", note)
    (few, first), (many, second) = counts
    assert many > few
    assert second <= first + 1
