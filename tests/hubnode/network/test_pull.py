"""Pulling and poking over real HTTP on loopback: what arrives, and what a faulty hub can and can't do to us."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, Response, request

from federation.errors import PeerProblem
from hubnode.app import create_app
from hubnode.db import reading, transaction
from hubnode.network import events, peers, poke, pull, status
from hubnode.network.models import NetworkEvent, Peer
from hubnode.people.viewer import ANONYMOUS
from hubnode.records import reading as records
from hubnode.records.models import Log
from hubnode.work.loop import Worker
from tests.hubnode.bodies import project
from tests.hubnode.hubs import Hub, close, forget_everything, make_hub, pin
from tests.serving import served

Wsgi = Callable[..., Any]


@pytest.fixture
def here(tmp_path: Path, template: Path) -> Iterator[Hub]:
    """The hub that pulls."""
    hub = make_hub(tmp_path / "here", template, "Wilster", 5991)
    yield hub
    close(hub)


@pytest.fixture
def there(tmp_path: Path, template: Path, here: Hub, free_port: int) -> Iterator[Hub]:
    """The hub that is pulled from; both know each other."""
    hub = make_hub(tmp_path / "there", template, "Rendsburg", free_port, pages=True)
    pin(here, hub)
    pin(hub, here)
    yield hub
    close(hub)


def port_of(hub: Hub) -> int:
    """The port in its address."""
    return int(hub.origin.rsplit(":", 1)[1])


def peer_of(here: Hub) -> Peer:
    """What is noted about the other hub."""
    with here.at():
        return reading().scalars(sa.select(Peer)).one()


def pulled(here: Hub, there: Hub) -> pull.Turn:
    """One pull."""
    with here.at() as node:
        return pull.pull(node, there.origin)


def test_a_pull_brings_everything_and_tells_the_origin_so(here: Hub, there: Hub) -> None:
    id = there.publish("project", project())
    with served(there.app, port_of(there)):
        turn = pulled(here, there)
    assert (turn.entries, turn.requests, turn.finished) == (1, 2, True)
    with here.at():
        assert records.get(ANONYMOUS, "project", id, there.origin).rev == 1
    with there.at():
        reach = status.visible_at(there.settings, id)
        assert reach is not None
        assert (reach.arrived, reach.total) == (1, 1)


def test_nothing_new_is_one_request(here: Hub, there: Hub) -> None:
    with served(there.app, port_of(there)):
        assert pulled(here, there).requests == 1


def test_a_record_that_has_not_been_fetched_is_not_said_to_be_there(here: Hub, there: Hub) -> None:
    id = there.publish("project", project())
    with there.at():
        reach = status.visible_at(there.settings, id)
        assert reach is not None
        assert [(hub.place, arrived) for hub, arrived in reach.hubs] == [("Wilster", False)]
        hidden = there.publish("project", project(), level="hub")
    with there.at():
        assert status.visible_at(there.settings, hidden) is None


def test_a_hub_that_never_answered_has_not_fallen_silent(here: Hub, there: Hub) -> None:
    for _ in range(3):
        assert not pulled(here, there).finished
    with here.at():
        assert [hub.state for hub in peers.all_hubs(here.settings)] == ["ok", "down"]
        assert events.latest() == []


def test_a_silent_hub_is_noted_tried_later_and_welcomed_back(here: Hub, there: Hub) -> None:
    with served(there.app, port_of(there)):
        assert pulled(here, there).finished
    for _ in range(2):
        assert not pulled(here, there).finished
    peer = peer_of(here)
    assert (peer.pull_failures, peer.last_error) == (2, "unreachable:connect")
    assert peer.silent_since is not None
    assert peer.pull_due_at > datetime.now(UTC)
    with here.at():
        assert [hub.state for hub in peers.all_hubs(here.settings)] == ["ok", "down"]
    with served(there.app, port_of(there)):
        assert pulled(here, there).finished
    with here.at():
        assert [hub.state for hub in peers.all_hubs(here.settings)] == ["ok", "ok"]
        assert [event.what for event in events.latest()] == ["back", "silent"]


def spoiling(app: Flask, change: Callable[[bytes], bytes]) -> Wsgi:
    """The same hub behind something that changes its pages on the way."""
    proxy = Flask("spoiling")

    @proxy.route("/<path:path>", methods=["GET", "POST"])
    def forward(path: str) -> Response:
        answer = app.test_client().open(
            request.full_path.rstrip("?"),
            method=request.method,
            headers=dict(request.headers),
            data=request.get_data(),
            base_url=request.host_url,
        )
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
        return Response(change(answer.data), answer.status_code, headers)

    return proxy


def test_a_body_changed_on_the_way_is_refused_and_nothing_is_taken(here: Hub, there: Hub) -> None:
    there.publish("project", project())
    with served(spoiling(there.app, lambda data: data.replace(b"Innenstadt", b"Altstadt!!")), port_of(there)):
        assert not pulled(here, there).finished
    assert peer_of(here).last_error == "bad-entry"
    with here.at():
        assert reading().scalar(sa.select(Log.size).where(~Log.own)) == 0
    with served(there.app, port_of(there)):
        assert pulled(here, there).entries == 1


def test_a_hub_that_answers_with_a_page_for_people_is_refused(here: Hub, there: Hub) -> None:
    web = Flask("web")

    @web.get("/<path:path>")
    def page(path: str) -> str:
        return "<html>Willkommen</html>"

    with served(web, port_of(there)):
        assert not pulled(here, there).finished
    assert peer_of(here).last_error == "unreachable:bad_answer"


def test_a_redirect_is_not_followed(here: Hub, there: Hub, free_port: int) -> None:
    web = Flask("web")

    @web.get("/<path:path>")
    def elsewhere(path: str) -> Response:
        return Response(status=302, headers={"Location": "http://127.0.0.1:1/"})

    with served(web, port_of(there)):
        assert not pulled(here, there).finished
    assert peer_of(here).last_error == "unreachable:redirect"


def test_a_hub_that_begins_its_log_again_is_frozen_and_told_apart(here: Hub, there: Hub) -> None:
    there.publish("project", project())
    with served(there.app, port_of(there)):
        pulled(here, there)
        with there.at(), transaction() as session:
            forget_everything(session)
        there.publish("project", project(title="Eine andere Geschichte"))
        for _again in range(peers.FAILURES_UNTIL_DOWN + 2):
            pulled(here, there)
    with here.at():
        copy = reading().scalars(sa.select(Log).where(~Log.own)).one()
        assert (copy.state, copy.size) == ("frozen", 1)
        assert reading().scalars(sa.select(NetworkEvent.what)).all() == ["frozen"]


def test_history_that_was_rewritten_below_our_cursor_is_a_contradiction_too(here: Hub, there: Hub) -> None:
    there.publish("project", project())
    with served(there.app, port_of(there)):
        pulled(here, there)
        with there.at(), transaction() as session:
            forget_everything(session)
        there.publish("project", project(title="Eine andere Geschichte"))
        there.publish("project", project(title="Und ihre Fortsetzung"))
        pulled(here, there)
    with here.at():
        copy = reading().scalars(sa.select(Log).where(~Log.own)).one()
        assert (copy.state, copy.size) == ("frozen", 1)
        assert copy.evidence is not None


def test_one_bad_hub_does_not_hold_up_the_others(here: Hub, there: Hub, tmp_path: Path, template: Path) -> None:
    silent = make_hub(tmp_path / "silent", template, "Hennstedt", 5993)
    pin(here, silent)
    there.publish("project", project())
    stop = threading.Event()
    worker = threading.Thread(target=Worker(here.app).run, args=(stop,))
    with served(there.app, port_of(there)):
        worker.start()
        try:
            assert until(lambda: shown(here) == 1)
        finally:
            stop.set()
            worker.join()
    close(silent)


def shown(hub: Hub) -> int:
    """Records the hub shows."""
    with hub.at():
        return records.find(ANONYMOUS, records.Browse()).total


def until(true: Callable[[], bool], patience: float = 20.0) -> bool:
    """Whether it becomes true before patience ends."""
    end = datetime.now(UTC) + timedelta(seconds=patience)
    while datetime.now(UTC) < end:
        if true():
            return True
        threading.Event().wait(0.1)
    return False


def test_the_worker_pokes_and_the_poked_pulls(here: Hub, there: Hub) -> None:
    with here.at(), transaction() as session:
        session.execute(sa.update(Peer).values(pull_due_at=datetime.now(UTC) + timedelta(hours=1)))
    there.publish("project", project())
    before = peer_of(here).pull_due_at
    with here.at():
        door = make_pages(here)
    with served(door, port_of(here)), there.at() as node:
        with transaction() as session:
            assert poke.claim(session, datetime.now(UTC), 8) == [here.origin]
            assert poke.claim(session, datetime.now(UTC), 8) == []
        poke.poke(node, here.origin)
        assert not reading().scalar(sa.select(poke.due(datetime.now(UTC))))
    assert peer_of(here).pull_due_at < before
    assert peer_of(here).offered_size == 1


def make_pages(hub: Hub) -> Flask:
    """The same hub with its doors."""
    return create_app(hub.settings)


def test_a_poke_that_nobody_answers_is_tried_again_later(here: Hub, there: Hub) -> None:
    there.publish("project", project())
    with there.at() as node:
        poke.poke(node, here.origin)
        peer = reading().scalars(sa.select(Peer)).one()
        assert (peer.told_size, peer.poke_failures) == (0, 1)
        assert peer.poke_due_at > datetime.now(UTC)


def test_a_pull_is_claimed_once(here: Hub, there: Hub) -> None:
    with here.at(), transaction() as session:
        assert pull.claim(session, datetime.now(UTC), 8) == [there.origin]
        assert pull.claim(session, datetime.now(UTC), 8) == []


def test_a_hub_is_pinned_by_its_fingerprint_and_only_by_it(
    here: Hub, tmp_path: Path, template: Path, free_port: int
) -> None:
    stranger = make_hub(tmp_path / "stranger", template, "Kiel", free_port, pages=True)
    with stranger.at() as node:
        fingerprint = node.identity.fingerprint
    with served(stranger.app, free_port), here.at() as node:
        with pytest.raises(peers.CantPin, match="fingerprint"):
            peers.add(node, stranger.origin, "AAAA-" * 12 + "AAAA", datetime.now(UTC))
        assert reading().scalar(sa.select(sa.func.count()).select_from(Peer)) == 0
        hub = peers.add(node, stranger.origin, fingerprint.lower().replace("-", " "), datetime.now(UTC))
        assert (hub.place, hub.state, hub.fingerprint) == ("Kiel", "late", fingerprint)
        assert peers.add(node, stranger.origin, fingerprint, datetime.now(UTC)).place == "Kiel"
        assert reading().scalar(sa.select(sa.func.count()).select_from(Peer)) == 1
    close(stranger)


def test_a_peer_may_say_when_to_come_again(here: Hub) -> None:
    with here.at() as node:
        told = PeerProblem(503, "busy", retry_after=77)
        assert pull._pause(node, 1, told) == timedelta(seconds=77)


def test_publications_close_together_are_told_together(here: Hub, there: Hub) -> None:
    there.settings = replace(there.settings, poke_coalesce_s=2.0)
    door = make_pages(here)
    there.publish("project", project())
    with served(door, port_of(here)), there.at() as node:
        poke.poke(replace(node, settings=there.settings), here.origin)
        there.publish("project", project(title="Gleich danach"))
        reading().rollback()
        now = datetime.now(UTC)
        assert not reading().scalar(sa.select(poke.due(now)))
        assert reading().scalar(sa.select(poke.due(now + timedelta(seconds=2))))
