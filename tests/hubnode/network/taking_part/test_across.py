"""Registration across hubs, over real letters."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.network import letters
from hubnode.network.letters_models import LetterOut
from hubnode.network.models import Peer
from hubnode.network.signing_in import grants
from hubnode.network.taking_part import registering
from hubnode.network.taking_part.seats import NotTaken
from hubnode.people.leaving import _ENDINGS
from hubnode.people.viewer import ANONYMOUS, Viewer
from hubnode.records import service
from hubnode.records.errors import Forbidden, NotFound
from tests.hubnode.network.pair import COLLEAGUE, COORDINATOR, STAFF, Pair, viewer
from tests.hubnode.network.taking_part.stage import (
    NEED,
    SUBJECT,
    cancel,
    deliver,
    guest,
    mails,
    meeting,
    register,
    rows,
    seen,
    standing,
    tend,
)

ANNA, BOSS, OTTO = viewer(STAFF), viewer(COORDINATOR), viewer(COLLEAGUE)
FIRST, THIRD = "person1@hub.example", "person3@hub.example"


def test_a_seat_a_place_on_the_waiting_list_and_moving_up(pair: Pair) -> None:
    """One seat: the first of Wilster has it, the second waits and moves up when the first cancels."""
    id = meeting(pair)
    first = register(pair, pair.wilster, ANNA, id, note=NEED)
    assert standing(pair.wilster) == [("sent", None)]
    deliver(pair)
    pair.later(seconds=1)
    register(pair, pair.wilster, OTTO, id)
    deliver(pair)
    assert standing(pair.wilster) == standing(pair.rendsburg) == [("confirmed", None), ("waiting", 1)]
    assert [(one.name, one.note) for one in rows(pair.rendsburg)] == [("Person 1", NEED), ("Person 3", "")]
    pair.later(minutes=1)
    cancel(pair, pair.wilster, ANNA, first)
    deliver(pair)
    assert standing(pair.wilster) == standing(pair.rendsburg) == [("cancelled", None), ("confirmed", None)]
    assert [(one.name, one.note) for one in rows(pair.rendsburg)] == [("", ""), ("Person 3", "")]
    assert mails(pair.wilster) == [("confirmed", FIRST), ("waiting", THIRD), ("confirmed", THIRD)]
    assert mails(pair.rendsburg) == []


def test_the_address_of_the_person_never_travels(pair: Pair) -> None:
    register(pair, pair.wilster, ANNA, meeting(pair), note=NEED)
    with pair.wilster.at():
        [body] = reading().scalars(sa.select(LetterOut.body)).all()
    assert body is not None
    assert b"@" not in body
    deliver(pair)
    [row] = rows(pair.rendsburg)
    assert (row.account, row.visitor, row.peer) == (None, None, pair.wilster.origin)


def test_registering_twice_is_one_registration(pair: Pair) -> None:
    id = meeting(pair, seats=5)
    one = register(pair, pair.wilster, ANNA, id)
    assert register(pair, pair.wilster, ANNA, id) == one
    deliver(pair)
    assert register(pair, pair.wilster, ANNA, id) == one
    deliver(pair)
    assert standing(pair.rendsburg) == [("confirmed", None)]
    assert mails(pair.wilster) == [("confirmed", FIRST)]


def test_a_visitor_registers_in_the_name_of_the_home_hub_and_cancels_at_home(pair: Pair) -> None:
    """The seat is there at once; the home hub learns of it and can give it back."""
    id = meeting(pair)
    with pair.wilster.at(), transaction() as session:
        subject = grants.known_as(session, STAFF, pair.rendsburg.origin)
    visitor = guest(pair, subject)
    register(pair, pair.rendsburg, visitor, id)
    assert standing(pair.rendsburg) == [("confirmed", None)]
    deliver(pair)
    [row] = rows(pair.wilster)
    assert (row.state, row.account, row.name) == ("confirmed", STAFF, "")
    assert mails(pair.wilster) == [("confirmed", FIRST)]
    assert register(pair, pair.wilster, ANNA, id) == row.id, "known already"
    cancel(pair, pair.wilster, ANNA, row.id)
    deliver(pair)
    assert standing(pair.rendsburg) == [("cancelled", None)]
    register(pair, pair.rendsburg, visitor, id)
    deliver(pair)
    assert standing(pair.wilster) == standing(pair.rendsburg) == [("confirmed", None)]


def test_who_registers_here_and_there_at_the_same_time_has_one_seat(pair: Pair) -> None:
    id = meeting(pair, seats=5)
    register(pair, pair.wilster, ANNA, id)
    with pair.wilster.at(), transaction() as session:
        subject = grants.known_as(session, STAFF, pair.rendsburg.origin)
    register(pair, pair.rendsburg, guest(pair, subject), id)
    deliver(pair)
    assert standing(pair.wilster) == standing(pair.rendsburg) == [("confirmed", None)]


def test_a_visitor_who_is_forgotten_gives_the_seat_back(pair: Pair) -> None:
    id = meeting(pair)
    visitor = guest(pair)
    register(pair, pair.rendsburg, visitor, id)
    pair.later(seconds=1)
    register(pair, pair.rendsburg, ANNA, id)
    with pair.rendsburg.at():
        registering.forget_visitor(visitor.visitor_id or 0, pair.now)
    assert standing(pair.rendsburg) == [("cancelled", None), ("confirmed", None)]
    [gone, _stays] = rows(pair.rendsburg)
    assert (gone.visitor, gone.name, gone.subject) == (None, "", SUBJECT)


def test_who_leaves_the_home_hub_gives_the_seat_back(pair: Pair) -> None:
    id = meeting(pair)
    register(pair, pair.wilster, ANNA, id)
    deliver(pair)
    with pair.wilster.at(), transaction() as session:
        for ending in _ENDINGS:
            ending(session, STAFF, pair.now)
    assert rows(pair.wilster) == []
    deliver(pair)
    assert standing(pair.rendsburg) == [("cancelled", None)]


def test_a_cancelled_event_tells_everybody(pair: Pair) -> None:
    id = meeting(pair, seats=1)
    register(pair, pair.wilster, ANNA, id)
    deliver(pair)
    pair.later(seconds=1)
    register(pair, pair.rendsburg, OTTO, id)
    pair.rendsburg.revise(id, pair.now, status="cancelled", cancel_reason={"de": "Sturm"})
    tend(pair)
    deliver(pair)
    assert standing(pair.rendsburg) == [("called_off", None), ("called_off", None)]
    assert standing(pair.wilster) == [("called_off", None)]
    assert mails(pair.wilster)[-1] == ("called-off", FIRST)
    assert mails(pair.rendsburg) == [("waiting", THIRD), ("called-off", THIRD)]
    assert all(one.name == "" for one in rows(pair.rendsburg))


def test_a_withdrawn_event_is_a_cancelled_one(pair: Pair) -> None:
    id = meeting(pair)
    register(pair, pair.rendsburg, OTTO, id)
    with pair.rendsburg.at():
        service.withdraw(BOSS, id, pair.now)
    tend(pair)
    assert standing(pair.rendsburg) == [("called_off", None)]
    assert mails(pair.rendsburg)[-1] == ("called-off", THIRD)


def test_more_seats_are_given_to_those_who_wait_and_a_new_time_is_told(pair: Pair) -> None:
    id = meeting(pair)
    for who in (ANNA, OTTO):
        register(pair, pair.wilster, who, id)
        deliver(pair)
        pair.later(seconds=1)
    starts = rows(pair.rendsburg)[0].starts_at
    body = seen(pair, pair.rendsburg, BOSS, id).fields
    later = {"starts_at": body["starts_at"][:11] + "16:00", "ends_at": body["ends_at"][:11] + "18:00"}
    pair.rendsburg.revise(id, pair.now, capacity=2, **later)
    tend(pair)
    deliver(pair)
    assert standing(pair.wilster) == [("confirmed", None), ("confirmed", None)]
    assert rows(pair.wilster)[0].starts_at > starts
    assert mails(pair.wilster)[2:] == [("moved", FIRST), ("confirmed", THIRD)]
    tend(pair)
    assert len(mails(pair.wilster)) == 4, "nothing is told twice"


def test_when_it_has_begun_nobody_moves_up(pair: Pair) -> None:
    id = meeting(pair)
    for who in (ANNA, OTTO):
        register(pair, pair.rendsburg, who, id)
        pair.later(seconds=1)
    first, _second = rows(pair.rendsburg)
    pair._now[0] = first.starts_at
    with pair.rendsburg.at():
        with pytest.raises(NotTaken, match="closed"):
            registering.cancel(ANNA, first.id, pair.now)
        registering.call_off(BOSS, id, first.id, pair.now)
    assert standing(pair.rendsburg) == [("called_off", None), ("waiting", 1)]


def test_the_other_hub_says_no(pair: Pair) -> None:
    """What this hub does not know yet: the event was cancelled meanwhile."""
    id = meeting(pair)
    register(pair, pair.wilster, ANNA, id)
    pair.rendsburg.revise(id, pair.now, status="cancelled", cancel_reason={"de": "Sturm"})
    deliver(pair)
    [row] = rows(pair.wilster)
    assert (row.state, row.reason, row.name) == ("refused", "called-off", "")
    assert mails(pair.wilster) == [("refused", FIRST)]
    assert rows(pair.rendsburg) == []


def test_a_hub_that_is_no_member_is_not_written_to(pair: Pair) -> None:
    id = meeting(pair)
    record = seen(pair, pair.wilster, ANNA, id)
    with pair.wilster.at(), transaction() as session:
        session.execute(sa.update(Peer).values(state="suspended"))
    with pair.wilster.at(), pytest.raises(letters.NoWay):
        registering.register(ANNA, record, "", registering.say("Anna", ""), pair.now)
    assert rows(pair.wilster) == []


def test_who_may_not_register(pair: Pair) -> None:
    id = meeting(pair)
    expert = Viewer("network", "expert", STAFF, "Fachfrau")
    for who in (ANONYMOUS, expert):
        with pytest.raises(Forbidden):
            register(pair, pair.rendsburg, who, id)
    visitor = guest(pair)
    other = seen(pair, pair.wilster, ANNA, id)
    with pair.rendsburg.at(), pytest.raises(Forbidden):
        registering.register(visitor, other, "", registering.say("Gast", ""), pair.now)


def test_registrations_of_others_are_out_of_reach(pair: Pair) -> None:
    id = meeting(pair)
    one = register(pair, pair.rendsburg, ANNA, id)
    for who in (OTTO, guest(pair), ANONYMOUS):
        with pytest.raises(NotFound):
            cancel(pair, pair.rendsburg, who, one)
    with pair.rendsburg.at(), pytest.raises(Forbidden):
        registering.call_off(OTTO, id, one, pair.now)
    with pair.rendsburg.at():
        with pytest.raises(NotFound):
            registering.call_off(BOSS, one, one, pair.now)
        registering.call_off(BOSS, id, one, pair.now)
    assert standing(pair.rendsburg) == [("called_off", None)]
    assert mails(pair.rendsburg)[-1] == ("called-off", FIRST)
