"""Harvesters for tests: hubs that are really served, with a clock that tests set, and a client of somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import etree

from hubnode.feeds.oai import answers
from hubnode.network.node import EXTENSION
from tests import serving
from tests.harvester import Harvested, Sickle
from tests.hubnode.hubs import Hub, close, make_hub, pin

OAI = "{http://www.openarchives.org/OAI/2.0/}"


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
