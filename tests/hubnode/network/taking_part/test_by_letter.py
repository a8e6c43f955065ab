"""What another hub may not do with letters that it composes by hand and signs with its own valid key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from federation.letters import Reply
from hubnode.db import transaction
from hubnode.network.signing_in import grants
from hubnode.network.taking_part import seats, telling
from hubnode.network.taking_part.models import Registration
from tests.hubnode.feeds.bodies import project
from tests.hubnode.network.pair import STAFF, Pair, viewer
from tests.hubnode.network.taking_part.stage import SUBJECT, deliver, mails, meeting, register, rows, standing

ID = "01JD9XQ5T0ABCDEFGHJKMNPQ{:02d}"
ANNA = viewer(STAFF)


def hand_in(pair: Pair, kind: str, number: int = 0, ts: timedelta = timedelta(0), **body: Any) -> Reply:
    """What Rendsburg answers to a letter of Wilster."""
    letter = pair.letter(ID.format(number), kind=kind, body=body, ts=pair.now - ts)
    return pair.hand_in(letter)[0]


def wish(event: str, **changes: Any) -> dict[str, Any]:
    """Somebody wants to come."""
    who = {"subject": SUBJECT, "attempt": 1, "name": "Anna", "note": ""}
    return {"event": event, "date": "", **who, **changes}


def word(event: str, subject: str, **changes: Any) -> dict[str, Any]:
    """Somebody's registration stands like this."""
    when = {"starts": "2027-01-01T10:00:00.000Z", "ends": "2027-01-01T11:00:00.000Z"}
    how = {"attempt": 1, "rev": 1, "state": "confirmed", "position": 0}
    return {"event": event, "date": "", "subject": subject, **how, **when, **changes}


def refused(reply: Reply, reason: str) -> bool:
    """Whether it was refused for this reason."""
    return (reply.status, reply.reason) == ("refused", reason)


def test_nobody_registers_for_what_members_do_not_see_or_what_is_no_event(pair: Pair) -> None:
    hidden = meeting(pair)
    pair.rendsburg.revise(hidden, pair.now, level="hub")
    other = pair.rendsburg.publish("project", project(), now=pair.now)
    for number, event in enumerate((hidden, other, ID.format(77))):
        assert refused(hand_in(pair, "register", number, **wish(event)), "no-such-event")
    assert rows(pair.rendsburg) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": "Anna\u202eb"},
        {"note": "y" * 301},
        {"note": "a\nb"},
        {"date": "gestern"},
        {"subject": "anna@wilster.example"},
        {"attempt": 0},
        {"attempt": True},
        {"attempt": "1"},
        {"email": "anna@wilster.example"},
    ],
)
def test_a_letter_of_another_shape_is_not_read(pair: Pair, changes: dict[str, Any]) -> None:
    assert refused(hand_in(pair, "register", **wish(meeting(pair), **changes)), "malformed")
    assert rows(pair.rendsburg) == []


def test_a_letter_that_was_on_its_way_counts_as_of_when_it_was_written_but_not_for_long(pair: Pair) -> None:
    """Nobody comes in by a date that lies further back than an hour."""
    event = meeting(pair)
    with pair.rendsburg.at():
        reply = hand_in(pair, "register", 0, **wish(event))
    assert reply.status == "accepted"
    closes = rows(pair.rendsburg)[0].starts_at
    pair._now[0] = closes + timedelta(minutes=30)
    late = wish(event, subject=SUBJECT + "-2")
    assert hand_in(pair, "register", 1, timedelta(minutes=40), **late).status == "accepted"
    assert refused(hand_in(pair, "register", 2, **wish(event, subject=SUBJECT + "-3")), "closed")
    pair._now[0] = closes + timedelta(hours=3)
    assert refused(hand_in(pair, "register", 3, timedelta(hours=4), **wish(event, subject=SUBJECT + "-4")), "closed")


def test_what_is_older_than_what_is_known_changes_nothing(pair: Pair) -> None:
    """A cancellation that comes after the registration that followed it."""
    event = meeting(pair)
    hand_in(pair, "register", 0, **wish(event))
    hand_in(pair, "register", 1, **wish(event, attempt=3))
    late = {"event": event, "date": "", "subject": SUBJECT, "attempt": 2}
    assert hand_in(pair, "unregister", 2, **late).status == "accepted"
    assert standing(pair.rendsburg) == [("confirmed", None)]
    assert hand_in(pair, "unregister", 3, **(late | {"attempt": 4})).status == "accepted"
    assert standing(pair.rendsburg) == [("cancelled", None)]
    assert refused(hand_in(pair, "unregister", 4, **(late | {"subject": "x" * 20})), "unknown-registration")


def test_nobody_cancels_for_the_people_of_this_hub(pair: Pair) -> None:
    """A letter reaches registrations of its sender's people only."""
    event = meeting(pair)
    register(pair, pair.rendsburg, ANNA, event)
    with pair.rendsburg.at(), transaction() as session:
        session.execute(sa.update(Registration).values(subject=SUBJECT))
    reply = hand_in(pair, "unregister", event=event, date="", subject=SUBJECT, attempt=9)
    assert refused(reply, "unknown-registration")
    assert standing(pair.rendsburg) == [("confirmed", None)]


def test_one_hub_does_not_fill_the_tables(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "MOST_OF_PEER", 2)
    event = meeting(pair, seats=None)
    for number in range(2):
        assert hand_in(pair, "register", number, **wish(event, subject=f"{SUBJECT}-{number}")).status == "accepted"
    assert refused(hand_in(pair, "register", 3, **wish(event, subject=f"{SUBJECT}-3")), "too-many")


def test_nobody_registers_our_people_for_what_there_is_not(pair: Pair) -> None:
    """A word about somebody whom that hub does not know, about no event, or about nothing to be had."""
    with pair.rendsburg.at(), transaction() as session:
        subject = grants.known_as(session, STAFF, pair.wilster.origin)
    event = meeting(pair)
    assert refused(hand_in(pair, "place", 0, **word(event, SUBJECT)), "unknown-person")
    assert refused(hand_in(pair, "place", 1, **word(event, subject)), "unknown-registration")
    assert refused(hand_in(pair, "place", 2, **word(event, subject, state="sent")), "malformed")
    assert refused(hand_in(pair, "place", 3, **word(event, subject, starts="morgen")), "malformed")
    assert rows(pair.rendsburg) == []
    assert mails(pair.rendsburg) == []


def test_an_older_word_is_not_heard(pair: Pair) -> None:
    """Of two words that come in the wrong order the newer one stays, and nothing is told twice."""
    event = meeting(pair)
    register(pair, pair.wilster, ANNA, event)
    deliver(pair)
    [row] = rows(pair.wilster)
    assert (row.state, row.attempt, row.rev) == ("confirmed", 1, 1)
    with pair.rendsburg.at(), transaction() as session:
        held = session.scalars(sa.select(Registration)).one()
        held.rev, held.state, held.position = 0, "waiting", 3
        telling.tell(session, held, pair.now)
    deliver(pair)
    assert standing(pair.wilster) == [("confirmed", None)]
    assert len(mails(pair.wilster)) == 1
