"""Files in forms and on pages: added, described, published, fetched; and everything that is refused."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from lxml import etree
from werkzeug.test import TestResponse

from hubnode.network.node import utcnow
from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from tests.hubnode import files, persons
from tests.hubnode.bodies import project
from tests.hubnode.feeds.bodies import expertise
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.web.browsing import Browser

FORM = ".//form[@id='eintrag']"


def upload(browser: Browser, content: bytes, name: str, button: str = "datei", **typed: Any) -> TestResponse:
    """Choose a file in the form that is open and press a button."""
    return closed(browser.send(form=FORM, button=button, datei=(io.BytesIO(content), name), **typed))


def closed(answer: TestResponse) -> TestResponse:
    """The answer, its request let go: the test client keeps a large one in a file."""
    answer.request.environ["wsgi.input"].close()
    return answer


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


def published(hub: Hub, content: bytes, name: str, level: str = "public", **more: Any) -> tuple[str, str, str]:
    """A project with one file; answers its id, the file's hash and its address."""
    row = files.attach(hub, content, name)
    id = hub.publish("project", project(attachments=[row], **more), level)
    return id, str(row["sha256"]), f"/medien/{row['sha256']}/{row['name']}"


@pytest.mark.parametrize("name", files.RIGHT)
def test_every_type_that_is_promised_is_taken(hub: Hub, bob: Browser, name: str) -> None:
    media_type, content = files.RIGHT[name]
    id = draft_with(hub, bob)
    assert upload(bob, content, name, "sichern").status_code == 303
    with hub.at():
        [row] = service.draft(OPERATOR, id).body["attachments"]
    assert row["type"] == media_type
    sent = bob.client.get(f"/medien/{row['sha256']}/x", buffered=True)
    assert (sent.status_code, sent.mimetype, len(sent.data)) == (200, media_type, row["size"])


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "a drawing that is a program": ("Logo.svg", files.SVG, "Diese Art von Datei"),
    "a web page": ("Seite.html", files.HTML, "Diese Art von Datei"),
    "a program": ("Rechnung.pdf.exe", b"MZ", "Diese Art von Datei"),
    "no ending": ("pdf", files.PDF, "Diese Art von Datei"),
    "only an ending": (".pdf", files.PDF, "Diese Art von Datei"),
    "a drawing called text": ("Logo.txt", files.SVG, "passt nicht zu ihrer Endung"),
    "a web page called text": ("Seite.csv", b"\xef\xbb\xbf \n" + files.HTML, "passt nicht zu ihrer Endung"),
    "bytes called text": ("Daten.csv", b"a;b\0c", "passt nicht zu ihrer Endung"),
    "a document called picture": ("Bild.png", files.PDF, "passt nicht zu ihrer Endung"),
    "a picture called another": ("Bild.jpg", files.picture("PNG"), "passt nicht zu ihrer Endung"),
    "a document behind a web page": ("Satzung.pdf", files.HTML + files.PDF, "passt nicht zu ihrer Endung"),
    "half a document": ("Satzung.pdf", files.PDF[:30], "passt nicht zu ihrer Endung"),
    "a program before an archive": ("Brief.docx", b"MZ" + files.office(), "passt nicht zu ihrer Endung"),
    "something behind an archive": ("Brief.docx", files.office() + files.HTML, "passt nicht zu ihrer Endung"),
    "macros": ("Brief.docx", files.office(**{"word/vbaProject.bin": b"x"}), "passt nicht zu ihrer Endung"),
    "macros in an open document": ("Brief.odt", files.open_document(**{"Basic/x.xml": b"x"}), "passt nicht"),
    "a table called text document": ("Brief.odt", files.open_document("spreadsheet"), "passt nicht zu ihrer Endung"),
    "any archive": ("Liste.xlsx", files.office("word/"), "passt nicht zu ihrer Endung"),
    "nothing": ("Leer.txt", b"", "Die Datei ist leer"),
    "a broken picture": ("Bild.png", files.picture("PNG")[:-400], "lässt sich nicht öffnen"),
    "a picture that would fill the memory": ("Bild.png", files.bomb(), "zu viele Bildpunkte"),
    "a picture that says it is endless": ("Bild.png", files.bomb(2**31 - 1, 2**31 - 1), "Bild"),
    "too much": ("Viel.txt", b"x" * (10 * 1024 * 1024 + 1), "zu groß"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_taken_is_said_and_what_was_typed_stays(hub: Hub, bob: Browser, what: str) -> None:
    name, content, words = REFUSED[what]
    draft_with(hub, bob)
    answer = upload(bob, content, name, "veroeffentlichen", title__de="Nicht verloren")
    assert answer.status_code == 422
    assert words in bob.text(".//*[@id='attachments']")
    assert bob.page.xpath("string(.//*[@id='title.de']/@value)") == "Nicht verloren"
    assert bob.page.xpath("string(.//*[contains(@class, 'hub-errors')]//a/@href)") == "#attachments"
    assert files.stored(hub) == []


def test_the_button_without_a_file_says_so(hub: Hub, bob: Browser) -> None:
    draft_with(hub, bob)
    assert bob.send(form=FORM, button="datei").status_code == 422
    assert "Wählen Sie zuerst eine Datei aus." in bob.text()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("../../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\Anna\\Plan A.txt", "Plan A.txt"),
        ("a/b/../.txt.txt", "txt.txt"),
        ("Null\x00Byte\u202e.txt", "NullByte.txt"),
        ("x" * 65_000 + ".txt", "x" * 116 + ".txt"),
        ("Straße & Söhne „neu“.TXT", "Straße & Söhne „neu“.txt"),
        ('a;filename=b".txt', 'a;filename=b".txt'),
    ],
)
def test_a_name_is_shown_and_never_a_path(hub: Hub, bob: Browser, typed: str, shown: str) -> None:
    with hub.at():
        row = files.attach(hub, b"Moin\n", typed)
    assert row["name"] == shown
    hub.publish("project", project(attachments=[row]))
    assert [path.name for path in files.stored(hub)] == [row["sha256"]]
    sent = bob.client.get(f"/medien/{row['sha256']}/egal", buffered=True)
    disposition = sent.headers["Content-Disposition"]
    assert disposition.startswith("attachment; ")
    assert disposition.isascii()
    assert "\n" not in disposition
    assert sent.headers.get_all("Content-Disposition") == [disposition]


