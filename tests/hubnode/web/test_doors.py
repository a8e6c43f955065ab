"""What is true of every answer: headers, cookies, errors, static files, choices of the reader."""

from __future__ import annotations

import gzip

import pytest
from flask.testing import FlaskClient

from hubnode import legal
from hubnode.web.headers import CONTENT_SECURITY_POLICY
from tests.five import Five
from tests.hubnode.web.reading import tree, words

EVERYWHERE = (
    "/",
    "/projekte",
    "/verbund",
    "/impressum",
    "/robots.txt",
    "/nirgends",
    "/static/x/hub.css",
    "/feeds/alle.atom",
)


@pytest.mark.parametrize("path", EVERYWHERE)
def test_headers_of_every_answer(stranger: FlaskClient, path: str) -> None:
    """Pages, errors, files and documents for machines carry the same protection."""
    answer = stranger.get(path)
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "Permissions-Policy" in answer.headers
    assert "Cache-Control" in answer.headers
    assert "Set-Cookie" not in answer.headers


def test_a_slash_too_many_leads_to_the_page(stranger: FlaskClient) -> None:
    """As people type addresses, and as other systems store them; an address that is none stays none."""
    answer = stranger.get("/projekte/?thema=ozg")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/projekte?thema=ozg")
    for path in ("/nirgends/", "/apl/v1/checkpoint/"):
        assert stranger.get(path).status_code == 404


def test_the_icon_is_found_where_programs_look(stranger: FlaskClient) -> None:
    """Some ask for nothing but this address."""
    answer = stranger.get("/favicon.ico", follow_redirects=True)
    assert answer.mimetype == "image/svg+xml"


@pytest.mark.parametrize("path", ["/.well-known/apl", "/apl/v1/checkpoint", "/apl/v1/entries"])
def test_what_hubs_ask_for_is_short_and_shows_nothing(stranger: FlaskClient, path: str) -> None:
    """A browser that is led there loads nothing and guesses nothing; what only pages need is left out."""
    answer = stranger.get(path)
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Permissions-Policy" not in answer.headers
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/suche", "/verbund", "/termine"])
def test_pages_hold_no_script_and_no_style_of_their_own(stranger: FlaskClient, path: str) -> None:
    """The policy forbids it; so nobody needs to loosen the policy."""
    page = tree(stranger.get(path))
    assert not page.xpath("//style | //*[@style] | //script[not(@src)][not(@type='application/ld+json')]")
    assert not [name for element in page.iter() for name in element.attrib if str(name).startswith("on")]


def test_static_files_are_kept_for_a_year_and_compressed(stranger: FlaskClient) -> None:
    """Their address changes with their content."""
    (address,) = tree(stranger.get("/")).xpath("//link[contains(@href, 'hub.css')]/@href")
    plain = stranger.get(address)
    small = stranger.get(address, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in plain.headers["Cache-Control"]
    assert "immutable" not in stranger.get("/static/older/hub.css").headers["Cache-Control"]
    if small.headers.get("Content-Encoding") == "gzip":
        assert gzip.decompress(small.data) == plain.data
    assert "Accept-Encoding" in small.headers["Vary"]


@pytest.mark.parametrize(
    "path",
    ["/static/x/../config.py", "/static/x/%2e%2e/config.py", "/static/x/vendor/manifest.json", "/static/x/nothing"],
)
def test_only_files_for_browsers_are_served(stranger: FlaskClient, path: str) -> None:
    """No way out of the folder."""
    assert stranger.get(path).status_code == 404


def test_the_language_is_kept_after_a_choice(stranger: FlaskClient) -> None:
    """One cookie, and back to the page."""
    answer = stranger.post("/sprache", data={"sprache": "en", "zurueck": "/projekte?phase=P4"})
    assert answer.status_code == 303
    assert answer.location == "/projekte?phase=P4"
    assert answer.headers["Set-Cookie"].startswith("sprache=en;")
    assert tree(stranger.get("/")).get("lang") == "en"


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"]
)
def test_nobody_is_sent_elsewhere(stranger: FlaskClient, target: str) -> None:
    """The way back leads to this hub only."""
    assert stranger.post("/darstellung", data={"darstellung": "dark", "zurueck": target}).location == "/"


