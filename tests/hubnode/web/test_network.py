"""The page about the network: what is late, what to do, and how little it costs to look again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from flask_babel import force_locale

from hubnode.db import transaction
from hubnode.network import events, peers
from hubnode.network.lag import Hour
from hubnode.network.models import LagHour, Peer
from hubnode.records.models import Log
from hubnode.web.network import delay, stalled, typical_delay
from tests.five import Five
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.web.reading import links, tree, words

HENNSTEDT = "//section[@aria-labelledby='t-hubs']//tbody/tr[contains(., 'Hennstedt')]"
FRAGMENT = {"HX-Request": "true"}


@contextmanager
def while_pulling(five: Five, place: str, **said: Any) -> Iterator[None]:
    """As long as pulling from `place` has left this."""
    chosen = sa.select(*(getattr(Peer, name) for name in said)).where(Peer.origin == five.origins[place])
    with five.wilster.at(), transaction() as session:
        before = session.execute(chosen).one()._asdict()
        session.execute(sa.update(Peer).where(Peer.origin == five.origins[place]).values(**said))
    try:
        yield
    finally:
        with five.wilster.at(), transaction() as session:
            session.execute(sa.update(Peer).where(Peer.origin == five.origins[place]).values(**before))


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


def test_the_reason_of_a_silence_is_told_in_plain_words(stranger: FlaskClient, five: Five) -> None:
    """What happened, what waits, what to do."""
    with while_pulling(five, "hennstedt", last_error="unreachable:timeout"):
        seen = words(stranger.get("/verbund"), "//main//div[contains(@class, 'kern-alert')]")
    assert "antwortet seit" in seen
    assert "nicht rechtzeitig geantwortet" in seen
    assert "warten auf die Übertragung" in seen
    assert "Sie müssen nichts tun" in seen
    assert "unreachable" not in seen


def test_a_hub_whose_data_were_refused_is_not_called_silent(stranger: FlaskClient, five: Five) -> None:
    """It answers; somebody has to call there."""
    with while_pulling(five, "hennstedt", last_error="bad-checkpoint"):
        answer = stranger.get("/verbund")
    seen = words(answer)
    assert "Daten aus Hennstedt mussten abgelehnt werden" in seen
    assert "Sie müssen nichts tun" not in seen
    assert "Abgleich gestört" in words(answer, HENNSTEDT)
    assert "5 von 5" in words(answer, "//dl[@class='hub-kpis']")


def test_each_hub_has_its_last_day(stranger: FlaskClient) -> None:
    """A drawing with its words where something came, words alone where nothing did."""
    answer = stranger.get("/verbund")
    drawings = tree(answer).xpath("//section[@aria-labelledby='t-hubs']//svg[@role='img']")
    assert len(drawings) == 2
    said = [drawing.xpath("string(desc[@id = ../@aria-labelledby])") for drawing in drawings]
    assert "In 2 der letzten 24 Stunden kam etwas an, höchstens nach 1,1 s, zuletzt nach 0,9 s." in said
    assert "In 4 der letzten 24 Stunden kam etwas an, höchstens nach 66 s, zuletzt nach 0,3 s." in said
    assert "noch nichts angekommen" in words(answer, HENNSTEDT)


def test_the_chart_shows_the_slowest_hub_and_the_target(stranger: FlaskClient) -> None:
    """With the same numbers in words and as a table."""
    answer = stranger.get("/verbund")
    assert "Ziel: unter 60 s" in words(answer, "//figure//svg")
    assert "Am längsten dauerte es 66 s (Rendsburg" in words(answer, "//figure//svg/desc")
    rows = [" ".join(row.itertext()) for row in tree(answer).xpath("//figure//details//tbody/tr")]
    assert [row.split(" Uhr ")[1] for row in rows] == [
        "Bad Oldesloe 0,9 s",
        "Rendsburg 0,3 s",
        "Rendsburg 66 s",
        "Rendsburg 0,4 s",
        "Rendsburg 38 s",
    ]
    assert "Abgleich im Mittel 1 s" in words(answer, "//dl[@class='hub-kpis']")


def test_without_arrivals_the_page_says_so(stranger: FlaskClient, five: Five) -> None:
    """No empty grid, no zero that would look like speed."""
    with five.wilster.at(), transaction() as session:
        rows = [(row.origin, row.hour, row.worst_ms) for row in session.scalars(sa.select(LagHour))]
        session.execute(sa.delete(LagHour))
    try:
        answer = stranger.get("/verbund")
    finally:
        with five.wilster.at(), transaction() as session:
            session.add_all(LagHour(origin=one, hour=hour, entries=1, worst_ms=ms) for one, hour, ms in rows)
    assert "aus keinem anderen Hub etwas Neues angekommen" in words(answer)
    assert "Abgleich im Mittel – noch nichts angekommen" in words(answer, "//dl[@class='hub-kpis']")
    assert not tree(answer).xpath("//figure//svg")


def test_new_arrivals_change_the_fragment(stranger: FlaskClient, five: Five) -> None:
    """What the charts show is part of what is compared."""
    first = stranger.get("/verbund", headers=FRAGMENT)
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    row = {"origin": five.origins["hennstedt"], "hour": hour}
    with five.wilster.at(), transaction() as session:
        session.add(LagHour(**row, entries=1, worst_ms=500))
    try:
        again = stranger.get("/verbund", headers=FRAGMENT | {"If-None-Match": first.headers["ETag"]})
    finally:
        with five.wilster.at(), transaction() as session:
            session.execute(sa.delete(LagHour).filter_by(**row))
    assert again.status_code == 200


def test_entries_are_counted_by_hub_and_kind_as_far_as_one_may_see(
    stranger: FlaskClient, coordinator: FlaskClient
) -> None:
    """The bar names what it is made of, and its sum is the column's."""
    totals = []
    for client in (stranger, coordinator):
        answer = client.get("/verbund")
        bars = tree(answer).xpath("//section[@aria-labelledby='c2']//tbody/tr")
        column = tree(answer).xpath("//section[@aria-labelledby='t-hubs']//tbody/tr/td[last()]")
        totals.append([int(cell.text) for cell in column])
        for bar, total in zip(bars, totals[-1], strict=True):
            parts = bar.xpath("string(.//svg/@aria-label)").split(", ")
            assert sum(int(part.split(": ")[1]) for part in parts) == int(bar.xpath("string(td[last()])")) == total
            assert len(bar.xpath(".//rect")) == len(parts)
    assert sum(totals[1]) > sum(totals[0])


