"""Suspending and resuming, parting and leaving, and what members say of each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from federation import routes
from federation.joining import Departure, Membership
from hubnode.db import reading, transaction
from hubnode.network import asking, doors, events, joining, joining_rows, members, membership, peers, pull, status
from hubnode.network import node as nodes
from hubnode.network.joining_models import Joining
from hubnode.network.membership import NotPossible
from hubnode.network.models import Peer
from hubnode.people.accounts import OPERATOR_CONFIRMED as PROOF
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import log, statements
from hubnode.records import reading as records
from hubnode.records.models import Log, LogEntry, Record
from hubnode.work.loop import claimed
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub, carry, close, make_hub
from tests.hubnode.network.joining_cast import Cast, free_port, known, met, pulled, said
from tests.hubnode.network.test_pull import port_of, served


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


# ----- what members say of each other


@pytest.fixture
def heide(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """A third hub, served."""
    hub = make_hub(tmp_path / "heide", template, "Heide", free_port(), pages=True)
    with served(hub.app, port_of(hub)):
        yield hub
    close(hub)


def trusting(hub: Hub, needed: int) -> None:
    """Let so many members' word be enough at this hub."""
    node = hub.app.extensions[nodes.EXTENSION]
    hub.app.extensions[nodes.EXTENSION] = replace(node, settings=replace(node.settings, vouches_needed=needed))


def member_of(hub: Hub, other: Hub) -> None:
    """Let `hub` and `other` join."""
    Cast(other, hub, other.app.test_client()).meet()


def work(hub: Hub, now: datetime | None = None) -> None:
    """Let the worker of this hub ask, answer and pull, once."""
    with hub.at() as node:
        for task, origin in claimed(now or node.clock() + timedelta(minutes=5)):
            if task.name in ("ask", "answer", "pull"):
                task.do(node, origin)


def test_a_member_names_the_hubs_that_a_newcomer_may_ask(cast: Cast, heide: Hub) -> None:
    member_of(heide, cast.wilster)
    pulled(heide, cast.wilster)
    with heide.at():
        assert [one.origin for one in asking.known_through(cast.wilster.origin)] == [cast.kiel.origin]
        asked = asking.introduce(PROOF, cast.wilster.origin, [cast.kiel.origin, "https://x.example"], nodes.utcnow())
        assert asked == [cast.kiel.origin]
        assert asking.known_through(cast.wilster.origin) == []
    pulled(cast.kiel, cast.wilster)
    work(heide)
    with cast.kiel.at() as node:
        [request] = joining_rows.requests()
        assert (request.origin, request.vouches, request.state, request.invited) == (heide.origin, 1, "pending", False)
        joining.approve(PROOF, request.id, node.clock())
    work(cast.kiel)
    assert (heide.origin, "active") in known(cast.kiel)
    assert (cast.kiel.origin, "active") in known(heide)


def test_a_request_on_a_members_word_waits_until_the_word_has_arrived(cast: Cast, heide: Hub) -> None:
    member_of(heide, cast.wilster)
    pulled(heide, cast.wilster)
    with heide.at():
        asking.introduce(PROOF, cast.wilster.origin, [cast.kiel.origin], nodes.utcnow())
    work(heide)
    with heide.at():
        row = reading().scalars(sa.select(Joining).where(Joining.origin == cast.kiel.origin)).one()
        assert (row.state, row.last_error) == ("asking", "answered:403:not-invited")
    pulled(cast.kiel, cast.wilster)
    work(heide)
    with heide.at():
        assert reading().scalar(sa.select(Joining.state).where(Joining.origin == cast.kiel.origin)) == "waiting"


def test_where_one_members_word_is_enough_a_newcomer_is_complete_without_anybody(cast: Cast, heide: Hub) -> None:
    trusting(cast.kiel, 1)
    with heide.at() as node:
        fingerprint = node.identity.fingerprint
    text = cast.invitation(origin=heide.origin, root=fingerprint)
    with heide.at() as node:
        asking.join(PROOF, node, text, node.clock(), introduce=True)
    for _ in range(4):
        for hub in (cast.wilster, heide, cast.kiel):
            work(hub)
    expected = {hub.origin for hub in (cast.wilster, cast.kiel, heide)}
    for hub in (cast.wilster, cast.kiel, heide):
        assert {origin for origin, state in known(hub) if state == "active"} == expected - {hub.origin}
        assert found(hub) == 3


