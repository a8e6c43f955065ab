"""The pages and commands of the duties of data protection, from settings and real state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.config import BadSettings, Settings, laender
from hubnode.db import reading, transaction
from hubnode.legal import of_land, refuse_placeholders, source
from hubnode.network import incident, keeping, processing
from hubnode.network.erasure_models import Handed
from hubnode.network.letters_models import LetterOut
from hubnode.people import audit
from hubnode.records import log
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, make_hub, pin
from tests.hubnode.web.browsing import Browser

HOME = "/verwaltung/datenschutz"
HOUR = timedelta(hours=1)


@pytest.fixture
def kiel(tmp_path: Path, template: Path, hub: Hub) -> Iterator[Hub]:
    """Another hub, pinned at Wilster with an agreement; it was given a public and a closed record, and a letter."""
    made = make_hub(tmp_path / "kiel", template, "Kiel", 5993)
    pin(hub, made)
    hub.publish("project", project("Offen"))
    hub.publish("project", project("Für Mitglieder"), "network")
    with hub.at(), transaction() as session:
        size = log.own(session).size
        session.add(Handed(origin=made.origin, log_id=log.own(session).log_id, first=0, until=size, size=size, at=NOW))
        session.add(
            LetterOut(
                id="01JD9XQ5T0ABCDEFGHJKMNPQ00", peer=made.origin, kind="question", ts=NOW, expires=NOW + HOUR,
                body=None, state="accepted", due_at=NOW, settled_at=NOW,
            )
        )  # fmt: skip
    yield made
    close(made)


@pytest.fixture
def alice(hub: Hub) -> Browser:
    """The administrator, signed in."""
    browser = Browser(hub.app)
    browser.keep_signed_in("alice@wilster.example")
    return browser


def test_the_record_of_processing_names_real_recipients_and_real_times(hub: Hub, kiel: Hub, alice: Browser) -> None:
    alice.open(HOME + "/verzeichnis")
    assert "Digital Hub Kiel" in alice.text()
    assert "Vereinbarung 1/2026" in alice.text()
    document = json.loads(alice.client.get(HOME + "/verzeichnis.json").data)
    [recipient] = document["recipients"]
    assert (recipient["origin"], recipient["given"]) == (kiel.origin, "network")
    assert "365 Tage seit der letzten Nachricht" in str(document["activities"])
    assert {"controller", "activities", "measures", "recipients"} <= document.keys()


def test_the_privacy_page_names_the_agreements_and_the_times(hub: Hub, kiel: Hub, visitor: Browser) -> None:
    visitor.open("/datenschutz")
    assert "Eine Vereinbarung gibt es mit: Digital Hub Kiel." in visitor.text()
    assert "Sicherheitsprotokoll: 365 Tage seit dem Vorgang" in visitor.text()
    visitor.open("/impressum")
    assert "Vereinbarung" not in visitor.text()


def test_each_activity_names_the_times_of_its_own_data(hub: Hub) -> None:
    with hub.app.test_request_context():
        told = {str(one.title): processing.kept(one, hub.settings) for one in processing.ACTIVITIES}
    assert told["Sicherheitsprotokoll"] == ["Sicherheitsprotokoll: 365 Tage seit dem Vorgang"]
    assert told["Barrieren melden"] == ["Gemeldete Barrieren: 730 Tage seit der Meldung"]
    assert told["Gäste aus anderen Hubs"][0].startswith("Gäste aus anderen Hubs: 30 Tage")
    assert told["Zugänge für Programme"][0].startswith("Zugänge für Programme: 30 Tage")
    used = {place for one in processing.ACTIVITIES for place in one.kept}
    assert {rule for place, rule in enumerate(keeping.RULES) if place not in used} == {keeping.RULES[11]}


def test_a_changed_setting_changes_the_record(hub: Hub) -> None:
    rule = next(rule for rule in keeping.RULES if rule.setting == "audit_days")
    with hub.app.test_request_context():
        settings = Settings(
            instance=hub.settings.instance, base_url=hub.origin, name="x", place="x", secret_key="y" * 32, audit_days=90
        )
        assert processing.span(rule, settings) == "90 Tage seit dem Vorgang"


def test_the_overview_names_every_rule_with_its_setting(alice: Browser) -> None:
    alice.open(HOME)
    assert all(str(rule.what) in alice.text() for rule in keeping.RULES)
    named = {rule.setting for rule in keeping.RULES if rule.setting}
    assert named <= set(Settings.__dataclass_fields__)
    assert all(setting in alice.text() for setting in named)


def test_an_incident_lists_what_went_to_whom(hub: Hub, kiel: Hub, alice: Browser) -> None:
    with hub.at():
        found = incident.between(NOW - HOUR, NOW + HOUR)
        [given] = found.hubs
        assert (given.origin, dict(given.kinds), dict(given.letters)) == (kiel.origin, {"project": 2}, {"question": 1})
        assert incident.between(NOW + HOUR, NOW + 2 * HOUR).hubs == []
    alice.open(f"{HOME}/weitergaben?von=2026-11-22T09:30&bis=2026-11-22T10:30")
    assert "Projekte: 2" in alice.text()
    answer = alice.send()
    [told] = json.loads(answer.data)["hubs"]
    assert [one["level"] for one in told["versions"]] == ["public", "network"]
    with hub.at():
        reading().rollback()
        assert [one.act for one in audit.notes(audit.Wanted("incident.exported"))] == ["incident.exported"]


def test_what_was_withheld_is_not_listed_as_given(hub: Hub, kiel: Hub) -> None:
    with hub.at(), transaction() as session:
        session.execute(sa.update(Handed).values(public_only=True))
    with hub.at():
        [given] = incident.between(NOW - HOUR, NOW + HOUR).hubs
        assert [one.level for one in given.versions] == ["public"]


@pytest.mark.parametrize("query", ["von=x&bis=y", "von=2026-11-22T10:00", "von=2026-11-22T10:00&bis=2026-11-22T09:00"])
def test_a_window_that_is_none_is_refused(alice: Browser, query: str) -> None:
    assert alice.open(f"{HOME}/weitergaben?{query}").status_code == 422


def test_a_naive_moment_is_no_window(hub: Hub) -> None:
    with hub.at(), pytest.raises(incident.BadWindow):
        incident.between(datetime(2026, 1, 1), NOW)  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("page", ["", "/verzeichnis", "/verzeichnis.json", "/weitergaben"])
def test_only_administrators_see_them(bob: Browser, visitor: Browser, page: str) -> None:
    assert bob.open(HOME + page).status_code == 403
    assert visitor.open(HOME + page).location.startswith("/anmelden")


@pytest.mark.parametrize("land", laender())
def test_every_land_fills_in_all_legal_texts(hub: Hub, land: str) -> None:
    settings = Settings(
        instance=hub.settings.instance, base_url=hub.origin, name="x", place="x", secret_key="y" * 32, land=land
    )
    text = source(settings, "datenschutz") + source(settings, "barrierefreiheit")
    assert of_land(land)["supervision"] in text
    assert of_land(land)["complaints"] in text
    assert "{land." not in text
    assert of_land(land).keys() == of_land("SH").keys()


def test_an_unknown_land_is_refused_with_the_list(hub: Hub) -> None:
    settings = Settings(
        instance=hub.settings.instance, base_url="https://hub.example", name="x", place="x", secret_key="y" * 32,
        land="Atlantis", contact_email="hub@hub.example",
    )  # fmt: skip
    with pytest.raises(BadSettings, match="land must be one of NI, SH"):
        settings.refuse_unsafe()


def test_production_starts_by_no_door_while_placeholders_remain(hub: Hub) -> None:
    values = {"base_url": "https://hub.example", "name": "x", "place": "x", "secret_key": "y" * 32}
    settings = Settings(instance=hub.settings.instance, mode="production", **values)  # type: ignore[arg-type]
    with pytest.raises(BadSettings, match="Platzhalter"):
        refuse_placeholders(settings)
