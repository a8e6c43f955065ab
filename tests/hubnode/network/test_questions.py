"""Questions between two hubs over real letters: asked, answered, closed, deleted; and who must not see them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.network import events, letters, peers, postman, question_views, questions
from hubnode.network.question_views import Thread
from hubnode.network.questions_models import Question, QuestionQuota
from hubnode.people.viewer import ANONYMOUS, OPERATOR, Viewer
from hubnode.records import reading as records
from hubnode.records import service
from hubnode.records.errors import Forbidden, NotFound
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, carry
from tests.hubnode.network.pair import COLLEAGUE, COORDINATOR, STAFF, Pair, held, make_pair, viewer
from tests.migrated import migrate

ASKER, BOSS, OTHER = viewer(STAFF), viewer(COORDINATOR), viewer(COLLEAGUE)
ID = "01JD9XQ5T0ABCDEFGHJKMNPQ{:02d}"


@pytest.fixture
def pair(tmp_path: Path, template: Path) -> Iterator[Pair]:
    """Wilster holds a copy of Rendsburg's project, and can ask about it."""
    with make_pair(tmp_path, template) as made:
        made.rendsburg.publish("project", project("Mähboot"), now=made.now)
        carry(made.rendsburg, made.wilster)
        yield made


def ask(pair: Pair, text: str = "Wie oft im Jahr?", who: Viewer = ASKER, hub: Hub | None = None) -> str:
    """Ask at Wilster about the project of Rendsburg, or of `hub`."""
    with pair.wilster.at():
        found = records.find(who, records.Browse(hubs=[(hub or pair.rendsburg).origin])).items[0]
        return questions.ask(who, found, questions.write(text, "Bauhof", "Mähboot"), pair.now)


def reply(pair: Pair, hub: Hub, who: Viewer, text: str) -> None:
    """Write into the only thread of a hub."""
    with hub.at():
        id = reading().scalars(sa.select(Question.id)).one()
        questions.reply(who, id, questions.write(text, "Umweltamt"), pair.now)


def seen(hub: Hub, who: Viewer = BOSS) -> Thread:
    """The only thread of a hub."""
    with hub.at():
        return question_views.thread(who, reading().scalars(sa.select(Question.id)).one())


def said(thread: Thread) -> list[tuple[bool, str]]:
    """Who said what: whether it was the asker, and the text."""
    return [(message.by_asker, message.text) for message in thread.messages]


def test_a_question_is_answered_at_another_hub(pair: Pair) -> None:
    """Each step shows what is known of it at that moment, and not more."""
    ask(pair)
    assert seen(pair.wilster).standing == "waiting"
    with pair.answering(pair.rendsburg, pair.wilster):
        pair.later(seconds=3)
        pair.deliver()
        mine = seen(pair.wilster, ASKER)
        assert (mine.standing, mine.since, mine.mine) == ("delivered", pair.now, True)
        theirs = seen(pair.rendsburg)
        assert (theirs.standing, theirs.subject, theirs.may_answer) == ("open", "Mähboot", True)
        assert (theirs.asker, theirs.messages[0].signed_as) == (pair.wilster.origin, "Bauhof")
        pair.later(hours=1)
        reply(pair, pair.rendsburg, BOSS, "Zweimal.")
        assert seen(pair.rendsburg).standing == "waiting"
        pair.deliver(pair.rendsburg)
        assert seen(pair.rendsburg).standing == "answered"
        answered = seen(pair.wilster, ASKER)
        assert (answered.standing, answered.since) == ("answered", pair.now)
        reply(pair, pair.wilster, ASKER, "Und im Schaltjahr?")
        pair.deliver()
    expected = [(True, "Wie oft im Jahr?"), (False, "Zweimal."), (True, "Und im Schaltjahr?")]
    assert said(seen(pair.wilster)) == said(seen(pair.rendsburg)) == expected
    assert seen(pair.rendsburg).standing == "open", "it waits for an answer once more"