def test_two_words_are_needed_where_two_are_asked_for(cast: Cast, heide: Hub) -> None:
    trusting(cast.kiel, 2)
    member_of(heide, cast.wilster)
    pulled(cast.kiel, cast.wilster)
    with cast.kiel.at():
        assert joining_rows.requests("out", ("asking",)) == []
        root = peers.keyset_of(reading().scalars(sa.select(Peer)).one()).fingerprint
        assert members.vouching(reading(), heide.origin, root) == []
    with heide.at() as node:
        fingerprint = node.identity.fingerprint
    with cast.kiel.at():
        assert members.vouching(reading(), heide.origin, fingerprint) == [cast.wilster.origin]
    refused = Cast(cast.kiel, heide, cast.kiel.app.test_client())
    assert refused.knock(refused.request(None).to_bytes()).status_code == 202
    with cast.kiel.at():
        assert [request.state for request in joining_rows.requests()] == ["pending"]


def test_the_word_of_a_suspended_hub_does_not_count(cast: Cast, heide: Hub) -> None:
    trusting(cast.kiel, 1)
    with heide.at() as node:
        fingerprint, log_id = node.identity.fingerprint, log.own(reading()).log_id
    with cast.wilster.at() as node, transaction() as session:
        body = Membership(heide.origin, fingerprint, log_id, 1).to_json()
        statements.say(session, members.KIND, body, node.clock())
    pulled(cast.kiel, cast.wilster)
    with cast.kiel.at() as node:
        membership.suspend(PROOF, cast.wilster.origin, node.clock())
    refused = Cast(cast.kiel, heide, cast.kiel.app.test_client())
    assert refused.knock(refused.request(None).to_bytes()).status_code == 403


def test_a_word_that_was_taken_back_does_not_count(cast: Cast, heide: Hub) -> None:
    member_of(heide, cast.wilster)
    pulled(cast.kiel, cast.wilster)
    with heide.at() as node:
        fingerprint = node.identity.fingerprint
    with cast.wilster.at() as node:
        membership.part(PROOF, heide.origin, node.clock(), archive="drop")
    pulled(cast.kiel, cast.wilster)
    with cast.kiel.at():
        assert members.vouching(reading(), heide.origin, fingerprint) == []


def test_a_statement_that_says_nothing_changes_nothing(cast: Cast) -> None:
    trusting(cast.wilster, 1)
    with cast.kiel.at() as node, transaction() as session:
        for body in ({"v": 1}, {"v": 1, "origin": "http://x", "root": "", "log_id": "", "n": 1}):
            statements.say(session, members.KIND, body, node.clock())
    pulled(cast.wilster, cast.kiel)
    with cast.wilster.at():
        assert joining_rows.requests("out", ("asking",)) == []
        assert [one.origin for one in members.named_by(reading(), cast.kiel.origin)] == [cast.wilster.origin]


def test_hubs_that_want_each_other_need_no_further_approval(cast: Cast, heide: Hub) -> None:
    """Each has been told of the other by its administrator; neither has to wait for the other's click."""
    member_of(heide, cast.wilster)
    pulled(cast.kiel, cast.wilster)
    pulled(heide, cast.wilster)
    for hub, other in ((heide, cast.kiel), (cast.kiel, heide)):
        with hub.at():
            asking.introduce(PROOF, cast.wilster.origin, [other.origin], nodes.utcnow())
    for _ in range(2):
        work(heide)
        work(cast.kiel)
    assert (heide.origin, "active") in known(cast.kiel)
    assert (cast.kiel.origin, "active") in known(heide)


def test_a_stranger_at_a_named_address_is_not_asked(cast: Cast, heide: Hub) -> None:
    with cast.kiel.at() as node, transaction() as session:
        own = node.identity.fingerprint
        body = Membership(heide.origin, own, "e" * 32, 1).to_json()
        statements.say(session, members.KIND, body, node.clock())
    pulled(cast.wilster, cast.kiel)
    with cast.wilster.at():
        asking.introduce(PROOF, cast.kiel.origin, [heide.origin], nodes.utcnow())
    work(cast.wilster)
    with cast.wilster.at():
        row = reading().scalars(sa.select(Joining).where(Joining.origin == heide.origin)).one()
        assert (row.state, row.last_error) == ("failed", "fingerprint")
    with heide.at():
        assert reading().scalar(sa.select(sa.func.count()).select_from(Joining)) == 0
