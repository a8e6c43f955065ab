"""The state of the network as this node sees it: every hub, what is late, and what to do about it."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import median
from typing import Any

import flask_babel
from flask import Blueprint, Response, abort, make_response, render_template, request

from hubnode.network import events, lag, repair, trouble
from hubnode.network.lag import Hour
from hubnode.network.models import NetworkEvent
from hubnode.network.node import current_node, utcnow
from hubnode.network.peers import HubView
from hubnode.records import reading
from hubnode.web import charts, filters
from hubnode.web.context import current_viewer, hub_name, hub_settings, network_hubs

blueprint = Blueprint("network", __name__)
_: Callable[..., str] = flask_babel.gettext
SHOWN = 12
"""Events on the page; the file has all that are kept."""
COLUMNS = ("time", "hub", "origin", "event", "description", "detail")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that begins so is a formula for spreadsheets (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True)
class State:
    """All that the page says, without the seconds that go by: the script counts those on by itself."""

    hubs: Sequence[HubView]
    events: Sequence[NetworkEvent]
    days: Mapping[str, Sequence[Hour]]
    """The last 24 hours of each hub from which anything came."""
    counts: Mapping[str, Mapping[str, int]]
    """Records by origin and kind, as far as this viewer may see them."""
    own: repair.OwnLog
    catching_up: int
    """Copies that are not shown because this node was restored."""

    @property
    def others(self) -> list[HubView]:
        """All hubs but this one."""
        return [hub for hub in self.hubs if not hub.here]

    @property
    def stamp(self) -> str:
        """Equal for equal pages."""
        known = (
            [replace(hub, lag_s=None) for hub in self.hubs],
            stalled(self.others, hub_settings().poll_s),
            [event.id for event in self.events],
            self.days,
            self.counts,
            self.own,
            self.catching_up,
            filters.local(utcnow()).date(),
            filters.language(),
        )
        return hashlib.sha256(repr(known).encode()).hexdigest()[:20]


@blueprint.get("/verbund")
def overview() -> Response:
    """All hubs with their state; a script fetches the changing part again and gets 304 while nothing changed."""
    now = utcnow()
    state = _state(now)
    fragment = request.headers.get("HX-Request") == "true"
    if fragment and state.stamp in request.if_none_match:
        return _with_stamp(Response(status=304), state.stamp)
    page = render_template("verbund/_stand.html" if fragment else "verbund/stand.html", at=now, **_words(state))
    return _with_stamp(make_response(page), state.stamp) if fragment else make_response(page)


def _state(now: datetime) -> State:
    own, catching_up = repair.standing()
    counts = reading.counts_by_kind(current_viewer())
    return State(network_hubs(), events.latest(SHOWN), lag.last_day(now), counts, own, catching_up)


@blueprint.get("/verbund/belege/<host>.txt")
def notes(host: str) -> Response:
    """Two signed notes that contradict each other, as a file: anybody can check them, and they say nothing else."""
    evidence = repair.evidence_of(host)
    if evidence is None:
        abort(404)
    answer = Response(repair.evidence_file(evidence), content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=belege.txt"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/verbund/ereignisse.csv")
def event_file() -> Response:
    """All events that are kept, newest first, as CSV (RFC 4180); cells that spreadsheets would run are quoted."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    writer.writerows(map(_harmless, map(_cells, events.latest(events.KEPT))))
    answer = Response(lines.getvalue(), content_type="text/csv; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = "attachment; filename=ereignisse.csv"
    answer.vary.add("Cookie")
    return answer


def stalled(others: Sequence[HubView], poll_s: float) -> bool:
    """Whether nobody was asked for three rounds: then this node's worker stands still, the others are not silent."""
    asked = [hub.lag_s for hub in others if hub.lag_s is not None and hub.state in ("ok", "late")]
    return bool(asked) and min(asked) > max(60, 3 * poll_s)


def typical_delay(days: Mapping[str, Sequence[Hour]]) -> float | None:
    """The median of the slowest arrivals, by hub and hour, in seconds; None where nothing came."""
    worst = [hour.worst_s for day in days.values() for hour in day if hour.worst_s is not None]
    return median(worst) if worst else None


def delay(seconds: float) -> str:
    """A delay in words, in seconds up to ten minutes: ``unter 0,1 s``, ``0,4 s``, ``66 s``, ``3 Std.``."""
    if seconds < 0.1:
        return _("unter %(n)s s", n=filters.number(0.1))
    if not filters.MINUTE <= seconds < 10 * filters.MINUTE:
        return filters.seconds(seconds)
    return _("%(n)s s", n=filters.number(round(seconds)))


def hour(begins: datetime) -> str:
    """``15 Uhr``, for the ground of a chart; ``15:00`` in English."""
    at = filters.local(begins)
    return _("%(time)s Uhr", time=f"{at.hour}" if filters.language() == "de" else f"{at:%H:%M}")


def _words(state: State) -> dict[str, Any]:
    """What the templates say."""
    others = state.others
    troubles = {hub.origin: found for hub in others if (found := trouble.of(hub)) is not None}
    totals = {origin: sum(counts.values()) for origin, counts in state.counts.items()}
    return {
        "others": others,
        "known_hubs": state.hubs,
        "alarms": trouble.alarms(others),
        "troubles": troubles,
        "quarantined": [hub for hub in others if hub.quarantined],
        "stalled": stalled(others, hub_settings().poll_s),
        "reachable": 1 + sum(hub.state in ("ok", "late") or _answers(troubles.get(hub.origin)) for hub in others),
        "typical": typical_delay(state.days),
        "totals": totals,
        "bars": _bars(state, max(totals.values(), default=0)),
        "delays": charts.delays(state.days),
        "days": state.days,
        "spark": charts.spark,
        "delay": delay,
        "hour": hour,
        "events": state.events,
        "told": trouble.told,
        "frozen_at": {event.origin: event.at for event in reversed(state.events) if event.what == "frozen"},
        "own": state.own,
        "catching_up": state.catching_up,
        "own_fingerprint": current_node().identity.fingerprint,
    }


def _answers(found: trouble.Trouble | None) -> bool:
    return found is not None and found.answers


def _bars(state: State, most: int) -> list[tuple[HubView, list[charts.Piece]]]:
    return [(hub, charts.bar(state.counts.get(hub.origin, {}), most)) for hub in state.hubs] if most else []


def _cells(event: NetworkEvent) -> Iterable[str]:
    at = event.at.astimezone(UTC).isoformat(timespec="seconds")
    return (
        at,
        hub_name(event.origin),
        event.origin,
        event.what,
        str(trouble.told(event.what, event.detail).words),
        event.detail,
    )


def _harmless(cells: Iterable[str]) -> list[str]:
    return [f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells]


def _with_stamp(answer: Response, stamp: str) -> Response:
    answer.set_etag(stamp)
    return answer