def test_an_own_hub_gets_the_question_at_once(pair: Pair) -> None:
    pair.wilster.publish("project", project("Bürgerkoffer"), now=pair.now)
    ask(pair, hub=pair.wilster)
    assert pair.sent() == []
    assert seen(pair.wilster, ASKER).standing == "open"
    with pair.wilster.at():
        assert question_views.unanswered(BOSS) == 1
        assert question_views.unanswered(ASKER) == 0
    reply(pair, pair.wilster, BOSS, "Gern.")
    assert (seen(pair.wilster).standing, pair.sent()) == ("answered", [])


def test_threat_34_a_thread_is_there_for_the_asker_and_the_coordination_and_for_nobody_else(pair: Pair) -> None:
    id = ask(pair)
    with pair.wilster.at():
        for who in (ASKER, BOSS, viewer(COORDINATOR)):
            assert question_views.thread(who, id).id == id
        for who in (OTHER, ANONYMOUS, Viewer("network")):
            with pytest.raises(NotFound):
                question_views.thread(who, id)
            for act in (questions.close, questions.delete):
                with pytest.raises(NotFound):
                    act(who, id, pair.now)
            with pytest.raises(NotFound):
                questions.reply(who, id, questions.write("Darf ich?", "Niemand"), pair.now)
            assert (question_views.to_answer(who), question_views.asked_from_here(who)) == ([], [])
        assert question_views.asked_by(OTHER) == []


def test_threat_34_an_id_of_another_hub_opens_nothing(pair: Pair) -> None:
    """Both the asking hub's number of a thread and its name in letters are unknown in addresses there."""
    id = ask(pair)
    with pair.answering():
        pair.deliver()
    with pair.wilster.at():
        thread = reading().scalars(sa.select(Question.thread)).one()
    with pair.rendsburg.at():
        for strange in (id, thread):
            with pytest.raises(NotFound):
                question_views.thread(BOSS, strange)


def test_the_coordination_of_the_asking_hub_sees_and_does_not_ask_on(pair: Pair) -> None:
    id = ask(pair)
    with pair.wilster.at():
        assert [one.id for one in question_views.asked_from_here(BOSS)] == [id]
        with pytest.raises(Forbidden):
            questions.reply(BOSS, id, questions.write("Ich auch", "Leitung"), pair.now)


def test_the_other_hub_never_learns_who_asked(pair: Pair) -> None:
    ask(pair)
    with pair.answering():
        pair.deliver()
    everything = dump(pair.rendsburg, "question", "question_message", "letter_in", "network_event")
    assert "Bauhof" in everything
    with pair.rendsburg.at():
        assert reading().scalars(sa.select(Question.asker)).one() is None


def dump(hub: Hub, *tables: str) -> str:
    """All rows of these tables."""
    with hub.at():
        session = reading()
        session.rollback()
        return repr([session.execute(sa.text(f"SELECT * FROM {table}")).all() for table in tables])  # noqa: S608


def test_either_side_closes_and_may_still_write_on(pair: Pair) -> None:
    id = ask(pair)
    with pair.answering(pair.rendsburg, pair.wilster):
        pair.deliver()
        with pair.wilster.at():
            questions.close(ASKER, id, pair.now)
        pair.deliver()
        assert (seen(pair.wilster).standing, seen(pair.rendsburg).standing) == ("closed", "closed")
        reply(pair, pair.rendsburg, BOSS, "Doch noch eine Antwort.")
        pair.deliver(pair.rendsburg)
        assert seen(pair.wilster).standing == "answered"


