"""Hubs that are not what they say: stolen names, used requests, foreign records, rewritten histories."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from federation import routes
from federation.keys import SigningKey
from federation.signatures import DOCUMENT_TYPE, sign_request
from hubnode.demo import visitor
from hubnode.demo.nodes import Node, wait_until_answering
from tests.journeys import writing
from tests.journeys.conftest import Network, eventually
from tests.journeys.liar import Liar

pytestmark = pytest.mark.journey


def key_of(node: Node) -> SigningKey:
    """The signing key of a hub, as whoever reads its files has it."""
    return SigningKey.from_json(json.loads((node.folder / "keys/signing.json").read_text("ascii")))


def poke(to: Node, origin: str, key: SigningKey, note: str) -> requests.Response:
    """Poke `to` in the name of `origin`."""
    body = routes.encode_poke(note)
    url = to.origin + routes.POKE
    headers = sign_request("POST", url, body, DOCUMENT_TYPE, key, origin, datetime.now(UTC))
    return requests.post(url, body, headers=headers, timeout=15)


def note_of(node: Node) -> str:
    """The checkpoint that a hub shows to everybody."""
    return visitor.get(node.origin + routes.CHECKPOINT).text


def problem(answer: requests.Response) -> tuple[int, str]:
    """Status and type of a refusal."""
    return answer.status_code, answer.json()["type"]


def test_the_right_key_opens_the_door(network: Network) -> None:
    """The acceptance beside all refusals of this file."""
    answer = poke(network.hennstedt, network.wilster.origin, key_of(network.wilster), note_of(network.wilster))
    assert answer.status_code == 202


def test_a_stolen_name_is_not_a_stolen_key(network: Network) -> None:
    """Rendsburg signs with its own key under the key id of Wilster."""
    own = key_of(network.rendsburg)
    stolen = SigningKey(key_of(network.wilster).id, own.private)
    answer = poke(network.hennstedt, network.wilster.origin, stolen, note_of(network.wilster))
    assert problem(answer) == (401, "bad-signature")


def test_a_key_id_that_a_hub_does_not_have_is_refused(network: Network) -> None:
    """A new key counts only once the root key has vouched for it."""
    answer = poke(network.hennstedt, network.wilster.origin, SigningKey.generate("other"), note_of(network.wilster))
    assert problem(answer) == (401, "unknown-key")


def test_a_hub_that_nobody_pinned_is_refused(network: Network) -> None:
    """Also when everything about its request is right."""
    stranger = "http://127.0.0.1:9"
    answer = poke(network.hennstedt, stranger, SigningKey.generate("k1"), note_of(network.wilster))
    assert problem(answer) == (403, "not-member")


def test_a_used_request_is_refused(network: Network) -> None:
    """Whoever has overheard a request can't send it again, not even after a restart of the hub."""
    proxy = network.between["hennstedt"]
    proxy.seen.clear()
    network.publish(network.wilster, writing.organisation("Amt Mitschnitt"))
    assert eventually(lambda: any(seen.path == routes.POKE for seen in list(proxy.seen)))
    network.settle()  # a request that is still under way is not used yet
    overheard = next(seen for seen in proxy.seen if seen.path == routes.POKE)
    url = network.hennstedt.origin + routes.POKE
    assert problem(requests.post(url, overheard.body, headers=overheard.headers, timeout=15)) == (401, "replayed")
    network.hennstedt.stop("web")
    network.hennstedt.start("web")
    wait_until_answering([network.hennstedt])
    assert problem(requests.post(url, overheard.body, headers=overheard.headers, timeout=15)) == (401, "replayed")


def test_entries_are_for_members_only(network: Network) -> None:
    """A request without a signature gets nothing of the log."""
    answer = requests.get(f"{network.wilster.origin}{routes.ENTRIES}?log={'0' * 32}&after=0&limit=1", timeout=15)
    assert problem(answer) == (401, "bad-signature")


