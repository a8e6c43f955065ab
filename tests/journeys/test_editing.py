"""What a coordinator does in the browser reaches every hub; what is killed in the middle is whole or not there."""

from __future__ import annotations

import threading
import time

import pytest
import requests

from hubnode.demo import visitor
from hubnode.demo.nodes import wait_until_answering
from tests.journeys.conftest import Network, eventually
from tests.journeys.person import Person

pytestmark = pytest.mark.journey
PUBLISH = {"aktion": "veroeffentlichen"}


def written(anna: Person, name: str) -> tuple[str, dict[str, str]]:
    """The number of a new record, and the form as Anna has filled it in."""
    form = anna.form("/redaktion/neu/organisationen")
    return form["kennung"], {**form, **PUBLISH, "name.de": name, "kind": "stadt", "sicht": "public"}


def test_from_the_form_to_every_hub_and_back(network: Network) -> None:
    """Published by hand, found everywhere; withdrawn by hand, found nowhere."""
    anna = network.anna(network.wilster)
    number, form = written(anna, "Stadt Handarbeit")
    assert anna.send("/redaktion/neu/organisationen", form).status_code == 303
    for node in network.nodes:
        assert eventually(lambda node=node: network.finds(node, "Handarbeit", number))
    path = f"/redaktion/{number}/zurueckziehen"
    assert anna.send(path, anna.form(path)).status_code == 303
    host = network.wilster.origin.removeprefix("http://")
    for node in network.nodes:
        assert eventually(lambda node=node: not network.finds(node, "Handarbeit", number))
    assert visitor.get(f"{network.hennstedt.origin}/organisationen/{host}/{number}").status in {404, 410}


def test_an_erased_record_is_gone_everywhere_and_never_returns(network: Network) -> None:
    """Neither its pages nor its words, at no hub, also after all have started anew."""
    anna = network.anna(network.rendsburg)
    number, form = written(anna, "Stadt Vergissmich")
    anna.send("/redaktion/neu/organisationen", form)
    network.settle()
    assert network.finds(network.wilster, "Vergissmich", number)
    path = f"/redaktion/{number}/loeschen"
    answer = anna.send(path, {**anna.form(path), "titel": "Stadt Vergissmich"})
    assert answer.status_code == 303, answer.text
    for node in network.nodes:
        assert eventually(lambda node=node: not network.finds(node, "Vergissmich", number))
    network.settle()
    network.hennstedt.kill()
    network.hennstedt.start()
    wait_until_answering(network.nodes)
    network.settle()
    for node in network.nodes:
        assert not network.finds(node, "Vergissmich", number)
        assert "Vergissmich" not in network.feed(node)
        network.operator.run(node, "verify")


@pytest.mark.parametrize("delay", [0.005, 0.02, 0.05])
def test_a_web_process_killed_while_publishing_leaves_nothing_half_done(network: Network, delay: float) -> None:
    """The record is published, and then everywhere, or it is not, and then nowhere; its author can go on."""
    node = network.wilster
    anna = network.anna(node)
    number, form = written(anna, "Stadt Stromausfall")
    sending = threading.Thread(target=_send, args=(anna, form))
    sending.start()
    time.sleep(delay)
    node.kill("web")
    sending.join()
    node.start("web")
    wait_until_answering([node])
    network.settle()
    for one in network.nodes:
        network.operator.run(one, "verify")
    published = {one.key for one in network.nodes if network.finds(one, "Stromausfall", number)}
    assert published in (set(), {one.key for one in network.nodes})
    kept = anna.form(f"/redaktion/{number}")
    saved = "name.de" in kept
    path = f"/redaktion/{number}" if saved else "/redaktion/neu/organisationen"
    assert anna.send(path, {**kept, **PUBLISH} if saved else form).status_code == 303
    for one in network.nodes:
        assert eventually(lambda one=one: network.finds(one, "Stromausfall", number))


def _send(anna: Person, form: dict[str, str]) -> None:
    try:
        anna.send("/redaktion/neu/organisationen", form)
    except requests.ConnectionError:
        return
