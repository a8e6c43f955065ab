"""The catalogue and the vocabulary, read by another library and judged by shapes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pyshacl import validate
from rdflib import DCAT, DCTERMS, RDF, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from hubnode.config import BadSettings
from hubnode.records import vocabulary
from hubnode.web import catalogue
from tests.five import Five

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib warns of itself
SHAPES = Path(__file__).parents[2] / "shapes" / "dcat_ap_de.ttl"
DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
SPELLED = {"ttl": ("text/turtle", "turtle"), "jsonld": ("application/ld+json", "json-ld")}


def read(client: FlaskClient, path: str, ending: str) -> Graph:
    """The statements at an address, as another library reads them."""
    media, form = SPELLED[ending]
    answer = client.get(f"{path}.{ending}")
    assert answer.status_code == 200
    assert answer.content_type == f"{media}; charset=utf-8"
    return Graph().parse(data=answer.data, format=form)


@pytest.fixture(scope="module")
def shapes() -> Graph:
    """The rules of DCAT-AP.de."""
    return Graph().parse(SHAPES)


@pytest.fixture(scope="module")
def catalog(five: Five) -> Graph:
    """The demo's catalogue at Wilster; tests only read it."""
    return read(five.wilster.app.test_client(), "/catalog", "ttl")


def flaws(data: Graph, shapes: Graph) -> str:
    """What is wrong by the shapes; empty for nothing."""
    conforms, _graph, words = validate(data, shacl_graph=shapes, inplace=False)
    return "" if conforms else str(words)


@pytest.mark.parametrize("path", ["/catalog", "/vocab/topics"])
def test_both_spellings_say_the_same(stranger: FlaskClient, path: str) -> None:
    """Statement for statement."""
    turtle, json_ld = (read(stranger, path, ending) for ending in SPELLED)
    assert len(turtle) > 100
    assert isomorphic(turtle, json_ld)


def test_the_catalogue_fulfils_the_rules(catalog: Graph, shapes: Graph) -> None:
    """Of DCAT-AP.de 2.0 and of its conventions."""
    assert flaws(catalog, shapes) == ""


@pytest.mark.parametrize(
    ("predicate", "value"),
    [
        (DCTERMS.publisher, None),
        (DCAT.theme, URIRef("http://publications.europa.eu/resource/authority/data-theme/NONE")),
        (DCTERMS.identifier, None),
        (DCAT.distribution, URIRef("https://nowhere.example/")),
        (DCATDE.politicalGeocodingURI, URIRef("http://dcat-ap.de/def/politicalGeocoding/regionalKey/01061011511")),
    ],
)
def test_the_shapes_notice_what_is_wrong(catalog: Graph, shapes: Graph, predicate: URIRef, value: Any) -> None:
    """A broken catalogue is refused: the shapes are no rubber stamp."""
    broken = Graph()
    broken += catalog
    dataset = next(broken.subjects(RDF.type, DCAT.Dataset))
    broken.remove((dataset, predicate, None))
    if value is not None:
        broken.add((dataset, predicate, value))
    assert flaws(broken, shapes) != ""


def test_each_kind_of_each_hub_is_a_dataset_of_its_own(five: Five, catalog: Graph) -> None:
    """With an address that is the same in every hub's catalogue, and with formats that can be fetched here."""
    client = five.wilster.app.test_client()
    datasets = {str(one) for one in catalog.subjects(RDF.type, DCAT.Dataset)}
    for hub in five.hubs.values():
        assert f"{hub.origin}/catalog#projekte" in datasets
    for kind, forms in (
        ("projekte", {"atom", "rss", "json", "csv"}),
        ("termine", {"atom", "rss", "json", "csv", "ics"}),
    ):
        dataset = URIRef(f"{five.hubs['rendsburg'].origin}/catalog#{kind}")
        urls = [str(catalog.value(one, DCAT.downloadURL)) for one in catalog.objects(dataset, DCAT.distribution)]
        assert {url.partition("?")[0].rpartition(".")[2] for url in urls} == forms
        for url in urls:
            assert url.startswith(five.wilster.origin)
            assert client.get(url.removeprefix(five.wilster.origin)).status_code == 200


