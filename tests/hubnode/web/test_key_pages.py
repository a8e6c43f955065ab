"""The keys in the browser, without scripts: what is shown, renewing, deciding a review, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.network import identity, keyfiles, keyview, reviewing
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading as records
from hubnode.records import review, statements
from hubnode.records.models import Log
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, close, make_hub, pin
from tests.hubnode.web.browsing import PASSWORD, Browser

PATH = "/verwaltung/schluessel"
ROTATE = ".//form[contains(@action, 'erneuern')]"
ACCEPT, DROP = ".//form[contains(@action, 'annehmen')]", ".//form[contains(@action, 'verwerfen')]"


@pytest.fixture
def alice(hub: Hub) -> Browser:
    """The administrator, signed in."""
    browser = Browser(hub.app)
    browser.keep_signed_in("alice@wilster.example")
    return browser


@pytest.fixture
def rendsburg(tmp_path: Path, template: Path, hub: Hub) -> Iterator[Hub]:
    """A hub of which the second of two records is under review here."""
    other = make_hub(tmp_path / "rendsburg", template, "Rendsburg", 5992)
    pin(hub, other)
    for title in ("Rufbus", "Pegel"):
        other.publish("project", project(title))
        carry(other, hub)
    with hub.at(), transaction() as session:
        copy = session.scalars(sa.select(Log).where(~Log.own)).one()
        assert review.open_for(session, copy, 1, 2, "k20261122", NOW, NOW) == 1
    yield other
    close(other)


def keyset_number(hub: Hub) -> int:
    """The number of the hub's keyset."""
    return identity.read_keyset(hub.settings.instance / "keys", hub.origin).n


def shown(hub: Hub) -> set[str]:
    """What everybody finds."""
    with hub.at():
        reading().rollback()
        return {view.headline["de"] for view in records.find(ANONYMOUS, records.Browse()).items}


def test_the_overview_names_every_key_of_every_hub(hub: Hub, alice: Browser, rendsburg: Hub) -> None:
    answer = alice.open(PATH)
    assert answer.status_code == 200
    with hub.at() as node, rendsburg.at() as other:
        for text in (node.identity.signing.id, node.identity.fingerprint, other.identity.fingerprint):
            assert text in answer.text
    assert "Unter Prüfung" in answer.text
    assert PATH in alice.open("/verwaltung").text


@pytest.mark.parametrize("path", [PATH, f"{PATH}/pruefung/127.0.0.1:5992"])
def test_the_keys_are_for_administrators_only(visitor: Browser, bob: Browser, rendsburg: Hub, path: str) -> None:
    assert rendsburg
    assert visitor.open(path).status_code == 303
    assert bob.open(path).status_code == 403


def test_renewing_announces_a_key_in_files_and_log(hub: Hub, alice: Browser) -> None:
    alice.open(PATH)
    page = alice.follow(alice.send(form=ROTATE, passwort=PASSWORD))
    assert "angekündigt" in page.text
    assert keyset_number(hub) == 2
    with hub.at():
        assert [said["n"] for said in statements.said_by(reading(), hub.origin, "keyset")] == [2]
    assert not alice.page.xpath(ROTATE)


def test_a_wrong_password_renews_nothing(hub: Hub, alice: Browser) -> None:
    alice.open(PATH)
    answer = alice.send(form=ROTATE, passwort="falsch")
    assert answer.status_code == 422
    assert "Das Passwort stimmt nicht" in answer.text
    assert keyset_number(hub) == 1


def test_a_second_key_is_not_announced_over_the_first(hub: Hub, alice: Browser) -> None:
    alice.open(PATH)
    with hub.at() as node:
        root = keyfiles.root_key(node.keys.folder)
        now = datetime.now(UTC)
        keyfiles.rotate(OPERATOR_CONFIRMED, node.keys.folder, hub.origin, root, now, timedelta(hours=24))
    answer = alice.send(form=ROTATE, passwort=PASSWORD)
    assert answer.status_code == 409
    assert "schon ein neuer Schlüssel angekündigt" in answer.text
    assert keyset_number(hub) == 2


def test_without_the_root_key_the_page_says_where_renewing_works(hub: Hub, alice: Browser) -> None:
    alice.open(PATH)
    (hub.settings.instance / "keys" / "root.json").unlink()
    answer = alice.send(form=ROTATE, passwort=PASSWORD)
    assert answer.status_code == 409
    assert "hubnode key rotate --root" in alice.open(PATH).text
    assert not alice.page.xpath(ROTATE)


def test_keys_are_warned_of_a_month_before_they_end(hub: Hub, rendsburg: Hub) -> None:
    assert rendsburg
    with hub.at() as node:
        ends = node.identity.keyset.signing[-1].not_after
        for before, warned in ((timedelta(days=31), False), (timedelta(days=29), True)):
            assert keyview.own(node, ends - before).hub.warned is warned
            assert [one.warned for one in keyview.of_peers(ends - before)] == [warned]


def test_a_review_lists_what_is_in_doubt_and_accepting_shows_it(hub: Hub, alice: Browser, rendsburg: Hub) -> None:
    assert shown(hub) == {"Rufbus"}
    answer = alice.open(f"{PATH}/pruefung/127.0.0.1:5992")
    assert "Pegel" in answer.text
    assert "Rufbus" not in answer.text
    page = alice.follow(alice.send(form=ACCEPT, passwort=PASSWORD))
    assert "1 Datensatz wird wieder gezeigt" in page.text
    assert shown(hub) == {"Rufbus", "Pegel"}
    assert rendsburg


def test_dropping_leaves_what_was_good_and_halts_the_hub(hub: Hub, alice: Browser, rendsburg: Hub) -> None:
    assert rendsburg
    alice.open(f"{PATH}/pruefung/127.0.0.1:5992")
    page = alice.follow(alice.send(form=DROP, passwort=PASSWORD))
    assert "1 Eintrag ist verworfen" in page.text
    assert shown(hub) == {"Rufbus"}
    with hub.at():
        assert reading().scalars(sa.select(Log.state).where(~Log.own)).one() == "frozen"


@pytest.mark.parametrize("form", [ACCEPT, DROP])
def test_a_wrong_password_decides_nothing(hub: Hub, alice: Browser, rendsburg: Hub, form: str) -> None:
    assert rendsburg
    alice.open(f"{PATH}/pruefung/127.0.0.1:5992")
    assert alice.send(form=form, passwort="falsch").status_code == 422
    with hub.at():
        assert len(reviewing.waiting()) == 1


def test_a_review_that_is_not_open_is_not_there(alice: Browser) -> None:
    assert alice.open(f"{PATH}/pruefung/127.0.0.1:5992").status_code == 404


def test_the_page_of_a_record_under_review_says_so(alice: Browser, rendsburg: Hub) -> None:
    with rendsburg.at():
        [pegel] = [one.id for one in records.find(ANONYMOUS, records.Browse()).items if one.headline["de"] == "Pegel"]
    answer = alice.open(f"/projekte/127.0.0.1:5992/{pegel}")
    assert answer.status_code == 404
    assert "wird geprüft" in answer.text
