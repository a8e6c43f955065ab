"""A log that can't be gone on with is replaced by a new one, and the others follow it by the word of its root key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from federation import routes
from federation.epoch import Epoch
from federation.errors import BadEpoch
from federation.keys import SigningKey
from hubnode.db import reading, transaction
from hubnode.network import epochs, freezing, keyfiles, recovery
from hubnode.network.models import Peer
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.viewer import OPERATOR
from hubnode.records import log, replica, service
from hubnode.records.models import Log, LogEntry, Record
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, close, forget_everything
from tests.hubnode.network.three import Three, copy_of, digests, findings, settled, size, state, titles, told


@pytest.fixture
def three(tmp_path: Path, template: Path) -> Iterator[Three]:
    """Three hubs that know each other."""
    made = Three(tmp_path, template)
    yield made
    for hub in made.hubs:
        close(hub)


def root_of(hub: Hub) -> SigningKey:
    """The root key of a hub."""
    return keyfiles.root_key(hub.settings.instance / "keys")


def begin(hub: Hub, number: int | None = None) -> Epoch:
    """Open a new epoch as the operator would."""
    with hub.at() as node:
        return epochs.begin(OPERATOR_CONFIRMED, node, root_of(hub), number)


def lived(three: Three) -> tuple[str, str, str]:
    """Wilster has a record that stays, one that was withdrawn and one that was erased; everybody knows."""
    kept = three.wilster.publish("project", project(title="Bleibt"))
    withdrawn = three.wilster.publish("project", project(title="Zurückgezogen"))
    erased = three.wilster.publish("project", project(title="Gelöscht"))
    three.settle()
    with three.wilster.at():
        service.withdraw(OPERATOR, withdrawn, NOW + timedelta(hours=1))
        service.erase(OPERATOR, erased, NOW + timedelta(hours=1))
    three.settle()
    return kept, withdrawn, erased


def test_everything_that_is_shared_stands_in_the_new_log(three: Three) -> None:
    with three.open():
        kept, withdrawn, erased = lived(three)
        before = three.wilster.page()
        new = begin(three.wilster)
        three.settle()
        three.settle()
    assert new.prev_log.encode() in before
    for other in (three.rendsburg, three.hennstedt):
        copy = copy_of(other, three.wilster)
        assert (copy.log_id, copy.epoch, copy.relisting, copy.size) == (new.log_id, 1, False, size(three.wilster))
        assert titles(other) == {"Bleibt"}
        assert digests(other) == digests(three.wilster)
        assert findings(other) == []
        assert told(other)[-2:] == ["epoch", "relisted"]
    with three.rendsburg.at():
        states = dict(reading().execute(sa.select(Record.rec, Record.state).where(~Record.own)).all())
        assert (states[kept], states[withdrawn], states[erased]) == ("published", "withdrawn", "erased")


def test_the_new_log_begins_with_the_statement_that_names_it(three: Three) -> None:
    new = begin(three.wilster)
    answer = three.wilster.app.test_client().get(routes.EPOCH)
    assert Epoch.parse(answer.data, root_of(three.wilster).public, origin=three.wilster.origin) == new
    assert b'"kind":"epoch"' in three.wilster.page().splitlines()[0]


def test_a_first_log_has_no_statement(three: Three) -> None:
    answer = three.wilster.app.test_client().get(routes.EPOCH)
    assert (answer.status_code, answer.json["type"]) == (404, "not-found")


def test_what_is_not_listed_again_is_dropped(three: Three) -> None:
    with three.open():
        three.wilster.publish("project", project(title="Bleibt"))
        lost = three.wilster.publish("project", project(title="Geht verloren"))
        three.settle()
        with three.wilster.at(), transaction() as session:
            session.execute(sa.update(Record).where(Record.rec == lost).values(state="draft", body=None, bh=None))
        begin(three.wilster)
        assert titles(three.rendsburg) == {"Bleibt", "Geht verloren"}
        three.pull(three.rendsburg, three.wilster)
        three.pull(three.rendsburg, three.wilster)
    assert titles(three.rendsburg) == {"Bleibt"}
    with three.rendsburg.at():
        gone = reading().scalars(sa.select(Record).where(Record.rec == lost)).one()
        assert (gone.state, gone.body) == ("withdrawn", None)
        assert not any(b"verloren" in body for body in reading().scalars(sa.select(LogEntry.body)) if body)


def test_an_erased_id_never_returns_in_no_epoch_and_after_no_rebuild(three: Three) -> None:
    """A hub that lists again what it had erased is refused this one entry, and the log goes on."""
    with three.open():
        _, _, erased = lived(three)
        body = three.wilster.publish("project", project(title="Vorlage"))
        with three.wilster.at(), transaction() as session:
            held = session.scalars(sa.select(Record).where(Record.rec == body)).one()
            again = session.scalars(sa.select(Record).where(Record.rec == erased)).one()
            again.state, again.body, again.level, again.rev = "published", held.body, "public", 9
        begin(three.wilster)
        three.settle()
        three.settle()
    for rebuilt in (False, True):
        with three.rendsburg.at():
            if rebuilt:
                with transaction() as session:
                    copy = session.scalars(sa.select(Log).where(Log.origin == three.wilster.origin)).one()
                    replica.refold(session, copy, NOW)
            gone = reading().scalars(sa.select(Record).where(Record.rec == erased)).one()
            assert (gone.state, gone.body, gone.bh) == ("erased", None, None)
    assert titles(three.rendsburg) == {"Bleibt", "Vorlage"}


def test_a_rebuild_after_a_new_epoch_gives_equal_tables(three: Three) -> None:
    with three.open():
        lived(three)
        begin(three.wilster)
        three.settle()
        three.settle()
    before = digests(three.rendsburg)
    with three.rendsburg.at(), transaction() as session:
        replica.refold(session, session.scalars(sa.select(Log).where(Log.origin == three.wilster.origin)).one(), NOW)
    assert digests(three.rendsburg) == before
    assert titles(three.rendsburg) == {"Bleibt"}


def test_pokes_and_publications_go_on_in_the_new_log(three: Three) -> None:
    with three.open():
        lived(three)
        begin(three.wilster)
        three.wilster.publish("project", project(title="Danach"))
        three.settle()
        three.settle()
    assert titles(three.hennstedt) == {"Bleibt", "Danach"}
    with three.wilster.at():
        assert set(reading().scalars(sa.select(Peer.acked_size))) == {size(three.wilster)}


def test_a_hub_that_missed_an_epoch_follows_the_latest(three: Three) -> None:
    with three.open():
        lived(three)
        begin(three.wilster)
        new = begin(three.wilster)
        three.settle()
        three.settle()
    assert new.n == 2
    assert copy_of(three.rendsburg, three.wilster).log_id == new.log_id
    assert digests(three.rendsburg) == digests(three.wilster)


@pytest.mark.parametrize("forged", ["another root", "an older number", "another hub"])
def test_only_the_pinned_root_leads_to_another_log(three: Three, forged: str) -> None:
    with three.open():
        lived(three)
        begin(three.wilster)
        three.settle()
        held = copy_of(three.rendsburg, three.wilster)
    root = root_of(three.hennstedt if forged == "another root" else three.wilster)
    statement = Epoch(three.wilster.origin, "f" * 32, held.log_id, 1 if forged == "an older number" else 5)
    if forged == "another hub":
        statement = replace(statement, origin=three.hennstedt.origin)
    with three.rendsburg.at() as node, pytest.raises(BadEpoch), transaction() as session:
        epochs._follow(session, three.wilster.origin, statement.sign(root).to_bytes(), node.clock())
    assert copy_of(three.rendsburg, three.wilster).log_id == held.log_id


def test_a_log_that_is_simply_another_one_is_not_followed(three: Three) -> None:
    """Without a statement of the root it stays what it was: a log that is gone."""
    with three.open():
        lived(three)
        with three.wilster.at(), transaction() as session:
            log.own(session).log_id = "e" * 32
        assert not three.pull(three.rendsburg, three.wilster).finished
    with three.rendsburg.at():
        chosen = sa.select(Peer.last_error).where(Peer.origin == three.wilster.origin)
        assert reading().scalar(chosen) == "answered:410:gone-epoch"
    assert titles(three.rendsburg) == {"Bleibt"}


def test_only_the_own_root_key_opens_an_epoch(three: Three) -> None:
    with three.wilster.at() as node, pytest.raises(epochs.CantBegin, match="root key"):
        epochs.begin(OPERATOR_CONFIRMED, node, root_of(three.hennstedt))


def test_numbers_only_grow_also_when_the_database_has_forgotten_them(three: Three) -> None:
    with three.open():
        copy = three.back_up(three.wilster)
        begin(three.wilster)
        three.settle()
        three.settle()
        three.put_back(three.wilster, copy)
        assert settled(three.wilster) == "readonly"
        with three.wilster.at() as node, pytest.raises(epochs.CantBegin, match="at least number 2"):
            epochs.begin(OPERATOR_CONFIRMED, node, root_of(three.wilster), 1)
        assert begin(three.wilster).n == 2
        three.settle()
        three.settle()
        assert state(three.wilster) == "active"
    assert digests(three.rendsburg) == digests(three.wilster)


def test_a_fork_ends_with_a_new_epoch_and_the_operators_of_the_others_resume(three: Three) -> None:
    with three.open():
        lived(three)
        with three.wilster.at(), transaction() as session:
            forget_everything(session)
        three.wilster.publish("project", project(title="Eine andere Geschichte"))
        for _ in range(2):
            three.pull(three.rendsburg, three.wilster)
        with three.wilster.at(), transaction() as session:
            log.own(session).state = "active"
        three.pull(three.rendsburg, three.wilster)
        assert copy_of(three.rendsburg, three.wilster).state == "frozen"
        with three.rendsburg.at() as node:
            evidence = freezing.evidence(reading(), three.wilster.origin)
            assert evidence is not None
            assert evidence.held != evidence.seen
            freezing.resume(OPERATOR_CONFIRMED, three.wilster.origin, node.clock())
        three.pull(three.rendsburg, three.wilster)
        assert copy_of(three.rendsburg, three.wilster).state == "frozen"
        begin(three.wilster)
        with three.rendsburg.at() as node:
            freezing.resume(OPERATOR_CONFIRMED, three.wilster.origin, node.clock())
        three.pull(three.rendsburg, three.wilster)
        three.pull(three.rendsburg, three.wilster)
    assert copy_of(three.rendsburg, three.wilster).state == "active"
    assert digests(three.rendsburg)[three.wilster.origin] == digests(three.wilster)[three.wilster.origin]
    assert "Eine andere Geschichte" in titles(three.rendsburg)


def test_what_is_not_frozen_can_not_be_resumed(three: Three) -> None:
    with three.rendsburg.at() as node, pytest.raises(freezing.NotFrozen):
        freezing.resume(OPERATOR_CONFIRMED, three.wilster.origin, node.clock())


def test_a_forked_hub_may_write_again_after_its_new_epoch(three: Three) -> None:
    with three.open():
        lived(three)
        with three.wilster.at(), transaction() as session:
            log.own(session).state = "readonly"
        begin(three.wilster)
        with three.wilster.at() as node:
            recovery.ensure(node)
    assert state(three.wilster) == "active"
