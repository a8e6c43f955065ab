"""The page about the network: what is late, what to do, and how little it costs to look again."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from flask.testing import FlaskClient

from hubnode.db import transaction
from hubnode.network import peers
from hubnode.network.models import Peer
from hubnode.records.models import Log
from hubnode.web.network import stalled
from tests.five import Five
from tests.hubnode.web.reading import tree, words


def test_every_hub_has_a_row(stranger: FlaskClient) -> None:
    """Five hubs, four of them in reach."""
    answer = stranger.get("/verbund")
    assert len(tree(answer).xpath("//main//section[@aria-labelledby='t-hubs']//tbody/tr")) == 5
    assert "4 von 5" in words(answer, "//dl[@class='hub-kpis']")


def test_a_silent_hub_is_told_with_what_to_do(stranger: FlaskClient) -> None:
    """Since when, what waits, and that nothing needs to be done."""
    seen = words(stranger.get("/verbund"))
    assert "Hennstedt ist nicht erreichbar" in seen
    assert "Sie müssen nichts tun" in seen


def test_a_frozen_hub_is_an_alarm(stranger: FlaskClient, five: Five) -> None:
    """A log that contradicts itself is named, with whom to call."""
    frozen = sa.select(Peer.log).where(Peer.origin == five.origins["rendsburg"]).scalar_subquery()
    with five.wilster.at(), transaction() as session:
        session.execute(sa.update(Log).where(Log.id == frozen).values(state="frozen"))
    try:
        seen = words(stranger.get("/verbund"))
    finally:
        with five.wilster.at(), transaction() as session:
            session.execute(sa.update(Log).where(Log.id == frozen).values(state="active"))
    assert "Rendsburg ist angehalten" in seen
    assert "Rufen Sie dort an" in seen


def test_looking_again_costs_almost_nothing(stranger: FlaskClient) -> None:
    """While nothing changed the answer is empty, although the seconds since the last contact go on."""
    first = stranger.get("/verbund", headers={"HX-Request": "true"})
    again = stranger.get("/verbund", headers={"HX-Request": "true", "If-None-Match": first.headers["ETag"]})
    assert b"<html" not in first.data
    assert again.status_code == 304
    assert again.data == b""


def test_fingerprints_can_be_compared(stranger: FlaskClient) -> None:
    """Each hub's, the own one included."""
    answer = stranger.get("/verbund")
    shown = [" ".join(cell.text_content().split()) for cell in tree(answer).xpath("//details//dd")]
    assert len(set(shown)) == 5
    assert all(shown)


def test_a_worker_that_stands_still_is_not_taken_for_silence(stranger: FlaskClient, five: Five) -> None:
    """Where nobody has been asked for long, the page names this node, not the others."""
    with five.wilster.at():
        hubs = [hub for hub in peers.all_hubs(five.wilster.settings) if not hub.here]
    waited = [replace(hub, lag_s=4000) for hub in hubs]
    assert "Der Abgleich steht still" not in words(stranger.get("/verbund"))
    assert not stalled(hubs, poll_s=300)
    assert stalled(waited, poll_s=300)
    assert not stalled([], poll_s=300)
