"""What another hub may not do with letters that it composes by hand and signs with its own valid key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from federation.letters import Reply
from hubnode.db import reading
from hubnode.network import questions
from hubnode.network.question_letters import MOST_MESSAGES
from hubnode.network.questions_models import Question
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading as records
from tests.hubnode.bodies import project
from tests.hubnode.hubs import carry
from tests.hubnode.network.pair import STAFF, Pair, held, make_pair, viewer

ASKER = viewer(STAFF)
ID = "01JD9XQ5T0ABCDEFGHJKMNPQ{:02d}"


@pytest.fixture
def pair(tmp_path: Path, template: Path) -> Iterator[Pair]:
    """Rendsburg has a project about which Wilster may ask."""
    with make_pair(tmp_path, template) as made:
        made.rendsburg.publish("project", project("Mähboot"), now=made.now)
        yield made


def letter(pair: Pair, kind: str, number: int = 0, re: str | None = None, **body: Any) -> Reply:
    """What Rendsburg answers to one of them."""
    whole = {"thread": ID.format(90), **body}
    return pair.hand_in(pair.letter(ID.format(number), kind=kind, re=re, body=whole))[0]


def refused(reply: Reply, reason: str) -> bool:
    """Whether it was refused for this reason."""
    return (reply.status, reply.reason) == ("refused", reason)


def question(pair: Pair, record: str, number: int = 0, **body: Any) -> Reply:
    """A question about a record."""
    texts = {"record": record, "subject": "Betreff", "text": "Frage", "signed_as": "Amt", **body}
    return letter(pair, "question", number, **texts)


def uri(pair: Pair) -> str:
    """Rendsburg's project."""
    with pair.rendsburg.at():
        return records.find(ANONYMOUS, records.Browse()).items[0].uri


def test_nobody_asks_about_what_members_do_not_see_or_can_not_ask_about(pair: Pair) -> None:
    hidden = pair.rendsburg.publish("project", project("Nur für uns"), level="hub", now=pair.now)
    body = {"name": {"de": "Stadt Rendsburg"}, "kind": "stadt", "license": "CC-BY-4.0"}
    other = pair.rendsburg.publish("organisation", body, now=pair.now)
    origin = pair.rendsburg.origin
    uris = (
        f"{origin}/r/{hidden}",
        f"{origin}/r/{other}",
        f"{origin}/r/{ID.format(77)}",
        f"{pair.wilster.origin}/r/x",
        "x",
    )
    for number, uri in enumerate(uris):
        assert refused(question(pair, uri, number), "no-such-record")
    assert held(pair.rendsburg) == (0, 0)


def test_nobody_asks_twice_under_one_name(pair: Pair) -> None:
    assert question(pair, uri(pair), 0).status == "accepted"
    assert refused(question(pair, uri(pair), 1, subject="Anders"), "reused-thread")
    assert held(pair.rendsburg) == (1, 1)


def test_threat_24_nobody_answers_what_was_not_asked(pair: Pair) -> None:
    """Neither in a thread of nobody, nor in its own one, where it is the asker."""
    assert refused(letter(pair, "answer", 0, text="Ja", signed_as="Amt"), "unknown-thread")
    question(pair, uri(pair), 1)
    assert refused(letter(pair, "answer", 2, text="Ja", signed_as="Amt"), "unknown-thread")


def test_threat_24_an_answer_names_the_question(pair: Pair) -> None:
    thread = asked_by_rendsburg(pair)
    for number, re in enumerate((None, ID.format(55))):
        answer = letter(pair, "answer", number, re, thread=thread, text="Ja", signed_as="Amt")
        assert refused(answer, "unknown-question")
    assert held(pair.rendsburg) == (1, 1)


def test_threat_03_a_thread_of_others_is_out_of_reach(pair: Pair) -> None:
    """A thread that Rendsburg has with itself, under the name that a letter would give."""
    with pair.rendsburg.at():
        own = records.find(ANONYMOUS, records.Browse()).items[0]
        questions.ask(ASKER, own, questions.write("Intern", "Bauhof", "Intern"), pair.now)
        thread = reading().scalars(sa.select(Question.thread)).one()
    for number, kind in enumerate(("closed", "withdrawn")):
        assert refused(letter(pair, kind, number, thread=thread), "unknown-thread")
    more = {"thread": thread, "text": "Ich auch", "signed_as": "Amt"}
    assert refused(letter(pair, "follow_up", 5, **more), "unknown-thread")
    assert refused(letter(pair, "answer", 6, **more), "unknown-thread")
    assert held(pair.rendsburg) == (1, 1)
    with pair.rendsburg.at():
        assert reading().scalars(sa.select(Question.state)).all() == ["open"]


def test_nobody_fills_the_tables(pair: Pair) -> None:
    question(pair, uri(pair), 0)
    for number in range(MOST_MESSAGES):
        pair.later(minutes=2)
        more = {"thread": ID.format(90), "text": "Noch eine", "signed_as": "Amt"}
        letter = pair.letter(f"01JD9XQ5T0ABCDEFGHJKMN{number:04d}", kind="follow_up", body=more)
        [last] = pair.hand_in(letter)
    assert refused(last, "full")
    assert held(pair.rendsburg) == (1, MOST_MESSAGES)


def asked_by_rendsburg(pair: Pair) -> str:
    """A thread in which Rendsburg asks Wilster; answers its name in letters."""
    pair.wilster.publish("project", project("Bürgerkoffer"), now=pair.now)
    carry(pair.wilster, pair.rendsburg)
    with pair.rendsburg.at():
        theirs = records.find(ASKER, records.Browse(hubs=[pair.wilster.origin])).items[0]
        questions.ask(ASKER, theirs, questions.write("Frage", "Bauhof", "Betreff"), pair.now)
        return reading().scalars(sa.select(Question.thread)).one()
