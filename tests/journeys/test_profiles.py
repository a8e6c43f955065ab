"""A profile across real hubs: a withdrawn consent leaves no byte, an erasure is proved when all are there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ulid import ULID

from federation.proofs import verify_proof
from hubnode.demo import visitor
from hubnode.demo.nodes import Node, wait_until_answering
from tests.journeys import writing
from tests.journeys.conftest import Network, eventually
from tests.journeys.person import Person

pytestmark = pytest.mark.journey


def holding(folder: Path, word: str) -> list[str]:
    """The files of a node in which the word stands as bytes, in any case."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(path.name for path in files if word.lower().encode() in path.read_bytes().lower())


def everywhere(network: Network, word: str) -> dict[str, list[str]]:
    """By hub, the files that hold the word."""
    return {node.key: found for node in network.nodes if (found := holding(node.folder, word))}


def draft(network: Network, node: Node, function: str) -> str:
    """What a hub writes about Anna and asks her about; its id."""
    lead = writing.organisation("Amt Musterau an der Au")
    number = str(ULID())
    body = {
        "display_name": "Anna Musterfrau",
        "function": {"de": function},
        "organisation": f"{node.origin}/r/{lead['id']}",
        "summary": {"de": "Kennt sich aus."},
        "topics": ["ozg"],
        "level": "expert",
        "offers": ["peer_call"],
        "contact_mode": "relay",
    }
    profile: dict[str, Any] = {"id": number, "kind": "expertise", "visibility": "public", "body": body}
    network.publish(node, lead, profile | {"person": f"anna@{node.key}.example"})
    return number


def published(network: Network, node: Node, anna: Person, function: str, interest: str) -> str:
    """Anna completes the draft with an interest for the network and says yes; known everywhere."""
    number = draft(network, node, function)
    network.settle()
    assert everywhere(network, function).keys() == {node.key}
    assert function not in visitor.get(f"{node.origin}/expertise").text
    form = anna.form("/konto/profil")
    form |= {"sicht": "public", "einwilligung": "personal", "reichweite.personal": "network", "interests.de": interest}
    answer = anna.send("/konto/profil", form)
    assert answer.status_code == 303, answer.text
    network.settle()
    for one in network.nodes:
        assert function in visitor.get(f"{one.origin}/expertise").text
        assert holding(one.folder, interest) != []
    return number


def test_a_withdrawn_consent_leaves_no_byte_anywhere(network: Network) -> None:
    node, function, word = network.wilster, "Kanarienfunktion", "Kanarieninteresse"
    anna = network.anna(node)
    number = published(network, node, anna, function, word)
    anna.send("/konto/profil/widerrufen/personal", anna.form("/konto/daten"))
    assert eventually(lambda: "Bei 2 von 2 Hubs gelöscht" in anna.words("/konto/daten/widerrufen"), 90)
    assert eventually(lambda: "Es ist erledigt" in anna.words("/konto/daten/widerrufen"), 60)
    assert everywhere(network, word) == {}
    for one in network.nodes:
        assert not network.finds(one, word, number)
        assert word not in network.feed(one)
        assert function in visitor.get(f"{one.origin}/expertise").text  # the rest stays
    gone = anna.send("/konto/daten/profil-loeschen", anna.form("/konto/daten/profil-loeschen"))
    assert eventually(lambda: "Es ist erledigt" in anna.words(gone.headers["Location"]), 90)
    assert everywhere(network, "Anna Musterfrau") == {}


def test_a_person_erases_the_own_profile_while_a_hub_is_down(network: Network) -> None:
    """The page counts the hubs that have confirmed; the proof is whole when the last one is back."""
    node, word = network.wilster, "Kanarienabschied"
    anna = network.anna(node)
    number = published(network, node, anna, "Abschiedsfunktion", word)
    network.rendsburg.kill()
    answer = anna.send("/konto/daten/profil-loeschen", anna.form("/konto/daten/profil-loeschen"))
    page = answer.headers["Location"]
    assert re.fullmatch(r"/profil/geloescht/[\w-]{43}", page)
    assert eventually(lambda: "Bei 1 von 2 Hubs gelöscht" in anna.words(page), 90)
    assert "noch nicht abgeholt" in anna.words(page)
    assert holding(network.rendsburg.folder, word) != []
    network.rendsburg.start()
    wait_until_answering(network.nodes)
    assert eventually(lambda: "Bei 2 von 2 Hubs gelöscht" in anna.words(page), 90)
    assert eventually(lambda: "Es ist erledigt" in anna.words(page), 60)
    shown = verify_proof(visitor.get(f"{node.origin}{page}/nachweis.json").text.strip().encode())
    assert (shown.erased, len(shown.hubs)) == (True, 2)
    assert all(hub.receipt is not None and "files" in hub.receipt.scopes for hub in shown.hubs)
    assert everywhere(network, word) == {}
    assert "Nachweis" in visitor.get(f"{node.origin}{page}/nachweis").text
    assert visitor.get(f"{node.origin}/r/{number}").status == 410
    assert json.loads(anna.read("/konto/daten/auskunft.json"))["profile"] is None
