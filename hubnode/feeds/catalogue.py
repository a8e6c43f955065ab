"""The catalogue of what is to be had here, by DCAT-AP.de 2.0: one dataset for each kind and hub, with its feeds.

Rules: https://www.dcat-ap.de/def/dcatde/2.0/spec/ and .../implRules/ (conventions, "K"). A dataset has the same address
in the catalogue of every hub that lists it: a portal that harvests several of them recognises it (K "Dubletten").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from flask_babel import force_locale
from flask_babel import gettext as _

from hubnode.feeds import formats, licences, skos
from hubnode.feeds.formats import Format
from hubnode.feeds.graph import Graph, Iri, Literal, a, moment, text, texts
from hubnode.feeds.select import Selection, Site
from hubnode.records import vocabulary
from hubnode.records.holdings import Holding
from hubnode.records.kinds import KINDS
from hubnode.records.kinds.identifiers import regional_key

EU = "http://publications.europa.eu/resource/authority/"
FILE_TYPES = {"atom": "ATOM", "rss": "RSS", "json": "JSON", "ics": "ICS", "csv": "CSV"}
"""By format: its name in the EU's list of file types (K32)."""
REGISTERED = {"atom", "json", "ics", "csv"}
"""Formats whose media type IANA knows."""
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
LANGUAGES = {"de": "DEU", "en": "ENG", "da": "DAN", "nds": "NDS", "frr": "FRR"}
GEOCODING = "http://dcat-ap.de/def/politicalGeocoding/"
KEYS = {
    "land": "stateKey", "kreis": "districtKey", "gemeinde": "municipalityKey",
    "gemeindeverband": "municipalAssociationKey", "regionalschluessel": "regionalKey",
}  # fmt: skip
LEVELS = {"land": "state", "kreis": "administrativeDistrict"}
"""The level of an area; any other is a municipality's."""
LOCAL_AUTHORITY = "http://purl.org/adms/publishertype/LocalAuthority"
MOST_KEYWORDS = MOST_AREAS = 20


@dataclass(frozen=True, slots=True)
class Publisher:
    """One hub, as the catalogue names it."""

    origin: str
    name: str
    email: str = ""
    areas: Sequence[str] = ()
    """Regional keys of its own area."""


@dataclass(frozen=True, slots=True)
class Here:
    """What the catalogue needs to know of this node."""

    site: Site
    publishers: Mapping[str, Publisher]
    """By origin; this hub is among them."""
    description: Mapping[str, str]
    contributor_id: str = ""
    """The address that GovData gave to whoever delivers this catalogue (K12); empty without one."""


def graph(here: Here, holdings: Sequence[Holding]) -> Graph:
    """The catalogue with everything in it."""
    found, base = Graph(), here.site.base_url
    known = [one for one in holdings if one.origin in here.publishers]
    address = f"{base}/catalog#catalog"
    own = here.publishers[base]
    found.say(address, "rdf:type", a("dcat:Catalog"))
    found.say(address, "dct:title", *_said(lambda: _("Offene Daten von %(hub)s", hub=own.name)))
    found.say(address, "dct:description", *(texts(here.description) or [text(own.name, "de")]))
    found.say(address, "dct:publisher", Iri(_publisher(own)))
    found.say(address, "dct:language", Iri(EU + "language/DEU"))
    found.say(address, "foaf:homepage", Iri(base + "/"))
    found.say(address, "dcat:themeTaxonomy", Iri(EU + "data-theme"))
    if known:
        found.say(address, "dct:issued", moment(min(one.first for one in known)))
        found.say(address, "dct:modified", moment(max(one.last for one in known)))
    for publisher in here.publishers.values():
        if publisher is own or any(one.origin == publisher.origin for one in known):
            _agent(found, publisher)
    for holding in known:
        found.say(address, "dcat:dataset", Iri(dataset(holding)))
        _dataset(found, here, holding)
    found.say(address, "dcat:service", Iri(f"{base}/catalog#oai-pmh"))
    _service(found, base, known)
    return found


def dataset(holding: Holding) -> str:
    """The address of a dataset: the same wherever it is listed."""
    return f"{holding.origin}/catalog#{KINDS[holding.kind].slug}"


def _dataset(found: Graph, here: Here, holding: Holding) -> None:
    """All records of one kind and hub."""
    it, publisher, kind = dataset(holding), here.publishers[holding.origin], KINDS[holding.kind]
    found.say(it, "rdf:type", a("dcat:Dataset"))
    found.say(it, "dct:title", *_said(lambda: f"{kind.plural} ({publisher.name})"))
    found.say(it, "dct:description", *_said(lambda: _description(str(kind.plural), publisher.name)))
    found.say(it, "dct:identifier", Literal(it))
    found.say(it, "dct:publisher", Iri(_publisher(publisher)))
    found.say(it, "dcat:contactPoint", Iri(f"{publisher.origin}/catalog#contact"))
    found.say(it, "dct:issued", moment(holding.first))
    found.say(it, "dct:modified", moment(holding.last))
    found.say(it, "dct:accrualPeriodicity", Iri(EU + "frequency/CONT"))
    found.say(it, "dct:accessRights", Iri(EU + "access-right/PUBLIC"))
    found.say(it, "dct:language", *(Iri(EU + f"language/{LANGUAGES[lang]}") for lang in sorted(holding.languages)))
    found.say(it, "dcat:landingPage", Iri(f"{publisher.origin}/{kind.slug}"))
    found.say(it, "dcat:theme", *(Iri(theme) for theme in _themes(holding)))
    found.say(it, "dcat:keyword", *_keywords(holding))
    if here.contributor_id:
        found.say(it, "dcatde:contributorID", Iri(here.contributor_id))
    _areas(found, it, [*publisher.areas, *(key for key, _count in holding.areas.most_common(MOST_AREAS))])
    _distributions(found, here, holding)


