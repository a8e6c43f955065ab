"""schema.org on public pages: what programs read there, and what nobody must."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html

from tests.five import Five
from tests.hubnode import persons
from tests.hubnode.feeds import bodies
from tests.hubnode.hubs import NOW, Hub, close, make_hub

EVIL = "</script><script>alert(1)</script><!-- & \u2028 ]]>"


@pytest.fixture
def here(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """The hub in Wilster, with its pages."""
    hub = make_hub(tmp_path / "wilster", template, "Wilster", 5991, pages=True)
    yield hub
    close(hub)


def things(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    """What the page at an address says, as a program reads it."""
    answer = client.get(path)
    assert answer.status_code == 200
    blocks = html.fromstring(answer.data).xpath('//script[@type="application/ld+json"]/text()')
    if not blocks:
        return []
    [block] = blocks
    document = json.loads(block)
    assert document["@context"] == "https://schema.org"
    found: list[dict[str, Any]] = document["@graph"]
    return found


def of_type(found: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The one thing of a type."""
    [thing] = [one for one in found if one["@type"] == kind]
    return thing


def test_the_start_page_tells_of_the_hub_and_its_search(five: Five, stranger: FlaskClient) -> None:
    """Whose site it is, and where to search it."""
    found = things(stranger, "/")
    hub, site = of_type(found, "GovernmentOrganization"), of_type(found, "WebSite")
    assert hub["name"] == five.wilster.settings.name
    assert site["potentialAction"]["target"]["urlTemplate"] == f"{five.wilster.origin}/suche?q={{search_term_string}}"


@pytest.mark.parametrize(
    ("id", "kind", "needed"),
    [
        ("prj-001", "Project", {"name", "description", "foundingDate", "parentOrganization", "knowsAbout", "license"}),
        ("evt-001", "Event", {"name", "startDate", "endDate", "eventStatus", "eventAttendanceMode", "organizer"}),
        ("rep-007", "Article", {"headline", "datePublished", "dateModified", "author", "publisher"}),
        ("fnd-002", "MonetaryGrant", {"name", "description", "funder", "amount", "isPartOf", "about", "sameAs"}),
        ("ned-004", "Demand", {"name", "description", "availabilityEnds", "itemOffered", "offeredBy"}),
        ("off-003", "Offer", {"name", "description", "itemOffered", "offeredBy", "eligibleQuantity", "category"}),
        ("reu-001", "CreativeWork", {"name", "isBasedOn", "workExample", "publisher", "creativeWorkStatus"}),
        ("org-amt-musterau", "GovernmentOrganization", {"name", "url"}),
        ("org-hs-musterkueste", "CollegeOrUniversity", {"name", "url"}),
    ],
)
def test_each_kind_is_what_schema_org_calls_it(
    five: Five, stranger: FlaskClient, id: str, kind: str, needed: set[str]
) -> None:
    """With its global id, which the page names as what it is about."""
    found = things(stranger, five.path(id))
    thing, page = of_type(found, kind), of_type(found, "WebPage")
    assert needed <= thing.keys()
    assert page["mainEntity"] == {"@id": thing["@id"]} == {"@id": five.ids[id]}


def test_times_have_the_offset_of_the_place(here: Hub) -> None:
    """As clocks there show them; a cancelled event says so, and what it costs."""
    body = bodies.event(status="cancelled", cancel_reason={"de": "Krank"}, price_cents=1250)
    event = of_type(things(here.app.test_client(), f"/termine/{here.publish('event', body)}"), "Event")
    assert event["startDate"] == "2026-11-28T14:00:00+01:00"
    assert event["eventStatus"] == "https://schema.org/EventCancelled"
    assert event["offers"]["price"] == "12.50"
    assert event["location"][0]["address"]["addressLocality"] == "Wilster"


def test_a_person_is_one_only_where_the_name_is_public(here: Hub) -> None:
    """And otherwise a page, without a word about anybody."""
    client = here.app.test_client()
    named = persons.publish(here, bodies.expertise(), "public", NOW)
    person = of_type(things(client, f"/expertise/{named}"), "Person")
    assert (person["name"], person["jobTitle"]) == ("Wiebke Musterfrau", "Fördermittelberatung")
    unnamed = persons.publish(here, bodies.expertise(field_visibility={}), "public", NOW)
    found = things(client, f"/expertise/{unnamed}")
    assert [one["@type"] for one in found] == ["WebPage"]
    assert "Musterfrau" not in json.dumps(found)


def test_a_signed_in_reader_is_told_what_strangers_are(
    five: Five, stranger: FlaskClient, coordinator: FlaskClient
) -> None:
    """The block goes to programs and copies of pages: what only colleagues see is never in it."""
    for id in ("prj-001", "evt-001", "rep-007", "exp-001"):
        assert things(coordinator, five.path(id)) == things(stranger, five.path(id))


def test_what_is_not_public_says_nothing(five: Five, coordinator: FlaskClient) -> None:
    """Not even that it is there; offices have no block at all."""
    assert things(coordinator, five.path("rep-001")) == []
    assert things(coordinator, "/redaktion") == []
    assert things(coordinator, "/konto") == []


def test_no_text_can_end_the_block(here: Hub) -> None:
    """Whatever a title holds: it is read back as it was, and the page has no script more than before."""
    client = here.app.test_client()
    tame = client.get(f"/projekte/{here.publish('project', bodies.project())}").text
    evil = client.get(
        f"/projekte/{here.publish('project', bodies.project(title={'de': EVIL.replace(chr(0x2028), '')}))}"
    )
    assert len(re.findall("<script", evil.text)) == len(re.findall("<script", tame))
    [block] = html.fromstring(evil.data).xpath('//script[@type="application/ld+json"]/text()')
    assert not re.search("[<>&\u2028\u2029]", block)
    project = of_type(json.loads(block)["@graph"], "Project")
    assert project["name"] == EVIL.replace("\u2028", "")


@pytest.mark.parametrize("path", ["/projekte", "/suche", "/verbund", "/feeds", "/hilfe/suche", "/impressum"])
def test_other_pages_say_what_they_belong_to(stranger: FlaskClient, path: str) -> None:
    """A page of this site."""
    [page] = things(stranger, path)
    assert page["@type"] in ("CollectionPage", "WebPage")
    assert page["url"].endswith(path)
