"""English, page by page: whoever chose it meets no German sentence of ours, only texts that hubs wrote in German."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask_babel import force_locale
from lxml import html

from hubnode.records import vocabulary
from hubnode.records.kinds import KINDS
from hubnode.web import filters
from tests.five import Five
from tests.house.places import ROOT
from tests.hubnode.web.browsing import Browser

CATALOG = ROOT / "hubnode/web/translations/en/LC_MESSAGES/messages.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
FUNCTION_WORDS = re.compile(
    r"\b(?:und|oder|der|das|nicht|für|wird|ist|sind|mit|bei|Sie|Ihre?|keine?|von|vor|seit|bis|zur?)\b"
)
"""Small words that German has and English has not: a text with one of them is German."""
READ_OUT = ("aria-label", "placeholder", "title", "alt", "data-l", "data-words", "data-over", "data-on", "data-off")
READ_OUT += ("data-live-words", "data-live-paused", "data-ago-s", "data-ago-m", "data-ago-h")
"""Attributes that people see or hear."""
PUBLIC = (
    "/",
    "/?neu=projekte",
    "/suche",
    "/suche?q=F%C3%B6rder&thema=ozg",
    "/suche?q=Nebelkr%C3%A4henzwirn+Deich",
    "/projekte?seite=2",
    "/projekte?q=Nebelkr%C3%A4henzwirn",
    "/expertise?thema=ozg",
    "/termine",
    "/termine?zeit=vergangen",
    "/erfahrungen",
    "/organisationen",
    "/verbund",
    "/feeds",
    "/barriere-melden",
    "/anmelden",
    "/anmelden?ok=abgemeldet",
    "/anmelden?next=%2Fkonto",
    "/impressum",
    "/datenschutz",
    "/barrierefreiheit",
    "/leichte-sprache",
    "/lizenzen",
    "/das-gibt-es-nicht",
)
REFUSED = (
    "/feeds/nichts.atom",
    "/feeds/projekte.ics",
    "/feeds/alle.atom?thema=nichts",
    "/feeds/alle.atom?hub=nichts.example",
    "/feeds/alle.atom?farbe=rot",
    "/termine/nichts.ics",
)
OPEN = ("prj-001", "prj-009", "exp-001", "evt-001", "evt-002", "org-amt-musterau")
CLOSED = ("exp-007", "rep-001")
COORDINATOR = "koordination@wilster.example"


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Five]:
    """The demo hubs, and a catalogue that is compiled."""
    compiled = CATALOG.with_suffix(".mo")
    assert compiled.is_file(), "the catalogue is not compiled; run: make setup"
    wanted = io.BytesIO()
    write_mo(wanted, _catalog())
    assert compiled.read_bytes() == wanted.getvalue(), "the compiled catalogue is an old one; run: make setup"
    hubs = Five(tmp_path_factory.mktemp("five"))
    yield hubs
    hubs.close()


@pytest.fixture
def reader(five: Five) -> Browser:
    """A stranger who chose English."""
    browser = Browser(five.wilster.app)
    browser.client.set_cookie("sprache", "en")
    return browser


@pytest.fixture
def editor(reader: Browser) -> Browser:
    """Wilster's coordinator, reading English."""
    assert reader.sign_in(COORDINATOR).status_code == 303
    return reader


def _catalog() -> Catalog:
    with CATALOG.open("rb") as file:
        return read_po(file, locale="en")


def _forms(text: object) -> tuple[str, ...]:
    """The singular and plural of a message, or its one form."""
    return tuple(text) if isinstance(text, tuple | list) else (str(text),)


def _pairs() -> Iterator[tuple[str, str]]:
    """Each German sentence with its English one."""
    for message in _catalog():
        if message.id:
            yield from zip(_forms(message.id), _forms(message.string), strict=True)


def _german() -> re.Pattern[str]:
    """A pattern for our German sentences.

    Those that are English too can't be told apart, and one word between two placeholders might be anybody's title.
    """
    pairs = [*_pairs(), *_named()]
    english = {said for _german, said in pairs}
    patterns = []
    for sentence in {german for german, _said in pairs} - english:
        words = PLACEHOLDER.split(sentence)
        if words[0] or words[-1]:
            patterns.append(".+".join(map(re.escape, words)))
    return re.compile("|".join(sorted(patterns, key=len, reverse=True)))


