"""A hub that was put back in time: it asks before it writes, gets back what it had published, and nobody freezes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from federation.checkpoint import note_name
from federation.errors import PeerProblem
from hubnode.db import reading, transaction
from hubnode.network import peers, pull, recovery, watermark
from hubnode.network.models import Peer
from hubnode.people.viewer import OPERATOR
from hubnode.records import log, service
from hubnode.records.models import Log, Record
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close
from tests.hubnode.network.three import Three, copy_of, digests, findings, settled, size, state, titles, told


@pytest.fixture
def three(tmp_path: Path, template: Path) -> Iterator[Three]:
    """Three hubs that know each other."""
    made = Three(tmp_path, template)
    yield made
    for hub in made.hubs:
        close(hub)


def grown(three: Three) -> tuple[Path, str]:
    """Wilster publishes, is backed up, publishes, revises, withdraws and erases; all others hold everything."""
    first = three.wilster.publish("project", project(title="Vor der Sicherung"))
    gone = three.wilster.publish("project", project(title="Wird gelöscht"))
    taken = three.wilster.publish("project", project(title="Wird zurückgezogen"))
    three.settle()
    copy = three.back_up(three.wilster)
    three.wilster.revise(first, title={"de": "Nach der Sicherung geändert"})
    three.wilster.publish("project", project(title="Nach der Sicherung neu"))
    with three.wilster.at():
        service.erase(OPERATOR, gone, NOW + timedelta(hours=2))
        service.withdraw(OPERATOR, taken, NOW + timedelta(hours=2))
    three.settle()
    return copy, gone


def test_a_hub_without_others_has_nobody_to_ask(three: Three) -> None:
    with three.wilster.at(), transaction() as session:
        session.execute(sa.delete(Peer))
    three.restart(three.wilster)
    assert state(three.wilster) == "active"


def test_a_usual_start_is_one_question_to_each(three: Three) -> None:
    with three.open():
        three.wilster.publish("project", project())
        three.settle()
        three.restart(three.wilster)
        assert state(three.wilster) == "checking"
        assert settled(three.wilster) == "active"
    assert told(three.wilster) == []


def test_nothing_is_published_before_somebody_has_answered(three: Three) -> None:
    three.restart(three.wilster)
    assert settled(three.wilster) == "checking"
    with pytest.raises(log.NotWritable):
        three.wilster.publish("project", project())
    assert size(three.wilster) == 0
    with three.open(three.hennstedt):
        assert settled(three.wilster) == "active"
    three.wilster.publish("project", project())
    assert size(three.wilster) == 1


def test_an_old_backup_gets_back_what_it_lacks_and_nobody_is_frozen(three: Three) -> None:
    with three.open():
        copy, gone = grown(three)
        before, grew_to = digests(three.wilster), size(three.wilster)
        three.put_back(three.wilster, copy)
        assert size(three.wilster) < grew_to
        for other in (three.rendsburg, three.hennstedt):
            three.pull(other, three.wilster)
        assert settled(three.wilster) == "active"
        assert digests(three.wilster) == before
        three.wilster.publish("project", project(title="Nach der Wiederherstellung"))
        three.settle()
    expected = {"Nach der Sicherung geändert", "Nach der Sicherung neu", "Nach der Wiederherstellung"}
    for hub in three.hubs:
        assert titles(hub) == expected
        assert digests(hub) == digests(three.wilster)
        assert findings(hub) == []
        assert all(copy_of(hub, other).state == "active" for other in three.hubs if other is not hub)
    assert "returned" in told(three.wilster)
    with three.wilster.at():
        kept = reading().scalars(sa.select(Record).where(Record.rec == gone)).one()
        assert (kept.state, kept.body, kept.draft) == ("erased", None, None)


def test_a_whole_machine_put_back_is_noticed_by_what_the_others_say(three: Three) -> None:
    with three.open():
        copy, _ = grown(three)
        before = digests(three.wilster)
        three.put_back(three.wilster, copy, whole_folder=True)
        assert settled(three.wilster) == "active"
    assert digests(three.wilster) == before


def test_fields_of_the_own_hub_survive_where_the_backup_holds_them(three: Three) -> None:
    with three.open():
        funding = [{"programme": "Smart City", "status": "granted", "amount_cents": 1_000_000}]
        closed = {"cost_one_off_cents": 5_000, "field_visibility": {"cost_one_off_cents": "hub"}}
        id = three.wilster.publish("project", project(funding=funding, **closed))
        three.settle()
        copy = three.back_up(three.wilster)
        three.wilster.revise(id, title={"de": "Neuer Titel"})
        three.settle()
        three.put_back(three.wilster, copy)
        assert settled(three.wilster) == "active"
    with three.wilster.at():
        body = service.draft(OPERATOR, id).body
    assert (body["title"]["de"], body["funding"], body["cost_one_off_cents"]) == ("Neuer Titel", funding, 5_000)


def test_a_peer_that_asks_meanwhile_is_told_to_wait_and_does_not_freeze(three: Three) -> None:
    with three.open():
        copy, _ = grown(three)
        three.put_back(three.wilster, copy)
        turn = three.pull(three.rendsburg, three.wilster)
    assert not turn.finished
    assert copy_of(three.rendsburg, three.wilster).state == "active"
    with three.rendsburg.at():
        peer = reading().scalars(sa.select(Peer).where(Peer.origin == three.wilster.origin)).one()
        assert peer.last_error == "answered:503:checking"


def test_where_the_only_witness_is_away_what_was_signed_is_waited_for(three: Three) -> None:
    """The file beside the database knows how far the log had come: an ignorant peer does not set it free."""
    with three.open(three.wilster, three.rendsburg):
        three.wilster.publish("project", project())
        copy = three.back_up(three.wilster)
        three.wilster.publish("project", project(title="Nur in Rendsburg angekommen"))
        three.pull(three.rendsburg, three.wilster)
    three.put_back(three.wilster, copy)
    with three.open(three.hennstedt):
        assert settled(three.wilster) == "checking"
    with three.open(three.hennstedt, three.rendsburg):
        assert settled(three.wilster) == "active"
    assert size(three.wilster) == 2


def test_entries_that_nobody_holds_are_given_up_when_everybody_has_answered(three: Three) -> None:
    copy = three.back_up(three.wilster)
    with three.wilster.at() as node:
        three.wilster.publish("project", project(title="Nie angekommen"))
        session = reading()
        watermark.signed(node.settings.instance, log.own(session), 1)
    three.put_back(three.wilster, copy)
    with three.open(three.rendsburg, three.hennstedt):
        assert settled(three.wilster) == "active"
    assert told(three.wilster) == ["lost"]


def test_a_log_that_was_gone_on_with_differently_waits_for_a_person(three: Three) -> None:
    with three.open():
        copy, _ = grown(three)
        three.put_back(three.wilster, copy, whole_folder=True)
        with three.wilster.at(), transaction() as session:
            log.own(session).state = "active"  # as an older version of the software would have it
        three.wilster.publish("project", project(title="Eine andere Fortsetzung"))
        three.restart(three.wilster)
        assert settled(three.wilster) == "readonly"
        with pytest.raises(log.NotWritable):
            three.wilster.publish("project", project())
        assert not three.pull(three.rendsburg, three.wilster).finished
    assert copy_of(three.rendsburg, three.wilster).state == "active"
    assert told(three.wilster)[-1] == "halted"
    with three.wilster.at():
        evidence = log.own(reading()).evidence or ""
        assert evidence.count(note_name(three.wilster.origin, log.own(reading()).log_id)) >= 2


def test_a_command_asks_before_it_writes_although_the_database_says_that_all_is_well(three: Three) -> None:
    with three.open():
        copy, _ = grown(three)
        before = digests(three.wilster)
        three.put_back(three.wilster, copy)
        with three.wilster.at() as node:
            with transaction() as session:
                log.own(session).state = "active"
            recovery.ensure(node)
    assert digests(three.wilster) == before
    with three.wilster.at() as node, pytest.raises(log.NotWritable):
        recovery.ensure(node)
    assert state(three.wilster) == "active"


def test_a_peer_that_lies_about_our_log_does_not_stop_us(three: Three) -> None:
    """What our own key has not signed says nothing about us."""
    with three.hennstedt.at(), transaction() as session:
        chosen = sa.update(Log).where(Log.origin == three.wilster.origin)
        session.execute(chosen.values(note=f"{note_name(three.wilster.origin, 32 * '0')}\n9\nAAAA\n\n— x y\n"))
    three.restart(three.wilster)
    with three.open(three.rendsburg, three.hennstedt):
        assert settled(three.wilster) == "active"


def test_who_holds_more_of_our_log_than_we_do_makes_us_ask_again(three: Three) -> None:
    with three.open():
        three.wilster.publish("project", project())
        copy = three.back_up(three.wilster)
        three.wilster.publish("project", project(title="Nur in Rendsburg angekommen"))
        three.pull(three.rendsburg, three.wilster)
        three.put_back(three.wilster, copy, whole_folder=True)
        with three.wilster.at(), transaction() as session:
            log.own(session).state = "active"  # the only hub that answered then knew no more
        with three.rendsburg.at() as node:
            held = copy_of(three.rendsburg, three.wilster)
            with pytest.raises(PeerProblem, match="checking"):
                peers.client(node, three.wilster.origin).entries(held.log_id, held.size)
        assert settled(three.wilster) == "active"
        assert size(three.wilster) == 2
        assert three.pull(three.rendsburg, three.wilster).finished


def until_caught_up(hub: Hub) -> list[str]:
    """The reasons for which this hub hides copies."""
    with hub.at():
        return sorted({copy.hidden_for for copy in reading().scalars(sa.select(Log).where(~Log.own))})


@pytest.mark.parametrize("whole_folder", [False, True])
def test_a_restored_hub_shows_no_copy_before_it_has_caught_up(three: Three, whole_folder: bool) -> None:
    with three.open():
        gone = three.wilster.publish("project", project(title="Wird inzwischen gelöscht"))
        three.settle()
        copy = three.back_up(three.rendsburg)
        with three.wilster.at():
            service.erase(OPERATOR, gone, NOW + timedelta(hours=2))
        three.settle()
        assert titles(three.rendsburg) == set()
        three.put_back(three.rendsburg, copy, whole_folder=whole_folder)
        if not whole_folder:
            assert until_caught_up(three.rendsburg) == ["restored"]
        settled(three.rendsburg)
        assert until_caught_up(three.rendsburg) == ["restored"]
        assert titles(three.rendsburg) == set()
        three.pull(three.rendsburg, three.wilster)
        three.pull(three.rendsburg, three.hennstedt)
    assert until_caught_up(three.rendsburg) == [""]
    assert titles(three.rendsburg) == set()
    assert [what for what in told(three.rendsburg) if what != "joined"] == ["restored", "caught-up"]


def test_each_copy_is_shown_when_it_has_caught_up_whatever_the_others_do(three: Three) -> None:
    with three.open():
        three.wilster.publish("project", project(title="Aus Wilster"))
        three.hennstedt.publish("project", project(title="Aus Hennstedt"))
        three.settle()
        copy = three.back_up(three.rendsburg)
        three.wilster.publish("project", project(title="Noch eines"))
        three.settle()
        three.put_back(three.rendsburg, copy)
    with three.open(three.wilster):
        three.pull(three.rendsburg, three.wilster)
        three.pull(three.rendsburg, three.hennstedt)
    assert titles(three.rendsburg) == {"Aus Wilster", "Noch eines"}


def test_pulls_are_due_at_once_after_a_restore(three: Three) -> None:
    with three.open():
        three.wilster.publish("project", project())
        three.settle()
        copy = three.back_up(three.rendsburg)
        three.wilster.publish("project", project(title="Noch eines"))
        three.settle()
    three.put_back(three.rendsburg, copy)
    with three.rendsburg.at() as node:
        assert reading().scalar(sa.select(pull.due(node.clock())))
