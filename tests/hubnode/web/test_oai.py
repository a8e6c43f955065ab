"""The door for harvesters, knocked at by an independent client, by hand, and by people who get it wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from lxml import etree

from hubnode.db import transaction
from hubnode.feeds.changes_models import ChangeHead, ChangeRun
from hubnode.feeds.oai import answers, tokens
from hubnode.network.node import EXTENSION
from hubnode.people.viewer import OPERATOR
from hubnode.records import copies, service
from tests import serving
from tests.five import Five
from tests.harvester import Harvested, Sickle, refusals
from tests.hubnode import persons
from tests.hubnode.feeds import bodies
from tests.hubnode.hubs import NOW, SECRET, Hub, carry, close, make_hub, pin

OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
OWN = "{urn:x-hubnode:record:1}"
LATER = NOW + timedelta(hours=2)


@dataclass
class Clock:
    """The time at this node, as the test has it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        """The time now."""
        return self.now

    def later(self, **span: float) -> None:
        """Let time pass, or come back."""
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    """The clock of the hub in Wilster."""
    return Clock()


@pytest.fixture
def here(tmp_path: Path, template: Path, free_port: int, clock: Clock) -> Iterator[Hub]:
    """The hub in Wilster, really served, with a clock that tests set."""
    hub = make_hub(tmp_path / "wilster", template, "Wilster", free_port, pages=True)
    with hub.at() as node:
        hub.app.extensions[EXTENSION] = replace(node, clock=clock)
    with serving.served(hub.app, free_port):
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
def harvester(here: Hub) -> Sickle:
    """A client of somebody else, over HTTP."""
    return Sickle(f"{here.origin}/oai", timeout=30)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two records in an answer, so that few records make a long list."""
    monkeypatch.setattr(answers, "PAGE", 2)


def ask(client: FlaskClient, **arguments: str) -> etree._Element:
    """The answer to a question by GET."""
    answer = client.get("/oai", query_string={name.rstrip("_"): value for name, value in arguments.items()})
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/xml; charset=utf-8"
    return etree.fromstring(answer.data)


def refusal(document: etree._Element) -> str:
    """The protocol's name of the one refusal in an answer."""
    [error] = document.findall(f"{OAI}error")
    assert error.text
    assert len(document) == 3
    return error.get("code", "")


def uri(hub: Hub, id: str) -> str:
    """The global id of a record."""
    return f"{hub.origin}/r/{id}"


def by_id(harvested: Any) -> dict[str, Harvested]:
    """What was harvested, by identifier: a later one replaces an earlier one, as in the harvester's own store."""
    return {record.header.identifier: record for record in harvested}


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


class Names(etree.Resolver):
    """The schema of the ``xml:`` names, which is the only one from elsewhere."""

    def resolve(self, url: str, public_id: str, context: Any) -> Any:  # noqa: ARG002 - lxml's signature
        """Its one attribute that is used."""
        assert url == "http://www.w3.org/2001/xml.xsd"
        words = (
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"'
            ' targetNamespace="http://www.w3.org/XML/1998/namespace">'
            '<xs:attribute name="lang" type="xs:language"/></xs:schema>'
        )
        return self.resolve_string(words, context)


def offline() -> etree.XMLParser:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Names())
    return parser


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
    assert found.header.datestamp == since
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
def test_from_and_until_go_by_seconds_and_by_days(here: Hub, clock: Clock, harvester: Sickle) -> None:
    """Both ends count; what changes later leaves the span."""
    clock.now = datetime(2026, 11, 22, 9, 0, 30, 300_000, UTC)
    first = here.publish("event", bodies.event())
    list(harvester.ListIdentifiers(metadataPrefix="oai_dc"))
    clock.later(seconds=1)
    second = here.publish("event", bodies.event())
    list(harvester.ListIdentifiers(metadataPrefix="oai_dc"))

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


REFUSED = [
    ({}, "badVerb"),
    ({"verb": "ListEverything"}, "badVerb"),
    ({"verb": "ListRecords"}, "badArgument"),
    ({"verb": "ListRecords", "metadataPrefix": ""}, "badArgument"),
    ({"verb": "GetRecord", "metadataPrefix": "oai_dc"}, "badArgument"),
    ({"verb": "Identify", "set": "kind:event"}, "badArgument"),
    ({"verb": "Identify", "<script>": "1"}, "badArgument"),
    ({"verb": "ListRecords", "metadataPrefix": "marc21"}, "cannotDisseminateFormat"),
    ({"verb": "GetRecord", "metadataPrefix": "marc21", "identifier": "x"}, "cannotDisseminateFormat"),
    ({"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "x"}, "idDoesNotExist"),
    ({"verb": "ListMetadataFormats", "identifier": "https://nowhere.example/r/1"}, "idDoesNotExist"),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc"}, "noRecordsMatch"),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "kind:offer"}, "badArgument"),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "hub:elsewhere.example"}, "badArgument"),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": ""}, "badArgument"),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": ""}, "badArgument"),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "gestern"}, "badArgument"),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "2026-02-30"}, "badArgument"),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "until": "2026-11-22T09:00Z"}, "badArgument"),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "2026-11-22", "until": "2026-11-21"}, "badArgument"),
    (
        {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "2026-11-21", "until": "2026-11-22T09:00:00Z"},
        "badArgument",
    ),
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "resumptionToken": "x"}, "badArgument"),
    ({"verb": "ListRecords", "resumptionToken": ""}, "badResumptionToken"),
    ({"verb": "ListRecords", "resumptionToken": "x" * 5_000}, "badResumptionToken"),
    ({"verb": "ListSets", "resumptionToken": "x"}, "badResumptionToken"),
]


