"""The delay of what others publish, by hour."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.network import lag
from hubnode.network.models import LagHour, Peer
from hubnode.records import replica
from hubnode.records.models import Log
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry


def note(wilster: Hub, rendsburg: Hub, *, seconds: float) -> None:
    """Publish in Rendsburg and let it arrive in Wilster so much later."""
    rendsburg.publish("project", project(), now=NOW)
    carry(rendsburg, wilster)
    with wilster.at(), transaction() as session:
        copy = session.scalars(sa.select(Log).where(~Log.own)).one()
        peer = session.scalars(sa.select(Peer)).one()
        lag.note(session, peer, replica.stored(session, copy, copy.size - 1, 1), NOW + timedelta(seconds=seconds))


def test_the_worst_of_an_hour_is_kept(wilster: Hub, rendsburg: Hub) -> None:
    for seconds in (0.4, 7.25, 2.0):
        note(wilster, rendsburg, seconds=seconds)
    note(wilster, rendsburg, seconds=3600.5)
    with wilster.at():
        day = lag.last_day(NOW + timedelta(hours=1))[rendsburg.origin]
    assert len(day) == 24
    assert [(hour.entries, hour.worst_s) for hour in day[-2:]] == [(3, 7.25), (1, 3600.5)]
    assert day[0].worst_s is None


def test_a_clock_that_is_ahead_makes_no_negative_delay(wilster: Hub, rendsburg: Hub) -> None:
    note(wilster, rendsburg, seconds=-5)
    with wilster.at():
        assert lag.last_day(NOW)[rendsburg.origin][-2].worst_s == 0


def test_what_was_published_before_we_met_is_no_delay(wilster: Hub, rendsburg: Hub) -> None:
    with wilster.at(), transaction() as session:
        session.execute(sa.update(Peer).values(added_at=NOW + timedelta(minutes=1)))
    note(wilster, rendsburg, seconds=120)
    with wilster.at():
        assert lag.last_day(NOW) == {}


def test_old_hours_are_forgotten(wilster: Hub, rendsburg: Hub) -> None:
    note(wilster, rendsburg, seconds=1)
    note(wilster, rendsburg, seconds=3 * 24 * 3600)
    with wilster.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(LagHour)) == 1
