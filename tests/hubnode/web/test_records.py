"""The pages of records: who sees what, where it comes from, where it has arrived."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from tests.five import Five
from tests.hubnode.hubs import NOW
from tests.hubnode.web.reading import links, tree, words


def test_an_own_record(stranger: FlaskClient, five: Five) -> None:
    """Title, facts and where it comes from, for everybody."""
    answer = stranger.get(five.path("prj-001"))
    seen = words(answer)
    assert "Gewerbeanmeldung ohne Medienbruch" in seen
    assert "Von diesem Hub" in seen
    assert "Sichtbar bei" not in seen
    assert "18.500" not in seen, "costs are for the network"


def test_staff_see_costs_and_where_a_record_has_arrived(coordinator: FlaskClient, five: Five) -> None:
    """The hubs that hold it and those that do not yet."""
    answer = coordinator.get(five.path("prj-001"))
    seen = words(answer)
    assert "18.500 Euro" in seen
    assert "Sichtbar bei 3 von 4 Hubs" in seen
    assert "Hennstedt unterwegs" in seen
    assert 'data-hx-trigger="every 2s"' in answer.text, "it looks again by itself until all have it"


def test_a_record_of_another_hub_names_its_home(stranger: FlaskClient, five: Five) -> None:
    """Its hub with a link home, its version, that its signature was checked, and when it was last brought here."""
    answer = stranger.get(five.path("prj-009"))
    seen = words(answer, "//aside")
    origin, ulid = five.ids["prj-009"].split("/r/")
    assert "Signatur geprüft" in seen
    assert "Fassung 1" in seen
    assert f"{origin}/projekte/{ulid}" in links(answer, "//aside")
    assert tree(answer).xpath("//link[@rel='canonical']/@href") == [f"{origin}/projekte/{ulid}"]


def test_what_was_not_measured_is_no_success(stranger: FlaskClient, five: Five) -> None:
    """A project without a measured value says so."""
    unmeasured = [
        id for id in five.ids if id.startswith("prj-") and "noch nicht gemessen" in _page(stranger, five, id).lower()
    ]
    assert unmeasured


def _page(stranger: FlaskClient, five: Five, id: str) -> str:
    answer = stranger.get(five.path(id))
    return words(answer) if answer.status_code == 200 else ""


def test_a_report_answers_four_questions(coordinator: FlaskClient, five: Five) -> None:
    """What was expected, what happened, why, and what to do; then the lessons."""
    seen = words(coordinator.get(five.path("rep-001")))
    for part in ("Was wurde erwartet?", "Was ist eingetreten?", "Warum kam es so?", "Was raten wir anderen?", "Lehren"):
        assert part in seen


def test_strangers_are_told_that_there_is_more(stranger: FlaskClient, coordinator: FlaskClient, five: Five) -> None:
    """Where required fields are kept for staff, the page says so and offers to sign in."""
    hint = "Ein Teil der Angaben ist Beschäftigten der Hubs vorbehalten"
    assert hint in words(stranger.get(five.path("exp-001")))
    assert hint not in words(coordinator.get(five.path("exp-001")))


def test_a_project_shows_the_reports_about_it(coordinator: FlaskClient, five: Five) -> None:
    """What others learned stands on the project's page."""
    assert five.path("rep-001") in links(coordinator.get(five.path("prj-001")))


def test_an_organisation_shows_its_projects_and_people(coordinator: FlaskClient, five: Five) -> None:
    """Whoever knows the organisation finds the rest from there."""
    found = links(coordinator.get(five.path("org-amt-musterau")))
    assert five.path("prj-001") in found
    assert five.path("exp-001") in found


def test_a_cancelled_event_says_why(coordinator: FlaskClient, five: Five) -> None:
    """In plain sight, above everything else."""
    pages = (coordinator.get(five.path(id)) for id in five.ids if id.startswith("evt-"))
    cancelled = [words(page) for page in pages if page.status_code == 200 and "ist abgesagt" in words(page)]
    assert cancelled


@pytest.mark.parametrize("id", ["exp-001", "exp-007"])
def test_a_name_for_the_network_is_not_shown_outside(
    stranger: FlaskClient, coordinator: FlaskClient, five: Five, id: str
) -> None:
    """A person's name is nowhere in the page of strangers, its title and description included."""
    name = str(tree(coordinator.get(five.path(id))).xpath("string(//h1)")).strip()
    assert name
    assert name not in stranger.get(five.path(id)).get_data(as_text=True)


def test_a_mail_address_of_a_person_is_nowhere(coordinator: FlaskClient, five: Five) -> None:
    """Requests go through the hub."""
    page = coordinator.get(five.path("exp-001")).get_data(as_text=True)
    assert page.count("mailto:") == page.count("mailto:hub@wilster.example")


def test_what_is_not_there_and_what_may_not_be_seen_look_the_same(stranger: FlaskClient, five: Five) -> None:
    """From outside nobody learns that something exists."""
    with five.wilster.at():
        draft = service.save_draft(OPERATOR, "organisation", {"name": {"de": "Geheimrat"}}, now=NOW)
    secret, nothing = (
        stranger.get(f"/organisationen/{draft.id}"),
        stranger.get("/organisationen/01JD0000000000000000000ZZZ"),
    )
    assert secret.status_code == nothing.status_code == 404
    assert words(secret) == words(nothing).replace("01JD0000000000000000000ZZZ", draft.id)


def test_the_global_id_leads_to_the_page(stranger: FlaskClient, five: Five) -> None:
    """The address that names a record is also a way to it."""
    ulid = five.ids["prj-001"].rpartition("/")[2]
    answer = stranger.get(f"/r/{ulid}")
    assert answer.status_code == 303
    assert answer.location == five.path("prj-001")


def test_an_own_record_has_one_address(stranger: FlaskClient, five: Five) -> None:
    """With the own host in the path it leads to the short one."""
    path = five.path("prj-001")
    host = five.wilster.origin.split("://")[1]
    answer = stranger.get(path.replace("/projekte/", f"/projekte/{host}/"))
    assert answer.status_code == 301
    assert answer.location == path


def test_english_pages_mark_german_texts(stranger: FlaskClient, five: Five) -> None:
    """A screen reader speaks each text in its own language."""
    stranger.set_cookie("sprache", "en", domain="localhost")
    page = tree(stranger.get(five.path("prj-009")))
    assert page.get("lang") == "en"
    assert page.xpath("//main//*[@lang='de']")
