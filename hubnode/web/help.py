"""How the search works, for people in plain words and for browsers as an OpenSearch description."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from hubnode.web.context import hub_settings

blueprint = Blueprint("help", __name__)
DESCRIPTION = "application/opensearchdescription+xml; charset=utf-8"
DAY = 86_400


@blueprint.get("/hilfe/suche")
def searching() -> str:
    """What is found, in which order, and what signs in a question mean."""
    return render_template("hilfe/suche.html")


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """What a browser needs to search here from its address bar (OpenSearch 1.1)."""
    words = render_template("hilfe/opensearch.xml", base=hub_settings().base_url)
    answer = Response(words, content_type=DESCRIPTION)
    answer.cache_control.public, answer.cache_control.max_age = True, DAY
    return answer
