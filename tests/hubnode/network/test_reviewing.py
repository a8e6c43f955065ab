"""A key was in other hands: what came under it is held back at the others, until a person there has decided."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.network import events, keyfiles, keys, reviewing, status
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.viewer import ANONYMOUS, OPERATOR
from hubnode.records import reading as records
from hubnode.records import replica, service
from hubnode.records.errors import Gone, NotFound, UnderReview
from hubnode.records.models import Log
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub
from tests.hubnode.network.test_keys import Two
from tests.hubnode.network.test_keys import two as two
from tests.hubnode.network.test_keys import unused_ports as unused_ports
from tests.hubnode.network.test_pull import pulled


def moment() -> datetime:
    """Now, with a few milliseconds to what comes before and after."""
    threading.Event().wait(0.01)
    now = datetime.now(UTC)
    threading.Event().wait(0.01)
    return now


def lose(hub: Hub, since: datetime) -> str:
    """The key that signs has been in other hands since then; answers its id."""
    with hub.at() as node:
        lost = node.identity.signing.id
        keys.compromise(OPERATOR_CONFIRMED, node, lost, since, datetime.now(UTC))
        return lost


def titles(hub: Hub) -> set[str]:
    """What somebody without an account finds at the hub."""
    with hub.at():
        reading().rollback()
        return {view.headline["de"] for view in records.find(ANONYMOUS, records.Browse()).items}


def decide(two: Two, decision: str) -> int:
    """Wilster decides about Rendsburg's review."""
    with two.here.at():
        done: int = getattr(reviewing, decision)(OPERATOR_CONFIRMED, two.there.origin, datetime.now(UTC))
        return done


def open_reviews(two: Two) -> list[reviewing.Open]:
    """What waits at Wilster."""
    with two.here.at():
        reading().rollback()
        return reviewing.waiting()


@pytest.fixture
def doubtful(two: Two) -> dict[str, str]:
    """Rendsburg's key was taken between two pulls; the thief has changed a record, added one and withdrawn one."""
    ids = {name: two.there.publish("project", project(title=name)) for name in ("Alt", "Geändert", "Zurück")}
    with two.up():
        pulled(two.here, two.there)
        since = moment()
        two.there.revise(ids["Geändert"], title={"de": "Gefälscht"})
        ids["Neu"] = two.there.publish("project", project(title="Neu"))
        with two.there.at():
            service.withdraw(OPERATOR, ids["Zurück"], datetime.now(UTC))
        pulled(two.here, two.there)
        assert titles(two.here) == {"Alt", "Gefälscht", "Neu"}
        lose(two.there, since)
        assert pulled(two.here, two.there).finished
    return ids


def test_what_came_under_a_lost_key_is_hidden_and_named(two: Two, doubtful: dict[str, str]) -> None:
    assert titles(two.here) == {"Alt"}
    [found] = open_reviews(two)
    assert (found.entries, found.hidden, found.kept) == (3, 2, 3)
    with two.here.at():
        listed = [(one.op, one.title) for one in reviewing.of(two.there.origin).doubts]
        assert listed == [("put", "Gefälscht"), ("put", "Neu"), ("del", "")]
        with pytest.raises(UnderReview):
            records.get(ANONYMOUS, "project", doubtful["Neu"], two.there.origin)
        with pytest.raises(Gone):
            records.get(ANONYMOUS, "project", doubtful["Zurück"], two.there.origin)
        assert [event.what for event in events.latest(2)] == ["keys", "review"]
        assert status.verify(reading()) == []


def test_a_rebuild_of_the_copy_shows_nothing_that_is_under_review(two: Two, doubtful: dict[str, str]) -> None:
    with two.here.at():
        status.rebuild(datetime.now(UTC))
        with transaction() as session:
            copy = session.scalars(sa.select(Log).where(~Log.own)).one()
            replica.refold_records(session, copy, doubtful.values(), datetime.now(UTC))
    assert titles(two.here) == {"Alt"}
    assert open_reviews(two)[0].hidden == 2


