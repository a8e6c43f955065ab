"""Carrying out a choice when something goes wrong: silent hubs, lies, kills, a change of mind."""

from __future__ import annotations

import gzip
import itertools
import multiprocessing
import os
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import reading, transaction
from hubnode.network import choice, rechoosing
from hubnode.network.choice_models import ChoiceChange
from hubnode.network.models import Peer
from hubnode.network.node import current_node
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.viewer import OPERATOR
from hubnode.records import choices, service
from hubnode.records.choosing import ALL, Choice, Rule
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.network.choosing import (
    CANARY,
    MOBILITY,
    choose,
    here,
    never,
    on_both,
    publish_some,
    states,
    tables,
    there,
    titles,
    verified,
)
from tests.hubnode.network.test_pull import port_of, pulled, spoiling
from tests.serving import served

__all__ = ["here", "never", "there"]


def test_asking_again_does_not_move_the_cursor_by_which_we_acknowledge(here: Hub, there: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, MOBILITY)
        choose(here, there, ALL)
    assert len(titles(here)) == 4
    with there.at():
        assert reading().scalar(sa.select(Peer.acked_size).where(Peer.origin == here.origin)) == 4


def test_a_hub_that_does_not_answer_holds_up_nothing_that_can_be_done_here(here: Hub, there: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, Choice(taken=Rule(frozenset({"project"}))))
    choose(here, there, Choice(taken=Rule(frozenset({"event"}))))
    assert titles(here) == []
    with here.at() as node:
        (waiting, *_) = choice.history(there.origin)
        assert (waiting.removed, waiting.restored, waiting.done_at) == ({"project": 2}, {}, None)
        assert waiting.last_error == "unreachable:connect"
        due = reading().scalar(sa.select(ChoiceChange.due_at).where(ChoiceChange.done_at.is_(None)))
        assert due is not None
        assert due > datetime.now(UTC)
        with served(there.app, port_of(there)):
            rechoosing.rechoose(node, there.origin)
        assert choice.history(there.origin)[0].restored == {"event": 2}
    assert titles(here) == ["Rufbus", f"Sprechstunde {CANARY}"]


@pytest.mark.parametrize("stretch", [1, 4, 9])
def test_a_process_killed_in_the_middle_leaves_nothing_half_done_and_the_next_goes_on(
    here: Hub, there: Hub, never: Hub, stretch: int
) -> None:
    ids = [
        there.publish("project", project(f"Zähler {n}", topics=["water" if n % 2 else "mobility"])) for n in range(6)
    ]
    for id in ids[:3]:
        there.revise(id, title={"de": f"Zweite Fassung {id}"})
    with served(there.app, port_of(there)):
        pulled(here, there)
        pulled(never, there)
        for chosen in (MOBILITY, ALL):
            with here.at():
                choice.change(OPERATOR_CONFIRMED, there.origin, chosen, NOW)
            killed_in_stretch(here, there.origin, stretch)
            assert verified(here) == []
            with here.at() as node:
                left = choice.history(there.origin)[0]
                assert (left.looked_at, left.done_at) == (stretch - 1, None)
                rechoosing.resume(NOW)
                assert reading().scalar(sa.select(rechoosing.due(NOW)))
                rechoosing.rechoose(node, there.origin)
                assert choice.history(there.origin)[0].done_at is not None
    assert tables(here) == tables(never)
    with here.at():
        assert [(one.removed, one.restored) for one in choice.history(there.origin)] == [
            ({}, {"project": 3}),
            ({"project": 3}, {}),
        ]


def worker(settings: Settings, origin: str, stretch: int) -> None:
    """A worker with stretches of one entry, killed in the transaction of one of them, before it is committed."""
    work: Any = rechoosing
    whole, numbers = work.rechoosing.settle, itertools.count(1)

    def settle(*args: Any) -> Any:
        settled = whole(*args)
        if next(numbers) == stretch:
            os.kill(os.getpid(), signal.SIGKILL)
        return settled

    work.rechoosing.settle, work.STRETCH = settle, 1
    with create_core(settings).app_context():
        work.rechoose(current_node(), origin)


def killed_in_stretch(here: Hub, origin: str, stretch: int) -> None:
    """Carry out a choice in a process of its own, which is killed; all of them come from one that has read the code."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])
    process = processes.Process(target=worker, args=(here.settings, origin, stretch))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def test_a_suspended_hub_is_not_asked(here: Hub, there: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, MOBILITY)
        with here.at(), transaction() as session:
            session.execute(sa.update(Peer).values(state="suspended"))
        choose(here, there, ALL)
        with here.at():
            assert choice.history(there.origin)[0].last_error == "waiting"
    assert len([state for state in states(here).values() if state == "untaken"]) == 2


def test_lines_that_are_not_the_ones_signed_before_are_not_taken(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, MOBILITY)

    def lie(data: bytes) -> bytes:
        return gzip.compress(gzip.decompress(data).replace(CANARY.encode(), b"Wellensittich"))

    with served(spoiling(there.app, lie), port_of(there)):
        choose(here, there, ALL)
    with here.at():
        assert choice.history(there.origin)[0].last_error == "bad-entry"
    assert states(here)[ids["water"]] == "untaken"


def test_texts_that_the_origin_no_longer_gives_are_fine(here: Hub, there: Hub) -> None:
    ids = publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        choose(here, there, MOBILITY)
        with there.at():
            service.erase(OPERATOR, ids["water"], NOW + timedelta(hours=1))
        choose(here, there, ALL)
        assert states(here)[ids["water"]] == "untaken"
        pulled(here, there)
    assert states(here)[ids["water"]] == "erased"
    with here.at():
        assert choice.history(there.origin)[0].done_at is not None


def test_a_new_choice_takes_the_place_of_one_under_way(here: Hub, there: Hub) -> None:
    publish_some(there)
    with served(there.app, port_of(there)):
        pulled(here, there)
        with here.at() as node:
            choice.change(OPERATOR_CONFIRMED, there.origin, MOBILITY, NOW)
            choice.change(OPERATOR_CONFIRMED, there.origin, ALL, NOW)
            rechoosing.rechoose(node, there.origin)
            assert [(one.replaced, one.done_at is not None) for one in choice.history(there.origin)] == [
                (False, True),
                (True, True),
            ]
    assert len(titles(here)) == 4


@on_both
def test_a_choice_is_carried_out_once(here: Hub, there: Hub) -> None:
    with here.at():
        choice.change(OPERATOR_CONFIRMED, there.origin, MOBILITY, NOW)
        assert reading().scalar(sa.select(rechoosing.due(NOW)))
        with transaction() as session:
            assert rechoosing.claim(session, NOW, 8) == [there.origin]
            assert rechoosing.claim(session, NOW, 8) == []
        rechoosing.resume(NOW)
        with transaction() as session:
            assert rechoosing.claim(session, NOW, 8) == [there.origin]


def test_a_hub_known_no_longer_is_chosen_about_no_longer(here: Hub, there: Hub) -> None:
    choose(here, there, MOBILITY)
    with here.at():
        with transaction() as session:
            choice.forget(session, there.origin)
        assert choices.of(reading(), there.origin) == ALL
        assert choice.history(there.origin) == []
