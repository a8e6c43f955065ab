"""The change feed: who follows it from cursor to cursor has an exact copy of what may be seen, deletions too."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from hubnode.db import transaction
from hubnode.feeds import changes
from hubnode.feeds.changes import BadCursor, LostCursor
from hubnode.feeds.changes_models import ChangeHead, ChangeRun
from hubnode.people.viewer import ANONYMOUS, Viewer
from hubnode.records import copies
from hubnode.records import reading as records
from hubnode.records.reading import Browse
from tests.hubnode.feeds import bodies
from tests.hubnode.feeds.conftest import RENDSBURG, WILSTER, Hub, Peer

NETWORK = Viewer(level="network")


class Copy:
    """Somebody who follows the feed, and keeps the cursor with what it brought."""

    def __init__(self, viewer: Viewer = ANONYMOUS) -> None:
        self.viewer, self.cursor = viewer, ""
        self.held: dict[str, int] = {}
        self.lines = 0

    def follow(self, hub: Hub, limit: int = 3) -> Copy:
        """Ask until there is nothing more."""
        more = True
        while more:
            page = changes.since(self.viewer, self.cursor, limit, hub.now)
            for change in page.changes:
                self.lines += 1
                self.held.pop(change.uri, None)
                if change.view is not None:
                    self.held[change.uri] = change.view.rev
            self.cursor, more = page.cursor, page.more
        return self


def truth(viewer: Viewer = ANONYMOUS) -> dict[str, int]:
    """What this viewer sees now, by id and revision."""
    return {view.uri: view.rev for view in records.find(viewer, Browse(size=500)).items}


def test_each_change_comes_once_and_in_order(hub: Hub, peer: Peer) -> None:
    """And with nothing new nothing comes."""
    first = hub.publish("project", bodies.project())
    second = hub.later(minutes=1).publish("event", bodies.event())
    copy = Copy().follow(hub)
    assert copy.held == {f"{WILSTER}/r/{first}": 1, f"{WILSTER}/r/{second}": 1} == truth()
    assert copy.follow(hub).lines == 2
    hub.later(minutes=1).publish("project", bodies.project(), id=first)
    assert copy.follow(hub).lines == 3
    assert copy.held[f"{WILSTER}/r/{first}"] == 2
    everything = changes.since(ANONYMOUS, "", 10, hub.now).changes
    assert [change.uri.rpartition("/")[2] for change in everything] == [second, first]


@pytest.mark.parametrize("way", ["withdraw", "erase", "narrow"])
def test_what_is_gone_is_told_to_whoever_was_told_of_it(hub: Hub, way: str) -> None:
    """And a newcomer hears only that there is nothing of it."""
    id = hub.publish("project", bodies.project())
    copy = Copy().follow(hub)
    hub.later(minutes=1)
    if way == "narrow":
        hub.publish("project", bodies.project(), "network", id)
    else:
        (hub.withdraw if way == "withdraw" else hub.erase)(id)
    assert copy.follow(hub).held == {}
    assert Copy().follow(hub).held == {}
    assert (len(Copy(NETWORK).follow(hub).held) == 1) == (way == "narrow")


def test_what_was_never_to_be_seen_is_not_told_of(hub: Hub) -> None:
    """Not even that it is gone."""
    id = hub.publish("project", bodies.project(), "network")
    inner = hub.publish("project", bodies.project(), "hub")
    assert Copy().follow(hub).lines == 0
    assert list(Copy(NETWORK).follow(hub).held) == [f"{WILSTER}/r/{id}"]
    hub.withdraw(id)
    hub.withdraw(inner)
    assert Copy().follow(hub).lines == 0


def test_a_hub_that_is_hidden_is_gone_and_comes_back(hub: Hub, peer: Peer) -> None:
    """Though none of its records was written."""
    peer.publish("event", bodies.event())
    copy = Copy().follow(hub)
    assert len(copy.held) == 1
    with transaction() as session:
        copies.hide(session, RENDSBURG)
    assert copy.follow(hub).held == {} == truth()
    with transaction() as session:
        copies.reveal(session, RENDSBURG)
    assert copy.follow(hub).held == truth() != {}


def test_any_number_of_changes_between_any_cursors_gives_an_exact_copy(hub: Hub, peer: Peer) -> None:
    """Two who look at different moments, and in different bites."""
    dice, ids = random.Random(7), list[str]()  # noqa: S311 - no secret
    often, seldom = Copy(), Copy()
    for turn in range(60):
        hub.later(seconds=dice.randint(0, 3))
        match dice.randint(0, 4):
            case 0 if ids:
                hub.withdraw(ids.pop(dice.randrange(len(ids))))
            case 1 if ids:
                hub.publish("project", bodies.project(), dice.choice(["public", "network"]), dice.choice(ids))
            case 2:
                peer.publish("event", bodies.event())
            case _:
                ids.append(hub.publish("project", bodies.project()))
        often.follow(hub, dice.randint(1, 4))
        if turn % 17 == 0:
            seldom.follow(hub, 2)
    assert often.held == seldom.follow(hub, 5).held == Copy().follow(hub, 100).held == truth()


@pytest.mark.parametrize("cursor", ["x", "0-0", "0123456789abcdef-1", "0123456789abcdef-1-zz", "-" * 40, "0" * 5000])
def test_what_is_no_cursor_is_refused(hub: Hub, cursor: str) -> None:
    """Whatever it is."""
    with pytest.raises(BadCursor):
        changes.since(ANONYMOUS, cursor, 5, hub.now)


def test_a_cursor_of_another_state_is_refused(hub: Hub) -> None:
    """Of another database, from the future, or of a past that was put back and went on differently."""
    hub.publish("project", bodies.project())
    cursor = changes.since(ANONYMOUS, "", 5, hub.now).cursor
    epoch, number, word = cursor.split("-")
    for lost in (f"{'0' * 16}-{number}-{word}", f"{epoch}-999-{word}", f"{epoch}-{number}-{'0' * 16}", f"{epoch}-1-"):
        with pytest.raises(LostCursor):
            changes.since(ANONYMOUS, lost, 5, hub.now)
    with transaction() as session:  # what a database holds that was put back to before that change
        session.delete(session.get_one(ChangeRun, int(number)))
        head = session.get_one(ChangeHead, 1)
        head.size, head.stamp = 0, -1
        session.execute(changes.Change.__table__.delete())  # type: ignore[attr-defined]
    hub.later(days=1).publish("project", bodies.project())
    with pytest.raises(LostCursor):
        changes.since(ANONYMOUS, cursor, 5, hub.now + timedelta(days=1))
