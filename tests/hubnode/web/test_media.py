"""Files in forms and on pages: added, described, published, fetched; and everything that is refused."""

from __future__ import annotations

import io

from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from tests.hubnode import files
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.web.browsing import Browser

FORM = ".//form[@id='eintrag']"


def upload(browser: Browser, content: bytes, name: str, button: str = "datei", **typed: object):  # type: ignore[no-untyped-def]
    """Choose a file in the form that is open and press a button."""
    return browser.send(form=FORM, button=button, datei=(io.BytesIO(content), name), **typed)


def draft_with(hub: Hub, browser: Browser) -> str:
    """A complete draft of a project, its form open in the browser."""
    with hub.at():
        draft = service.save_draft(OPERATOR, "project", project(), level="public", now=NOW)
    browser.open(f"/redaktion/{draft.id}")
    return draft.id


def address(browser: Browser, path: str = ".//main//figure//img/@src") -> str:
    """The address of the first picture on the page."""
    return str(browser.page.xpath(path)[0])


def test_a_picture_walks_from_the_form_to_the_page(hub: Hub, bob: Browser, visitor: Browser) -> None:
    id = draft_with(hub, bob)
    answer = upload(bob, files.picture(), "Marktplatz.JPG", title__de="Anders genannt")
    assert answer.status_code == 200
    assert "Marktplatz.jpg" in bob.text()
    assert bob.page.xpath("string(.//*[@id='title.de']/@value)") == "Anders genannt"
    answer = bob.send(form=FORM, button="veroeffentlichen")
    assert answer.status_code == 422
    assert "Beschreiben Sie, was auf dem Bild zu sehen ist." in bob.text()
    answer = bob.send(form=FORM, button="veroeffentlichen", attachments__0__alt__de="Ein Platz mit Linden")
    assert answer.status_code == 303, bob.text()
    visitor.open(f"/projekte/{id}")
    assert visitor.page.xpath("string(.//main//figure//img/@alt)") == "Ein Platz mit Linden"
    assert (
        visitor.page.xpath("string(.//figure//img/@width)"),
        visitor.page.xpath("string(.//figure//img/@height)"),
    ) == (
        "600",
        "900",
    )
    small = visitor.client.get(address(visitor), buffered=True)
    assert (small.status_code, small.mimetype) == (200, "image/webp")
    whole = visitor.client.get(address(visitor, ".//main//figure/a/@href"), buffered=True)
    assert (whole.status_code, whole.mimetype) == (200, "image/jpeg")
    assert files.HIDDEN not in whole.data + small.data
    assert b"Exif" not in whole.data
