"""The document and the pages made of it: complete, true, and readable without a third party."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import Schema

from hubnode.records.kinds import KINDS
from hubnode.records.kinds.filtering import facet_names
from hubnode.web.access import RULES
from hubnode.web.api1 import described, described_imports, shapes
from hubnode.web.api1.problems import TYPES
from tests.five import Five
from tests.hubnode.web.api1.reading import API, asked
from tests.hubnode.web.reading import tree, words

METHODS = ("get", "post", "put")


@pytest.fixture
def document(stranger: FlaskClient) -> dict[str, Any]:
    """The document as programs get it."""
    return asked(stranger, "/openapi.json")


def test_every_address_is_described(document: dict[str, Any], five: Five) -> None:
    """And nothing else; each with a summary, an example and its refusals as problem documents."""
    rules = [rule for rule in five.wilster.app.url_map.iter_rules() if rule.endpoint.startswith("api1.")]
    assert set(document["paths"]) == {rule.rule.replace("<", "{").replace(">", "}") for rule in rules}
    assert document["openapi"] == "3.1.0"
    for about in (about for path in document["paths"].values() for method, about in path.items() if method in METHODS):
        assert about["summary"]
        assert about["description"]
        (good,) = (answer for status, answer in about["responses"].items() if status in ("200", "201"))
        assert good["content"]["application/json"]["example"]
        for status, answer in about["responses"].items():
            if int(status) >= 400:
                assert set(answer["content"]) == {"application/problem+json"}


def test_every_filter_is_described(document: dict[str, Any]) -> None:
    """Those of all kinds, and the ways through a list."""
    described_ = {one["name"] for one in document["paths"][f"{API}/records"]["parameters"]}
    filters = {name for kind in KINDS for name in facet_names(kind).values()}
    assert described_ >= filters | {"q", "art", "hub", "thema", "sort", "zeit", "limit", "cursor", "fields"}


@pytest.mark.parametrize(
    ("shape", "example"),
    [
        (shapes.RecordShape, described.RECORD),
        (shapes.PageShape, described.PAGE),
        (shapes.VersionsShape, described.VERSIONS),
        (shapes.HubsShape, described.HUBS),
        (shapes.HubShape, described.HUB),
        (shapes.VocabulariesShape, described.VOCABULARIES),
        (shapes.VocabularyShape, described.VOCABULARY),
        (shapes.KindsShape, described.KINDS_EXAMPLE),
        (shapes.DraftShape, described.DRAFT),
        (shapes.FileShape, described.FILE),
        (shapes.ImportShape, described_imports.IMPORTED),
    ],
)
def test_examples_have_the_shape_that_they_show(shape: type[Schema], example: dict[str, Any]) -> None:
    """Nothing missing, nothing unknown."""
    assert shape().validate(example) == {}


def test_answers_have_the_shape_that_is_described(stranger: FlaskClient) -> None:
    """With the data of the demo, all of it."""
    for path, shape in (
        ("/records?limit=100", shapes.PageShape),
        ("/hubs", shapes.HubsShape),
        ("/kinds", shapes.KindsShape),
        ("/vocabularies/topics", shapes.VocabularyShape),
    ):
        assert shape().validate(asked(stranger, path)) == {}


def test_the_document_follows_the_language(stranger: FlaskClient) -> None:
    """As the pages do, and is not sent again while it is the same."""
    german = stranger.get(f"{API}/openapi.json")
    stranger.set_cookie("sprache", "en")
    english = stranger.get(f"{API}/openapi.json")
    assert german.headers["ETag"] != english.headers["ETag"]
    tag = {"If-None-Match": english.headers["ETag"]}
    assert stranger.get(f"{API}/openapi.json", headers=tag).status_code == 304


def test_the_page_shows_all_of_it(stranger: FlaskClient, document: dict[str, Any]) -> None:
    """Each address with its parameters, and each problem under the address that its type names."""
    answer = stranger.get("/api")
    page = tree(answer)
    for path, item in document["paths"].items():
        assert path in words(answer)
        for about in (about for method, about in item.items() if method in METHODS):
            assert page.xpath(f"//*[@id='{about['operationId']}']")
    for name in TYPES:
        assert page.xpath(f"//*[@id='{name}']")
    assert not [src for src in page.xpath("//script/@src | //link[@rel='stylesheet']/@href") if "//" in src]


def test_it_is_found_from_every_page(stranger: FlaskClient) -> None:
    """From the footer to the examples, from there to the description, and from answers to both."""
    for part in ("footer", "main"):
        assert "/hochschulen" in tree(stranger.get("/feeds")).xpath(f"//{part}//a/@href")
    assert "/api" in tree(stranger.get("/hochschulen")).xpath("//main//a/@href")
    assert 'rel="service-desc"' in stranger.get(f"{API}/hubs").headers["Link"]


def test_no_cookie_is_looked_at(five: Five) -> None:
    """Every address of the interface is open to all, and what is shown depends on tokens alone."""
    assert {
        RULES[rule.endpoint].lets_in for rule in five.wilster.app.url_map.iter_rules() if "/api/v1" in rule.rule
    } == {None}
