"""What the door for harvesters refuses, each by the name that the protocol has for it."""

from __future__ import annotations

import string
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from lxml import etree

from hubnode.db import transaction
from hubnode.feeds.changes_models import ChangeHead, ChangeRun
from hubnode.feeds.oai import tokens
from hubnode.web.api1.kept import EXTENSION
from hubnode.web.api1.limits import Buckets
from tests.five import Five
from tests.hubnode.feeds import bodies
from tests.hubnode.hubs import SECRET, Hub
from tests.hubnode.web.harvesting import OAI, Clock, ask, clock, here, offline, refusal, small_pages

__all__ = ["clock", "here", "small_pages"]
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
    ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "kind:recipe"}, "badArgument"),
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
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    for other in (1, 2, 3, 4, 32):  # some of these are the same bits in another spelling
        last = alphabet[alphabet.index(token[-1]) ^ other]
        assert answered(token[:-1] + last) == "badResumptionToken"
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


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_asks_too_often_is_asked_to_come_again(here: Hub, method: str) -> None:
    """As the protocol says it, and from the same bucket as the interface; the schema is for everybody."""
    client = here.app.test_client()
    here.app.extensions[EXTENSION].buckets = Buckets(2)
    how: Any = {"data" if method == "POST" else "query_string": {"verb": "Identify"}}
    first = client.open("/oai", method=method, **how)
    assert first.status_code == 200
    assert first.headers["RateLimit-Policy"] == '"standard";q=2;w=60'
    assert client.get("/api/v1/hubs").status_code == 200
    refused = client.open("/oai", method=method, **how)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "30"
    assert client.get("/oai/record.xsd").status_code == 200
