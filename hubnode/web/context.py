"""What every page may use: who looks, the hub's settings, the hubs of the network, language and colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hubnode.config import Settings
from hubnode.feeds import formats
from hubnode.feeds.select import Selection
from hubnode.feeds.text import one_line
from hubnode.network import peers
from hubnode.network.node import current_node, utcnow
from hubnode.network.peers import HubView
from hubnode.network.signing_in import visitors
from hubnode.people import sessions
from hubnode.people.viewer import ANONYMOUS, Viewer
from hubnode.records import vocabulary
from hubnode.records.kinds import KINDS, filtering, name_of
from hubnode.records.kinds.options import offered
from hubnode.records.reading import Browse, RecordView
from hubnode.web import dating, filters

THEME_COOKIE = "darstellung"
THEMES = ("light", "dark")
FEDERATION = "Hubnetz"
VERSION = version("hubnode")
STATES = {
    "ok": ("ok", "check_circle", _l("Aktuell")),
    "late": ("warn", "warning", _l("Verzögert")),
    "down": ("down", "error", _l("Nicht erreichbar")),
    "refused": ("down", "sync_problem", _l("Abgleich gestört")),
    "frozen": ("down", "shield", _l("Angehalten")),
    "suspended": ("warn", "pause", _l("Ausgesetzt")),
    "left": ("warn", "logout", _l("Ausgetreten")),
}
"""State of a hub: colour, icon, words."""
ROLE_NAMES = {
    "admin": _l("Verwaltung"),
    "coordinator": _l("Koordination"),
    "editor": _l("Redaktion"),
    "staff": _l("Beschäftigte"),
    "expert": _l("Fachperson"),
    "partner": _l("Partner"),
}
"""What pages call a role."""
KIND_ICONS = {
    "project": "rocket_launch",
    "expertise": "groups",
    "event": "calendar_month",
    "experience_report": "forum",
    "funding_call": "payments",
    "need": "help",
    "offer": "storefront",
    "reuse": "content_copy",
    "organisation": "apartment",
}


class Focus(NamedTuple):
    """How a focus area is marked: colour class, icon and short name, always together."""

    css: str
    icon: str
    label: str


def focus(topic: str | None) -> Focus:
    """The look of the focus area that `topic` belongs to; a neutral one for none and for a topic not known here."""
    known = topic if topic and vocabulary.exists(topic) else "cross-cutting"
    look = vocabulary.look(known)
    return Focus(look.css, look.icon, vocabulary.short(known, filters.language()))


def look(hub: HubView | None) -> Focus:
    """The look of a hub: that of its first focus area."""
    return focus(hub.focus[0] if hub and hub.focus else None)


def hub_settings() -> Settings:
    """The settings of this node."""
    return current_node().settings


def current_viewer() -> Viewer:
    """Who sent this request; looked up once."""
    if "viewer" not in g:
        token = request.cookies.get(sessions.cookie_name(hub_settings().base_url))
        g.viewer = _viewer_of(token) if token else ANONYMOUS
    viewer: Viewer = g.viewer
    return viewer


def _viewer_of(token: str) -> Viewer:
    if visitors.is_visit(token):
        return visitors.viewer_of(token, current_node().clock())
    return sessions.viewer_of(token, utcnow(), hub_settings().second_factor_roles)


def viewer_name() -> str:
    """How the header names who looks: a visiting member with the hub that vouches for the person."""
    viewer = current_viewer()
    if viewer.home is None:
        return viewer.name or ""
    return str(_("%(name)s (Hub %(place)s)", name=viewer.name, place=hub_name(viewer.home)))


def network_hubs() -> Sequence[HubView]:
    """All hubs of the network, this one first; looked up once per request."""
    if "hubs" not in g:
        g.hubs = tuple(peers.all_hubs(hub_settings()))
    hubs: Sequence[HubView] = g.hubs
    return hubs


def shown_hubs() -> list[HubView]:
    """The hubs whose records may be seen here: members, and former ones of whom an archive is held."""
    return [hub for hub in network_hubs() if hub.state != "suspended" and (hub.state != "left" or hub.records)]


def own_hub() -> HubView | None:
    """This hub as one of the network."""
    return next((hub for hub in network_hubs() if hub.here), None)


def hub_at(origin: str) -> HubView | None:
    """The hub with this origin, or None when it is not (or no longer) in the network."""
    return next((hub for hub in network_hubs() if hub.origin == origin), None)


def hub_name(origin: str) -> str:
    """Short name of the hub at `origin`; its host where the hub is no longer known."""
    hub = hub_at(origin)
    return hub.place or hub.name if hub else urlsplit(origin).netloc


def topic_name(topic: str) -> str:
    """Name of a topic in the reader's language; the id itself for a topic not known here."""
    return vocabulary.label(topic, filters.language()) if vocabulary.exists(topic) else topic


