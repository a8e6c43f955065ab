"""The publiccode.yml of projects, read by another library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from tests.hubnode.feeds import bodies
from tests.hubnode.hubs import NOW, Hub, carry, close, make_hub, pin


@pytest.fixture
def here(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """The hub in Wilster, with its pages."""
    hub = make_hub(tmp_path / "wilster", template, "Wilster", 5991, pages=True)
    yield hub
    close(hub)


def exported(hub: Hub, path: str) -> Any:
    """The document at an address."""
    answer = hub.app.test_client().get(path)
    assert answer.status_code == 200
    assert answer.content_type == "application/yaml; charset=utf-8"
    return yaml.safe_load(answer.data)


def test_a_project_with_code_has_one(here: Hub) -> None:
    """With what its entry tells, and remarks about what it does not."""
    body = bodies.project(title={"de": 'Freie "Parkplätze": in Echtzeit', "en": "Free spaces"}, phase="P2")
    id = here.publish("project", body)
    page = here.app.test_client().get(f"/projekte/{id}")
    assert f'href="/projekte/{id}/publiccode.yml"' in page.text
    found = exported(here, f"/projekte/{id}/publiccode.yml")
    assert found["name"] == 'Freie "Parkplätze": in Echtzeit'
    assert found["url"] == "https://code.example/sensoren?a=1&b=2"
    assert found["developmentStatus"] == "development"
    assert found["legal"] == {"license": "EUPL-1.2"}
    contact = {"name": "Wirtschaftsförderung", "affiliation": "Digital Hub Wilster", "email": "hub@example.org"}
    assert found["maintenance"] == {"type": "internal", "contacts": [contact]}
    assert found["localisation"] == {"localisationReady": True, "availableLanguages": ["de", "en"]}
    assert found["description"]["de"]["features"] == ["Parkplatzsensoren"]
    assert "Sensoren melden" in found["description"]["de"]["longDescription"]
    text = here.app.test_client().get(f"/projekte/{id}/publiccode.yml").text
    assert "# Bitte ergänzen: platforms, softwareType und releaseDate." in text


def test_a_copied_project_has_one_too(here: Hub, tmp_path: Path, template: Path) -> None:
    """Without an address of the office, which is known at its home hub only."""
    there = make_hub(tmp_path / "rendsburg", template, "Rendsburg", 5992)
    pin(here, there)
    id = there.publish("project", bodies.project())
    carry(there, here)
    close(there)
    found = exported(here, f"/projekte/127.0.0.1:5992/{id}/publiccode.yml")
    assert found["maintenance"]["contacts"] == [
        {"name": "Wirtschaftsförderung", "affiliation": "Digital Hub Rendsburg"}
    ]


def test_no_other_project_has_one(here: Hub) -> None:
    """Not one without code, not one that is not public, not one that is gone, and none of a hub that nobody knows."""
    without = bodies.project(reuse_model="concept_only")
    del without["source_code_url"], without["software_license"]
    client = here.app.test_client()
    plain, secret = here.publish("project", without), here.publish("project", bodies.project(), "network")
    gone = here.publish("project", bodies.project())
    with here.at():
        service.withdraw(OPERATOR, gone, NOW)
    assert "publiccode.yml" not in client.get(f"/projekte/{plain}").text
    for path, status in (
        (f"/projekte/{plain}/publiccode.yml", 404),
        (f"/projekte/{secret}/publiccode.yml", 404),
        (f"/projekte/{gone}/publiccode.yml", 410),
        (f"/projekte/nowhere.example/{plain}/publiccode.yml", 404),
        (f"/termine/{plain}/publiccode.yml", 404),
    ):
        assert client.get(path).status_code == status, path