@pytest.mark.parametrize("by", ["asker", "coordination", "expert"])
def test_what_is_deleted_at_one_hub_goes_at_the_other(pair: Pair, by: str) -> None:
    ask(pair, "Kanarienvogel")
    with pair.answering(pair.rendsburg, pair.wilster):
        pair.deliver()
        reply(pair, pair.rendsburg, BOSS, "Kanarienvögel fressen keine Mähboote.")
        pair.deliver(pair.rendsburg)
        hub, who = (pair.rendsburg, BOSS) if by == "expert" else (pair.wilster, ASKER if by == "asker" else BOSS)
        with hub.at():
            assert questions.delete(who, reading().scalars(sa.select(Question.id)).one(), pair.now)
        assert held(hub) == (0, 0)
        pair.deliver(hub)
    for one in (pair.wilster, pair.rendsburg):
        assert held(one) == (0, 0)
        assert "anarienv" not in dump(one, "letter_out", "letter_in", "network_event")


def test_a_question_deleted_before_it_went_is_never_sent(pair: Pair) -> None:
    id = ask(pair, "Kanarienvogel")
    with pair.wilster.at():
        questions.delete(ASKER, id, pair.now)
    assert "Kanarienvogel" not in dump(pair.wilster, "letter_out")
    with pair.answering():
        pair.deliver()
    assert held(pair.rendsburg) == (0, 0)
    assert pair.sent() == [("cancelled", None), ("refused", "unknown-thread")]


def test_a_hub_that_was_never_told_to_delete_is_named_to_the_operator(pair: Pair) -> None:
    id = ask(pair)
    with pair.answering():
        pair.deliver()
    with pair.wilster.at() as node:
        questions.delete(ASKER, id, pair.now)
        pair.later(days=31)
        postman.tidy(node, pair.now)
        assert [(event.what, event.origin) for event in events.latest()] == [("unheard", pair.rendsburg.origin)]


def test_a_deletion_that_can_not_be_told_says_so(pair: Pair) -> None:
    id = ask(pair)
    pair.set_peer(pair.wilster, pair.rendsburg, state="suspended")
    with pair.wilster.at():
        assert questions.delete(ASKER, id, pair.now) is False
    assert held(pair.wilster) == (0, 0)


def test_what_did_not_arrive_is_said_to_the_asker(pair: Pair) -> None:
    ask(pair)
    pair.deliver()
    pair.later(days=14)
    with pair.wilster.at() as node:
        postman.tidy(node, pair.now)
    thread = seen(pair.wilster, ASKER)
    assert (thread.standing, thread.since, thread.messages[0].reason) == ("undelivered", pair.now, "expired")


def test_what_was_refused_is_said_to_the_asker(pair: Pair) -> None:
    """The project was withdrawn at its hub, and the asking one did not know yet."""
    ask(pair)
    with pair.rendsburg.at():
        record = records.find(OPERATOR, records.Browse()).items[0]
        service.withdraw(OPERATOR, record.id, pair.now)
    with pair.answering():
        pair.deliver()
    thread = seen(pair.wilster, ASKER)
    assert (thread.standing, thread.messages[0].reason) == ("undelivered", "no-such-record")
    assert held(pair.rendsburg) == (0, 0)


def test_old_threads_go_by_themselves(pair: Pair) -> None:
    ask(pair)
    with pair.answering():
        pair.deliver()
    for days, left in ((364, 1), (2, 0)):
        pair.later(days=days)
        for hub in (pair.wilster, pair.rendsburg):
            with hub.at() as node:
                postman.tidy(node, pair.now)
            assert held(hub) == (left, left)
    assert dump(pair.wilster, "question_quota") == "[[]]"


def test_nobody_asks_more_than_ten_questions_in_an_hour(pair: Pair) -> None:
    ids = [ask(pair, f"Frage {number}") for number in range(questions.AN_HOUR - 1)]
    with pair.wilster.at():
        questions.reply(ASKER, ids[0], questions.write("Die zehnte", "Bauhof"), pair.now)
        questions.delete(ASKER, ids[0], pair.now)
    pair.later(minutes=59)
    with pytest.raises(questions.TooManyQuestions) as caught:
        ask(pair)
    assert caught.value.until == pair.now + timedelta(minutes=1)
    assert ask(pair, who=OTHER), "others go on"
    pair.later(minutes=1)
    assert ask(pair)


