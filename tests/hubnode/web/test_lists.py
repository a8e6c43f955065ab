"""The lists: what they show to whom, how they are narrowed, and that their addresses can be passed on."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from hubnode.records.kinds import KINDS
from tests.five import Five
from tests.hubnode.web.reading import links, titles, tree, words

LISTS = [f"/{kind.slug}" for kind in KINDS.values()]


@pytest.mark.parametrize("path", [*LISTS, "/suche"])
def test_each_list_shows_records_of_several_hubs(stranger: FlaskClient, path: str) -> None:
    """Nobody needs an account to see what is public in the whole network."""
    answer = stranger.get(path)
    assert answer.status_code == 200
    assert titles(answer)
    assert "Hubs" in words(answer, "//*[@id='anzahl']")
    assert "Set-Cookie" not in answer.headers


def test_a_word_is_found_in_every_hub_and_marked(stranger: FlaskClient) -> None:
    """The search covers all hubs and shows why something was found."""
    answer = stranger.get("/suche?q=F%C3%B6rdermittel")
    assert any("Fördermittel" in title for title in titles(answer))
    assert tree(answer).xpath("//main//mark")


def test_words_of_a_stranger_stay_words(stranger: FlaskClient) -> None:
    """What was typed comes back as text, never as markup."""
    answer = stranger.get("/suche?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert b"<script>alert" not in answer.data
    assert tree(answer).get_element_by_id("q").get("value") == "<script>alert(1)</script>"


def test_filters_narrow_and_can_be_taken_back(stranger: FlaskClient, five: Five) -> None:
    """Each filter in force is named, with a link that drops just this one."""
    host = five.origins["rendsburg"].split("://")[1]
    answer = stranger.get(f"/projekte?hub={host}&phase=P4")
    assert set(hubs_of(answer)) == {host}
    chips = tree(answer).xpath("//*[@class='hub-active']/a/@href")
    assert f"/projekte?hub={host}" in chips
    assert "/projekte?phase=P4" in chips
    assert "/projekte" in chips


def hubs_of(answer: object) -> list[str]:
    """The hubs that the entries of a list come from, by the links' hosts."""
    return [href.split("/")[2] for href in links(answer, "//main//li//h3") if href.count("/") == 3]  # type: ignore[arg-type]


def test_a_broad_topic_includes_the_narrower_ones(stranger: FlaskClient) -> None:
    """Who looks for mobility wants parking sensors too."""
    broad = set(titles(stranger.get("/projekte?thema=mobility")))
    narrow = set(titles(stranger.get("/projekte?thema=parking-sensors")))
    assert narrow
    assert narrow <= broad


def test_past_events_are_apart(stranger: FlaskClient) -> None:
    """The list of events shows what is still to come, and the past on demand."""
    coming, past = set(titles(stranger.get("/termine"))), set(titles(stranger.get("/termine?zeit=vergangen")))
    assert coming
    assert not coming & past


def test_a_cancelled_event_says_so_in_the_list(stranger: FlaskClient) -> None:
    """Nobody sets out for an event that does not take place."""
    assert any("Abgesagt" in title for title in titles(stranger.get("/termine")))


def test_the_script_gets_the_changed_part_only(stranger: FlaskClient) -> None:
    """A fragment for the search while typing, a whole page for the way back; caches keep them apart."""
    fragment = stranger.get("/suche?q=Amt", headers={"HX-Request": "true"})
    again = stranger.get("/suche?q=Amt", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert b"<html" not in fragment.data
    assert b'id="anzahl"' in fragment.data
    assert b"<html" in again.data
    assert "HX-Request" in fragment.headers["Vary"]


def test_nothing_found_says_what_helps(stranger: FlaskClient) -> None:
    """Fewer words, fewer filters, other kinds: each is one link."""
    answer = stranger.get("/projekte?q=Nebelkr%C3%A4henzwirn+Deich&phase=P1")
    assert "Nichts gefunden" in words(answer)
    assert {"/projekte?q=Nebelkr%C3%A4henzwirn", "/projekte?q=Nebelkr%C3%A4henzwirn+Deich"} <= set(links(answer))


def test_a_silent_hub_is_named_with_its_age(stranger: FlaskClient) -> None:
    """Who reads an old copy knows that it is one."""
    assert "Hennstedt ist seit" in words(stranger.get("/projekte"))


def test_people_are_kept_from_search_engines(stranger: FlaskClient, five: Five) -> None:
    """Lists and pages of people carry noindex, and robots.txt closes them."""
    for path in ("/expertise", "/suche", five.path("exp-001")):
        assert "noindex" in stranger.get(path).headers["X-Robots-Tag"]
    assert "X-Robots-Tag" not in stranger.get("/projekte").headers
    assert "Disallow: /expertise" in stranger.get("/robots.txt").get_data(as_text=True)


def test_signing_in_shows_more(stranger: FlaskClient, coordinator: FlaskClient) -> None:
    """What is for the network's staff only is not even counted for strangers."""
    assert len(titles(stranger.get("/erfahrungen"))) < len(titles(coordinator.get("/erfahrungen")))


@pytest.mark.parametrize("query", ["seite=0", "seite=-1", "seite=x", "sort=nichts", "thema=gibtsnicht", "phase=%00"])
def test_odd_addresses_are_answered(stranger: FlaskClient, query: str) -> None:
    """A mistyped address is a list without it, or an empty one, never an error."""
    assert stranger.get(f"/projekte?{query}").status_code == 200


def test_a_page_beyond_the_last_leads_to_the_last(stranger: FlaskClient) -> None:
    """A bookmark of a list that has become shorter still shows something."""
    answer = stranger.get("/suche?sort=titel&seite=99")
    assert answer.status_code == 303
    assert titles(stranger.get(answer.headers["Location"]))


def test_pages_lead_on_and_back(stranger: FlaskClient) -> None:
    """A long list is cut into pages whose addresses keep the question."""
    first = stranger.get("/suche?sort=titel")
    (onward,) = tree(first).xpath("//nav[@class='hub-pager']//a[@rel='next']/@href")
    second = stranger.get(onward)
    assert onward == "/suche?sort=titel&seite=2#treffer"
    assert titles(second)
    assert not set(titles(first)) & set(titles(second))
    assert tree(second).xpath("//nav[@class='hub-pager']//a[@rel='prev']")
