"""The repair page and what the status page says: what happened, in plain words, and nothing without the password."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.network import events
from hubnode.network.models import Peer
from hubnode.records import copies, log
from hubnode.records.models import Log
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, close, make_hub, pin
from tests.hubnode.web.browsing import PASSWORD, Browser

PATH = "/verwaltung/reparatur"


@pytest.fixture
def kiel(tmp_path: Path, template: Path, hub: Hub) -> Iterator[Hub]:
    """Another hub, of which Wilster holds one record."""
    made = make_hub(tmp_path / "kiel", template, "Kiel", 5993)
    pin(hub, made)
    made.publish("project", project(title="Aus Kiel"))
    carry(made, hub)
    yield made
    close(made)


@pytest.fixture
def alice(hub: Hub) -> Browser:
    """The administrator, signed in."""
    browser = Browser(hub.app)
    browser.keep_signed_in("alice@wilster.example")
    return browser


def own_state(hub: Hub, state: str, evidence: str | None = None) -> None:
    """Let the own log stand so."""
    with hub.at(), transaction() as session:
        held = log.own(session)
        held.state, held.evidence = state, evidence


def freeze(hub: Hub, there: Hub) -> None:
    """Let the copy of `there` be frozen."""
    notes = json.dumps({"held": "ein Stand\n", "seen": "ein anderer Stand\n", "why": "two different logs"})
    with hub.at(), transaction() as session:
        chosen = sa.update(Log).where(Log.origin == there.origin)
        session.execute(chosen.values(state="frozen", evidence=notes))


def copy_state(hub: Hub, there: Hub) -> str | None:
    """The state of a copy."""
    with hub.at():
        return reading().scalar(sa.select(Log.state).where(Log.origin == there.origin))


def host(hub: Hub) -> str:
    """Host and port of a hub."""
    return hub.origin.split("://", 1)[1]


@pytest.mark.parametrize(
    "path", ["", "/fragen", "/neubeginn", "/127.0.0.1:5993/fortsetzen", "/127.0.0.1:5993/vergleichen"]
)
def test_only_administrators_repair(bob: Browser, visitor: Browser, path: str) -> None:
    for browser, status in ((bob, 403), (visitor, 303)):
        asked = browser.client.get if not path else browser.client.post
        assert asked(PATH + path).status_code in (status, 400 if path else status)


def test_where_all_is_well_the_page_says_so(alice: Browser, kiel: Hub) -> None:
    assert alice.open(PATH).status_code == 200
    assert "In Ordnung" in alice.text()
    assert "Noch nicht verglichen" in alice.text()
    assert "Letzter Ausweg" not in alice.text()


def test_a_hub_that_waits_says_that_nothing_is_lost(hub: Hub, alice: Browser, kiel: Hub) -> None:
    own_state(hub, "checking")
    alice.open(PATH)
    assert "Es ist nichts verloren" in alice.text()
    alice.open("/verbund")
    assert "Bis einer antwortet, veröffentlicht er nichts" in alice.text()
    alice.open(PATH)
    answer = alice.send(form=f".//form[@action='{PATH}/fragen']")
    alice.follow(answer)
    assert "Noch nicht gelöst" in alice.text()


def test_publishing_meanwhile_keeps_the_draft_and_says_why(hub: Hub, bob: Browser) -> None:
    own_state(hub, "checking")
    bob.open("/redaktion/neu/organisationen")
    answer = bob.send(name__de="Amt Warten", kind="stadt", license="CC-BY-4.0", button="veroeffentlichen")
    assert answer.status_code == 503
    assert "fragt nach einem Neustart erst die anderen Hubs" in bob.text()
    assert "Es ist nichts verloren" in bob.text()
    bob.open("/redaktion")
    assert "Amt Warten" in bob.text()


def test_withdrawing_meanwhile_says_why_and_changes_nothing(hub: Hub, bob: Browser) -> None:
    id = hub.publish("project", project(title="Bleibt stehen"))
    own_state(hub, "readonly")
    bob.open(f"/redaktion/{id}/zurueckziehen")
    answer = bob.send()
    assert answer.status_code == 503
    assert "Veröffentlichen ist zurzeit gesperrt" in bob.text()
    bob.open(f"/projekte/{id}")
    assert "Bleibt stehen" in bob.text()


def test_a_log_that_others_contradict_is_explained_with_its_evidence(
    hub: Hub, alice: Browser, visitor: Browser
) -> None:
    own_state(hub, "readonly", json.dumps({"held": "unser Stand\n", "seen": "ihr Stand\n", "why": "entry 4"}))
    visitor.open("/verbund")
    assert "darf zurzeit nichts veröffentlichen" in visitor.text()
    assert "Zur Reparatur" not in visitor.text()
    alice.open("/verbund")
    assert "Zur Reparatur" in alice.text()
    file = visitor.client.get(f"/verbund/belege/{host(hub)}.txt")
    assert file.headers["Content-Disposition"] == "attachment; filename=belege.txt"
    assert "unser Stand" in file.text
    assert "ihr Stand" in file.text


def test_a_new_log_needs_the_password_and_ends_the_halt(hub: Hub, alice: Browser) -> None:
    hub.publish("project", project())
    own_state(hub, "readonly", json.dumps({"held": "a", "seen": "b", "why": "entry 4"}))
    with hub.at():
        before = log.own(reading()).log_id
    alice.open(PATH)
    form = f".//form[@action='{PATH}/neubeginn']"
    assert alice.send(form=form, passwort="falsch").status_code == 422
    assert "Es ist nichts geändert" in alice.text()
    alice.follow(alice.send(form=form, passwort=PASSWORD))
    assert "Das neue Protokoll hat begonnen" in alice.text()
    with hub.at():
        held = log.own(reading())
        assert (held.state, held.size, held.epoch) == ("active", 2, 1)
        assert held.log_id != before


def test_without_the_root_key_the_page_names_the_command(hub: Hub, alice: Browser) -> None:
    own_state(hub, "readonly", json.dumps({"why": "x"}))
    (hub.settings.instance / "keys" / "root.json").unlink()
    alice.open(PATH)
    assert "hubnode epoch new --yes --root" in alice.text()


def test_a_frozen_hub_is_explained_with_both_notes_and_resumed_with_the_password(
    hub: Hub, alice: Browser, kiel: Hub
) -> None:
    freeze(hub, kiel)
    alice.open("/verwaltung")
    assert "Reparatur" in alice.text()
    alice.open("/verbund")
    assert "Kiel ist angehalten" in alice.text()
    assert "Beide Belege herunterladen" in alice.text()
    alice.open(PATH)
    assert "zwei Stände unterschrieben" in alice.text()
    file = alice.client.get(f"/verbund/belege/{host(kiel)}.txt")
    assert "ein Stand" in file.text
    assert "ein anderer Stand" in file.text
    form = f".//form[@action='{PATH}/{host(kiel)}/fortsetzen']"
    assert alice.send(form=form, passwort="falsch").status_code == 422
    assert copy_state(hub, kiel) == "frozen"
    alice.follow(alice.send(form=form, passwort=PASSWORD))
    assert "Der Abgleich läuft wieder" in alice.text()
    assert copy_state(hub, kiel) == "active"
    with hub.at():
        assert [(event.what, event.detail) for event in events.latest(1)] == [("thawed", "Verwaltung")]


def test_a_hub_that_is_not_frozen_has_no_evidence_and_is_not_resumed(hub: Hub, alice: Browser, kiel: Hub) -> None:
    assert alice.client.get(f"/verbund/belege/{host(kiel)}.txt").status_code == 404
    freeze(hub, kiel)
    alice.open(PATH)
    with hub.at(), transaction() as session:
        session.execute(sa.update(Log).where(Log.origin == kiel.origin).values(state="active"))
    answer = alice.send(form=f".//form[@action='{PATH}/{host(kiel)}/fortsetzen']", passwort=PASSWORD)
    assert answer.status_code == 409
    assert "nicht mehr angehalten" in alice.text()


def test_a_copy_that_differs_is_named_and_can_be_rebuilt(hub: Hub, alice: Browser, kiel: Hub) -> None:
    with hub.at(), transaction() as session:
        session.execute(sa.update(Peer).values(digest_differs_at=NOW - timedelta(days=1)))
    alice.open(PATH)
    assert "weicht die Kopie ab" in alice.text()
    alice.follow(alice.send(form=f".//form[@action='{PATH}/{host(kiel)}/vergleichen']"))
    assert "Vergleichen ließ sie sich gerade nicht" in alice.text()


def test_a_restored_node_says_why_it_does_not_show_a_hub(hub: Hub, alice: Browser, visitor: Browser, kiel: Hub) -> None:
    with hub.at(), transaction() as session:
        copies.hide(session, kiel.origin, copies.RESTORED)
    visitor.open("/verbund")
    assert "aus einer Sicherung wiederhergestellt" in visitor.text()
    visitor.open("/projekte")
    assert "Aus Kiel" not in visitor.text()
    alice.open(PATH)
    assert "Wird aufgeholt" in alice.text()


def test_an_unknown_hub_can_not_be_repaired(alice: Browser, kiel: Hub) -> None:
    alice.open(PATH)
    answer = alice.send(f"{PATH}/unknown.example/vergleichen", form=".//form[contains(@action, 'vergleichen')]")
    assert answer.status_code == 404


def test_a_copy_hidden_for_two_reasons_is_shown_when_both_are_gone(hub: Hub, kiel: Hub) -> None:
    with hub.at():
        for hide, why, shown in (
            (True, copies.SUSPENDED, False),
            (True, copies.RESTORED, False),
            (False, copies.RESTORED, False),
            (False, copies.SUSPENDED, True),
        ):
            with transaction() as session:
                (copies.hide if hide else copies.reveal)(session, kiel.origin, why)
                assert session.scalar(sa.select(Log.shown).where(Log.origin == kiel.origin)) is shown