def test_a_refused_question_is_not_counted(pair: Pair) -> None:
    """All of it or nothing: the count is part of the transaction that fails."""
    with pair.wilster.at():
        found = records.find(ASKER, records.Browse()).items[0]
        pair.set_peer(pair.wilster, pair.rendsburg, state="left")
        with pytest.raises(letters.NoWay):
            questions.ask(ASKER, found, questions.write("Frage", "Bauhof", "Betreff"), pair.now)
        reading().rollback()
        assert reading().scalars(sa.select(QuestionQuota)).all() == []
        assert held(pair.wilster) == (0, 0)


@pytest.mark.postgresql
def test_letters_and_questions_live_in_postgresql_too(tmp_path: Path, template: Path, postgres_url: str) -> None:
    """Written, claimed by one of several workers, answered, deleted: as in the other database."""
    migrate(postgres_url)
    with make_pair(tmp_path, template, postgres_url) as pair:
        pair.rendsburg.publish("project", project("Mähboot"), now=pair.now)
        carry(pair.rendsburg, pair.wilster)
        ask(pair)
        assert claimed_by_several(pair) == [pair.rendsburg.origin]
        with pair.answering(pair.rendsburg, pair.wilster):
            pair.later(minutes=1)
            pair.deliver()
            reply(pair, pair.rendsburg, BOSS, "Zweimal.")
            pair.deliver(pair.rendsburg)
            assert seen(pair.wilster, ASKER).standing == "answered"
            forged = pair.letter(ID.format(1), sender=pair.rendsburg.origin, to=pair.wilster.origin, kind="unheard_of")
            with pair.rendsburg.at() as node:
                [refused] = peers.client(node, pair.wilster.origin).letters([forged])
            assert refused.reason == "unknown-kind"
            with pair.wilster.at() as node:
                questions.delete(ASKER, reading().scalars(sa.select(Question.id)).one(), pair.now)
                postman.tidy(node, pair.now)
            pair.deliver()
        assert held(pair.wilster) == held(pair.rendsburg) == (0, 0)


def claimed_by_several(pair: Pair) -> list[str]:
    """What four workers of Wilster claim at the same moment."""
    claimed: list[str] = []

    def work() -> None:
        with pair.wilster.at(), transaction() as session:
            claimed.extend(postman.claim(session, pair.now, 8))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return claimed


@pytest.mark.parametrize("who", [ANONYMOUS, OPERATOR])
def test_who_has_no_account_asks_nothing(pair: Pair, who: Viewer) -> None:
    with pytest.raises(Forbidden):
        ask(pair, who=who)


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        (("", "Bauhof", "Betreff"), {"text"}),
        (("Text", "  ", "Betreff"), {"signed_as"}),
        (("Text", "Bauhof", ""), {"subject"}),
        (("x" * 3001, "y" * 81, "z" * 121), {"text", "signed_as", "subject"}),
    ],
)
def test_what_can_not_be_sent_is_named(typed: tuple[str, str, str], wrong: set[str]) -> None:
    with pytest.raises(questions.Unwritable) as caught:
        questions.write(*typed)
    assert caught.value.flaws.keys() == wrong


def test_the_longest_question_fits_into_a_letter(pair: Pair) -> None:
    with pair.wilster.at():
        found = records.find(ASKER, records.Browse()).items[0]
        widest = questions.write("\U0001f6a4" * 3000, "\U0001f6a4" * 80, "\U0001f6a4" * 120)
        questions.ask(ASKER, found, widest, pair.now)
    with pair.answering():
        pair.deliver()
    assert seen(pair.rendsburg).messages[0].text == "\U0001f6a4" * 3000
