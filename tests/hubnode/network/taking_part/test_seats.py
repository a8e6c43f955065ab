"""Seats under concurrent requests, limits, and what is deleted when."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.network.taking_part import registering, seats, tending
from hubnode.network.taking_part.models import Registration
from hubnode.network.taking_part.seats import NotTaken
from hubnode.people.models import Account
from hubnode.people.viewer import Viewer
from hubnode.records import reading as records
from tests.hubnode.feeds.bodies import event
from tests.hubnode.hubs import NOW, Hub, close, make_hub
from tests.hubnode.test_databases import url
from tests.migrated import migrate

__all__ = ["url"]
PEOPLE, SEATS = 12, 5


@pytest.fixture
def kiel(url: str, tmp_path: Path) -> Iterator[Hub]:
    """A hub on the database under test, with as many people as want to come."""
    migrate(url)
    yield from _peopled(make_hub(tmp_path / "kiel", Path(), "Kiel", 5981, url))


@pytest.fixture
def here(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """The same where the database makes no difference."""
    yield from _peopled(make_hub(tmp_path / "kiel", template, "Kiel", 5981))


def _peopled(hub: Hub) -> Iterator[Hub]:
    with hub.at(), transaction() as session:
        session.add_all(
            Account(
                id=number, email=f"{number}@hub.example", name=f"Person {number}", role="staff", password_hash="",
                active=True, created_at=NOW, password_changed_at=NOW,
            )
            for number in range(1, PEOPLE + 20)
        )  # fmt: skip
    yield hub
    close(hub)


def somebody(number: int) -> Viewer:
    """One of the staff."""
    return Viewer("hub", "staff", number, f"Person {number}")


def publish(hub: Hub, **changes: object) -> str:
    """An event with a few seats; its global id."""
    id = hub.publish("event", event(**{"registration": "required", "capacity": SEATS, **changes}))
    return f"{hub.origin}/r/{id}"


def come(hub: Hub, uri: str, number: int, date: str = "") -> str:
    """Register one of the staff; the name of the registration."""
    with hub.at():
        record = records.by_uri(somebody(number), uri)
        assert record is not None
        return registering.register(somebody(number), record, date, registering.say("Moin", ""), NOW).id


def at_once(hub: Hub, *deeds: object) -> None:
    """Do all of it at the same moment, each in a thread of its own."""
    gate, failed = threading.Barrier(len(deeds)), list[BaseException]()

    def work(deed: object) -> None:
        gate.wait()
        try:
            assert callable(deed)
            deed()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(deed,)) for deed in deeds]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []


def counted(hub: Hub) -> dict[str, int]:
    """How many registrations there are of each state."""
    with hub.at():
        session = reading()
        session.rollback()
        grouped = sa.select(Registration.state, sa.func.count()).group_by(Registration.state)
        return dict(session.execute(grouped).all())


def test_never_more_people_than_seats_whatever_happens_at_the_same_time(kiel: Hub) -> None:
    """All register at once; then all who have a seat cancel while others register: every seat is given, none twice."""
    uri = publish(kiel)
    at_once(kiel, *(lambda number=number: come(kiel, uri, number) for number in range(1, PEOPLE + 1)))
    assert counted(kiel) == {"confirmed": SEATS, "waiting": PEOPLE - SEATS}
    with kiel.at():
        rows = reading().scalars(sa.select(Registration).where(Registration.state == "confirmed")).all()
        held = [(row.account or 0, row.id) for row in rows]

    def leave(number: int, id: str) -> None:
        with kiel.at():
            registering.cancel(somebody(number), id, NOW)

    leaving = [lambda one=one: leave(*one) for one in held]
    coming = [lambda number=number: come(kiel, uri, number) for number in range(PEOPLE + 1, PEOPLE + 4)]
    at_once(kiel, *leaving, *coming)
    assert counted(kiel) == {"confirmed": SEATS, "waiting": PEOPLE + 3 - 2 * SEATS, "cancelled": SEATS}
    with kiel.at():
        places = [row.position for row in seats.waiting(reading(), uri.rpartition("/")[2], "")]
    assert places == list(range(1, len(places) + 1))


def test_one_person_at_two_screens_is_one_registration(kiel: Hub) -> None:
    uri = publish(kiel)
    at_once(kiel, *(lambda: come(kiel, uri, 1) for _ in range(4)))
    assert counted(kiel) == {"confirmed": 1}


def test_a_full_waiting_list_takes_nobody_and_a_series_has_seats_for_each_date(here: Hub) -> None:
    uri = publish(here, capacity=1, recurrence="FREQ=WEEKLY;COUNT=3")
    for number in range(1, seats.MOST_WAITING + 2):
        come(here, uri, number, "2026-11-28")
    with pytest.raises(NotTaken, match="full"):
        come(here, uri, seats.MOST_WAITING + 2, "2026-11-28")
    come(here, uri, 1, "2026-12-05")
    assert counted(here) == {"confirmed": 2, "waiting": seats.MOST_WAITING}


def test_registering_and_cancelling_again_and_again_ends(here: Hub) -> None:
    uri = publish(here)
    for _ in range(seats.MOST_ATTEMPTS // 2):
        id = come(here, uri, 1)
        with here.at():
            registering.cancel(somebody(1), id, NOW)
    with pytest.raises(NotTaken, match="too-many"):
        come(here, uri, 1)


def test_one_person_registers_for_so_much_in_an_hour(here: Hub) -> None:
    uri = publish(here, recurrence="FREQ=WEEKLY;COUNT=30")
    with here.at():
        record = records.by_uri(somebody(1), uri)
    assert record is not None
    days = [one.date for one in seats.occasions(record.fields)]
    for day in days[: registering.AN_HOUR]:
        come(here, uri, 1, day)
    with pytest.raises(registering.TooManyRegistrations):
        come(here, uri, 1, days[registering.AN_HOUR])


def test_after_the_event_everything_goes_on_the_day_that_the_settings_say(here: Hub) -> None:
    """One second before nothing goes, one second after all."""
    come(here, publish(here), 1)
    with here.at() as node:
        [row] = reading().scalars(sa.select(Registration)).all()
        ends, days = row.ends_at, node.settings.registrations_kept_days
        assert days == 30
        tending.tend(node, ends + timedelta(days=days))
        assert tending.forget(ends + timedelta(days=days), days) == 0
        assert tending.forget(ends + timedelta(days=days, seconds=1), days) == 1
    assert counted(here) == {}