def _named() -> Iterator[tuple[str, str]]:
    """The German and the English name of every option and every topic."""
    lists = json.loads((ROOT / "hubnode/records/data/options.json").read_text("utf-8"))
    yield from ((german, english) for options in lists.values() for _value, german, english in options)
    for area, below in vocabulary.tree():
        yield from ((vocabulary.label(id, "de"), vocabulary.label(id, "en")) for id in (area, *below))


GERMAN = _german()


def _is_german(element: html.HtmlElement) -> bool:
    """Whether `element` is marked as German, itself or by what is around it."""
    languages = element.xpath("ancestor-or-self::*[@lang][1]/@lang")
    return languages != ["en"]


def _said(page: html.HtmlElement) -> Iterator[str]:
    """All words that a reader of English should understand: texts and attributes that are not marked as German."""
    for element in page.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style", "path"):
            continue
        parent = element.getparent()
        if element.tail and parent is not None and not _is_german(parent):
            yield element.tail
        if _is_german(element):
            continue
        if element.text:
            yield element.text
        yield from (element.get(name) for name in READ_OUT if element.get(name))


def _german_sentences(page: html.HtmlElement) -> list[str]:
    said = {" ".join(words.split()) for words in _said(page)}
    return sorted(words for words in said if any(map(GERMAN.fullmatch, _readings(words))))


def _readings(words: str) -> Iterator[str]:
    """`words` as they stand, what is left without signs around them, and each part of what commas join."""
    bare = words.strip(" .:·,()")
    yield from (words, bare, f"{bare}.", f"{bare}:", *bare.split(", "))


def _looks_german(page: html.HtmlElement) -> list[str]:
    """Words that nobody marked: neither for translation nor as German."""
    for hidden in page.xpath("//option | //head | //*[@hidden] | //textarea"):
        hidden.drop_tree()
    return sorted({words.strip() for words in _said(page) if FUNCTION_WORDS.search(words)})


def _assert_english(browser: Browser) -> None:
    assert browser.page.get("lang") == "en"
    assert _german_sentences(browser.page) == []
    assert _looks_german(browser.page) == []


@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_for_everybody_is_english(reader: Browser, path: str) -> None:
    """Lists, the start page, the state of the network, feeds, sign-in, legal pages and errors."""
    reader.open(path)
    _assert_english(reader)


@pytest.mark.parametrize("path", REFUSED)
def test_a_refused_feed_is_explained_in_english(reader: Browser, path: str) -> None:
    """A person who follows a stale address gets a page."""
    answer = reader.client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code in (400, 404)
    reader.page = html.fromstring(answer.text)
    _assert_english(reader)


@pytest.mark.parametrize("id", OPEN)
def test_the_page_of_a_record_is_english_around_its_texts(reader: Browser, five: Five, id: str) -> None:
    """What a hub wrote in German only is marked as German."""
    assert reader.open(five.path(id)).status_code == 200
    _assert_english(reader)


@pytest.mark.parametrize("id", OPEN + CLOSED)
def test_staff_see_more_of_a_record_and_all_of_it_in_english(editor: Browser, five: Five, id: str) -> None:
    """Network fields, where a record has arrived, the way to edit it."""
    assert editor.open(five.path(id)).status_code == 200
    _assert_english(editor)


@pytest.mark.parametrize("slug", [kind.slug for kind in KINDS.values()])
def test_forms_their_hints_and_refusals_are_english(editor: Browser, slug: str) -> None:
    """An empty form, the rows it can get, and what is missing when somebody publishes it as it is."""
    editor.open(f"/redaktion/neu/{slug}")
    _assert_english(editor)
    for more in editor.page.xpath("//button[starts-with(@value, 'mehr:')]/@value"):
        assert editor.send(button=more).status_code == 200
        _assert_english(editor)
    assert editor.send(button="veroeffentlichen").status_code == 422
    assert "Check" in editor.text("//main")
    _assert_english(editor)


def test_the_editing_desk_and_its_questions_are_english(editor: Browser, five: Five) -> None:
    """The list of own records; withdrawing, discarding, erasing, all versions, the preview; saving says so."""
    id = five.path("prj-001").rpartition("/")[2]
    for path in ("", f"/{id}", f"/{id}/fassungen", f"/{id}/zurueckziehen", f"/{id}/loeschen", f"/{id}/vorschau"):
        assert editor.open(f"/redaktion{path}").status_code == 200
        _assert_english(editor)
    assert editor.send(f"/redaktion/{id}/loeschen", form="(.//form)[1]", titel="?").status_code in (400, 403, 422)
    editor.open(f"/redaktion/{id}")
    editor.follow(editor.send(button="sichern"))
    assert "Draft saved at" in editor.text("//main")
    _assert_english(editor)
    editor.open(f"/redaktion/{id}/verwerfen")
    _assert_english(editor)


