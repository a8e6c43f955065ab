"""The doors of the feeds, as feed readers, calendars and people knock at them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from icalendar import Calendar
from lxml import html
from werkzeug.test import TestResponse

from hubnode.db import db
from hubnode.feeds import archive
from hubnode.people import accounts, sessions
from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from tests.hubnode.feeds import bodies
from tests.hubnode.hubs import NOW, SECRET, Hub, carry, close, make_hub, pin

FEEDS = ("/feeds/alle.atom", "/feeds/termine.atom", "/feeds/alle.json", "/feeds/alle.ics", "/feeds/termine.ics")
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
READER = {"Accept": "application/atom+xml, application/rss+xml, text/xml, */*;q=0.1"}


@pytest.fixture
def here(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """The hub in Wilster, with its pages."""
    hub = make_hub(tmp_path / "wilster", template, "Wilster", 5991, pages=True)
    yield hub
    close(hub)


@pytest.fixture
def there(tmp_path: Path, template: Path, here: Hub) -> Iterator[Hub]:
    """The hub in Rendsburg, which Wilster knows."""
    hub = make_hub(tmp_path / "rendsburg", template, "Rendsburg", 5992)
    pin(here, hub)
    yield hub
    close(hub)


@pytest.fixture
def client(here: Hub) -> FlaskClient:
    """A stranger at Wilster's door."""
    return here.app.test_client()


@contextmanager
def counted(hub: Hub) -> Iterator[list[str]]:
    """The statements that the database is asked meanwhile."""
    asked: list[str] = []
    with hub.at():
        engine = db.engine

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def detail(answer: TestResponse) -> str:
    """What a problem document says."""
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["status"] == answer.status_code
    return str(answer.json["detail"])


@pytest.mark.parametrize(
    ("form", "media"),
    [("atom", "application/atom+xml"), ("json", "application/feed+json"), ("ics", "text/calendar")],
)
def test_a_feed_is_served_for_everybody_to_keep(client: FlaskClient, form: str, media: str) -> None:
    """With its type, a strong tag, its age, and for a minute; no cookie, and not for search engines."""
    answer = client.get(f"/feeds/alle.{form}", headers=READER)
    assert answer.status_code == 200
    assert answer.content_type == f"{media}; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert answer.headers["ETag"].startswith('"')
    assert answer.last_modified is not None
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in answer.headers
    assert answer.headers.get("Vary") == "Authorization"
    assert client.head(f"/feeds/alle.{form}").headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize("address", FEEDS)
def test_what_did_not_change_costs_one_glance(here: Hub, client: FlaskClient, address: str) -> None:
    """304 by tag or by time, and a second 200, without reading a single record, or opening a transaction."""
    here.publish("event", bodies.event())
    first = client.get(address)
    with counted(here) as asked:
        same = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        weak = client.get(address, headers={"If-None-Match": f'"old", W/{first.headers["ETag"]}'})
        since = client.get(address, headers={"If-Modified-Since": first.headers["Last-Modified"]})
        again = client.get(address)
    assert asked == []
    for unchanged in (same, weak, since):
        assert (unchanged.status_code, unchanged.data) == (304, b"")
        assert unchanged.headers["ETag"] == first.headers["ETag"]
        assert unchanged.headers["Cache-Control"] == "public, max-age=60"
        assert unchanged.headers.get("Vary") == "Authorization"
    assert (again.status_code, again.data) == (200, first.data)


@pytest.mark.parametrize("address", FEEDS)
def test_a_change_is_seen_at_once(here: Hub, client: FlaskClient, address: str) -> None:
    """New tag, later time, other bytes; within the same second too."""
    first = client.get(address)
    id = here.publish("event", bodies.event())
    second = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert second.headers["ETag"] != first.headers["ETag"]
    assert second.last_modified is not None
    assert first.last_modified is not None
    assert second.last_modified > first.last_modified
    assert id.encode() in second.data
    here.revise(id, title={"de": "Umbenannt"})
    third = client.get(address, headers={"If-Modified-Since": second.headers["Last-Modified"]})
    assert "Umbenannt" in third.get_data(as_text=True)