@pytest.mark.parametrize(("arguments", "code"), REFUSED)
def test_each_wrong_question_is_refused_by_name(five: Five, arguments: dict[str, str], code: str) -> None:
    """By GET and by POST, and what was asked stands in the answer only where it was understood."""
    client = five.wilster.app.test_client()
    if code == "noRecordsMatch":
        arguments |= {"from_": "2099-01-01"}
    document = ask(client, **arguments)
    assert refusal(document) == code
    request = document.find(f"{OAI}request")
    assert (len(request.attrib) == 0) == (code in ("badVerb", "badArgument"))
    posted = client.post("/oai", data={name.rstrip("_"): value for name, value in arguments.items()})
    assert posted.status_code == 200
    assert refusal(etree.fromstring(posted.data)) == code


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
    ],
)
def test_what_stands_there_twice_is_refused(stranger: FlaskClient, query: str, code: str) -> None:
    """Which of the two was meant is not guessed."""
    assert refusal(etree.fromstring(stranger.get(f"/oai?{query}").data)) == code


def test_a_post_of_another_type_asks_nothing(stranger: FlaskClient) -> None:
    """JSON is no form."""
    answer = stranger.post("/oai", json={"verb": "Identify"})
    assert refusal(etree.fromstring(answer.data)) == "badVerb"


def test_a_post_is_answered_like_a_get(stranger: FlaskClient) -> None:
    """Without a form of ours, and without a cookie."""
    got, posted = stranger.get("/oai?verb=ListSets"), stranger.post("/oai", data={"verb": "ListSets"})
    assert posted.status_code == 200
    assert "Set-Cookie" not in posted.headers
    [one, other] = [etree.fromstring(answer.data).find(f"{OAI}ListSets") for answer in (got, posted)]
    assert etree.tostring(one) == etree.tostring(other)


@pytest.mark.usefixtures("small_pages")
def test_only_a_fresh_token_of_this_list_goes_on(here: Hub, clock: Clock) -> None:
    """Not forged, of another verb, of another secret, expired, of another past or of another epoch."""
    for _ in range(3):
        here.publish("event", bodies.event())
    client = here.app.test_client()
    token = ask(client, verb="ListRecords", metadataPrefix="oai_dc").findtext(f".//{OAI}resumptionToken")
    assert token

    def answered(given: str, verb: str = "ListRecords") -> str:
        document = ask(client, verb=verb, resumptionToken=given)
        return refusal(document) if document.find(f"{OAI}error") is not None else ""

    place = tokens.read(token, SECRET, "ListRecords", clock.now)
    assert answered(token) == ""
    assert answered(token[:-1] + ("A" if token[-1] != "A" else "B")) == "badResumptionToken"
    assert answered(token, "ListIdentifiers") == "badResumptionToken"
    assert answered(tokens.write(place, "the secret of another hub, as long as ours")) == "badResumptionToken"
    clock.later(hours=25)
    assert answered(token) == "badResumptionToken"
    clock.later(hours=-25)
    with here.at(), transaction() as session:
        session.execute(sa.update(ChangeRun).values(word="0" * 16))
    assert answered(token) == "badResumptionToken"
    with here.at(), transaction() as session:
        session.execute(sa.update(ChangeHead).values(epoch="0" * 16))
    assert answered(token) == "badResumptionToken"


def test_the_schema_is_served_to_be_kept(stranger: FlaskClient) -> None:
    """It describes every kind, and no field that nobody but staff may see."""
    answer = stranger.get("/oai/record.xsd")
    assert answer.content_type == "text/xml; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    names = {one.get("name") for one in etree.fromstring(answer.data, offline()).iter("{*}element")}
    assert {"project", "event", "expertise", "experience_report", "organisation", "challenge"} <= names
    assert not names & {"display_name", "field_visibility", "orcid", "contact_mode", "cost_one_off_cents"}
