"""Which address means what, and what therefore stands in a feed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hubnode.feeds.addresses import origin_at, parse
from hubnode.feeds.select import NoSuchFeed, Selection, Site, gather, topic_label
from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from tests.hubnode.feeds import bodies
from tests.hubnode.feeds.conftest import RENDSBURG, SITE, WILSTER, Hub, Peer


@pytest.mark.parametrize(
    ("slug", "asked", "selection"),
    [
        ("alle", {}, Selection()),
        ("termine", {}, Selection(("event",))),
        ("erfahrungen", {"thema": ["ozg"]}, Selection(("experience_report",), ("ozg",))),
        ("alle", {"hub": ["rendsburg.example:8443"]}, Selection(hubs=(RENDSBURG,))),
        (
            "projekte",
            {"hub": ["wilster.example"], "thema": ["focus-health"]},
            Selection(("project",), ("focus-health",), (WILSTER,)),
        ),
    ],
)
def test_an_address_means_a_selection(slug: str, asked: dict[str, Sequence[str]], selection: Selection) -> None:
    """And the selection has that one address."""
    assert parse(slug, asked, SITE) == selection
    assert selection.path("atom").startswith(f"/feeds/{slug}.atom")


def test_each_selection_has_one_address() -> None:
    """In this order and spelling, whatever was typed."""
    chosen = Selection(("event",), ("ozg",), (RENDSBURG,))
    assert chosen.path("ics") == "/feeds/termine.ics?thema=ozg&hub=rendsburg.example:8443"
    assert Selection().path("json") == "/feeds/alle.json"


@pytest.mark.parametrize(
    ("slug", "asked", "part"),
    [
        ("event", {}, "kind"),
        ("", {}, "kind"),
        ("alle", {"thema": ["kein-thema"]}, "thema"),
        ("alle", {"thema": [""]}, "thema"),
        ("alle", {"thema": ["ozg"] * 21}, "filter"),
        ("alle", {"q": ["a", "b"]}, "filter"),
        ("alle", {"q": ["a" * 201]}, "q"),
        ("alle", {"lang": ["fr"]}, "lang"),
        ("alle", {"art": ["event"]}, "kind"),
        ("termine", {"art": ["projekte"]}, "filter"),
        ("alle", {"zielgruppe": ["citizens"]}, "filter"),
        ("projekte", {"zielgruppe": ["citizens"]}, "filter"),
        ("termine", {"zielgruppe": ["nobody"]}, "value"),
        ("termine", {"gebiet": ["0105"]}, "value"),
        ("termine", {"erinnerung": ["0"]}, "erinnerung"),
        ("termine", {"erinnerung": ["1e9"]}, "erinnerung"),
        ("termine", {"erinnerung": ["999999"]}, "erinnerung"),
        ("alle", {"hub": ["rendsburg.example"]}, "hub"),
        ("alle", {"hub": [""]}, "hub"),
        ("alle", {"hub": [RENDSBURG]}, "hub"),
        ("alle", {"utm_source": ["x"]}, "filter"),
    ],
)
def test_what_is_not_known_is_refused(slug: str, asked: dict[str, Sequence[str]], part: str) -> None:
    """By the part of the address that is wrong."""
    with pytest.raises(NoSuchFeed) as refusal:
        parse(slug, asked, SITE)
    assert refusal.value.part == part


def test_a_hub_goes_by_its_name_or_else_by_its_host() -> None:
    """One that has left the network still has records here."""
    site = Site(WILSTER, {WILSTER: "Digital Hub\nWilster"})
    assert site.hub(WILSTER) == "Digital Hub Wilster"
    assert site.hub(RENDSBURG) == "rendsburg.example:8443"
    with pytest.raises(NoSuchFeed):
        origin_at("rendsburg.example:8443", site)


def test_a_long_list_is_read_page_by_page(hub: Hub, peer: Peer) -> None:
    """More records than one page of the list holds, and each of them once."""
    for _ in range(7):
        peer.publish("event", bodies.event())
    feed = gather(Selection(), SITE, hub.now, limit=5)
    assert len(feed.items) == 5
    assert len({item.view.uri for item in gather(Selection(), SITE, hub.now, limit=50).items}) == 7


def test_topics_are_said_in_words(hub: Hub) -> None:
    """One that only another hub's newer vocabulary knows goes by its id."""
    hub.publish("event", bodies.event())
    [item] = gather(Selection(), SITE, hub.now, limit=5).items
    assert item.topics == [("parking-sensors", "Parkplatzsensoren")]
    assert topic_label("flying-ferries", "de") == "flying-ferries"


def test_pages_go_as_far_as_they_say(hub: Hub) -> None:
    """Also beyond what one page of the search can hold."""
    body = bodies.project()
    documents = [{"kind": "project", "visibility": "public", "body": body | {"title": {"de": f"Nr. {number}"}}}
                 for number in range(505)]  # fmt: skip
    service.publish_all(OPERATOR, documents, hub.now)
    last = gather(Selection(), SITE, hub.now, limit=500, page=2)
    assert (last.pages, len(last.items)) == (2, 5)
    assert len(gather(Selection(kinds=("project",)), SITE, hub.now, limit=1000).items) == 505
