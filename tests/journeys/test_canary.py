"""What is not for everybody is in no byte that everybody can read, and what is for the own hub never leaves it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from hubnode.demo import visitor
from hubnode.demo.nodes import Node
from tests.journeys import writing
from tests.journeys.conftest import Network

pytestmark = pytest.mark.journey

NETWORK_WORD = "Kanarienverbund"
HUB_WORD = "Kanarienhub"
PUBLIC_WORD = "Kanarienoffen"
COST = 7_654_321_00
COST_SHOWN = ("7654321", "7.654.321", "7,654,321")
MOST_OF_A_PATH = 8
"""Addresses with the same path that are looked at: filters can be combined without end."""


@pytest.fixture(scope="module")
def canaries(_network: Network) -> dict[str, str]:
    """Records with a word for each level, published at Wilster, known everywhere."""
    network, node = _network, _network.wilster
    lead = writing.organisation(
        f"Amt {PUBLIC_WORD}", agreement_ref=f"{HUB_WORD}-17", feed_subscriptions=[f"{HUB_WORD}-abo"]
    )
    lead_uri = f"{node.origin}/r/{lead['id']}"
    shown = writing.project(
        f"Projekt {PUBLIC_WORD}",
        lead_uri,
        cost_one_off_cents=COST,
        funding=[{"programme": f"{NETWORK_WORD}-Programm", "status": "granted", "amount_cents": COST + 100}],
        geo_keys=["01061"],
    )
    shared = writing.project(f"Projekt {NETWORK_WORD}", lead_uri, visibility="network")
    kept = writing.project(f"Projekt {HUB_WORD}", lead_uri, visibility="hub")
    network.publish(node, lead, shown, shared, kept)
    network.settle()
    return {"shown": shown["id"], "shared": shared["id"], "kept": kept["id"]}


def crawled(node: Node) -> Iterator[tuple[str, str]]:
    """(address, answer with its headers) of all that somebody without an account reaches by following links."""
    waiting = [f"{node.origin}{path}" for path in ("/", "/robots.txt", "/.well-known/apl", "/apl/v1/checkpoint")]
    met, paths = set(waiting), Counter(waiting)
    while waiting:
        address = waiting.pop()
        answer = visitor.get(address)
        yield address, "\n".join([*map(": ".join, answer.headers.items()), answer.text])
        links = _Links(address)
        if "html" in answer.headers.get("content-type", "") or "xml" in answer.headers.get("content-type", ""):
            links.feed(answer.text)
        for link in links.found:
            path = link.split("?")[0]
            if link not in met and link.startswith(node.origin + "/") and paths[path] < MOST_OF_A_PATH:
                met.add(link)
                paths[path] += 1
                waiting.append(link)


class _Links(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._base = base

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what this element leads to, without fonts, styles and scripts."""
        if tag not in {"a", "link", "form", "loc"}:
            return
        for name, value in attrs:
            if name in {"href", "action"} and value and not urlsplit(value).path.startswith("/static"):
                self.found.append(urljoin(self._base, value).split("#")[0])


@pytest.mark.parametrize("key", ["wilster", "hennstedt"])
def test_no_public_byte_holds_a_word_of_the_network_or_of_the_hub(
    network: Network, canaries: dict[str, str], key: str
) -> None:
    """Pages, lists, facets, feeds, calendars, addresses, headers and the open doors, at home and at a peer."""
    node: Node = getattr(network, key)
    pages = dict(crawled(node))
    assert len(pages) > 20
    assert sum(PUBLIC_WORD in page for page in pages.values()) > 3
    forbidden = (NETWORK_WORD, HUB_WORD, *COST_SHOWN, canaries["shared"], canaries["kept"])
    found = [(address, word) for address, page in pages.items() for word in forbidden if word in page]
    assert found == []


@pytest.mark.parametrize("key", ["wilster", "hennstedt"])
def test_hidden_words_find_nothing_and_count_nothing(network: Network, canaries: dict[str, str], key: str) -> None:
    """The search does not even say that there would be something."""
    node: Node = getattr(network, key)
    nothing = visitor.get(f"{node.origin}/suche?q=Niemalsgeschrieben").text
    for word in (NETWORK_WORD, HUB_WORD, "Kanarienverbund-Programm", str(COST)):
        page = visitor.get(f"{node.origin}/suche?q={word}").text
        assert page.replace(word, "") == nothing.replace("Niemalsgeschrieben", "")
        assert not any(number in page for number in canaries.values())


@pytest.mark.parametrize("key", ["wilster", "hennstedt"])
@pytest.mark.parametrize("which", ["shared", "kept"])
def test_the_address_of_a_hidden_record_answers_like_one_that_never_was(
    network: Network, canaries: dict[str, str], key: str, which: str
) -> None:
    """Knowing the number is not enough, and the answer does not tell whether it exists."""
    node: Node = getattr(network, key)
    place = "" if key == "wilster" else network.wilster.origin.removeprefix("http://") + "/"
    never = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    hidden = visitor.get(f"{node.origin}/projekte/{place}{canaries[which]}")
    absent = visitor.get(f"{node.origin}/projekte/{place}{never}")
    assert (hidden.status, absent.status) == (404, 404)
    assert hidden.text.replace(canaries[which], "") == absent.text.replace(never, "")


def test_what_is_for_the_own_hub_never_leaves_it(network: Network, canaries: dict[str, str]) -> None:
    """No file of another hub holds a word of it: not its database, not its logs."""
    for node in (network.hennstedt, network.rendsburg):
        assert _holding(node.folder, HUB_WORD) == []
        assert _holding(node.folder, NETWORK_WORD) != []
    assert _holding(network.wilster.folder, HUB_WORD) != []


def test_no_log_file_holds_a_word_of_anybody(network: Network, canaries: dict[str, str]) -> None:
    """Neither texts of records nor what people searched."""
    visitor.get(f"{network.wilster.origin}/suche?q=Geheimsuche")
    for node in network.nodes:
        for part in ("web", "worker"):
            log = node.log(part).read_text("utf-8")
            assert not any(word in log for word in (NETWORK_WORD, HUB_WORD, PUBLIC_WORD, "Geheimsuche"))


def _holding(folder: Path, word: str) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if word.encode() in path.read_bytes()]
