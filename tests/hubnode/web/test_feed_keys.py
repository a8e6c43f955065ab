"""Feed keys through the doors: made, shown once, used, refused by name, listed, ended, and gone with their owner."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from icalendar import Calendar
from werkzeug.test import TestResponse

from hubnode.db import reading, transaction
from hubnode.feeds.select import KEY_HERE
from hubnode.network.node import EXTENSION, utcnow
from hubnode.people import administering, audit, feed_keys, partners
from hubnode.people.confirming import OPERATOR_CONFIRMED, Oneself
from hubnode.people.feed_key_models import FeedKey
from hubnode.people.partner_models import PartnerRead
from hubnode.people.viewer import Viewer
from tests.hubnode.bodies import project
from tests.hubnode.feeds.bodies import event
from tests.hubnode.hubs import Hub
from tests.hubnode.web.browsing import PASSWORD, Browser

FORM = ".//form[@action='/konto/feeds']"
BOB = Oneself(2, "coordinator")
CHARLIE = Viewer("hub", "staff", 3)
PROBLEM = "application/problem+json"


@dataclass
class Reader:
    """A program that reads addresses and sends no header, at a hub whose clock the test moves."""

    hub: Hub
    client: FlaskClient
    ahead: list[timedelta]

    def get(self, address: str, **headers: str) -> TestResponse:
        """Read an address."""
        parts = urlsplit(address)
        return self.client.get(f"{parts.path}?{parts.query}", headers=headers)

    def made(self, asked: str = "art=projekte", form: str = "", who: Viewer = CHARLIE) -> str:
        """A new key."""
        with self.hub.at():
            return feed_keys.make(who, "Kalender", asked, form, utcnow())


@pytest.fixture
def reader(hub: Hub) -> Reader:
    """The hub has a public and a closed project and event."""
    for level, word in (("public", "Offenes"), ("network", "Geschlossenes"), ("hub", "Internes")):
        hub.publish("project", project(f"{word} Vorhaben"), level)
    hub.publish("event", event(title={"de": "Geschlossenes Treffen"}), "network")
    ahead = [timedelta(0)]
    hub.app.extensions[EXTENSION] = replace(hub.app.extensions[EXTENSION], clock=lambda: utcnow() + ahead[0])
    return Reader(hub, hub.app.test_client(use_cookies=False), ahead)


def refused(answer: TestResponse, status: int, name: str) -> None:
    """A problem of this name, which nobody keeps, and without a word of what is closed."""
    assert (answer.status_code, answer.mimetype) == (status, PROBLEM), answer.text
    assert answer.get_json(force=True)["type"] == f"urn:x-hubnode:problem:feed-key-{name}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Geschlossenes" not in answer.text
    assert feed_keys.MARK not in answer.text


def shown(browser: Browser) -> list[str]:
    """The addresses with a key on a page."""
    return [text for text in browser.page.xpath("//main//dd/text()") if feed_keys.MARK in text]


@pytest.mark.parametrize("form", ["atom", "rss", "json", "csv"])
def test_a_key_opens_its_feed_and_nobody_keeps_the_answer(reader: Reader, form: str) -> None:
    """It has a tag, says that nobody may keep, index or pass it on, and shows what is for the network, not more."""
    address = f"/feeds/projekte.{form}?schluessel={reader.made()}"
    answer = reader.get(address)
    assert answer.status_code == 200, answer.text
    assert "Geschlossenes" in answer.text
    assert "Internes" not in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "Link" not in answer.headers
    again = reader.get(address, **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.headers["Cache-Control"]) == (304, "private, no-store")
    assert "Geschlossenes" not in reader.get(f"/feeds/projekte.{form}").text


def test_a_calendar_reads_by_its_key_with_the_reminder_it_likes(reader: Reader) -> None:
    """The reminder is no part of the selection."""
    key = reader.made("art=termine", "ics")
    answer = reader.get(f"/feeds/termine.ics?erinnerung=60&schluessel={key}")
    [found] = Calendar.from_ical(answer.data).events
    assert str(found["SUMMARY"]) == "Geschlossenes Treffen"


def test_the_key_stands_where_programs_go_on_from_and_nowhere_else(reader: Reader, hub: Hub) -> None:
    """In the addresses of the document itself, not in its id; what is kept to answer others has none."""
    first, second = reader.made(), reader.made()
    ours, theirs = (reader.get(f"/feeds/projekte.atom?schluessel={key}").text for key in (first, second))
    address = f"{hub.origin}/feeds/projekte.atom"
    assert re.findall(r'rel="self"[^>]*href="([^"]*)"', ours) == [f"{address}?schluessel={first}"]
    assert re.findall("<id>([^<]*)</id>", ours)[0] == address
    assert ours.replace(first, "") == theirs.replace(second, "")
    told = reader.get(f"/feeds/projekte.json?schluessel={first}").get_json(force=True)
    assert told["feed_url"].endswith(first)
    assert first not in told["home_page_url"]
    kept = hub.app.extensions["hubnode.feeds"].shelf
    assert KEY_HERE.encode() in b"".join(kept._kept.values())
    assert feed_keys.MARK.encode() not in b"".join(kept._kept.values())


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("/feeds/alle.atom?schluessel={}", 403, "selection"),
        ("/feeds/termine.ics?schluessel={}", 403, "selection"),
        ("/feeds/projekte.atom?q=Vorhaben&schluessel={}", 403, "selection"),
        ("/feeds/projekte.atom?lang=en&schluessel={}", 403, "selection"),
        ("/feeds/projekte.json?schluessel={}", 403, "format"),
        ("/feeds/projekte.atom?schluessel={}x", 403, "unknown"),
        ("/feeds/projekte.atom?schluessel=hubt_x", 403, "unknown"),
        ("/feeds/projekte.atom?schluessel={0}&schluessel={0}", 400, "place"),
    ],
)
def test_a_key_opens_nothing_else(reader: Reader, path: str, status: int, name: str) -> None:
    """Each flaw has its name."""
    refused(reader.get(path.format(reader.made("art=projekte", "atom"))), status, name)


def test_a_key_beside_a_token_is_refused(reader: Reader) -> None:
    """Nobody can tell whose right counts."""
    answer = reader.get(f"/feeds/projekte.atom?schluessel={reader.made()}", Authorization="Bearer hubt_x")
    refused(answer, 400, "place")


@pytest.mark.parametrize(
    "path",
    ["/feeds/aenderungen.ndjson", "/api/v1/records", "/api/search", "/projekte", "/feeds"],
)
def test_other_doors_know_no_keys(reader: Reader, path: str) -> None:
    """Nothing closed is shown for one."""
    assert "Geschlossenes" not in reader.get(f"{path}?schluessel={reader.made()}").text


def deactivated() -> None:
    """The account of the owner is deactivated, and later reactivated."""
    administering.deactivate(OPERATOR_CONFIRMED, 3, utcnow())
    administering.reactivate(OPERATOR_CONFIRMED, 3, utcnow())


ENDS: dict[str, Callable[[], object]] = {
    "revoked": lambda: feed_keys.revoke(CHARLIE, 1, utcnow()),
    "deactivated": deactivated,
    "other role": lambda: administering.set_role(OPERATOR_CONFIRMED, 3, "partner", utcnow()),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_key_ends_at_once_and_for_good(reader: Reader, end: str) -> None:
    """When its owner ends it, or may no longer read; the trail knows when and by whom it was made and ended."""
    address = f"/feeds/projekte.atom?schluessel={reader.made()}"
    tag = reader.get(address).headers["ETag"]
    with reader.hub.at():
        ENDS[end]()
    refused(reader.get(address, **{"If-None-Match": tag}), 410, "ended")
    with reader.hub.at():
        acts = [note for note in audit.notes(audit.Wanted()) if note.act.startswith("feed_key.")]
        assert [one.act for one in acts] == ["feed_key.revoked", "feed_key.made"]
        assert {one.about for one in acts} == {"feed-key:1"}
        assert feed_keys.own(3) == []


def test_the_key_of_a_role_that_was_taken_by_hand_opens_nothing(reader: Reader, hub: Hub) -> None:
    """What the owner may do now counts, however it came to be."""
    address = f"/feeds/projekte.atom?schluessel={reader.made()}"
    with hub.at(), transaction() as session:
        session.execute(sa.text("UPDATE account SET role = 'partner' WHERE id = 3"))
    refused(reader.get(address), 410, "ended")


def test_keys_are_hashed_and_only_the_day_of_use_is_kept(reader: Reader, hub: Hub) -> None:
    """Nothing in the row says more."""
    key = reader.made()
    reader.get(f"/feeds/projekte.atom?schluessel={key}")
    with hub.at():
        row = reading().execute(sa.select(FeedKey.__table__)).one()
        assert key not in str(row)
        assert row.last_used_on == utcnow().date()


def test_what_nobody_uses_ends_and_what_ended_is_forgotten(reader: Reader, hub: Hub) -> None:
    """After 400 days, and 30 days later."""
    used, unused = reader.made(), reader.made()
    with hub.at():
        feed_keys.tidy(utcnow() + timedelta(days=399))
    reader.ahead[0] = timedelta(days=399)
    assert reader.get(f"/feeds/projekte.atom?schluessel={used}").status_code == 200
    with hub.at():
        feed_keys.tidy(utcnow() + timedelta(days=401))
    refused(reader.get(f"/feeds/projekte.atom?schluessel={unused}"), 410, "ended")
    with hub.at():
        feed_keys.tidy(utcnow() + timedelta(days=432))
    refused(reader.get(f"/feeds/projekte.atom?schluessel={unused}"), 403, "unknown")
    assert reader.get(f"/feeds/projekte.atom?schluessel={used}").status_code == 200


def test_a_person_makes_one_on_the_way_from_the_builder(reader: Reader, charlie: Browser) -> None:
    """Chosen on the page "Abonnieren", shown this once, listed in words, ended by a button."""
    charlie.open("/feeds?art=projekte&q=Vorhaben")
    [link] = charlie.page.xpath("//a[starts-with(@href, '/konto/feeds')]/@href")
    charlie.open(link)
    assert "Projekte, mit den Wörtern „Vorhaben“." in charlie.text()
    answer = charlie.send(form=FORM, name="Mein Leseprogramm", format="atom", passwort=PASSWORD)
    assert answer.status_code == 200, charlie.text()
    assert answer.headers["Cache-Control"] == "no-store"
    [address] = shown(charlie)
    assert "/feeds/projekte.atom?q=Vorhaben&" in address
    assert "Geschlossenes" in reader.get(address).text
    charlie.open("/konto/feeds")
    assert feed_keys.MARK not in charlie.page.text_content()
    assert "Mein Leseprogramm" in charlie.text()
    assert "zuletzt benutzt am" in charlie.text()
    charlie.follow(charlie.send(form=".//form[contains(@action, '/beenden')]"))
    assert "Mein Leseprogramm" not in charlie.text()
    refused(reader.get(address), 410, "ended")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"), ({"name": "x" * 61}, "name"), ({"format": "pdf"}, "format"),
        ({"format": "ics"}, "format"), ({"auswahl": "art=fahrraeder"}, "auswahl"),
        ({"passwort": "falsch"}, "passwort-neu"),
    ],
)  # fmt: skip
def test_nothing_is_made_of_a_wrong_form(reader: Reader, charlie: Browser, change: dict[str, str], field: str) -> None:
    """And the page says at which field."""
    charlie.open("/konto/feeds?auswahl=art%3Dprojekte")
    answer = charlie.send(form=FORM, **({"name": "Kalender", "passwort": PASSWORD} | change))
    assert answer.status_code == 422
    assert charlie.page.xpath(f"//div[contains(@class, 'hub-errors')]//a[@href='#{field}']")
    with reader.hub.at():
        assert feed_keys.own(3) == []


def test_one_has_so_many_and_sees_ones_own_only(reader: Reader, hub: Hub, charlie: Browser, bob: Browser) -> None:
    """Nobody ends those of others."""
    reader.made()
    with hub.at(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed_keys, "MOST", 1)
        with pytest.raises(feed_keys.CantMake, match="many"):
            feed_keys.make(CHARLIE, "Noch eine", "", "", utcnow())
        with pytest.raises(feed_keys.CantMake, match="right"):
            feed_keys.make(Viewer("public", "partner", 3), "Keine", "", "", utcnow())
    bob.open("/konto/feeds")
    assert not bob.page.xpath("//form[contains(@action, '/beenden')]")
    charlie.open("/konto/feeds")
    [form] = charlie.page.xpath("//form[contains(@action, '/beenden')]/@action")
    bob.open("/konto/feeds?auswahl=")
    assert bob.send(form, form=FORM).status_code == 404
    with hub.at():
        assert len(feed_keys.own(3)) == 1


@pytest.fixture
def partner(hub: Hub) -> int:
    """A partner with the right to closed feeds."""
    with hub.at():
        until = utcnow().date() + timedelta(days=90)
        partners.add(BOB, "Universität Probe", ("records:read", "feeds:network"), until, utcnow())
        [view] = partners.everybody(utcnow())
        return view.id


def given(bob: Browser, partner: int, **change: str) -> TestResponse:
    """Make a key for the partner, on its page."""
    bob.open(f"/verwaltung/partner/{partner}")
    values = {"auswahl": "http://127.0.0.1:5991/feeds/projekte.atom", "format": "alle", "passwort": PASSWORD} | change
    return bob.send(form=".//form[contains(@action, '/feeds') and .//input[@name='auswahl']]", **values)


def test_a_partner_gets_one_and_what_it_reads_is_listed(reader: Reader, bob: Browser, partner: int) -> None:
    """By kind and day, for the list of recipients (GDPR Art. 19)."""
    answer = given(bob, partner)
    assert answer.status_code == 200, bob.text()
    found = shown(bob)
    assert {re.search(r"\.([a-z]+)\?", one)[1] for one in found} == {"atom", "rss", "json", "csv"}  # type: ignore[index]
    assert "Geschlossenes" in reader.get(found[0]).text
    with reader.hub.at():
        rows = reading().execute(sa.select(PartnerRead.kind, PartnerRead.day)).all()
        assert [tuple(row) for row in rows] == [("project", utcnow().date())]
    bob.open(f"/verwaltung/partner/{partner}")
    bob.follow(bob.send(form=".//form[contains(@action, '/beenden') and contains(@action, '/feeds/')]"))
    refused(reader.get(found[0]), 410, "ended")


@pytest.mark.parametrize(
    ("change", "status"),
    [({"auswahl": "https://anderswo.example/feeds/projekte.atom"}, 422), ({"format": "ics"}, 422),
     ({"passwort": "falsch"}, 422)],
)  # fmt: skip
def test_nothing_is_given_by_a_wrong_form(
    bob: Browser, hub: Hub, partner: int, change: dict[str, str], status: int
) -> None:
    """An address of another hub, a format that the selection has not, no confirmation."""
    assert given(bob, partner, **change).status_code == status
    with hub.at():
        assert feed_keys.of_partner(partner) == []


def right_taken(partner: int) -> None:
    """The partner may still do something, but not this."""
    partners.change(BOB, partner, ("records:read",), utcnow().date() + timedelta(days=9), utcnow())


PARTNER_ENDS: dict[str, Callable[[int], object]] = {
    "ended": lambda partner: partners.end(BOB, partner, utcnow()),
    "right taken": right_taken,
}


@pytest.mark.parametrize("end", [*PARTNER_ENDS, "time over"])
def test_a_partners_key_ends_with_its_right(reader: Reader, hub: Hub, partner: int, end: str) -> None:
    """At once; what is given again later does not bring it back."""
    with hub.at():
        key = feed_keys.give(BOB, partner, "Kalender", "art=projekte", "", utcnow())
    address = f"/feeds/projekte.atom?schluessel={key}"
    assert reader.get(address).status_code == 200
    with hub.at():
        if end == "time over":
            reader.ahead[0] = timedelta(days=91)
        else:
            PARTNER_ENDS[end](partner)
    refused(reader.get(address), 410, "ended")
    if end != "ended":
        with hub.at():
            now = utcnow() + reader.ahead[0]
            partners.change(BOB, partner, ("feeds:network",), now.date() + timedelta(days=30), now)
        refused(reader.get(address), 410, "ended")
    with hub.at():
        assert feed_keys.of_partner(partner) == []


def test_who_has_no_right_gets_none(hub: Hub, partner: int) -> None:
    """A partner without it, one that has ended, one that is not there."""
    with hub.at():
        right_taken(partner)
        for number in (partner, 4711):
            with pytest.raises(feed_keys.CantMake, match="right"):
                feed_keys.give(BOB, number, "Kalender", "", "", utcnow())


def test_the_trail_has_no_word_of_a_selection(reader: Reader, hub: Hub) -> None:
    """What somebody looks for is nobody's business."""
    reader.made("art=projekte&q=Vorhaben")
    with hub.at():
        [note] = [one for one in audit.notes(audit.Wanted()) if one.act == "feed_key.made"]
        assert "Vorhaben" not in json.dumps(dict(note.detail))


def test_no_log_knows_a_key(reader: Reader, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither of answers nor of refusals nor of faults."""
    key = reader.made()
    with caplog.at_level(logging.DEBUG):
        for address in ("/feeds/projekte.atom", "/feeds/alle.atom"):
            reader.get(f"{address}?schluessel={key}")
        monkeypatch.setattr("hubnode.web.feeds.utcnow", lambda: 1 / 0)
        assert reader.get(f"/feeds/projekte.atom?schluessel={key}").status_code == 500
    assert "unforeseen ZeroDivisionError" in caplog.text
    assert feed_keys.MARK not in caplog.text
