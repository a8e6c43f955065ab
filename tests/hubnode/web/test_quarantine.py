"""The quarantine in the browser: what could not be read, why, and what an administrator can do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from federation import canonical
from hubnode.db import reading, transaction
from hubnode.network import peers, quarantine, status
from hubnode.records import log
from hubnode.records.kinds import KINDS, checks
from hubnode.records.models import Record
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, close, make_hub, pin
from tests.hubnode.web.browsing import PASSWORD, Browser

PATH = "/verwaltung/quarantaene"
ONE = f"{PATH}/127.0.0.1:5992/1"
EVIL = "<script>alert('Kanarienvogel')</script>"


@pytest.fixture
def rendsburg(tmp_path: Path, template: Path, hub: Hub) -> Iterator[Hub]:
    """A hub whose record has a second version that nobody can read."""
    other = make_hub(tmp_path / "rendsburg", template, "Rendsburg", 5992)
    pin(hub, other)
    id = other.publish("project", project("Rufbus"))
    sign_another(other, id, project(title=7, summary={"de": EVIL}, impact=[{"goal": {"de": "Ziel"}}]))
    carry(other, hub)
    yield other
    close(other)


def sign_another(hub: Hub, id: str, body: dict[str, Any], kind: str | None = None, grow: int = 1) -> None:
    """Sign another version of a record, whatever is in it."""
    with hub.at(), transaction() as session:
        record = session.scalars(sa.select(Record).where(Record.rec == id)).one()
        record.rev, record.kind = record.rev + grow, kind or record.kind
        change = log.Change("put", record, "public", canonical.encode(body))
        [record.bh] = log.append(session, [change], NOW + timedelta(hours=1))


@pytest.fixture
def alice(hub: Hub) -> Browser:
    """The administrator, signed in."""
    browser = Browser(hub.app)
    browser.keep_signed_in("alice@wilster.example")
    return browser


def waiting(hub: Hub) -> int:
    """How many versions wait."""
    with hub.at():
        return quarantine.count()


def test_an_empty_quarantine_says_so(alice: Browser, hub: Hub) -> None:
    alice.open(PATH)
    assert "Alles, was angekommen ist, ließ sich lesen" in alice.text()


def test_a_version_is_listed_with_hub_kind_revision_reason_and_what_is_shown(alice: Browser, rendsburg: Hub) -> None:
    alice.open(PATH)
    seen = alice.text(".//ul[contains(@class, 'hub-desk')]")
    for words in ("Projekt, Fassung 2", "Rendsburg", "sichtbar bleibt: Rufbus", "Titel, deutsch:"):
        assert words in seen


def test_administration_and_status_page_lead_to_it(alice: Browser, rendsburg: Hub) -> None:
    alice.open("/verwaltung")
    assert "1 wartet" in alice.text()
    assert alice.page.xpath(f".//main//a[@href='{PATH}']")
    alice.open("/verbund")
    assert alice.page.xpath(f".//main//a[@href='{PATH}']")


def test_the_status_page_leads_nobody_else_there(visitor: Browser, rendsburg: Hub) -> None:
    visitor.open("/verbund")
    assert "zurückgehalten" in visitor.text()
    assert not visitor.page.xpath(f".//main//a[@href='{PATH}']")


def test_the_body_is_shown_as_text_and_never_as_a_page(alice: Browser, rendsburg: Hub) -> None:
    alice.open(ONE)
    assert EVIL in alice.text(".//pre")
    assert not alice.page.xpath(".//main//script")
    assert "Rufbus" in alice.text()
    assert "Kanarienvogel" not in alice.text(".//footer")
    answer = alice.client.get(f"{ONE}/text")
    assert answer.mimetype == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    assert EVIL.encode() in answer.data
    with rendsburg.at():
        signed = reading().scalars(sa.text("SELECT body FROM log_entry WHERE seq = 1")).one()
    assert answer.data == signed


def test_reading_anew_leaves_what_still_cannot_be_read(alice: Browser, rendsburg: Hub, hub: Hub) -> None:
    alice.open(ONE)
    alice.follow(alice.send(form=".//form[contains(@action, 'neu-lesen')]"))
    assert "ließ sich noch nicht lesen" in alice.text()
    assert waiting(hub) == 1
    with hub.at():
        assert status.verify(reading()) == []


def test_after_an_update_reading_anew_takes_it_over(
    alice: Browser, hub: Hub, tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_hub(tmp_path / "newer", template, "Rendsburg", 5992)
    pin(hub, other)
    id = other.publish("project", project("Rufbus"))
    sign_another(other, id, project("Rufbus, neue Fassung"))
    older = {name: kind for name, kind in KINDS.items() if name != "project"}
    with monkeypatch.context() as before_the_update:
        before_the_update.setattr(checks, "KINDS", older)
        carry(other, hub)
        alice.open(PATH)
        assert "Diese Art von Eintrag kennt dieser Hub nicht." in alice.text()
    alice.open(PATH)
    assert "jetzt lesbar" in alice.text()
    alice.open(ONE)
    assert "kann die Fassung jetzt lesen" in alice.text()
    alice.follow(alice.send(form=".//form[contains(@action, 'neu-lesen')]"))
    assert "ist gelesen" in alice.text()
    assert waiting(hub) == 0
    assert alice.open(f"/projekte/127.0.0.1:5992/{id}").status_code == 200
    assert "Rufbus, neue Fassung" in alice.text()
    close(other)


def test_what_is_passed_over_counts_no_longer_also_after_a_rebuild(alice: Browser, rendsburg: Hub, hub: Hub) -> None:
    alice.open(ONE)
    alice.follow(alice.send(form=".//form[contains(@action, 'uebergehen')]"))
    assert "Übergangen (1)" in alice.text()
    assert waiting(hub) == 0
    with hub.at():
        status.rebuild(NOW)
        assert [one.quarantined for one in peers.all_hubs(hub.settings)] == [0, 0]
    alice.open(ONE)
    alice.follow(alice.send(form=".//form[contains(@action, 'vorlegen')]"))
    assert waiting(hub) == 1


def test_a_version_that_breaks_a_rule_of_its_record_is_explained(alice: Browser, rendsburg: Hub, hub: Hub) -> None:
    with rendsburg.at():
        id = reading().scalars(sa.select(Record.rec)).one()
    sign_another(rendsburg, id, project("Noch einmal"), grow=-1)
    carry(rendsburg, hub)
    alice.open(f"{PATH}/127.0.0.1:5992/2")
    assert "Fassung 1 kann nicht auf Fassung 2 folgen." in alice.text()
    assert "kann die Fassung jetzt lesen" not in alice.text()


def test_what_is_not_in_quarantine_has_no_page(alice: Browser, rendsburg: Hub) -> None:
    for path in (f"{PATH}/127.0.0.1:5992/0", f"{PATH}/nobody.example/1", f"{PATH}/127.0.0.1:5992/0/text"):
        assert alice.open(path).status_code == 404
    for act in ("neu-lesen", "uebergehen", "vorlegen"):
        alice.open(ONE)
        assert alice.send(action=f"{PATH}/127.0.0.1:5992/0/{act}").status_code == 404


def test_others_are_not_let_in(hub: Hub, rendsburg: Hub, visitor: Browser, bob: Browser, charlie: Browser) -> None:
    assert visitor.open(ONE).location.startswith("/anmelden")
    for person in (bob, charlie):
        for path in (PATH, ONE, f"{ONE}/text"):
            assert person.open(path).status_code == 403
        person.open("/konto")
        assert person.send(action=f"{ONE}/uebergehen", passwort=PASSWORD).status_code == 403
    assert waiting(hub) == 1
