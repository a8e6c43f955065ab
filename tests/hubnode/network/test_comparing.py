"""A hub that tells different hubs different things is found out, whoever of them compares; and a copy that drifted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.network import auditing, comparing, freezing
from hubnode.network.models import Peer
from hubnode.records import log
from hubnode.records.models import Log, LogPage, Record
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, carry, close, forget_everything
from tests.hubnode.network.three import Three, copy_of, digests, peer_of, settled, titles, told


@pytest.fixture
def three(tmp_path: Path, template: Path) -> Iterator[Three]:
    """Three hubs that know each other."""
    made = Three(tmp_path, template)
    yield made
    for hub in made.hubs:
        close(hub)


def compared(here: Hub, about: Hub) -> None:
    """One comparison by the worker of `here`."""
    with here.at() as node:
        comparing.compare(node, about.origin)


def audited(here: Hub, there: Hub) -> bool | None:
    """One audit by the worker of `here`."""
    with here.at() as node:
        return auditing.audit(node, there.origin)


def two_faced(three: Three, more: int = 0) -> None:
    """Wilster tells Rendsburg one story, and Hennstedt another one of the same length or longer."""
    three.wilster.publish("project", project(title="Für Rendsburg"))
    carry(three.wilster, three.rendsburg)
    with three.wilster.at(), transaction() as session:
        forget_everything(session)
    for number in range(1 + more):
        three.wilster.publish("project", project(title=f"Für Hennstedt {number}"))
        carry(three.wilster, three.hennstedt)


def test_hubs_that_were_told_the_same_go_on(three: Three) -> None:
    with three.open():
        three.wilster.publish("project", project())
        three.settle()
        compared(three.rendsburg, three.wilster)
    assert copy_of(three.rendsburg, three.wilster).state == "active"


def test_a_hub_that_tells_two_stories_is_frozen_with_both_notes(three: Three) -> None:
    two_faced(three)
    with three.open(three.hennstedt):
        compared(three.rendsburg, three.wilster)
    assert copy_of(three.rendsburg, three.wilster).state == "frozen"
    assert copy_of(three.rendsburg, three.hennstedt).state == "active"
    assert told(three.rendsburg)[-1] == "frozen"
    with three.rendsburg.at():
        evidence = freezing.evidence(reading(), three.wilster.origin)
    assert evidence is not None
    assert evidence.held == copy_of(three.rendsburg, three.wilster).note
    assert evidence.seen == copy_of(three.hennstedt, three.wilster).note


def test_a_longer_story_contradicts_a_shorter_one_when_the_other_side_looks(three: Three) -> None:
    two_faced(three, more=2)
    with three.open(three.rendsburg):
        compared(three.hennstedt, three.wilster)
    assert copy_of(three.hennstedt, three.wilster).state == "frozen"


def test_a_witness_that_holds_more_makes_us_pull(three: Three) -> None:
    three.wilster.publish("project", project())
    carry(three.wilster, three.hennstedt)
    with three.rendsburg.at() as node, transaction() as session:
        session.execute(sa.update(Peer).values(pull_due_at=node.clock() + timedelta(hours=1)))
    with three.open(three.hennstedt):
        compared(three.rendsburg, three.wilster)
    with three.rendsburg.at() as node:
        assert peer_of(three.rendsburg, three.wilster).pull_due_at <= node.clock()


def test_a_witness_can_not_invent_what_another_hub_has_signed(three: Three) -> None:
    three.wilster.publish("project", project())
    three.hennstedt.publish("project", project())
    carry(three.wilster, three.rendsburg)
    with three.hennstedt.at(), transaction() as session:
        own = log.own(session)
        note = copy_of(three.rendsburg, three.wilster).note.replace("\n1\n", "\n7\n")
        session.execute(sa.update(Log).where(Log.origin == three.wilster.origin).values(note=note))
        assert own.size == 1
    with three.open(three.hennstedt):
        compared(three.rendsburg, three.wilster)
    assert copy_of(three.rendsburg, three.wilster).state == "active"


def test_a_silent_witness_is_asked_again_later(three: Three) -> None:
    compared(three.rendsburg, three.wilster)
    with three.rendsburg.at() as node:
        due_at = peer_of(three.rendsburg, three.wilster).compare_due_at
        assert due_at is not None
        assert due_at > node.clock()


def test_comparisons_and_audits_are_claimed_once_and_begin_after_the_first_contact(three: Three) -> None:
    with three.rendsburg.at() as node:
        now = node.clock()
        for work in (comparing, auditing):
            assert not reading().scalar(sa.select(work.due(now)))
    with three.open():
        three.settle()
    with three.rendsburg.at() as node:
        now = node.clock()
        for work in (comparing, auditing):
            assert reading().scalar(sa.select(work.due(now)))
            with transaction() as session:
                assert len(work.claim(session, now, 8)) == 2
                assert work.claim(session, now, 8) == []


def test_an_equal_copy_is_noted_as_equal(three: Three) -> None:
    with three.open():
        three.wilster.publish("project", project())
        three.settle()
        assert audited(three.rendsburg, three.wilster) is True
    peer = peer_of(three.rendsburg, three.wilster)
    assert peer.digest_matched_at is not None
    assert peer.digest_differs_at is None
    assert told(three.rendsburg) == []


def test_a_copy_that_drifted_is_rebuilt_from_its_log(three: Three) -> None:
    with three.open():
        three.wilster.publish("project", project(title="Wie es war"))
        three.settle()
        before = digests(three.rendsburg)
        with three.rendsburg.at(), transaction() as session:
            session.execute(sa.update(Record).where(~Record.own).values(bh="x" * 43, state="withdrawn"))
        assert titles(three.rendsburg) == set()
        assert audited(three.rendsburg, three.wilster) is True
    assert titles(three.rendsburg) == {"Wie es war"}
    assert digests(three.rendsburg) == before
    assert told(three.rendsburg) == ["mended"]


def test_what_can_not_be_mended_is_told_once_and_kept_for_people(three: Three) -> None:
    """The origin's own tables drifted: its log is right, and its records are not."""
    with three.open():
        three.wilster.publish("project", project())
        three.settle()
        with three.wilster.at(), transaction() as session:
            session.execute(sa.update(Record).where(Record.own).values(bh="x" * 43))
        assert audited(three.rendsburg, three.wilster) is False
        since = peer_of(three.rendsburg, three.wilster).digest_differs_at
        assert audited(three.rendsburg, three.wilster) is False
    assert since is not None
    assert peer_of(three.rendsburg, three.wilster).digest_differs_at == since
    assert told(three.rendsburg) == ["differs"]