def test_a_picture_that_is_also_something_else_comes_out_a_picture_only(hub: Hub, bob: Browser) -> None:
    id = draft_with(hub, bob)
    upload(bob, files.picture("JPEG") + files.office() + files.HTML, "Beides.jpg", "sichern")
    with hub.at():
        [row] = service.draft(OPERATOR, id).body["attachments"]
    kept = (hub.settings.instance / "media" / row["sha256"][:2] / row["sha256"]).read_bytes()
    assert kept.endswith(b"\xff\xd9")
    assert b"PK\x03\x04" not in kept
    assert files.HTML not in kept


def test_a_file_is_given_without_any_rights(hub: Hub, visitor: Browser) -> None:
    _, sha256, path = published(hub, files.ACTOR, "Person.txt")
    sent = visitor.client.get(path, headers={"Accept": "application/activity+json"}, buffered=True)
    assert (sent.status_code, sent.mimetype, sent.data) == (200, "text/plain", files.ACTOR)
    assert sent.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert sent.headers["Content-Disposition"] == "attachment; filename=Person.txt"
    assert sent.headers["Cache-Control"] == "public, max-age=600"
    assert sent.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Set-Cookie" not in sent.headers
    assert sent.headers["ETag"] == f'"{sha256}-0"'


def test_a_file_is_sent_in_parts_and_not_twice(hub: Hub, visitor: Browser) -> None:
    _, sha256, path = published(hub, b"0123456789", "Zahlen.txt")
    part = visitor.client.get(path, headers={"Range": "bytes=2-4"}, buffered=True)
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert part.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    known = visitor.client.get(path, headers={"If-None-Match": f'"{sha256}-0"'}, buffered=True)
    assert (known.status_code, known.data) == (304, b"")
    assert visitor.client.get(path, headers={"Range": "bytes=90-"}, buffered=True).status_code == 416