def test_licences_areas_and_themes_are_those_of_the_records(five: Five, catalog: Graph) -> None:
    """One licence is named; a mixture is called open only where all of it is."""
    projects = URIRef(f"{five.wilster.origin}/catalog#projekte")
    assert URIRef("http://publications.europa.eu/resource/authority/data-theme/GOVE") in set(
        catalog.objects(projects, DCAT.theme)
    )
    licences = {str(one) for one in catalog.objects(None, DCTERMS.license)}
    assert "http://dcat-ap.de/def/licenses/cc-by/4.0" in licences
    assert all(one.startswith("http://dcat-ap.de/def/licenses/") for one in licences)
    assert set(catalog.objects(None, DCATDE.politicalGeocodingURI))


def test_nothing_but_what_everybody_sees_is_counted(five: Five, catalog: Graph) -> None:
    """No word of a record stands in the catalogue: topics and keys alone, and none of those that are not public."""
    words = catalog.serialize(format="nt")
    for secret in ("Wiebke", "Kerstin", "koordination@"):
        assert secret not in words


def test_the_contributor_is_named_where_there_is_one(
    five: Five, shapes: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GovData gives it: nothing is said of it by default (K12, K13)."""
    client = five.wilster.app.test_client()
    assert (None, DCATDE.contributorID, None) not in read(client, "/catalog", "ttl")
    given = "http://dcat-ap.de/def/contributors/hubWilster"
    settings = replace(
        five.wilster.settings, contributor_id=given, base_url=five.wilster.origin, name="Hub Wilster Nord"
    )
    settings.refuse_unsafe()
    monkeypatch.setattr(catalogue, "hub_settings", lambda: settings)
    monkeypatch.setattr(catalogue.feeds, "VERSION", "another")
    found = read(client, "/catalog", "ttl")
    assert {str(one) for one in found.objects(None, DCATDE.contributorID)} == {given}
    assert flaws(found, shapes) == ""
    with pytest.raises(BadSettings, match="contributor_id"):
        replace(settings, contributor_id="http://elsewhere.example/x").refuse_unsafe()


def test_what_did_not_change_is_not_made_again(stranger: FlaskClient) -> None:
    """The address itself leads to the spelling that whoever asks can read."""
    first = stranger.get("/catalog.ttl")
    again = stranger.get("/catalog.ttl", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert stranger.get("/catalog").headers["Location"] == "/catalog.jsonld"
    turtle = stranger.get("/catalog", headers={"Accept": "text/turtle"})
    assert (turtle.status_code, turtle.headers["Location"]) == (303, "/catalog.ttl")
    assert stranger.get("/catalog.rdf").status_code == 404
    assert stranger.post("/catalog.ttl").status_code == 405


def test_the_vocabulary_is_skos(stranger: FlaskClient) -> None:
    """Every topic with its names, one broader one at most, and the EU's theme that is closest."""
    found = read(stranger, "/vocab/topics", "ttl")
    scheme = URIRef("urn:x-hubnode:topics")
    topics = set(found.subjects(SKOS.inScheme, scheme))
    assert len(topics) == len(vocabulary.shared().concepts)
    parking = URIRef("urn:x-hubnode:topics:parking-sensors")
    assert set(found.objects(parking, SKOS.prefLabel)) == {
        Literal("Parkplatzsensoren", lang="de"),
        Literal("Parking sensors", lang="en"),
    }
    assert found.value(parking, SKOS.broader) == URIRef("urn:x-hubnode:topics:traffic-management")
    assert found.value(parking, SKOS.closeMatch) == URIRef(
        "http://publications.europa.eu/resource/authority/data-theme/TRAN"
    )
    for topic in topics:
        broader = list(found.objects(topic, SKOS.broader))
        assert len(broader) + len(list(found.objects(topic, SKOS.topConceptOf))) == 1
        assert all((above, SKOS.narrower, topic) in found for above in broader)