def test_copies_of_another_size_are_pulled_before_they_are_compared(three: Three) -> None:
    with three.open():
        three.wilster.publish("project", project())
        three.settle()
        three.wilster.publish("project", project(title="Noch nicht geholt"))
        assert audited(three.rendsburg, three.wilster) is None
    with three.rendsburg.at() as node:
        peer = peer_of(three.rendsburg, three.wilster)
        assert peer.pull_due_at <= node.clock()
        assert peer.digest_due_at is not None
        assert peer.digest_due_at <= node.clock() + auditing.AGAIN


def test_an_unreachable_hub_is_audited_later(three: Three) -> None:
    assert audited(three.rendsburg, three.wilster) is None
    assert peer_of(three.rendsburg, three.wilster).digest_matched_at is None


def test_our_own_log_is_recovered_page_by_page_from_a_witness(three: Three) -> None:
    """Pages end where they once ended for the witness, however small they were."""
    copy = three.back_up(three.wilster)
    for number in range(5):
        three.wilster.publish("project", project(title=f"Vorhaben {number}"))
        carry(three.wilster, three.rendsburg)
    with three.rendsburg.at():
        assert len(reading().scalars(sa.select(LogPage.size)).all()) == 5
    before = digests(three.wilster)
    three.put_back(three.wilster, copy)
    with three.open(three.rendsburg, three.hennstedt):
        assert settled(three.wilster) == "active"
    assert digests(three.wilster) == before