@pytest.fixture
def liar(network: Network) -> Iterator[Liar]:
    """A pinned hub that will not keep to the truth."""
    liar = Liar("Lügenau")
    network.operator.run(network.hennstedt, "peer", "add", liar.origin, "--fingerprint", liar.fingerprint)
    yield liar
    # Nobody waits any more for what it will never fetch, such as the announcement of a key in a later journey.
    network.operator.run(network.hennstedt, "peer", "suspend", liar.origin)
    liar.close()


def told(network: Network, liar: Liar) -> None:
    """Let the liar poke, as it would after each change."""
    poke(network.hennstedt, liar.origin, liar.signing, liar.note())


def test_nobody_logs_a_record_of_another_hub(network: Network, liar: Liar) -> None:
    """The liar lists Wilster's record with a text of its own: refused, nothing is stored, and Wilster is unharmed."""
    record = writing.organisation("Stadt Unberührt")
    network.publish(network.wilster, record)
    network.settle()
    liar.put("organisation", writing.organisation("Stadt Fälschung")["body"])
    told(network, liar)
    assert eventually(lambda: network.hub(network.hennstedt, liar.origin)["records"] == 1)
    forged = writing.organisation("Stadt Übernommen")["body"]
    liar.put("organisation", forged, origin=network.wilster.origin, id=record["id"])
    told(network, liar)
    assert eventually(lambda: network.hub(network.hennstedt, liar.origin)["last_error"] is not None)
    assert network.hub(network.hennstedt, liar.origin)["records"] == 1
    assert network.finds(network.hennstedt, "Unberührt", record["id"])
    assert not network.finds(network.hennstedt, "Übernommen", record["id"])
    another = writing.organisation("Stadt Weiterhin")
    network.publish(network.wilster, another)
    assert eventually(lambda: network.finds(network.hennstedt, "Weiterhin", another["id"]))


def test_the_same_number_in_another_log_is_another_record(network: Network, liar: Liar) -> None:
    """A record is its origin and its number: a copied number takes nothing away."""
    record = writing.organisation("Stadt Doppelgang")
    network.publish(network.wilster, record)
    network.settle()
    liar.put("organisation", writing.organisation("Stadt Nachgemacht")["body"], id=record["id"])
    told(network, liar)
    assert eventually(lambda: network.hub(network.hennstedt, liar.origin)["records"] == 1)
    host = network.wilster.origin.removeprefix("http://")
    page = visitor.get(f"{network.hennstedt.origin}/organisationen/{host}/{record['id']}").text
    assert "Doppelgang" in page
    assert "Nachgemacht" not in page


def test_one_unreadable_record_does_not_stop_the_rest(network: Network, liar: Liar) -> None:
    """It is set aside with its reason; the records before and after it are there."""
    liar.put("organisation", writing.organisation("Stadt Davor")["body"])
    liar.put("organisation", {"name": {"de": "Stadt Kaputt"}, "kind": "gibtesnicht", "more": [1]})
    last = liar.put("organisation", writing.organisation("Stadt Danach")["body"])
    told(network, liar)
    assert eventually(lambda: network.finds(network.hennstedt, "Danach", last))
    hub = network.hub(network.hennstedt, liar.origin)
    assert (hub["records"], hub["quarantined"]) == (2, 1)
    assert "Kaputt" not in visitor.get(f"{network.hennstedt.origin}/organisationen").text


def test_a_rewritten_history_freezes_only_its_own_hub(network: Network, liar: Liar) -> None:
    """Both signed notes are kept, what was known stays, and the others go on."""
    first = liar.put("organisation", writing.organisation("Stadt Erstfassung")["body"])
    liar.put("organisation", writing.organisation("Stadt Zweitfassung")["body"])
    told(network, liar)
    assert eventually(lambda: network.hub(network.hennstedt, liar.origin)["records"] == 2)
    liar.forget(1)
    liar.put("organisation", writing.organisation("Stadt Umgeschrieben")["body"])
    told(network, liar)
    assert eventually(lambda: network.hub(network.hennstedt, liar.origin)["state"] == "frozen")
    assert network.finds(network.hennstedt, "Erstfassung", first)
    record = writing.organisation("Stadt Ungestört")
    network.publish(network.rendsburg, record)
    assert eventually(lambda: network.finds(network.hennstedt, "Ungestört", record["id"]))
