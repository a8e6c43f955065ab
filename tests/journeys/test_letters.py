"""A question finds its expert and comes back answered, whatever is switched off, killed or cut on the way."""

from __future__ import annotations

import time

import pytest
from ulid import ULID

from hubnode.demo.nodes import Node, wait_until_answering
from tests.journeys import writing
from tests.journeys.conftest import Network, eventually
from tests.journeys.person import Person

pytestmark = pytest.mark.journey


def askable(network: Network, node: Node) -> str:
    """A new project of `node` that the other hubs hold; the path under which they ask about it."""
    lead, project = str(ULID()), str(ULID())
    network.publish(
        node,
        writing.organisation("Amt Deichbau", id=lead),
        writing.project(f"Deichkamera {project}", f"{node.origin}/r/{lead}", id=project),
    )
    network.settle()
    return f"/fragen/neu/projekte/{node.origin.removeprefix('http://')}/{project}"


def ask(who: Person, path: str, subject: str) -> str:
    """Ask; the path of the thread."""
    form = {**who.form(path), "subject": subject, "text": f"Frage: {subject}", "signed_as": "Bauhof"}
    answer = who.send(path, form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def received(who: Person, subject: str) -> str:
    """The path of the thread of this subject in the inbox of who answers; empty while it has not arrived."""
    rows = who.read("/fragen").split("<li>")
    found = [row for row in rows if subject in row and 'href="/fragen/' in row]
    assert len(found) <= 1, "a question arrives once"
    return found[0].split('href="')[1].split('"')[0] if found else ""


def test_a_question_waits_for_a_hub_that_is_down_and_the_answer_comes_back(network: Network) -> None:
    """The expert's hub is off; the asking worker is killed; then the asking hub is off while the answer is written."""
    path = askable(network, network.rendsburg)
    asker, expert = network.anna(network.wilster), network.anna(network.rendsburg)
    network.rendsburg.kill()
    thread = ask(asker, path, "Hochwasser")
    assert "Unterwegs" in asker.words(thread)
    network.wilster.kill("worker")
    network.wilster.start("worker")
    network.rendsburg.start()
    wait_until_answering(network.nodes)
    assert eventually(lambda: bool(received(expert, "Hochwasser")))
    assert eventually(lambda: "Zugestellt" in asker.words(thread))
    there = received(expert, "Hochwasser")
    network.wilster.kill()
    form = {**expert.form(there), "text": "Zwei Kameras genügen."}
    assert expert.send(there, form).status_code == 303
    network.rendsburg.kill("worker")
    network.rendsburg.start("worker")
    network.wilster.start()
    wait_until_answering(network.nodes)
    assert eventually(lambda: "Beantwortet" in asker.words(thread))
    assert asker.words(thread).count("Zwei Kameras genügen.") == 1
    assert eventually(lambda: "Beantwortet" in expert.words(there))


def test_no_letter_is_lost_and_none_acted_on_twice(network: Network) -> None:
    """The worker that sends and the web process that receives are killed again and again on the way."""
    path = askable(network, network.wilster)
    asker, expert = network.anna(network.hennstedt), network.anna(network.wilster)
    threads = [ask(asker, path, f"Strömung {number}") for number in range(3)]
    for pause in (0.0, 0.05, 0.2):
        network.hennstedt.kill("worker")
        threads += [ask(asker, path, f"Strömung {number}") for number in range(len(threads), len(threads) + 2)]
        network.hennstedt.start("worker")
        time.sleep(pause)
        network.wilster.kill("web")
        network.wilster.start("web")
    wait_until_answering(network.nodes)
    for number, thread in enumerate(threads):
        assert eventually(lambda thread=thread: "Zugestellt" in asker.words(thread))
        there = received(expert, f"Strömung {number}")
        assert expert.words(there).count(f"Frage: Strömung {number}") == 1


def test_what_is_deleted_at_one_hub_goes_at_the_other(network: Network) -> None:
    """Also where the other one is switched off at that moment."""
    path = askable(network, network.hennstedt)
    asker, expert = network.anna(network.rendsburg), network.anna(network.hennstedt)
    thread = ask(asker, path, "Nebelkraehenzwirn")
    assert eventually(lambda: bool(received(expert, "Nebelkraehenzwirn")))
    there = received(expert, "Nebelkraehenzwirn")
    network.hennstedt.kill()
    assert asker.send(f"{thread}/loeschen", asker.form(f"{thread}/loeschen")).status_code == 303
    network.hennstedt.start()
    wait_until_answering(network.nodes)
    assert eventually(lambda: "Diese Seite gibt es nicht" in expert.words(there))
    assert received(expert, "Nebelkraehenzwirn") == ""
