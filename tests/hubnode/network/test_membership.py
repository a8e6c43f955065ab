"""Suspending and resuming, parting and leaving, and what members say of each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from federation import routes
from federation.joining import Departure
from hubnode.db import reading, transaction
from hubnode.network import doors, events, membership, peers, pull, status
from hubnode.network import node as nodes
from hubnode.network.membership import NotPossible
from hubnode.network.models import Peer
from hubnode.people.confirming import OPERATOR_CONFIRMED as PROOF
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import log, statements
from hubnode.records import reading as records
from hubnode.records.models import Log, LogEntry, Record
from hubnode.work.loop import claimed
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, close, make_hub
from tests.hubnode.network.joining_cast import Cast, known, met, pulled, said
from tests.serving import free_port


@pytest.fixture
def cast(tmp_path: Path, template: Path) -> Iterator[Cast]:
    """Wilster and Kiel, members of each other; Kiel has published three projects, and Wilster holds them."""
    with met(tmp_path, template) as both:
        both.meet()
        for number in range(3):
            both.kiel.publish("project", project(title=f"Vorhaben {number}"))
        pulled(both.wilster, both.kiel)
        pulled(both.kiel, both.wilster)
        yield both


def found(hub: Hub) -> int:
    """What a stranger finds at this hub."""
    with hub.at():
        return records.find(ANONYMOUS, records.Browse()).total


def digests(hub: Hub) -> list[status.Held]:
    """Every log with its fold."""
    with hub.at():
        return status.held(reading())


def peer_at(hub: Hub) -> Peer:
    """The one other hub as it is known."""
    with hub.at():
        return reading().scalars(sa.select(Peer)).one()


# ----- suspending


def test_a_preview_counts_what_would_be_hidden_and_changes_nothing(cast: Cast) -> None:
    with cast.wilster.at():
        effect = membership.preview(reading(), cast.kiel.origin)
    assert (effect.records, dict(effect.kinds)) == (3, {"project": 3})
    assert (found(cast.wilster), known(cast.wilster)) == (3, [(cast.kiel.origin, "active")])


def test_suspending_hides_at_once_deletes_nothing_and_resuming_gives_equal_digests(cast: Cast) -> None:
    before = digests(cast.wilster)
    with cast.wilster.at() as node:
        assert membership.suspend(PROOF, cast.kiel.origin, node.clock()).records == 3
    assert found(cast.wilster) == 0
    assert digests(cast.wilster) == before
    with cast.wilster.at() as node:
        assert membership.resume(PROOF, cast.kiel.origin, node.clock()).records == 3
    assert found(cast.wilster) == 3
    assert digests(cast.wilster) == before
    pulled(cast.wilster, cast.kiel)
    assert digests(cast.wilster) == before


def test_threat_25_a_suspended_hub_is_out_on_every_path(cast: Cast) -> None:
    with cast.wilster.at() as node:
        membership.suspend(PROOF, cast.kiel.origin, node.clock())
        with transaction() as session:
            session.execute(sa.update(Peer).values(pull_due_at=NOW, poke_due_at=NOW, acked_size=0, told_size=0))
        assert claimed(node.clock() + timedelta(days=1)) == []
        assert pull.pull(node, cast.kiel.origin) == pull.Turn(0, 0, finished=False)
    cast.kiel.publish("project", project(title="Danach"))
    with cast.kiel.at() as node:
        note = doors.checkpoint(node).body.decode()
    answer = cast.post(routes.POKE, routes.encode_poke(note), cast.wilster, cast.client, cast.kiel, None, "")
    assert (answer.status_code, b"not-member" in answer.data) == (403, True)
    assert not _pulls(cast.kiel, cast.wilster)
    assert (peer_at(cast.wilster).pull_failures, found(cast.wilster)) == (0, 0)


def _pulls(here: Hub, there: Hub) -> bool:
    with here.at() as node:
        return pull.pull(node, there.origin).finished


def test_threat_25_a_page_under_way_is_not_applied_after_the_suspension(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.kiel.publish("project", project(title="Unterwegs"))
    entries = peers.Client.entries

    def suspended_meanwhile(self: peers.Client, log_id: str, after: int, limit: int = 500) -> bytes:
        page = entries(self, log_id, after, limit)
        membership.suspend(PROOF, cast.kiel.origin, NOW)
        return page

    with cast.wilster.at() as node, monkeypatch.context() as patched:
        patched.setattr(peers.Client, "entries", suspended_meanwhile)
        size = reading().scalar(sa.select(Log.size).where(~Log.own))
        assert not pull.pull(node, cast.kiel.origin).finished
        reading().rollback()
        assert reading().scalar(sa.select(Log.size).where(~Log.own)) == size
    with cast.wilster.at() as node:
        membership.resume(PROOF, cast.kiel.origin, node.clock())
    pulled(cast.wilster, cast.kiel)
    assert found(cast.wilster) == 4


def test_states_that_do_not_fit_are_refused(cast: Cast) -> None:
    origin, now = cast.kiel.origin, nodes.utcnow()
    with cast.wilster.at():
        for refused in (lambda: membership.resume(PROOF, origin, now), lambda: membership.drop(PROOF, origin, now)):
            with pytest.raises(NotPossible):
                refused()
        with pytest.raises(NotPossible):
            membership.suspend(PROOF, "https://nobody.example", now)
        membership.suspend(PROOF, origin, now)
        with pytest.raises(NotPossible):
            membership.suspend(PROOF, origin, now)
        with pytest.raises(peers.CantPin):
            peers.add(
                nodes.current_node(), origin, peers.keyset_of(reading().scalars(sa.select(Peer)).one()).fingerprint, now
            )


def test_what_happens_is_told_without_names(cast: Cast) -> None:
    with cast.wilster.at() as node:
        membership.suspend(PROOF, cast.kiel.origin, node.clock())
        membership.resume(PROOF, cast.kiel.origin, node.clock())
        membership.part(PROOF, cast.kiel.origin, node.clock(), archive="keep")
        membership.drop(PROOF, cast.kiel.origin, node.clock())
        told = [(event.what, event.detail) for event in events.latest(4)]
    assert told == [(what, "Betrieb") for what in ("dropped", "parted", "resumed", "suspended")]


# ----- parting and leaving


@pytest.mark.parametrize(("archive", "left"), [("keep", 3), ("drop", 0)])
def test_parting_keeps_or_drops_the_archive_and_ends_our_word(
    cast: Cast, archive: membership.Archive, left: int
) -> None:
    with cast.wilster.at() as node:
        assert membership.part(PROOF, cast.kiel.origin, node.clock(), archive=archive) == 3 - left
        assert status.verify(reading()) == []
    assert (found(cast.wilster), known(cast.wilster)) == (left, [(cast.kiel.origin, "left")])
    assert said(cast.wilster) == []
    assert not _pulls(cast.kiel, cast.wilster)


def test_a_dropped_archive_is_gone_from_every_table_and_comes_back_by_joining_again(cast: Cast) -> None:
    with cast.wilster.at() as node:
        membership.part(PROOF, cast.kiel.origin, node.clock(), archive="keep")
        assert membership.drop(PROOF, cast.kiel.origin, node.clock()) == 3
        session = reading()
        assert session.scalar(sa.select(sa.func.count()).where(Record.origin == cast.kiel.origin)) == 0
        copy = session.scalars(sa.select(Log).where(~Log.own)).one()
        assert session.scalar(sa.select(sa.func.count()).where(LogEntry.log == copy.id)) == 0
    with cast.kiel.at() as node:
        membership.part(PROOF, cast.wilster.origin, node.clock(), archive="keep")
    cast.meet()
    pulled(cast.wilster, cast.kiel)
    pulled(cast.kiel, cast.wilster)
    assert found(cast.wilster) == 3
    assert digests(cast.wilster) == digests(cast.kiel)


def test_who_leaves_says_so_and_is_a_former_member_where_it_was_read(cast: Cast) -> None:
    with cast.kiel.at() as node:
        assert membership.leave(PROOF, node, node.clock(), archive="drop") == 1
        assert membership.leaving(reading())
        assert membership.finish_leaving(node.clock()) == 0
    assert known(cast.kiel) == [(cast.wilster.origin, "active")]
    pulled(cast.wilster, cast.kiel)
    assert known(cast.wilster) == [(cast.kiel.origin, "left")]
    assert (found(cast.wilster), said(cast.wilster)) == (3, [])
    with cast.kiel.at() as node:
        assert membership.finish_leaving(node.clock()) == 1
        assert reading().scalar(sa.select(sa.func.count()).where(Record.origin == cast.wilster.origin)) == 0
    assert known(cast.kiel) == [(cast.wilster.origin, "left")]


def test_who_comes_back_has_never_left_for_whoever_reads_the_log_anew(
    cast: Cast, tmp_path: Path, template: Path
) -> None:
    with cast.kiel.at() as node:
        membership.leave(PROOF, node, node.clock(), archive="keep")
    pulled(cast.wilster, cast.kiel)
    with cast.kiel.at() as node:
        membership.finish_leaving(node.clock())
    cast.meet()
    pulled(cast.wilster, cast.kiel)
    assert known(cast.wilster) == [(cast.kiel.origin, "active")]
    assert said(cast.kiel, "left") == []
    newcomer = make_hub(tmp_path / "heide", template, "Heide", free_port())
    with cast.kiel.at() as node:
        card = doors.own_card(node, reading())
    with newcomer.at(), transaction() as session:
        peers.pin(session, card, nodes.utcnow())
    carry(cast.kiel, newcomer)
    assert known(newcomer) == [(cast.kiel.origin, "active")]
    close(newcomer)


def test_nobody_says_of_others_that_they_have_left(cast: Cast) -> None:
    with cast.kiel.at() as node, transaction() as session:
        own = log.own(session)
        for body in (
            Departure("https://other.example", own.log_id).to_json(),
            Departure(own.origin, "e" * 32).to_json(),
            {"v": 1, "origin": own.origin},
        ):
            statements.say(session, "left", body, node.clock())
    pulled(cast.wilster, cast.kiel)
    assert known(cast.wilster) == [(cast.kiel.origin, "active")]


def test_leaving_alone_is_not_possible(tmp_path: Path, template: Path) -> None:
    lonely = make_hub(tmp_path / "lonely", template, "Heide", free_port())
    with lonely.at() as node, pytest.raises(NotPossible):
        membership.leave(PROOF, node, NOW, archive="keep")
    close(lonely)