@pytest.mark.parametrize(
    ("level", "more", "seen"),
    [
        ("public", {}, (True, True)),
        ("network", {}, (False, True)),
        ("hub", {}, (False, True)),
        ("public", {"field_visibility": {"attachments": "network"}}, (False, True)),
    ],
)
def test_a_file_is_seen_as_far_as_its_record_and_its_field(
    hub: Hub, visitor: Browser, charlie: Browser, level: str, more: dict[str, Any], seen: tuple[bool, bool]
) -> None:
    id, sha256, path = published(hub, files.picture(), "Platz.jpg", level, **more)
    for browser, may in zip((visitor, charlie), seen, strict=True):
        for address_ in (path, f"/medien/{sha256}/480/Platz.jpg"):
            sent = browser.client.get(address_, buffered=True)
            assert sent.status_code == (200 if may else 404)
            assert sent.headers["Cache-Control"] == ("public, max-age=600" if seen[0] else "private, no-cache")
        assert ("Ein blaues Feld." in browser.open(f"/projekte/{id}").text) is may


def test_what_is_withdrawn_or_erased_is_gone_at_once(hub: Hub, visitor: Browser, bob: Browser) -> None:
    id, _, path = published(hub, files.PDF, "Satzung.pdf")
    with hub.at():
        service.withdraw(OPERATOR, id, NOW)
    assert visitor.client.get(path, buffered=True).status_code == 404
    assert bob.client.get(path, buffered=True).status_code == 200, "whoever writes may publish it again"
    with hub.at():
        service.erase(OPERATOR, id, NOW)
    assert bob.client.get(path, buffered=True).status_code == 404
    assert files.stored(hub) == []


@pytest.mark.parametrize(
    "path",
    ["/medien/x/y", "/medien/" + "A" * 64 + "/x", "/medien/" + "0" * 64 + "/x", "/medien/../keys/root.json",
     "/medien/..%2f..%2fkeys%2froot.json/x", "/medien/" + "0" * 64 + "/480/x", "/medien/" + "0" * 63 + "%00/x"],
)  # fmt: skip
def test_other_names_are_not_found(visitor: Browser, path: str) -> None:
    assert visitor.client.get(path).status_code == 404


def test_a_width_that_was_not_made_is_not_found(hub: Hub, visitor: Browser) -> None:
    _, sha256, _ = published(hub, files.picture(size=(40, 30)), "Klein.jpg")
    assert visitor.client.get(f"/medien/{sha256}/480/x", buffered=True).status_code == 200
    assert visitor.client.get(f"/medien/{sha256}/1280/x", buffered=True).status_code == 404


def test_a_draft_shows_its_file_to_those_who_write_only(hub: Hub, bob: Browser, charlie: Browser) -> None:
    draft_with(hub, bob)
    upload(bob, files.picture(), "Platz.jpg", "sichern", attachments__0__alt__de="")
    bob.open(bob.path)
    path = address(bob, ".//form//img/@src")
    assert bob.client.get(path, buffered=True).status_code == 200
    assert charlie.client.get(path, buffered=True).status_code == 404


def test_a_removed_file_is_not_in_the_next_version(hub: Hub, bob: Browser) -> None:
    id, _, _ = published(hub, files.PDF, "Satzung.pdf")
    bob.open(f"/redaktion/{id}")
    assert bob.send(form=FORM, button="weg:attachments.0").status_code == 200
    assert "Satzung.pdf" not in bob.text()
    assert bob.send(form=FORM, button="veroeffentlichen").status_code == 303
    assert files.stored(hub) == []


