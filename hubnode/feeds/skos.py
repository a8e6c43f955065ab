"""The shared topics as a SKOS vocabulary (W3C, 2009): names in German and English, broader ones, close matches."""

from __future__ import annotations

from hubnode.feeds.atom import TOPIC_SCHEME
from hubnode.feeds.graph import Graph, Iri, Literal, a, texts
from hubnode.records import vocabulary
from hubnode.records.vocabulary import Concept

EU_THEMES = "http://publications.europa.eu/resource/authority/data-theme/"
MATCHES = {"eu_data_theme": EU_THEMES}
"""Other vocabularies whose terms have addresses; of the others only the notation is told."""
NOTATIONS = {"kdsf_ffk": "KDSF-FFK", "fdb_foerderbereich": "Förderdatenbank"}
"""Other vocabularies by their own keys, and how they are called."""


def address(topic: str) -> str:
    """The address of a topic, the same at every hub, as the categories of the feeds have it."""
    return f"{TOPIC_SCHEME}:{topic}"


def graph(base_url: str) -> Graph:
    """The vocabulary of this version of the node; `base_url` is where pages about the topics are."""
    found, shared = Graph(), vocabulary.shared()
    found.say(TOPIC_SCHEME, "rdf:type", a("skos:ConceptScheme"))
    found.say(TOPIC_SCHEME, "dct:title", *texts(shared.titles))
    found.say(TOPIC_SCHEME, "owl:versionInfo", Literal(shared.version))
    found.say(TOPIC_SCHEME, "skos:hasTopConcept", *(Iri(address(topic)) for topic in shared.top))
    for concept in shared.concepts.values():
        _concept(found, concept, base_url)
    return found


def _concept(found: Graph, concept: Concept, base_url: str) -> None:
    here = address(concept.id)
    found.say(here, "rdf:type", a("skos:Concept"))
    found.say(here, "skos:inScheme", Iri(TOPIC_SCHEME))
    found.say(here, "skos:prefLabel", *texts(concept.names))
    found.say(here, "skos:notation", Literal(concept.id))
    if concept.replaced_by is not None:
        found.say(here, "owl:deprecated", Literal("true", type="xsd:boolean"))
        found.say(here, "dct:isReplacedBy", Iri(address(concept.replaced_by)))
        return
    found.say(here, "foaf:page", Iri(f"{base_url}/suche?thema={concept.id}"))
    if concept.broader is None:
        found.say(here, "skos:topConceptOf", Iri(TOPIC_SCHEME))
    else:
        found.say(here, "skos:broader", Iri(address(concept.broader)))
        found.say(address(concept.broader), "skos:narrower", Iri(here))
    for name, key in concept.close_match.items():
        if name in MATCHES:
            found.say(here, "skos:closeMatch", Iri(MATCHES[name] + key))
        elif name in NOTATIONS:
            found.say(here, "skos:editorialNote", Literal(f"{NOTATIONS[name]}: {key}", "de"))