def test_who_asks_makes_no_difference(here: Hub, client: FlaskClient) -> None:
    """Somebody signed in, who reads in English, gets the same bytes under the same tag."""
    here.publish("event", bodies.event(room="Kanarienvogel"), "network")
    here.publish("project", bodies.project())
    stranger = client.get("/feeds/alle.atom")
    with here.at():
        accounts.add("bob@wilster.example", "Bob", "coordinator", "Deichgraf reitet Schimmel", NOW)
        token = sessions.open(
            "bob@wilster.example", "Deichgraf reitet Schimmel", address="192.0.2.7", device="Firefox",
            secret=SECRET, lasting=timedelta(days=1), now=NOW,
        )  # fmt: skip
    bob = here.app.test_client()
    bob.set_cookie(sessions.cookie_name(here.origin), token, domain="127.0.0.1")
    bob.set_cookie("sprache", "en", domain="127.0.0.1")
    seen = bob.get("/feeds/alle.atom", base_url=here.origin)
    assert (seen.data, seen.headers["ETag"]) == (stranger.data, stranger.headers["ETag"])
    assert b"Kanarienvogel" not in seen.data


def test_another_hubs_event_comes_with_its_name(here: Hub, there: Hub, client: FlaskClient) -> None:
    """In the feed of that hub, and withdrawn there it is gone here."""
    id = there.publish("event", bodies.event())
    carry(there, here)
    answer = client.get("/feeds/termine.atom?hub=127.0.0.1:5992&thema=focus-mobility")
    [entry] = feedparser.parse(answer.data).entries
    assert (entry.id, entry.author) == (f"{there.origin}/r/{id}", "Digital Hub Rendsburg")
    with there.at():
        service.withdraw(OPERATOR, id, NOW)
    carry(there, here)
    assert b"at:deleted-entry" in client.get("/feeds/termine.atom?hub=127.0.0.1:5992").data


def test_a_hub_that_joins_has_its_feed_at_once(here: Hub, client: FlaskClient, tmp_path: Path, template: Path) -> None:
    """Though names are remembered for a moment."""
    assert client.get("/feeds/alle.atom?hub=127.0.0.1:5993").status_code == 404
    kiel = make_hub(tmp_path / "kiel", template, "Kiel", 5993)
    pin(here, kiel)
    close(kiel)
    answer = client.get("/feeds/alle.atom?hub=127.0.0.1:5993")
    assert feedparser.parse(answer.data).feed.title == "Neues (Digital Hub Kiel)"


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/feeds/event.atom", 404, "Diesen Feed gibt es nicht. Alle Feeds stehen auf der Seite „Abonnieren“."),
        ("/feeds/projekte.ics", 404, "Kalender gibt es nur für Termine und Förderaufrufe."),
        ("/feeds/alle.json?thema=nichts", 404, "Dieses Thema gibt es nicht."),
        ("/feeds/alle.atom?hub=kiel.example", 404, "Diesen Hub gibt es im Verbund nicht."),
        ("/feeds/alle.atom?hub=", 404, "Diesen Hub gibt es im Verbund nicht."),
        ("/feeds/alle.atom?seite=2", 404, "So viele Seiten hat dieser Feed nicht."),
        ("/feeds/alle.atom?seite=1e9", 404, "So viele Seiten hat dieser Feed nicht."),
        (
            "/feeds/alle.atom?utm_source=x",
            400,
            "Diesen Filter gibt es für diesen Feed nicht, oder er steht zu oft in der Adresse.",
        ),
        ("/feeds/termine.csv?zielgruppe=niemand", 400, "Einen Filter mit diesem Wert gibt es hier nicht."),
        ("/feeds/alle.rss?q=" + "a" * 201, 400, "Die Suchwörter sind zu lang, möglich sind 200 Zeichen."),
        ("/feeds/alle.rss?lang=fr", 400, "Feeds gibt es auf Deutsch (de) und auf Englisch (en)."),
        ("/feeds/termine.ics?erinnerung=0", 400, "Eine Erinnerung sind 1 bis 40320 Minuten."),
        ("/termine/01JD8Z0000000000000000000A.ics", 404, "Diesen Termin gibt es nicht."),
        ("/termine/kiel.example/01JD8Z0000000000000000000A.ics", 404, "Diesen Hub gibt es im Verbund nicht."),
    ],
)
def test_what_is_not_there_is_refused_in_plain_words(client: FlaskClient, address: str, status: int, said: str) -> None:
    """As a problem document for readers, and as a page for people."""
    answer = client.get(address, headers=READER)
    assert (answer.status_code, detail(answer)) == (status, said)
    assert answer.headers["Cache-Control"] == "no-store"
    page = client.get(address, headers=BROWSER)
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert said in page.get_data(as_text=True)


