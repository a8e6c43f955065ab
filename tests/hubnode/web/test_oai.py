"""The door for harvesters, knocked at by an independent client and by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from lxml import etree

from hubnode.db import transaction
from hubnode.feeds.changes_models import Change
from hubnode.people.viewer import OPERATOR
from hubnode.records import copies, service
from tests.harvester import Sickle, refusals
from tests.hubnode import persons
from tests.hubnode.feeds import bodies
from tests.hubnode.hubs import NOW, Hub, carry
from tests.hubnode.web.harvesting import (
    OAI,
    Clock,
    ask,
    by_id,
    clock,
    harvester,
    here,
    offline,
    small_pages,
    there,
    uri,
)

__all__ = ["clock", "harvester", "here", "small_pages", "there"]
DC = "{http://purl.org/dc/elements/1.1/}"
OWN = "{urn:x-hubnode:record:1}"
LATER = NOW + timedelta(hours=2)


def test_identify_says_what_a_harvester_has_to_know(here: Hub, harvester: Sickle) -> None:
    """Name, address, granularity, and that deletions are told for ever."""
    found = harvester.Identify()
    assert found.repositoryName == "Digital Hub Wilster"
    assert found.baseURL == f"{here.origin}/oai"
    assert found.protocolVersion == "2.0"
    assert found.adminEmail == "hub@example.org"
    assert found.deletedRecord == "persistent"
    assert found.granularity == "YYYY-MM-DDThh:mm:ssZ"


def test_records_are_harvested_in_both_formats(here: Hub, harvester: Sickle) -> None:
    """As Dublin Core and in the own format, which is valid by the schema that is served."""
    here.publish("event", bodies.event())
    here.publish("project", bodies.project())
    core = list(harvester.ListRecords(metadataPrefix="oai_dc"))
    titles = {record.metadata["title"][0] for record in core}
    assert titles == {"Größe zeigen: Führung für Fußgänger", "Freie Parkplätze in Echtzeit"}
    project = next(one.metadata for one in core if "kind:project" in one.header.setSpecs)
    assert project["rights"] == ["https://creativecommons.org/licenses/by/4.0/"]
    assert project["subject"] == ["Parkplatzsensoren", "Parking sensors"]
    schema = etree.XMLSchema(etree.fromstring(here.app.test_client().get("/oai/record.xsd").data, offline()))
    for record in harvester.ListRecords(metadataPrefix="hubnode"):
        schema.assertValid(record.xml.find(f".//{OWN}record"))


def test_what_is_withdrawn_erased_or_narrowed_is_told_for_ever(here: Hub, harvester: Sickle) -> None:
    """As a header that says so, without a word of the text, to whoever harvests everything and whoever looks for it."""
    ids = [here.publish("event", bodies.event(title={"de": f"Termin {number}"})) for number in range(4)]
    assert len(by_id(harvester.ListRecords(metadataPrefix="oai_dc"))) == 4
    with here.at():
        service.withdraw(OPERATOR, ids[0], LATER)
        service.erase(OPERATOR, ids[1], LATER)
    here.revise(ids[2], level="network")
    found = by_id(harvester.ListRecords(metadataPrefix="oai_dc", ignore_deleted=False))
    assert {id for id in ids if found[uri(here, id)].deleted} == set(ids[:3])
    for id in ids[:3]:
        gone = found[uri(here, id)]
        assert gone.header.setSpecs == ["kind:event", f"hub:127.0.0.1_{here.origin.rpartition(':')[2]}"]
        assert gone.xml.find(f"{OAI}metadata") is None
        assert harvester.GetRecord(identifier=uri(here, id), metadataPrefix="oai_dc").deleted
        with pytest.raises(refusals.OAIError, match="zurückgezogen"):
            list(harvester.ListMetadataFormats(identifier=uri(here, id)))
    with here.at():
        service.publish(OPERATOR, ids[0], LATER + timedelta(hours=1))
    assert not harvester.GetRecord(identifier=uri(here, ids[0]), metadataPrefix="oai_dc").deleted


def test_a_person_is_harvested_by_function_only(here: Hub, harvester: Sickle) -> None:
    """Nothing that a consent opens is handed out in bulk, though everybody may see it on the page."""
    id = persons.publish(here, bodies.expertise(), "public", NOW)
    assert "Wiebke" in here.app.test_client().get(f"/expertise/{id}").text
    for prefix in ("oai_dc", "hubnode"):
        found = harvester.GetRecord(identifier=uri(here, id), metadataPrefix=prefix)
        assert "Fördermittelberatung" in found.raw
        for secret in ("Wiebke", "Musterfrau", "Begleitet Anträge"):
            assert secret not in found.raw


def test_what_nobody_could_have_harvested_is_unknown(here: Hub, harvester: Sickle) -> None:
    """Records that never were public, however they changed."""
    secret = here.publish("event", bodies.event(), "network")
    here.revise(secret, level="hub")
    with pytest.raises(refusals.NoRecordsMatch):
        harvester.ListIdentifiers(metadataPrefix="oai_dc")
    with pytest.raises(refusals.IdDoesNotExist):
        harvester.GetRecord(identifier=uri(here, secret), metadataPrefix="oai_dc")


def test_a_late_arrival_is_in_the_next_harvest(here: Hub, there: Hub, clock: Clock, harvester: Sickle) -> None:
    """What another hub published long ago and what arrives only now has the time of its arrival."""
    there.publish("event", bodies.event())
    here.publish("project", bodies.project())
    assert len(by_id(harvester.ListRecords(metadataPrefix="oai_dc"))) == 1
    clock.later(hours=1)
    since = clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    with pytest.raises(refusals.NoRecordsMatch):
        harvester.ListRecords(**{"metadataPrefix": "oai_dc", "from": since})
    carry(there, here)
    [found] = harvester.ListRecords(**{"metadataPrefix": "oai_dc", "from": since})
    assert found.header.datestamp >= since
    assert found.header.identifier.startswith(there.origin)


def test_a_suspended_hub_is_gone_and_comes_back(here: Hub, there: Hub, harvester: Sickle) -> None:
    """What is not shown here any more is not to be kept by harvesters either."""
    there.publish("event", bodies.event())
    carry(there, here)
    [first] = harvester.ListIdentifiers(metadataPrefix="oai_dc")
    assert not first.deleted
    with here.at(), transaction() as session:
        copies.hide(session, there.origin)
    [second] = harvester.ListIdentifiers(metadataPrefix="oai_dc")
    assert second.deleted
    with here.at(), transaction() as session:
        copies.reveal(session, there.origin)
    [third] = harvester.ListIdentifiers(metadataPrefix="oai_dc")
    assert not third.deleted


def test_a_node_that_was_put_back_asks_to_wait(here: Hub, there: Hub) -> None:
    """What it does not show before it has caught up is not gone."""
    there.publish("event", bodies.event())
    carry(there, here)
    client = here.app.test_client()
    assert client.get("/oai?verb=Identify").status_code == 200
    with here.at(), transaction() as session:
        copies.hide(session, there.origin, copies.RESTORED)
    answer = client.get("/oai?verb=ListRecords&metadataPrefix=oai_dc")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    with here.at(), transaction() as session:
        copies.reveal(session, there.origin, copies.RESTORED)
    assert b"deleted" not in client.get("/oai?verb=ListRecords&metadataPrefix=oai_dc").data


def test_sets_are_kinds_topics_and_hubs(here: Hub, there: Hub, harvester: Sickle) -> None:
    """Each gives its records; a topic those of the narrower ones too."""
    event = uri(there, there.publish("event", bodies.event(topics=["water"])))
    project = uri(here, here.publish("project", bodies.project()))
    carry(there, here)
    specs = {one.setSpec: one.setName for one in harvester.ListSets()}
    assert specs["kind:event"] == "Termine"
    assert specs["topic:parking-sensors"] == "Parkplatzsensoren"
    assert specs["hub:127.0.0.1_5992"] == "Digital Hub Rendsburg"
    for spec, expected in (
        ("kind:event", event),
        ("hub:127.0.0.1_5992", event),
        ("topic:environment", event),
        ("topic:focus-mobility", project),
        ("kind:project", project),
    ):
        [found] = harvester.ListIdentifiers(metadataPrefix="oai_dc", set=spec)
        assert found.identifier == expected, spec
        assert spec in found.setSpecs
        assert set(found.setSpecs) <= set(specs)


def test_who_harvests_a_topic_hears_of_what_is_gone(here: Hub, harvester: Sickle) -> None:
    """Though the topics that it had are no longer told."""
    id = here.publish("event", bodies.event())
    with here.at():
        list(harvester.ListIdentifiers(metadataPrefix="oai_dc", set="topic:parking-sensors"))
        service.erase(OPERATOR, id, LATER)
    [gone] = harvester.ListIdentifiers(metadataPrefix="oai_dc", set="topic:parking-sensors")
    assert gone.deleted


@pytest.mark.usefixtures("small_pages")
def test_a_long_list_comes_in_parts(here: Hub) -> None:
    """With the place, the size and an expiry, and an empty token at the end."""
    ids = [here.publish("event", bodies.event(title={"de": f"Termin {number}"})) for number in range(5)]
    client, told = here.app.test_client(), list[str]()
    part = ask(client, verb="ListIdentifiers", metadataPrefix="oai_dc")
    for cursor in ("0", "2", "4"):
        told += [one.text or "" for one in part.iter(f"{OAI}identifier")]
        [token] = part.iter(f"{OAI}resumptionToken")
        assert (token.get("cursor"), token.get("completeListSize")) == (cursor, "5")
        if token.text:
            assert token.get("expirationDate")
            part = ask(client, verb="ListIdentifiers", resumptionToken=token.text)
    assert token.text is None
    assert sorted(told) == sorted(uri(here, id) for id in ids)


@pytest.mark.usefixtures("small_pages")
def test_from_and_until_go_by_seconds_and_by_days(here: Hub, harvester: Sickle) -> None:
    """Both ends count, whatever part of a second it was."""
    first, second = here.publish("event", bodies.event()), here.publish("event", bodies.event())
    list(harvester.ListIdentifiers(metadataPrefix="oai_dc"))
    with here.at(), transaction() as session:
        for id, second_of in ((first, 30), (second, 31)):
            at = datetime(2026, 11, 22, 9, 0, second_of, 999_999, UTC)
            session.execute(sa.update(Change).where(Change.rec == id).values(at=at))

    def harvested(since: str, until: str) -> set[str]:
        span = {name: text for name, text in (("from", since), ("until", until)) if text}
        try:
            return {one.identifier for one in harvester.ListIdentifiers(metadataPrefix="oai_dc", **span)}
        except refusals.NoRecordsMatch:
            return set()

    both = {uri(here, first), uri(here, second)}
    assert harvested("2026-11-22T09:00:30Z", "2026-11-22T09:00:31Z") == both
    assert harvested("2026-11-22T09:00:31Z", "") == {uri(here, second)}
    assert harvested("", "2026-11-22T09:00:30Z") == {uri(here, first)}
    assert harvested("2026-11-22T09:00:32Z", "") == set()
    assert harvested("2026-11-22", "2026-11-22") == both
    assert harvested("", "2026-11-21") == set()
    assert harvested("", "9999-12-31") == both


@pytest.mark.usefixtures("small_pages")
def test_records_that_change_while_they_are_harvested_are_neither_missed_nor_wrong(here: Hub) -> None:
    """Each change moves a record to the end of the list: met again, in its present form."""
    ids = [here.publish("event", bodies.event(title={"de": f"Termin {number}"})) for number in range(7)]
    client, held = here.app.test_client(), dict[str, str]()
    arguments, step = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}, 0
    while True:
        part = ask(client, **arguments)
        for record in part.iter(f"{OAI}record"):
            [id] = [one.text or "" for one in record.iter(f"{OAI}identifier")]
            held[id] = "" if record.find(f"{OAI}header").get("status") else record.findtext(f".//{DC}title")
        step += 1
        if step == 1:
            here.revise(ids[0], title={"de": "Schon gelesen, dann geändert"})
            here.revise(ids[6], title={"de": "Noch nicht gelesen, dann geändert"})
            here.publish("event", bodies.event(title={"de": "Neu"}), now=LATER)
        if step == 2:
            with here.at():
                service.withdraw(OPERATOR, ids[1], LATER)
                service.erase(OPERATOR, ids[5], LATER)
        token = part.findtext(f".//{OAI}resumptionToken")
        if not token:
            break
        arguments = {"verb": "ListRecords", "resumptionToken": token}
    titles = sorted(title for title in held.values() if title)
    expected = ["Neu", "Noch nicht gelesen, dann geändert", "Schon gelesen, dann geändert", "Termin 2", "Termin 3"]
    assert titles == [*expected, "Termin 4"]
    assert {id for id, title in held.items() if not title} == {uri(here, ids[1]), uri(here, ids[5])}


def test_what_is_withdrawn_between_the_list_and_the_record_is_not_handed_out(
    here: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record is read as it is now, whatever the list still says."""
    id = here.publish("event", bodies.event())
    client = here.app.test_client()
    ask(client, verb="ListRecords", metadataPrefix="oai_dc")
    with here.at():
        service.withdraw(OPERATOR, id, LATER)
    monkeypatch.setattr("hubnode.feeds.oai.listing.changes.compare", lambda _now: None)
    answer = client.get("/oai?verb=ListRecords&metadataPrefix=oai_dc")
    assert b'status="deleted"' in answer.data
    assert "Führung".encode() not in answer.data
