"""A meeting at Rendsburg for which the staff of Wilster, visitors and Rendsburg's own people register."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.mail import outbox
from hubnode.network.signing_in.models import Visitor
from hubnode.network.taking_part import registering, tending
from hubnode.network.taking_part.models import Registration
from hubnode.people.viewer import Viewer
from hubnode.records import reading as records
from tests.hubnode.feeds.bodies import event
from tests.hubnode.hubs import Hub, carry
from tests.hubnode.network.pair import Pair

NEED = "Bitte Schriftdolmetschen"
SUBJECT = "wilsters-name-for-somebody"


def day(pair: Pair, days: int) -> str:
    """The day so many days from now."""
    return (pair.now.date() + timedelta(days=days)).isoformat()


def meeting(pair: Pair, seats: int | None = 1, **changes: Any) -> str:
    """An event of Rendsburg in ten days, known at Wilster; its number."""
    on = day(pair, 10)
    body = event(registration="required", starts_at=f"{on}T14:00", ends_at=f"{on}T15:30", hosts=[host(pair)])
    body |= ({"capacity": seats} if seats else {}) | changes
    id = pair.rendsburg.publish("event", body, now=pair.now)
    carry(pair.rendsburg, pair.wilster)
    return id


def host(pair: Pair) -> str:
    """Who holds it."""
    return f"{pair.rendsburg.origin}/r/01JD000000000000000000000A"


def seen(pair: Pair, hub: Hub, who: Viewer, id: str) -> records.RecordView:
    """The meeting, as somebody sees it at a hub."""
    with hub.at():
        found = records.by_uri(who, f"{pair.rendsburg.origin}/r/{id}")
    assert found is not None
    return found


def register(pair: Pair, hub: Hub, who: Viewer, id: str, date: str = "", note: str = "") -> str:
    """Register somebody at a hub; the name of the registration there."""
    record = seen(pair, hub, who, id)
    with hub.at():
        return registering.register(who, record, date, registering.say(who.name or "Niemand", note), pair.now).id


def cancel(pair: Pair, hub: Hub, who: Viewer, id: str) -> None:
    """Cancel a registration at the hub where it was made."""
    with hub.at():
        registering.cancel(who, id, pair.now)


def guest(pair: Pair, subject: str = SUBJECT) -> Viewer:
    """Somebody of Wilster who visits Rendsburg."""
    with pair.rendsburg.at(), transaction() as session:
        row = Visitor(
            home=pair.wilster.origin, subject=subject, name="Gast", affiliation="", last_sign_in_on=pair.now.date()
        )
        session.add(row)
        session.flush()
        return Viewer("network", name="Gast", home=pair.wilster.origin, visitor_id=row.id)


def deliver(pair: Pair) -> None:
    """Carry letters both ways until there are none."""
    with pair.answering(pair.wilster, pair.rendsburg):
        while pair.deliver(pair.wilster) + pair.deliver(pair.rendsburg):
            pass


def tend(pair: Pair, hub: Hub | None = None) -> None:
    """What the worker does from time to time."""
    with (hub or pair.rendsburg).at() as node:
        tending.tend(node, pair.now)


def standing(hub: Hub) -> list[tuple[str, int | None]]:
    """How the registrations of a hub stand, in the order in which they were made."""
    with hub.at():
        session = reading()
        session.rollback()
        chosen = sa.select(Registration.state, Registration.position)
        return [(state, place) for state, place in session.execute(chosen.order_by(Registration.created_at))]


def rows(hub: Hub) -> list[Registration]:
    """All registrations of a hub."""
    with hub.at():
        session = reading()
        session.rollback()
        return list(session.scalars(sa.select(Registration).order_by(Registration.created_at)))


def mails(hub: Hub) -> list[tuple[str, str]]:
    """What was written to whom, oldest first."""
    with hub.at():
        reading().rollback()
        return [(one.template.removeprefix("registration-"), one.to) for one in reversed(outbox.mailbox())]


def first_of(starts: date, days: int) -> str:
    """A day of a series."""
    return (starts + timedelta(days=days)).isoformat()