def test_a_version_of_the_new_key_takes_the_place_of_the_doubtful_one(two: Two, doubtful: dict[str, str]) -> None:
    two.there.revise(doubtful["Geändert"], title={"de": "Berichtigt"})
    with two.up():
        pulled(two.here, two.there)
    assert titles(two.here) == {"Alt", "Berichtigt"}
    assert open_reviews(two)[0].hidden == 1
    with two.here.at():
        status.rebuild(datetime.now(UTC))
    assert titles(two.here) == {"Alt", "Berichtigt"}


def test_what_is_accepted_is_shown_again(two: Two, doubtful: dict[str, str]) -> None:
    assert doubtful
    assert decide(two, "accept") == 2
    assert titles(two.here) == {"Alt", "Gefälscht", "Neu"}
    assert open_reviews(two) == []
    with two.up():
        two.there.publish("project", project(title="Danach"))
        pulled(two.here, two.there)
    assert "Danach" in titles(two.here)


def test_what_is_dropped_leaves_the_last_good_state_frozen(two: Two, doubtful: dict[str, str]) -> None:
    assert doubtful
    assert decide(two, "drop") == 4
    # A withdrawal, even the thief's, has taken the text with it at once.
    assert titles(two.here) == {"Alt", "Geändert"}
    assert open_reviews(two) == []
    with two.here.at():
        copy = reading().scalars(sa.select(Log).where(~Log.own)).one()
        assert (copy.state, copy.size) == ("frozen", 3)
        assert copy.evidence is not None
        assert status.verify(reading()) == []
    with two.up():
        assert not pulled(two.here, two.there).finished
    assert titles(two.here) == {"Alt", "Geändert"}


def test_a_dropped_copy_goes_on_from_its_last_good_state_when_it_is_resumed(two: Two, doubtful: dict[str, str]) -> None:
    assert doubtful
    decide(two, "drop")
    with two.here.at(), transaction() as session:
        session.execute(sa.update(Log).where(~Log.own).values(state="active", evidence=None))
    with two.up():
        assert pulled(two.here, two.there).entries == 4
    assert titles(two.here) == {"Alt", "Gefälscht", "Neu"}


def test_everything_from_the_beginning_may_be_in_doubt(two: Two) -> None:
    since = moment()
    two.there.publish("project", project(title="Von Anfang an"))
    with two.up():
        pulled(two.here, two.there)
        lose(two.there, since)
        pulled(two.here, two.there)
    assert titles(two.here) == set()
    assert decide(two, "drop") == 2
    with two.here.at():
        assert reading().scalars(sa.select(Log.size).where(~Log.own)).one() == 0


def test_what_came_before_the_theft_stays(two: Two) -> None:
    two.there.publish("project", project(title="Vorher"))
    with two.up():
        pulled(two.here, two.there)
        lose(two.there, moment())
        pulled(two.here, two.there)
    assert titles(two.here) == {"Vorher"}
    assert open_reviews(two) == []


def test_a_rotation_puts_nothing_under_review(two: Two) -> None:
    two.there.publish("project", project(title="Bleibt"))
    with two.up():
        pulled(two.here, two.there)
        with two.there.at() as node:
            keys.rotate(OPERATOR_CONFIRMED, node, datetime.now(UTC))
            keyfiles.begin(node.keys.folder, two.there.origin, datetime.now(UTC))
        pulled(two.here, two.there)
    assert titles(two.here) == {"Bleibt"}
    assert open_reviews(two) == []


def test_who_was_away_during_the_theft_takes_what_the_new_key_vouches_for(two: Two) -> None:
    since = moment()
    two.there.publish("project", project(title="Nie unter dem alten Schlüssel geholt"))
    lose(two.there, moment())
    with two.up():
        pulled(two.here, two.there)
    assert since
    assert len(titles(two.here)) == 1
    assert open_reviews(two) == []


@pytest.mark.parametrize("decision", ["accept", "drop"])
def test_where_nothing_is_in_doubt_nothing_is_decided(two: Two, decision: str) -> None:
    with pytest.raises(reviewing.NothingToDecide):
        decide(two, decision)
    with two.here.at(), pytest.raises(reviewing.NothingToDecide):
        reviewing.of(two.there.origin)
    assert issubclass(UnderReview, NotFound)
