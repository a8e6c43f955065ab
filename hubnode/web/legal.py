"""Pages that the operator writes: imprint, privacy, accessibility and more, from Markdown in ``instance/legal``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import nh3
from flask import Blueprint, Flask, Response, abort, current_app, g, render_template
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from markdown_it import MarkdownIt
from markupsafe import Markup

from hubnode import legal
from hubnode.config import Settings
from hubnode.legal import PLACEHOLDER, placeholders, source
from hubnode.network import keeping, processing
from hubnode.network.node import current_node
from hubnode.web import places
from hubnode.web.context import hub_settings

blueprint = Blueprint("legal", __name__)
PAGES: dict[str, LazyString] = {
    "impressum": _l("Impressum"),
    "datenschutz": _l("Datenschutz"),
    "barrierefreiheit": _l("Erklärung zur Barrierefreiheit"),
    "leichte-sprache": _l("Leichte Sprache"),
    "gebaerdensprache": _l("Gebärdensprache"),
    "lizenzen": _l("Lizenzen"),
}


def init_legal(app: Flask) -> None:
    """Let templates know which pages there are."""
    app.jinja_env.globals.update(
        legal_page=lambda name: name in offered(),
        legal_menu=lambda: [(name, PAGES[name]) for name in offered()],
    )


def offered() -> Sequence[str]:
    """The pages that have a text; looked up once per request."""
    if "legal" not in g:
        g.legal = legal.offered(hub_settings())
    names: Sequence[str] = g.legal
    return names


@lru_cache(maxsize=64)
def rendered(text: str) -> Markup:
    """The Markdown as harmless HTML in the look of the pages, with what is missing marked."""
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    clean = nh3.clean(html)
    clean = PLACEHOLDER.sub(lambda found: f"<mark>{found[0][2:-2]}</mark>", clean)
    return Markup(_with_classes(clean))  # noqa: S704 - cleaned above


def _with_classes(html: str) -> str:
    for plain, dressed in CLASSES:
        html = html.replace(plain, dressed)
    return html


CLASSES = (
    ("<h1>", '<h1 class="kern-heading-large">'),
    ("<h2>", '<h2 class="kern-heading-medium">'),
    ("<h3>", '<h3 class="kern-heading-small">'),
    ("<p>", '<p class="kern-body">'),
    ("<ul>", '<ul class="kern-list kern-list--bullet">'),
    ("<ol>", '<ol class="kern-list kern-list--numbered">'),
    ("<a ", '<a class="hub-link" '),
    ("<table>", '<div class="hub-scroll" role="group" aria-label="Tabelle" tabindex="0"><table>'),
    ("</table>", "</table></div>"),
)


@blueprint.get("/<any(" + ",".join(f'"{name}"' for name in PAGES) + "):name>")
def page(name: str) -> str:
    """A page of the operator; 404 where its text is empty."""
    settings = hub_settings()
    text = source(settings, name)
    if not text.strip():
        abort(404)
    return render_template(
        "recht/seite.html",
        name=name,
        title=PAGES[name],
        text=rendered(text),
        missing=name in placeholders(settings),
        duties=_duties(settings) if name == "datenschutz" else None,
        third_party=rendered(_third_party()) if name == "lizenzen" else "",
    )


def _duties(settings: Settings) -> dict[str, Any]:
    """What the privacy page says from settings and real state: with whom it is agreed, and what is kept how long."""
    found = processing.register(settings, current_node().clock())
    return {
        "agreed": [hub for hub in found.recipients if hub.agreement],
        "spans": [(rule.what, processing.span(rule, settings)) for rule in keeping.RULES],
    }


def _third_party() -> str:
    path = places.VENDOR / "THIRD_PARTY.md"
    return path.read_text("utf-8").split("\n", 2)[2] if path.is_file() else ""


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What search engines may visit: the search, the offices and the doors for programs are not for them.

    Pages of people may be visited, so that it is seen that they are not to be listed (``noindex``); combinations of
    filters are endless.
    """
    offices = ("/konto", "/redaktion", "/anmelden", "/passwort", "/postfach")
    closed = ("/expertise?", "/suche", *offices, "/apl/", "/api/", "/oai")
    lines = ["User-agent: *", *(f"Disallow: {place}" for place in closed)]
    lines += ["", f"Sitemap: {hub_settings().base_url}/sitemap.xml", ""]
    return current_app.response_class("\n".join(lines), mimetype="text/plain")
