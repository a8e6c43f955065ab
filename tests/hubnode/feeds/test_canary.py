"""What is not public is in no byte of any feed; what somebody typed breaks none."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from lxml import etree

from hubnode.feeds import content
from hubnode.feeds.content import MAIN
from hubnode.feeds.formats import FORMATS
from hubnode.feeds.select import Feed, Selection, item
from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from hubnode.records.gone import RecordGone
from hubnode.records.kinds import KINDS
from hubnode.records.reading import RecordView
from tests.hubnode.feeds import bodies
from tests.hubnode.feeds.conftest import NOW, RENDSBURG, SITE, Hub, Peer

CANARY = "Kanarienvogel"
SELECTIONS = [
    Selection(),
    *(Selection((kind,)) for kind in KINDS),
    *(Selection(hubs=(hub,)) for hub in SITE.hubs),
    Selection(topics=("focus-mobility",)),
]
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))


def everything(hub: Hub) -> bytes:
    """All feeds of this node, one after the other."""
    return b"".join(
        form.render(selection, SITE, hub.now)
        for form in FORMATS.values()
        for selection in SELECTIONS
        if form.takes(selection)
    )


def test_the_canary_sings_where_it_may(hub: Hub) -> None:
    """Else the tests below would prove nothing."""
    hub.publish("event", bodies.event(room=CANARY))
    assert everything(hub).count(CANARY.encode()) > len(FORMATS)


@pytest.mark.parametrize("level", ["network", "hub"])
def test_a_record_that_is_not_public_is_in_no_feed(hub: Hub, peer: Peer, level: str) -> None:
    """Neither an own one nor, for the network, another hub's."""
    hub.publish("event", bodies.event(title={"de": CANARY}), level)
    hub.publish("project", bodies.project(title={"de": CANARY}), level)
    if level == "network":
        peer.publish("event", bodies.event(title={"de": CANARY}), level)
    assert CANARY.encode() not in everything(hub)


def test_a_field_that_is_not_public_is_in_no_feed(hub: Hub, peer: Peer) -> None:
    """In records that are."""
    online = {"attendance_mode": "hybrid", "online_url": f"https://meet.example/{CANARY}"}
    reachable = {"display_name": CANARY, "summary": {"de": CANARY}, "field_visibility": {}}
    kept = {"interests": {"de": CANARY}}
    for publish in (hub.publish, peer.publish):
        publish("event", bodies.event(**online))
        publish("project", bodies.project(funding=[{"programme": CANARY, "status": "planned", "amount_cents": 1}]))
        publish("expertise", bodies.expertise(**reachable, **kept))
    assert len(everything(hub)) > 10_000
    assert CANARY.encode() not in everything(hub)


def test_what_consent_alone_opens_is_in_no_feed(hub: Hub) -> None:
    """Not even where it is public."""
    hub.publish("expertise", bodies.expertise(display_name=CANARY))
    assert CANARY.encode() not in everything(hub)


def test_a_draft_and_a_former_version_are_in_no_feed(hub: Hub) -> None:
    """Only what is published, as it is now."""
    id = hub.publish("event", bodies.event(room=CANARY))
    hub.publish("event", bodies.event(), id=id)
    service.save_draft(OPERATOR, "event", bodies.event(room=CANARY), now=NOW, id=id, level="public")
    service.save_draft(OPERATOR, "project", bodies.project(title={"de": CANARY}), now=NOW, level="public")
    assert CANARY.encode() not in everything(hub)


def test_what_was_withdrawn_erased_or_narrowed_is_in_no_feed(hub: Hub, peer: Peer) -> None:
    """Its id is all that may remain."""
    for end in (hub.withdraw, hub.erase, lambda id: hub.publish("event", bodies.event(room=CANARY), "network", id=id)):
        end(hub.publish("event", bodies.event(room=CANARY)))
    peer.withdraw("event", peer.publish("event", bodies.event(room=CANARY)), 2)
    assert CANARY.encode() not in everything(hub)


def test_every_field_that_feeds_name_is_there_and_may_be_public() -> None:
    """A field that was renamed, or closed for good, is noticed here; nothing personal is among them."""
    for kind, names in MAIN.items():
        fields = KINDS[kind].fields
        assert [name for name in names if fields[name].metadata["cap"] != "public"] == []
    assert MAIN.keys() == KINDS.keys()
    personal = {"display_name", "academic_title", "orcid", "esco", "contact_person", "speakers", "authors"}
    assert not personal & {name for names in MAIN.values() for name in names}
    assert "languages" not in MAIN["expertise"]  # those of a person; an offer has some too


def view(text: str) -> RecordView:
    """An event into which `text` has got everywhere, past every check at the door."""
    said = {"de": text, "en": text}
    places = {"title": said, "summary": said, "room": text, "accessibility": said, "cancel_reason": said}
    location = {"name": text, "place": text, "street": text}
    fields: dict[str, Any] = bodies.event(**places, location=location, online_url="https://x.example/" + text)
    return RecordView(
        uri=f"{RENDSBURG}/r/1", origin=RENDSBURG, id="1", kind="event", rev=1, state="published", level="public",
        own=False, headline=said, summary=said, fields=fields, topics=("ozg", text), published_at=NOW, updated_at=NOW,
        starts_at=NOW, ends_at=NOW, unread_rev=None, has_draft=False,
    )  # fmt: skip


@given(ANY_TEXT)
@settings(max_examples=50, deadline=None)
def test_no_text_breaks_a_feed(text: str) -> None:
    """Whatever characters a record holds, every format stays well-formed and says nothing but text."""
    app = Flask("feeds")
    Babel(app, default_locale="de")
    site = replace(SITE, hubs={RENDSBURG: text})
    with app.app_context():
        entry = item(view(text), site, "de")
        gone = RecordGone(f"{RENDSBURG}/r/2", RENDSBURG, "event", 3, NOW)
        feed = Feed(Selection(), site, entry.title, [entry], [gone], NOW)
        document = etree.fromstring(FORMATS["atom"].write(feed))
        found = json.loads(FORMATS["json"].write(feed))
        calendar = Calendar.from_ical(FORMATS["ics"].write(feed))
        html = content.html(entry, "de")
    assert document.findtext("{*}entry/{*}content") == html == found["items"][0]["content_html"]
    assert document.findtext("{*}entry/{*}title") == entry.title
    assert len(calendar.events) == 2
    assert {element.tag for element in etree.HTML(html).iter()} <= {"html", "body", "p", "strong", "br", "a", "span"}