def _description(kind: str, hub: str) -> str:
    words: str = _("Alle öffentlichen Einträge der Art „%(kind)s“ von %(hub)s, laufend erneuert.", kind=kind, hub=hub)
    return words


def _themes(holding: Holding) -> list[str]:
    """The EU's themes of the topics that there are, the most frequent first; public administration if there are none.

    Only themes from the EU's list are allowed (K30).
    """
    matches = (vocabulary.concept(topic).close_match for topic, _count in _known_topics(holding))
    keys = dict.fromkeys(match["eu_data_theme"] for match in matches if "eu_data_theme" in match)
    return [skos.EU_THEMES + key for key in keys] or [skos.EU_THEMES + "GOVE"]


def _keywords(holding: Holding) -> list[Literal]:
    names = [vocabulary.concept(topic).names for topic, _count in _known_topics(holding)[:MOST_KEYWORDS]]
    return [*_said(lambda: str(KINDS[holding.kind].plural)), *(one for name in names for one in texts(name))]


def _known_topics(holding: Holding) -> list[tuple[str, int]]:
    return [(topic, count) for topic, count in holding.topics.most_common() if vocabulary.exists(topic)]


def _areas(found: Graph, it: str, keys: Sequence[str]) -> None:
    """The areas by their official keys, and of which level they are."""
    named = {key: sort for key in keys if (sort := regional_key(key)) is not None}
    for key, sort in named.items():
        found.say(it, "dcatde:politicalGeocodingURI", Iri(f"{GEOCODING}{KEYS[sort]}/{key}"))
        found.say(it, "dcatde:politicalGeocodingLevelURI", Iri(GEOCODING + f"Level/{LEVELS.get(sort, 'municipality')}"))


def _distributions(found: Graph, here: Here, holding: Holding) -> None:
    """Each format in which this node gives the records."""
    selection = Selection(kinds=(holding.kind,), hubs=(holding.origin,))
    host = urlsplit(holding.origin).netloc
    for form in formats.offered(selection):
        if form.name in FILE_TYPES:
            it = f"{here.site.base_url}/catalog#{KINDS[holding.kind].slug}-{host}-{form.name}"
            found.say(dataset(holding), "dcat:distribution", Iri(it))
            _distribution(found, it, here, holding, form, here.site.base_url + selection.path(form.name))


def _distribution(found: Graph, it: str, here: Here, holding: Holding, form: Format, url: str) -> None:
    publisher, licence = here.publishers[holding.origin], licences.for_all(holding.licences)
    found.say(it, "rdf:type", a("dcat:Distribution"))
    found.say(it, "dct:title", *_said(lambda: f"{KINDS[holding.kind].plural} ({form.title})"))
    found.say(it, "dcat:accessURL", Iri(url))
    found.say(it, "dcat:downloadURL", Iri(url))
    found.say(it, "dct:format", Iri(EU + f"file-type/{FILE_TYPES[form.name]}"))
    if form.name in REGISTERED:
        found.say(it, "dcat:mediaType", Iri(MEDIA_TYPES + form.mimetype))
    found.say(it, "dct:license", Iri(licence))
    if "by" in licence.rpartition("/licenses/")[2].split("/")[0].split("-"):
        found.say(it, "dcatde:licenseAttributionByText", text(publisher.name, "de"))
    found.say(it, "dct:modified", moment(holding.last))


def _service(found: Graph, base: str, holdings: Sequence[Holding]) -> None:
    """The door for harvesters, with all of it."""
    it = f"{base}/catalog#oai-pmh"
    found.say(it, "rdf:type", a("dcat:DataService"))
    found.say(it, "dct:title", Literal("OAI-PMH 2.0"))
    found.say(it, "dcat:endpointURL", Iri(f"{base}/oai"))
    found.say(it, "dcat:endpointDescription", Iri(f"{base}/oai?verb=Identify"))
    if holdings:
        found.say(it, "dcat:servesDataset", *(Iri(dataset(holding)) for holding in holdings))


def _publisher(publisher: Publisher) -> str:
    return f"{publisher.origin}/catalog#publisher"


def _agent(found: Graph, publisher: Publisher) -> None:
    """A hub, and how to reach it (K01, K36)."""
    it, contact = _publisher(publisher), f"{publisher.origin}/catalog#contact"
    found.say(it, "rdf:type", a("foaf:Agent"), a("foaf:Organization"))
    found.say(it, "foaf:name", text(publisher.name, "de"))
    found.say(it, "foaf:homepage", Iri(publisher.origin + "/"))
    found.say(it, "dct:type", Iri(LOCAL_AUTHORITY))
    found.say(contact, "rdf:type", a("vcard:Organization"), a("vcard:Kind"))
    found.say(contact, "vcard:fn", text(publisher.name, "de"))
    found.say(contact, "vcard:hasURL", Iri(publisher.origin + "/"))
    if publisher.email:
        found.say(contact, "vcard:hasEmail", Iri("mailto:" + quote(publisher.email, safe="@+")))


def _said(words: Callable[[], str]) -> Iterator[Literal]:
    """Words of ours in German and English."""
    for lang in ("de", "en"):
        with force_locale(lang):
            yield text(words(), lang)
