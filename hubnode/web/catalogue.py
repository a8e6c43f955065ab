"""The doors for open-data portals: the catalogue and the vocabulary of topics, as JSON-LD and as Turtle."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from hubnode.feeds import catalogue, skos
from hubnode.feeds.catalogue import Here, Publisher
from hubnode.feeds.graph import JSON_LD, TURTLE, Graph
from hubnode.feeds.select import Site
from hubnode.records import holdings
from hubnode.web import feeds
from hubnode.web.context import hub_settings

blueprint = Blueprint("catalogue", __name__)
SPELLINGS = {"jsonld": (JSON_LD, Graph.json_ld), "ttl": (TURTLE, Graph.turtle)}
ENDINGS = "any(jsonld, ttl)"


@blueprint.get(f"/catalog.<{ENDINGS}:ending>")
def catalog(ending: str) -> Response:
    """The catalogue of all public records (DCAT-AP.de 2.0)."""
    mimetype, spell = SPELLINGS[ending]

    def render(site: Site, now: datetime) -> bytes:  # noqa: ARG001 - as all renderings
        return spell(catalogue.graph(_here(site), holdings.all_holdings()))

    return feeds.stored(mimetype, ("catalog", ending), render)


@blueprint.get(f"/vocab/topics.<{ENDINGS}:ending>")
def topics(ending: str) -> Response:
    """The shared topics (SKOS)."""
    mimetype, spell = SPELLINGS[ending]
    return feeds.stored(mimetype, ("topics", ending), lambda site, _now: spell(skos.graph(site.base_url)))


@blueprint.get("/catalog")
def either() -> Response:
    """What the addresses in the catalogue lead to: the spelling that whoever asks can read, else JSON-LD."""
    best = request.accept_mimetypes.best_match((JSON_LD, TURTLE), JSON_LD)
    answer = redirect(url_for("catalogue.catalog", ending="ttl" if best == TURTLE else "jsonld"), 303)
    answer.vary.add("Accept")
    return answer


def _here(site: Site) -> Here:
    settings = hub_settings()
    publishers = {origin: Publisher(origin, name) for origin, name in site.hubs.items()}
    own = Publisher(settings.base_url, settings.name, settings.contact_email, settings.geo_keys)
    return Here(site, publishers | {settings.base_url: own}, settings.intro, settings.contributor_id)