def test_a_choice_made_elsewhere_is_refused(stranger: FlaskClient) -> None:
    """Another site can't change what a reader has chosen, and nonsense is no choice."""
    assert (
        stranger.post(
            "/darstellung", data={"darstellung": "dark"}, headers={"Sec-Fetch-Site": "cross-site"}
        ).status_code
        == 403
    )
    assert stranger.post("/darstellung", data={"darstellung": "rosa"}).status_code == 400


@pytest.mark.parametrize(
    ("path", "status"), [("/nirgends", 404), ("/projekte/nirgends", 404), ("/sprache", 405), ("/r/nirgends", 404)]
)
def test_errors_say_what_helps(stranger: FlaskClient, path: str, status: int) -> None:
    """A heading in plain words and a way on."""
    answer = stranger.get(path)
    assert answer.status_code == status
    assert tree(answer).xpath("//main//h1")
    assert "Zur Startseite" in words(answer)


def test_programs_get_errors_as_documents(stranger: FlaskClient) -> None:
    """RFC 9457 for who asks for JSON."""
    answer = stranger.get("/nirgends", headers={"Accept": "application/json"})
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["status"] == 404


def test_an_unforeseen_error_shows_nothing_of_the_inside(five: Five) -> None:
    """The page stands even when the database does not, and names no cause."""
    app = five.wilster.app
    client = app.test_client()
    app.jinja_env.globals["feed_links"], kept = None, app.jinja_env.globals["feed_links"]
    try:
        broken = client.get("/projekte")
    finally:
        app.jinja_env.globals["feed_links"] = kept
    assert broken.status_code == 500
    assert b"TypeError" not in broken.data
    assert "Traceback" not in broken.get_data(as_text=True)


@pytest.mark.parametrize("name", ["impressum", "datenschutz", "barrierefreiheit", "leichte-sprache", "lizenzen"])
def test_legal_pages_are_one_click_from_everywhere(stranger: FlaskClient, name: str) -> None:
    """In the footer of every page."""
    assert f"/{name}" in tree(stranger.get("/projekte")).xpath("//footer//a/@href")
    assert stranger.get(f"/{name}").status_code == 200


def test_what_is_missing_in_legal_texts_is_marked(stranger: FlaskClient, five: Five) -> None:
    """Placeholders are visible, and listed for the start in production."""
    assert tree(stranger.get("/impressum")).xpath("//main//mark")
    assert set(legal.placeholders(five.wilster.settings)) == {"impressum", "datenschutz", "barrierefreiheit"}


def test_an_operators_text_replaces_the_default(stranger: FlaskClient, five: Five) -> None:
    """And Markdown can't smuggle in scripts; an empty text has no page and no link."""
    folder = five.wilster.settings.instance / "legal"
    folder.mkdir(exist_ok=True)
    (folder / "gebaerdensprache.md").write_text(
        "# Gebärden\n\n<script>alert(1)</script> [x](javascript:alert(1))", "utf-8"
    )
    answer = stranger.get("/gebaerdensprache")
    assert "Gebärden" in words(answer)
    assert not tree(answer).xpath("//main//script | //main//a[starts-with(@href, 'javascript')]")
    (folder / "gebaerdensprache.md").write_text("", "utf-8")
    assert stranger.get("/gebaerdensprache").status_code == 404
    assert "/gebaerdensprache" not in tree(stranger.get("/")).xpath("//a/@href")


def test_a_barrier_is_reported_with_the_page_it_was_met_on(stranger: FlaskClient, five: Five) -> None:
    """No sign-in, no script; a foreign address is not repeated."""
    named = "//input[@name='seite']/@value"
    assert tree(stranger.get("/barriere-melden?seite=/termine")).xpath(named) == [five.wilster.origin + "/termine"]
    assert tree(stranger.get("/barriere-melden?seite=//evil.example")).xpath(named) == [five.wilster.origin + "/"]
