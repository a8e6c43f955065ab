"""Reuse on pages: the button that begins it, the lineage of a project, and what others are told of it."""

from __future__ import annotations

import pytest
import yaml
from flask.testing import FlaskClient

from hubnode.people.viewer import OPERATOR
from hubnode.records import reading
from tests.five import Five
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub
from tests.hubnode.records.kinds.examples import REUSE
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.reading import links, words


@pytest.mark.parametrize("id", ["prj-009", "rep-007"])
def test_writers_begin_a_reuse_from_a_project_or_a_report_of_any_hub(
    five: Five, coordinator: FlaskClient, stranger: FlaskClient, id: str
) -> None:
    """The source, its topics and a title are in the form already."""
    [begin] = [href for href in links(coordinator.get(five.path(id))) if "/redaktion/neu/nachnutzungen" in href]
    page = coordinator.get(begin)
    assert f'<option value="{five.ids[id]}" selected>' in page.get_data(as_text=True)
    with five.wilster.at():
        source = reading.by_uri(OPERATOR, five.ids[id])
    assert source
    assert f"Nachnutzung: {source.headline['de']}"[:120] in page.get_data(as_text=True)
    assert not [href for href in links(stranger.get(five.path(id))) if "redaktion" in href]


def test_only_what_can_be_reused_and_seen_fills_the_form(five: Five, coordinator: FlaskClient) -> None:
    for source in (five.ids["evt-001"], "http://127.0.0.1:1/r/01JD0000000000000000000Z", "x"):
        page = coordinator.get("/redaktion/neu/nachnutzungen", query_string={"quelle": source})
        assert page.status_code == 200
        assert "Nachnutzung:" not in words(page)


def test_a_project_shows_its_lineage_with_hubs_and_counts_what_is_confirmed(five: Five, stranger: FlaskClient) -> None:
    source = stranger.get(five.path("prj-013"))
    assert "Nachgenutzt von 1 Stelle" in words(source)
    assert "Rendsburg, In Einführung, Angepasst übernommen" in words(
        source, "//section[@aria-labelledby='nachgenutzt']"
    )
    assert five.path("prj-015") in links(source, "//section[@aria-labelledby='nachgenutzt']")
    target = stranger.get(five.path("prj-015"))
    assert five.path("prj-013") in links(target, "//section[@aria-labelledby='stammt-ab']")
    wanted = words(stranger.get(five.path("prj-008")), "//section[@aria-labelledby='nachgenutzt']")
    assert wanted.startswith("Wer es nachnutzen will")


def test_a_stopped_reuse_stays_visible_and_publiccode_names_who_uses_it(hub: Hub, visitor: Browser) -> None:
    coded = {"reuse_model": "open_source", "source_code_url": "https://git.example/x", "software_license": "EUPL-1.2"}
    source = hub.publish("project", project("Kalender", **coded))
    target = hub.publish("project", project("Kalender der Nachbarn"))
    body = {name: value for name, value in REUSE.items() if name not in ("target_organisation", "contact")}
    ends = {"source": f"{hub.origin}/r/{source}", "target": f"{hub.origin}/r/{target}"}
    id = hub.publish("reuse", body | ends)
    export = f"/projekte/{source}/publiccode.yml"
    assert yaml.safe_load(visitor.client.get(export).data)["usedBy"] == ["Kalender der Nachbarn"]
    hub.revise(id, status="stopped")
    assert "Beendet" in words(visitor.open(f"/projekte/{source}"), "//section[@aria-labelledby='nachgenutzt']")
    assert "usedBy" not in yaml.safe_load(visitor.client.get(export).data)


def test_a_circle_is_told_at_its_field_and_the_draft_is_kept(hub: Hub, bob: Browser) -> None:
    first, second = (f"{hub.origin}/r/{hub.publish('project', project(title))}" for title in ("A", "B"))
    body = {name: value for name, value in REUSE.items() if name not in ("target_organisation", "contact")}
    hub.publish("reuse", body | {"source": first, "target": second})
    bob.open(f"/redaktion/neu/nachnutzungen?quelle={second}")
    answer = bob.send(
        form=".//form[@id='eintrag']",
        button="veroeffentlichen",
        drop=("contributed_back",),  # lxml reads the empty answer of a radio as "on"; browsers send nothing
        summary__de="Zurück",
        target=first,
        relation="copied",
        sicht="public",
    )
    assert answer.status_code == 422
    assert "Das ergäbe einen Kreis" in words(answer)
    assert "Der Entwurf ist gespeichert" in words(answer)