def test_the_own_account_is_english(editor: Browser) -> None:
    """Sign-ins and the password, with what can be wrong with a new one."""
    editor.open("/konto")
    _assert_english(editor)
    password = "//main//form[contains(@action, 'passwort')]"
    for new in ("kurz", "passwortpasswort", COORDINATOR):
        editor.open("/konto")
        editor.send(form=password, alt="Deichgraf reitet Schimmel", neu=new, wiederholt=new)
        _assert_english(editor)
    editor.open("/konto")
    editor.send(form=password, alt="falsch", neu="a", wiederholt="b")
    _assert_english(editor)


def test_a_failed_sign_in_is_english(reader: Browser) -> None:
    """The refusal is a sentence of ours as well."""
    assert reader.sign_in("niemand@wilster.example", "falsch").status_code == 422
    _assert_english(reader)


def test_choosing_a_language_and_choosing_back(five: Five) -> None:
    """The choice keeps the page, and lasts until the next one."""
    browser = Browser(five.wilster.app)
    browser.open("/termine")
    assert browser.page.get("lang") == "de"
    for chosen, word in (("en", "Events"), ("de", "Termine")):
        browser.follow(browser.send(form="//form[.//button[@name='sprache']]", sprache=chosen))
        assert browser.path == "/termine"
        assert browser.page.get("lang") == chosen
        assert word in browser.text("//h1")
        assert browser.cookie("sprache") == chosen


def test_nothing_is_kept_of_who_chose_nothing(five: Five) -> None:
    """Reading in German needs no cookie."""
    browser = Browser(five.wilster.app)
    for path in ("/", "/projekte", "/verbund", five.path("prj-001")):
        browser.open(path)
    assert browser.cookie("") is None


@pytest.mark.parametrize("kept", ["fr", "EN", "", "../de"])
def test_a_language_that_nobody_offers_is_german(five: Five, kept: str) -> None:
    """A cookie that says something else is as none."""
    browser = Browser(five.wilster.app)
    browser.client.set_cookie("sprache", kept)
    browser.open("/")
    assert browser.page.get("lang") == "de"


def test_a_browser_that_prefers_english_still_starts_in_german(five: Five) -> None:
    """Pages can be stored by what stands in their address and cookie alone."""
    client = five.wilster.app.test_client()
    assert '<html lang="de"' in client.get("/", headers={"Accept-Language": "en"}).text


def test_english_dates_and_numbers_are_british(five: Five) -> None:
    """The day before the month, a comma between thousands, the clock of 24 hours."""
    at = datetime(2026, 11, 18, 13, 5, tzinfo=UTC)
    with five.wilster.app.test_request_context(), force_locale("en"):
        assert filters.day(at) == "18 November 2026"
        assert filters.month(at) == "November 2026"
        assert filters.clock(at) == "14:05"
        assert filters.moment(at, at) == "today at 14:05"
        morning = at.replace(hour=8, minute=0)
        assert filters.span(morning, at) == "Wed, 18 November 2026, 09:00 to 14:05"
        assert filters.euro(6_140_050) == "€61,400.50"
        assert filters.number("1284.5") == "1,284.5"


def test_each_english_sentence_has_what_its_german_one_has() -> None:
    """The same placeholders, for Python and for the script; where it may say a word for the number, it may."""
    assert [
        pair for pair in _pairs() if sorted(map(_placeholders, pair))[0] != sorted(map(_placeholders, pair))[1]
    ] == []


def _placeholders(sentence: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(sentence))


def test_every_plural_has_all_its_forms() -> None:
    """English has two."""
    plurals = [message for message in _catalog() if message.pluralizable]
    assert plurals
    assert _catalog().num_plurals == 2
    assert [message.id for message in plurals if len(message.string) != 2 or not all(message.string)] == []


def test_no_english_sentence_has_german_letters_or_quotation_marks() -> None:
    """Neither ä nor ß, nor a quotation mark at the bottom of the line."""
    assert [said for _german, said in _pairs() if re.search("[äöüÄÖÜß„]|“[^”]*$", said)] == []


def test_sentences_end_alike() -> None:
    """A full stop, a colon or a question mark is there in both languages or in neither."""
    ends = re.compile(r"[.:?!]$")
    unlike = [pair for pair in _pairs() if ends.findall(pair[0]) != ends.findall(pair[1])]
    assert [pair for pair in unlike if not pair[0].endswith(("Min.", "Std."))] == []