def test_a_hash_that_nobody_uploaded_is_not_published(hub: Hub, bob: Browser) -> None:
    id, _, _ = published(hub, files.PDF, "Satzung.pdf")
    bob.open(f"/redaktion/{id}")
    for changes in ({"attachments__0__sha256": "ab" * 32}, {"attachments__0__size": "5"}):
        assert bob.send(form=FORM, button="veroeffentlichen", **changes).status_code == 422
        assert "Fügen Sie sie noch einmal hinzu" in bob.text()
    assert bob.send(form=FORM, button="sichern", attachments__0__type="text/html").status_code == 422


def test_nobody_else_keeps_a_picture_of_a_person(hub: Hub, bob: Browser) -> None:
    bob.open("/redaktion/neu/expertise")
    assert not bob.page.xpath(".//input[@type='file']")
    upload(bob, files.picture("PNG"), "Bild.png", "datei")
    assert files.stored(hub) == []


def test_a_person_has_one_picture_and_nothing_else_and_only_by_consent(hub: Hub, charlie: Browser) -> None:
    with hub.at():
        persons.asked(expertise(), "network", utcnow(), "charlie@wilster.example")
    charlie.open("/konto/profil")
    assert charlie.page.xpath("string(.//input[@type='file']/@accept)") == ".png,.jpg,.jpeg,.webp"
    assert upload(charlie, files.picture("PNG"), "Bild.png", "datei").status_code == 422
    assert files.stored(hub) == []
    charlie.page.xpath("//*[@id='einwilligung-photo']")[0].set("checked", "checked")
    assert upload(charlie, files.PDF, "Lebenslauf.pdf", "datei").status_code == 200
    assert charlie.send(form=FORM).status_code == 422
    assert "nur ein Bild möglich" in charlie.text()


def test_files_that_are_far_too_large_are_named_as_such(bob: Browser) -> None:
    bob.open("/redaktion/neu/projekte")
    answer = upload(bob, b"x" * (24 * 1024 * 1024), "Film.txt")
    assert answer.status_code == 413
    assert "kleinere Datei" in bob.text()


@pytest.mark.parametrize("path", ["/anmelden", "/redaktion/x/loeschen", "/apl/v1/poke", "/sprache"])
def test_other_doors_read_no_files(visitor: Browser, path: str) -> None:
    answer = closed(visitor.client.post(path, data={"datei": (io.BytesIO(b"x" * (3 * 1024 * 1024)), "x.txt")}))
    assert answer.status_code in (400, 413)


def test_who_may_not_write_keeps_no_file(hub: Hub, charlie: Browser, visitor: Browser) -> None:
    for browser in (charlie, visitor):
        data = {"aktion": "datei", "datei": (io.BytesIO(files.PDF), "Satzung.pdf")}
        assert browser.client.post("/redaktion/neu/projekte", data=data).status_code in (400, 403)
    assert files.stored(hub) == []


def test_public_files_stand_in_feeds(hub: Hub, visitor: Browser) -> None:
    _, sha256, _ = published(hub, files.PDF, "Satzung & mehr.pdf")
    published(hub, b"Nur intern\n", "Intern.txt", field_visibility={"attachments": "network"})
    feed = etree.fromstring(visitor.client.get("/feeds/projekte.atom").data)
    links = feed.xpath("//*[local-name()='link'][@rel='enclosure']")
    assert [dict(link.attrib) for link in links] == [
        {
            "rel": "enclosure",
            "type": "application/pdf",
            "length": str(len(files.PDF)),
            "href": f"{hub.origin}/medien/{sha256}/Satzung%20%26%20mehr.pdf",
            "title": "Satzung & mehr.pdf",
        }
    ]
    items = json.loads(visitor.client.get("/feeds/projekte.json").data)["items"]
    assert [item["attachments"][0]["size_in_bytes"] for item in items if "attachments" in item] == [len(files.PDF)]
