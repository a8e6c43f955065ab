"""Lists say what people have had a part in, and find people through it whose profiles do not have the words."""

from __future__ import annotations

from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.records.test_evidence import person, report
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.reading import links, tree, words

BEHIND = "//section[@aria-labelledby='dahinter']"
OPEN = {"contact_person": "network"}


def somebody(hub: Hub, name: str = "Wiebke Musterfrau") -> str:
    """The address of a person whose profile speaks of online services."""
    return f"{hub.origin}/r/{hub.publish('expertise', person(display_name=name))}"


def path(uri: str) -> str:
    """Where the own hub shows this person."""
    return f"/expertise/{uri.rpartition('/')[2]}"


def test_a_list_of_people_says_what_they_have_had_a_part_in(hub: Hub, charlie: Browser) -> None:
    wiebke = somebody(hub)
    for number in (1, 2):
        hub.publish("project", project(f"Parken {number}", contact_person=wiebke))
    hub.publish("experience_report", report(wiebke))
    answer = charlie.open("/expertise")
    assert "2 Projekte, 1 Erfahrungsbericht" in words(answer, "//article")
    assert f"{path(wiebke)}#beteiligt" in links(answer, "//article")


def test_a_search_for_a_topic_links_the_projects_about_it(hub: Hub, charlie: Browser) -> None:
    wiebke = somebody(hub)
    about = hub.publish("project", project("Bauamt", topics=["ozg"], contact_person=wiebke))
    hub.publish("project", project("Parken", contact_person=wiebke))
    answer = charlie.open("/expertise?thema=ozg")
    assert "Beteiligt an: Bauamt" in words(answer, "//article")
    assert f"/projekte/{about}" in links(answer, "//article")
    assert "Parken" not in words(answer, "//article")


def test_somebody_is_found_through_a_project_though_the_profile_lacks_the_word(hub: Hub, charlie: Browser) -> None:
    wiebke = somebody(hub)
    hub.publish("project", project("Bürgerkoffer", contact_person=wiebke))
    for address in ("/suche?q=Bürgerkoffer", "/expertise?q=Bürgerkoffer"):
        answer = charlie.open(address)
        assert "Wiebke Musterfrau" in words(answer, BEHIND), address
        assert "Wer kann helfen?" in words(answer, BEHIND)
        assert "Beteiligt an: Bürgerkoffer" in words(answer, BEHIND)


def test_nobody_is_shown_twice_and_nobody_where_filters_or_pages_say_otherwise(hub: Hub, charlie: Browser) -> None:
    wiebke = somebody(hub)
    hub.publish("project", project("Bürgerkoffer für Online-Dienste", contact_person=wiebke))
    assert not tree(charlie.open("/suche?q=Online-Dienste")).xpath(BEHIND)
    for address in ("/suche?q=Bürgerkoffer&art=projekte", "/projekte?q=Bürgerkoffer", "/suche", "/expertise"):
        assert not tree(charlie.open(address)).xpath(BEHIND), address


def test_strangers_do_not_find_people_through_what_they_may_not_see(
    hub: Hub, visitor: Browser, charlie: Browser
) -> None:
    wiebke = somebody(hub)
    hub.publish("project", project("Bürgerkoffer", contact_person=wiebke))
    hub.publish("project", project("Kanarienkoffer", contact_person=wiebke, field_visibility=OPEN), "network")
    for word in ("Bürgerkoffer", "Kanarienkoffer"):
        for page in ("/suche", "/expertise"):
            answer = visitor.open(f"{page}?q={word}")
            assert not tree(answer).xpath(BEHIND)
            assert "Beteiligt an" not in answer.text
            assert tree(charlie.open(f"{page}?q={word}")).xpath(BEHIND)
    assert "1 Projekt" not in words(visitor.open("/expertise"), "//article")


def test_who_was_found_through_an_erased_project_is_not_found_any_more(hub: Hub, charlie: Browser) -> None:
    wiebke = somebody(hub)
    id = hub.publish("project", project("Bürgerkoffer", contact_person=wiebke))
    assert tree(charlie.open("/expertise?q=Bürgerkoffer")).xpath(BEHIND)
    with hub.at():
        service.erase(OPERATOR, id, NOW)
    assert not tree(charlie.open("/expertise?q=Bürgerkoffer")).xpath(BEHIND)