def test_the_events_can_be_taken_away_as_a_table(stranger: FlaskClient, five: Five) -> None:
    """For spreadsheets and programs: a header, ISO times, who and what."""
    with five.wilster.at(), transaction() as session:
        events.tell(session, NOW, five.origins["rendsburg"], "refused", "bad-entry")
    page = stranger.get("/verbund")
    answer = stranger.get("/verbund/ereignisse.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8"))))
    assert "/verbund/ereignisse.csv" in links(page)
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == "attachment; filename=ereignisse.csv"
    assert rows[0] == ["time", "hub", "origin", "event", "description", "detail"]
    assert rows[1] == [
        "2026-11-22T09:00:00+00:00",
        "Rendsburg",
        five.origins["rendsburg"],
        "refused",
        "hat Daten geschickt, die dieser Hub ablehnen musste",
        "bad-entry",
    ]


@pytest.mark.parametrize("detail", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(hub: Hub, detail: str) -> None:
    """What a hub calls itself or sends must not run in somebody's spreadsheet."""
    with hub.at(), transaction() as session:
        events.tell(session, NOW, "https://fremd.example", "frozen", detail)
    answer = hub.app.test_client().get("/verbund/ereignisse.csv")
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert rows[1][-1] == f"'{detail}"
    assert rows[1][1] == "fremd.example"


def test_the_typical_delay_is_the_median() -> None:
    """One slow hour does not spoil it; nothing is not zero."""
    hours = [Hour(NOW, 1, worst_s) if worst_s else Hour(NOW, 0, None) for worst_s in (0.2, 400, 0.4, None)]
    assert typical_delay({"a": hours}) == 0.4
    assert typical_delay({"a": hours[3:]}) is None


def test_delays_in_words(five: Five) -> None:
    """Seconds as long as they are to be compared with the target."""
    with five.wilster.app.test_request_context(), force_locale("de"):
        said = [delay(seconds) for seconds in (0, 0.36, 41, 66, 599, 600, 10_800)]
    assert said == ["unter 0,1 s", "0,4 s", "41 s", "66 s", "599 s", "10 Min.", "3 Std."]