def option(choice: str, value: str | None) -> str:
    """How pages say `value` of the list `choice`; the value itself where it is not known here."""
    return next((str(known.label) for known in offered(choice) if known.value == value), value or "")


def in_focus(record: RecordView) -> bool:
    """Whether a record belongs to one of this hub's focus areas."""
    own = set(hub_settings().focus_areas)
    return any(
        own.intersection((topic, *vocabulary.broader(topic))) for topic in record.topics if vocabulary.exists(topic)
    )


def link(endpoint: str, **values: Any) -> str:
    """The address of a page, or an empty text where this node does not offer it."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""


def this_page() -> str:
    """Path and query of this page, to come back to."""
    return request.full_path.rstrip("?")


def main_menu() -> list[tuple[str, str]]:
    """The entries of the main menu: address and words."""
    listed = ("project", "expertise", "event", "experience_report", "funding_call")
    return [
        (url_for("pages.start"), _l("Start")),
        *((url_for(f"records.{kind}"), MENU[kind]) for kind in listed),
        (url_for("network.overview"), _l("Verbund")),
    ]


MENU: Mapping[str, Any] = {
    "project": _l("Projekte"),
    "expertise": _l("Expertise"),
    "event": _l("Termine"),
    "experience_report": _l("Erfahrungen"),
    "funding_call": _l("Förderung"),
}


def feed_links(kind: str = "", browse: Browse | None = None) -> list[tuple[str, str, str]]:
    """Address, media type and title of the feeds about a list: for its head, where programs look, and its foot."""
    return [(path, media, title) for media, title, path in formats.links(selection_of(kind, browse))]


def subscription(kind: str, browse: Browse) -> str:
    """The page on which a list can be subscribed to, with what was asked there already chosen."""
    asked = selection_of(kind, browse).asked
    return url_for("subscribing.page") + (f"?{asked}" if asked else "")


def selection_of(kind: str = "", browse: Browse | None = None) -> Selection:
    """What a list shows, as a feed is asked for it; only what feeds know by the same words is taken over."""
    if browse is None:
        return Selection((kind,) if kind else ())
    facets = tuple(
        (facet, tuple(sorted(set(values))))
        for facet in filtering.facet_names(kind)
        if (values := [one for one in browse.facets.get(facet, ()) if filtering.knows(kind, facet, one)])
    )
    return Selection(
        kinds=tuple(name for name in KINDS if name in browse.kinds),
        topics=tuple(sorted({vocabulary.current(one) for one in browse.topics if vocabulary.exists(one)})),
        hubs=tuple(sorted(set(browse.hubs))),
        text=one_line(browse.text),
        facets=facets,
    )


def init_context(app: Flask) -> None:
    """Give templates what they may use."""
    filters.init_filters(app)
    app.jinja_env.globals.update(
        clock=filters.clock,
        day_of=dating.day_of,
        lent=lambda fields: dating.lent(fields, utcnow()),
        deadline=lambda fields: dating.deadline(fields, utcnow()),
        deadlines=dating.deadlines,
        federation=FEDERATION,
        feed_links=feed_links,
        focus=focus,
        hub_at=hub_at,
        hub_name=hub_name,
        in_focus=in_focus,
        kind_icon=lambda kind: KIND_ICONS.get(kind, "description"),
        kinds=KINDS,
        link=link,
        local=filters.local,
        look=look,
        main_menu=main_menu,
        name_of=name_of,
        now=utcnow,
        option=option,
        role_name=lambda role: ROLE_NAMES[role],
        subscription=subscription,
        state_of=lambda state: STATES.get(state, STATES["late"]),
        this_page=this_page,
        topic=topic_name,
        topic_tree=vocabulary.tree,
        version=VERSION,
        viewer_name=viewer_name,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_variables)


def _variables() -> dict[str, Any]:
    theme = request.cookies.get(THEME_COOKIE)
    return {
        "hubs": [hub for hub in network_hubs() if hub.state not in ("suspended", "left")],
        "listed_hubs": [hub for hub in network_hubs() if hub.state != "left" or hub.records],
        "here": own_hub(),
        "viewer": current_viewer(),
        "settings": hub_settings(),
        "lang": filters.language(),
        "theme": theme if theme in THEMES else None,
    }
