"""Editors write drafts and hand them over; what only coordinators may do is refused in the service, not just hidden."""

from __future__ import annotations

from typing import Any

import pytest

from hubnode.db import transaction
from hubnode.people.viewer import OPERATOR, Viewer
from hubnode.records import reading, service
from hubnode.records.errors import Forbidden, NotNow, Stale
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.web.browsing import Browser
from tests.hubnode.web.desk import account

FORM = ".//form[@id='eintrag']"
ORGANISATION = {"name__de": "Amt Wilstermarsch", "kind": "amt"}
EDITOR = Viewer("hub", "editor", 4, "Ede")


@pytest.fixture
def ede(hub: Hub, password_hash: str) -> Browser:
    """An editor, signed in."""
    with hub.at(), transaction() as session:
        session.add(account("Ede", "editor", password_hash))
    browser = Browser(hub.app)
    assert browser.sign_in("ede@wilster.example").location == "/redaktion"
    return browser


def test_an_editor_hands_a_draft_over_and_a_coordinator_publishes_it(hub: Hub, ede: Browser, bob: Browser) -> None:
    """The coordinator finds it on top of the desk; afterwards it is handed over no more."""
    ede.open("/redaktion/neu/organisationen")
    assert ede.page.xpath(".//button[@value='uebergeben']")
    assert not ede.page.xpath(".//button[@value='veroeffentlichen']")
    ede.follow(ede.send(form=FORM, button="uebergeben", **ORGANISATION))
    assert "Zum Veröffentlichen übergeben (1)" in ede.text()
    bob.open("/redaktion")
    assert "Zum Veröffentlichen übergeben (1)" in bob.text()
    [path] = bob.page.xpath(".//section[@aria-labelledby='uebergeben']//h3/a/@href")
    bob.open(path)
    bob.follow(bob.send(form=FORM, button="veroeffentlichen"))
    bob.open("/redaktion")
    assert "Zum Veröffentlichen übergeben" not in bob.text()
    with hub.at():
        [record] = reading.mine(OPERATOR)
        assert (record.state, record.handed_at) == ("published", None)


@pytest.mark.parametrize("button", ["veroeffentlichen"])
def test_an_editor_cant_publish_by_a_button_that_is_not_there(hub: Hub, ede: Browser, button: str) -> None:
    """What was typed stays as a draft."""
    ede.open("/redaktion/neu/organisationen")
    assert ede.send(form=FORM, button=button, **ORGANISATION).status_code == 403
    with hub.at():
        [record] = reading.mine(OPERATOR)
        assert record.state == "draft"


@pytest.mark.parametrize("deed", ["zurueckziehen", "loeschen"])
def test_an_editor_takes_nothing_back(hub: Hub, ede: Browser, deed: str) -> None:
    """Neither the question nor the answer is an editor's."""
    id = hub.publish("project", project())
    ede.open(f"/redaktion/{id}")
    assert deed not in ede.text(".//aside").lower()
    assert ede.open(f"/redaktion/{id}/{deed}").status_code == 403
    ede.open(f"/redaktion/{id}")
    assert ede.send(f"/redaktion/{id}/{deed}", form=FORM, titel="x").status_code == 403
    with hub.at():
        assert reading.get(OPERATOR, "project", id).state == "published"


def test_the_service_itself_refuses_an_editor(hub: Hub) -> None:
    """Whatever page forgets to ask."""
    id = hub.publish("project", project())
    deeds: list[Any] = [
        lambda: service.publish(EDITOR, id, NOW),
        lambda: service.publish_all(EDITOR, [], NOW),
        lambda: service.withdraw(EDITOR, id, NOW),
        lambda: service.erase(EDITOR, id, NOW),
    ]
    with hub.at():
        for deed in deeds:
            with pytest.raises(Forbidden):
                deed()


def test_only_the_draft_that_was_seen_is_handed_over(hub: Hub) -> None:
    """Nothing that somebody else has typed meanwhile, and nothing where there is no draft."""
    id = hub.publish("project", project())
    with hub.at():
        with pytest.raises(NotNow):
            service.hand_over(EDITOR, id, 0, NOW)
        draft = service.save_draft(EDITOR, "project", project("Neu"), id=id, level="public", now=NOW)
        with pytest.raises(Stale):
            service.hand_over(EDITOR, id, draft.token - 1, NOW)
        with pytest.raises(Forbidden):
            service.hand_over(Viewer("hub", "staff", 3, "Charlie"), id, draft.token, NOW)
        service.hand_over(EDITOR, id, draft.token, NOW)
        assert reading.preview(EDITOR, id).handed_at == NOW
        service.discard_draft(EDITOR, id)
        assert reading.preview(EDITOR, id).handed_at is None