def test_one_event_for_adding_by_hand(here: Hub, there: Hub, client: FlaskClient) -> None:
    """Of this hub and of another, as often as one likes."""
    own, remote = here.publish("event", bodies.event()), there.publish("event", bodies.event())
    carry(there, here)
    for path, uri in (
        (f"/termine/{own}", f"{here.origin}/r/{own}"),
        (f"/termine/127.0.0.1:5992/{remote}", f"{there.origin}/r/{remote}"),
    ):
        answer = client.get(path + ".ics")
        assert answer.content_type == "text/calendar; charset=utf-8"
        [event] = Calendar.from_ical(answer.data).events
        assert (str(event["UID"]), str(event["URL"])) == (uri, here.origin + path)
        assert client.get(path + ".ics", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    with here.app.test_request_context():
        url_for = here.app.url_for
        assert url_for("feeds.event_ical", id=own) == f"/termine/{own}.ics"
        assert url_for("feeds.event_ical", host="127.0.0.1:5992", id=remote) == f"/termine/127.0.0.1:5992/{remote}.ics"


def test_an_event_that_is_gone_or_closed_is_not_served(here: Hub, client: FlaskClient) -> None:
    """410 for what was public, 404 for what never was, and for what is no event."""
    gone, closed = here.publish("event", bodies.event()), here.publish("event", bodies.event(), "network")
    project = here.publish("project", bodies.project())
    tag = client.get(f"/termine/{gone}.ics").headers["ETag"]
    with here.at():
        service.withdraw(OPERATOR, gone, NOW)
    answer = client.get(f"/termine/{gone}.ics", headers={"If-None-Match": tag})
    assert (answer.status_code, detail(answer)) == (410, "Dieser Termin wurde zurückgezogen.")
    assert client.get(f"/termine/{closed}.ics").status_code == 404
    assert client.get(f"/termine/{project}.ics").status_code == 404


def shown_at(client: FlaskClient, path: str) -> tuple[html.HtmlElement, list[str]]:
    """The page at which a subscription is put together, and the addresses that it names."""
    page = html.fromstring(client.get(path, headers=BROWSER).get_data(as_text=True))
    addresses = page.xpath("//main//dd/a")
    assert [link.text_content() for link in addresses] == [link.get("href") for link in addresses]
    return page, [link.get("href") for link in addresses]


def said(page: html.HtmlElement) -> str:
    """The sentence that says what a subscription contains."""
    return str(page.get_element_by_id("satz").text_content())


def test_a_subscription_is_put_together_and_each_address_of_it_works(
    here: Hub, there: Hub, client: FlaskClient
) -> None:
    """As in the search, with a sentence, the newest of it, and one address for each form."""
    there.publish("event", bodies.event())
    other = there.publish("project", bodies.project())
    carry(there, here)
    page, addresses = shown_at(
        client, "/feeds?q=&art=termine&thema=focus-mobility&hub=127.0.0.1:5992&erinnerung=60&lang="
    )
    assert page.findtext(".//h1") == "Abonnieren"
    assert said(page) == (
        "Termine, zum Thema Modellregion für die Mobilität der Zukunft und allem, was darunter liegt, "
        "von Digital Hub Rendsburg, "
        "mit einer Erinnerung 1 Stunde vorher."
    )
    asked = "?thema=focus-mobility&hub=127.0.0.1:5992"
    assert addresses == [
        f"{here.origin}/feeds/termine.ics{asked}&erinnerung=60",
        *(f"{here.origin}/feeds/termine.{form}{asked}" for form in ("atom", "json", "rss", "csv")),
    ]
    assert page.xpath("//a[starts-with(@href, 'webcal://127.0.0.1:5991/feeds/termine.ics')]")
    for address in addresses:
        assert client.get(address.removeprefix(here.origin)).status_code == 200
    items = [link.text_content() for link in page.xpath("//section[@aria-labelledby='vorschau']//li/a")]
    assert len(items) == 1
    assert other not in html.tostring(page).decode()
    [event] = Calendar.from_ical(client.get(addresses[0].removeprefix(here.origin)).data).events
    assert event.subcomponents[0]["TRIGGER"].dt == timedelta(hours=-1)


def test_without_a_choice_it_is_everything(here: Hub, client: FlaskClient) -> None:
    """And there is something to read about what comes later."""
    page, addresses = shown_at(client, "/feeds")
    assert said(page) == "Alles, was die Hubs veröffentlichen."
    assert f"{here.origin}/feeds/alle.atom" in addresses
    assert "Noch nichts." in page.text_content()


def test_filters_of_another_kind_are_dropped_and_what_means_nothing_is_named(client: FlaskClient) -> None:
    """The form may still carry them; an address that was written by hand is told what is wrong with it."""
    page, addresses = shown_at(client, "/feeds?art=projekte&art=termine&zielgruppe=citizens")
    assert addresses[0].endswith("/feeds/alle.atom?art=projekte&art=termine")
    assert client.get("/feeds?thema=nichts", headers=BROWSER).status_code == 400
    page, addresses = shown_at(client, "/feeds?thema=nichts")
    assert "Dieses Thema gibt es nicht." in page.text_content()


def test_every_list_leads_to_its_subscription(here: Hub, client: FlaskClient) -> None:
    """With the words and filters that were chosen there."""
    here.publish("event", bodies.event())
    page = html.fromstring(client.get("/termine?q=Rad&zielgruppe=citizens&thema=focus-mobility").get_data(as_text=True))
    links = [link.get("href") for link in page.xpath("//head/link[@type='application/atom+xml']")]
    assert links == ["/feeds/termine.atom?q=Rad&thema=focus-mobility&zielgruppe=citizens"]
    assert client.get(links[0]).status_code == 200
    page = html.fromstring(client.get("/termine").get_data(as_text=True))
    assert page.xpath("//a[.='Diese Suche abonnieren']/@href") == ["/feeds?art=termine"]


def test_a_long_feed_comes_in_pages(here: Hub, client: FlaskClient) -> None:
    """Each of them names the next (RFC 5005), and together they hold every record once."""
    ids = {f"{here.origin}/r/{here.publish('project', bodies.project())}" for _ in range(51)}
    first = feedparser.parse(client.get("/feeds/projekte.atom").data)
    steps = {link.rel: link.href.removeprefix(here.origin) for link in first.feed.links}
    assert steps["next"] == steps["last"] == "/feeds/projekte.atom?seite=2"
    second = feedparser.parse(client.get(steps["next"]).data)
    assert {entry.id for entry in (*first.entries, *second.entries)} == ids
    assert first.feed.id == second.feed.id
    assert client.get("/feeds/projekte.json").json["next_url"].endswith("/feeds/projekte.json?seite=2")


@pytest.mark.parametrize("address", ["/", "/termine", "/projekte", "/feeds"])
def test_programs_find_the_feeds_of_a_page(client: FlaskClient, address: str) -> None:
    """By the links in its head."""
    page = html.fromstring(client.get(address).get_data(as_text=True))
    found = {link.get("type"): link.get("href") for link in page.xpath("//head/link[@rel='alternate']")}
    assert "application/atom+xml" in found
    assert ("text/calendar" in found) == (address != "/projekte")
    for media, href in found.items():
        assert client.get(href).content_type == f"{media}; charset=utf-8"


def test_an_archive_document_is_kept_as_long_as_it_is_the_same(here: Hub, client: FlaskClient) -> None:
    """Its tag is of its bytes, whatever else changes."""
    ids = [here.publish("project", bodies.project(title={"de": f"Nr. {number}"})) for number in range(archive.WIDTH)]
    [address] = re.findall('rel="prev-archive"[^>]*href="([^"]*)"', client.get("/feeds/alle.atom").text)
    first = client.get(address.removeprefix(here.origin))
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "public, max-age=60")
    assert first.text.count("<entry>") == archive.WIDTH
    here.publish("project", bodies.project(title={"de": "Später"}))
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get(address.removeprefix(here.origin), headers=tag).status_code == 304
    with here.at():
        service.erase(OPERATOR, ids[0], NOW + timedelta(hours=1))
    gone = client.get(address.removeprefix(here.origin), headers=tag)
    assert (gone.status_code, gone.text.count("<entry>")) == (200, archive.WIDTH - 1)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/feeds/alle.atom?archiv=x", 404), ("/feeds/alle.atom?archiv=", 404),
        ("/feeds/alle.atom?archiv=0123456789abcdef-50-0123456789abcdef", 410),
        ("/feeds/alle.rss?archiv=x", 400), ("/feeds/alle.atom?archiv=x&archiv=y", 400),
        ("/feeds/alle.atom?archiv=x&seite=2", 400),
    ],
)  # fmt: skip
def test_archives_that_there_are_not(client: FlaskClient, address: str, status: int) -> None:
    """Each flaw is named."""
    client.get("/feeds/alle.atom")
    answer = client.get(address, headers=READER)
    assert answer.status_code == status
    assert detail(answer)
