"""The search for programs: the same answers as on the pages, and every flaw of an address named."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

from tests.five import Five
from tests.hubnode.web.reading import titles

PROBLEM = "application/problem+json"


def asked(client: FlaskClient, query: str) -> dict[str, Any]:
    """The answer to a question without flaws."""
    answer = client.get(f"/api/search?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = answer.get_json()
    return found


def refused(client: FlaskClient, query: str) -> list[str]:
    """The parameters that a refusal names."""
    return [error["parameter"] for error in problem(client.get(f"/api/search?{query}"))["errors"]]


def problem(answer: TestResponse) -> dict[str, Any]:
    """A problem document (RFC 9457), with the status of its answer."""
    assert answer.mimetype == PROBLEM
    told: dict[str, Any] = answer.get_json(force=True)
    assert told["status"] == answer.status_code == 400
    assert told["title"]
    return told


def test_programs_and_people_get_the_same(stranger: FlaskClient) -> None:
    """The same parameters, the same records, the same order."""
    query = "q=Parkplatz&sort=titel"
    found = asked(stranger, query)
    assert [item["title"]["de"] for item in found["items"]] == titles(stranger.get(f"/suche?{query}"))
    assert found["total"] == len(found["items"]) > 0


def test_each_hit_says_what_it_is_and_leads_to_its_page(stranger: FlaskClient, five: Five) -> None:
    """Its id, its kind, its hub, and where it is to be read here and at home."""
    hits = asked(stranger, "art=expertise")["items"]
    assert {item["kind"] for item in hits} == {"expertise"}
    for item in hits:
        assert item["id"].startswith(item["hub"]["id"])
        assert stranger.get(item["url"].removeprefix(five.wilster.origin)).status_code == 200
        assert item["updated_at"].endswith("Z")


def test_facets_lead_on_without_dead_ends(stranger: FlaskClient) -> None:
    """Each value of each filter leaves exactly as many hits as it says."""
    facets = asked(stranger, "art=projekte")["facets"]
    assert {"thema", "hub", "phase"} <= facets.keys()
    for name in ("phase", "hub"):
        for value in facets[name]:
            assert asked(stranger, f"art=projekte&{name}={value['value']}")["total"] == value["count"] > 0


def test_pages_lead_from_one_to_the_next(stranger: FlaskClient, five: Five) -> None:
    """All hits are met once by following ``next``."""
    found = asked(stranger, "sort=titel")
    total, seen = found["total"], [item["id"] for item in found["items"]]
    while onward := found["links"].get("next"):
        found = asked(stranger, onward.removeprefix(f"{five.wilster.origin}/api/search?"))
        seen += [item["id"] for item in found["items"]]
    assert len(seen) == len(set(seen)) == total


def test_a_page_after_the_last_is_empty(stranger: FlaskClient) -> None:
    """A program that counts up learns where to stop."""
    found = asked(stranger, "seite=400")
    assert found["items"] == []
    assert found["total"] > 0


def test_a_hub_with_an_old_copy_is_named(stranger: FlaskClient, five: Five) -> None:
    """As on the pages."""
    (stale,) = asked(stranger, "")["stale"]
    assert stale["hub"] == five.origins["hennstedt"]
    assert stale["state"] == "down"
    host = five.origins["rendsburg"].split("://")[1]
    assert asked(stranger, f"hub={host}")["stale"] == []


def test_signing_in_shows_more_to_our_own_pages_only(stranger: FlaskClient, coordinator: FlaskClient) -> None:
    """What is public may be read by scripts of any page, what needs a sign-in by none."""
    query = "/api/search?art=erfahrungen"
    public, inside = stranger.get(query), coordinator.get(query)
    assert public.get_json()["total"] < inside.get_json()["total"]
    assert public.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in inside.headers
    assert "Cookie" in public.headers["Vary"]


def test_an_unchanged_answer_is_not_sent_again(stranger: FlaskClient, coordinator: FlaskClient) -> None:
    """A tag of what the answer is made of; of another question or another viewer it is another one."""
    first = stranger.get("/api/search?q=Amt")
    tag = {"If-None-Match": first.headers["ETag"]}
    again = stranger.get("/api/search?q=Amt", headers=tag)
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert stranger.get("/api/search?q=Wald", headers=tag).status_code == 200
    assert coordinator.get("/api/search?q=Amt", headers=tag).status_code == 200


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("farbe=blau", "farbe"),
        ("art=fahrraeder", "art"),
        ("hub=gibtsnicht.example", "hub"),
        ("thema=gibtsnicht", "thema"),
        ("sort=zufall", "sort"),
        ("sort=treffer", "sort"),
        ("seite=0", "seite"),
        ("seite=-1", "seite"),
        ("seite=zwei", "seite"),
        ("seite=1.5", "seite"),
        ("seite=501", "seite"),
        ("seite=%D9%A1", "seite"),
        ("seite=1&seite=2", "seite"),
        ("q=a&q=b", "q"),
        ("q=" + "a" * 201, "q"),
        ("q=a%00b", "q"),
        ("q=%E2%80%AEtma", "q"),
        ("phase=P1", "phase"),
        ("art=projekte&phase=P99", "phase"),
        ("art=projekte&art=termine&phase=P1", "phase"),
        ("art=projekte&gebiet=Kiel", "gebiet"),
        ("zeit=vergangen", "zeit"),
        ("art=termine&zeit=morgen", "zeit"),
        ("&".join(["thema=ozg"] * 21), "thema"),
    ],
)
def test_a_flaw_of_the_address_is_named(stranger: FlaskClient, query: str, parameter: str) -> None:
    """A program that asks for something that does not exist must not take the answer for one to its question."""
    assert refused(stranger, query) == [parameter]


def test_all_flaws_are_named_at_once(stranger: FlaskClient) -> None:
    """One round is enough to mend an address, and what was sent comes back shortened."""
    told = problem(stranger.get("/api/search?farbe=blau&seite=x&hub=" + "h" * 5_000))
    assert [error["parameter"] for error in told["errors"]] == ["farbe", "seite", "hub"]
    assert len(told["errors"][2]["value"]) == 80
    assert stranger.get("/api/search?farbe=blau").headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "query", ["art=projekte&phase=P1", "art=termine&zeit=vergangen", "q=Amt&sort=treffer", "seite=1"]
)
def test_what_pages_put_into_addresses_is_understood(stranger: FlaskClient, query: str) -> None:
    """An address of the pages is one of the API."""
    asked(stranger, query)


def test_completions_have_the_form_that_browsers_read(stranger: FlaskClient) -> None:
    """The text, then a list (OpenSearch Suggestions); too long a text is refused."""
    answer = stranger.get("/api/suggest?q=Park")
    text, found = answer.get_json(force=True)
    assert answer.mimetype == "application/x-suggestions+json"
    assert text == "Park"
    assert found
    assert all(isinstance(one, str) for one in found)
    assert stranger.get("/api/suggest?q=").get_json(force=True) == ["", []]
    assert problem(stranger.get("/api/suggest?q=" + "a" * 201))["errors"][0]["parameter"] == "q"


def test_browsers_learn_how_to_search_here(stranger: FlaskClient) -> None:
    """Every page leads to the description, and its addresses are those of this hub and work."""
    page = stranger.get("/verbund").get_data(as_text=True)
    assert '<link rel="search" type="application/opensearchdescription+xml"' in page
    answer = stranger.get("/opensearch.xml")
    assert answer.mimetype == "application/opensearchdescription+xml"
    root = etree.fromstring(answer.data)
    name = root.findtext("{*}ShortName")
    assert name
    assert len(name) <= 16
    for url in root.findall("{*}Url"):
        address = url.get("template").replace("{searchTerms}", quote("Bürgerbüro"))
        found = stranger.get(address)
        assert found.status_code == 200
        assert found.mimetype == url.get("type")
