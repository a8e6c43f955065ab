"""What search engines are told: the sitemap, and the rules beside it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from lxml import etree

from hubnode.web import sitemap
from tests.five import Five

NS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def addresses(client: FlaskClient, path: str = "/sitemap.xml") -> dict[str, str | None]:
    """Addresses with the time of their last change."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "application/xml; charset=utf-8"
    return {one.findtext(f"{NS}loc") or "": one.findtext(f"{NS}lastmod") for one in etree.fromstring(answer.data)}


def test_every_address_leads_to_a_page_that_may_be_listed(five: Five, stranger: FlaskClient) -> None:
    """Of this hub only, without people, each with its time, and none that asks not to be listed."""
    found = addresses(stranger)
    assert len(found) > 20
    assert f"{five.wilster.origin}/" in found
    for address, changed in found.items():
        path = address.removeprefix(five.wilster.origin)
        assert path.startswith("/")
        assert not path.startswith(("/expertise", "/suche"))
        if re.search("/[0-9A-Z]{26}$", path):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", changed or "")
    for address in list(found)[:: max(1, len(found) // 12)]:
        answer = stranger.get(address.removeprefix(five.wilster.origin))
        assert answer.status_code == 200
        assert "X-Robots-Tag" not in answer.headers
        assert 'name="robots"' not in answer.text


def test_too_many_addresses_come_in_parts(five: Five, stranger: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a file that lists the parts, which have each address once."""
    whole = addresses(stranger)
    monkeypatch.setattr(sitemap, "MOST", 24)
    monkeypatch.setattr(sitemap.feeds, "VERSION", "in parts")
    parts = addresses(stranger)
    assert len(parts) > 1
    listed = [one for part in parts for one in addresses(stranger, part.removeprefix(five.wilster.origin))]
    assert sorted(listed) == sorted(whole)
    assert stranger.get(f"/sitemap-{len(parts) + 1}.xml").status_code == 404
    assert stranger.get("/sitemap-0.xml").status_code == 404


def test_robots_find_the_sitemap_and_see_that_people_are_not_to_be_listed(five: Five, stranger: FlaskClient) -> None:
    """A page that must not be visited can't say that it must not be listed: so pages of people may be."""
    rules = stranger.get("/robots.txt").text
    assert f"Sitemap: {five.wilster.origin}/sitemap.xml" in rules
    assert "Disallow: /expertise?\n" in rules
    assert "Disallow: /expertise\n" not in rules
    answer = stranger.get(five.path("exp-001"))
    assert answer.headers["X-Robots-Tag"] == "noindex, noarchive"


def test_programs_find_an_icon(stranger: FlaskClient) -> None:
    """At the one address that they know."""
    assert stranger.get("/favicon.ico", follow_redirects=True).content_type == "image/svg+xml; charset=utf-8"
