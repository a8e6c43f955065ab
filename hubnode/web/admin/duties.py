"""The pages of the duties of data protection: record of processing, retention, and what went to whom."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, render_template, request

from federation import canonical
from hubnode.network import incident, keeping, processing
from hubnode.network.incident import BadWindow, Incident
from hubnode.network.node import current_node
from hubnode.web.context import current_viewer, hub_settings
from hubnode.web.filters import HERE

blueprint = Blueprint("admin_duties", __name__, url_prefix="/verwaltung/datenschutz")


@blueprint.get("")
def overview() -> str:
    """What there is, and how long everything is kept."""
    settings = hub_settings()
    spans = [(rule.what, processing.span(rule, settings), rule.setting) for rule in keeping.RULES]
    return render_template("verwaltung/datenschutz.html", spans=spans)


@blueprint.get("/verzeichnis")
def register() -> str:
    """The record of processing activities, to print."""
    settings = hub_settings()
    found = processing.register(settings, current_node().clock())
    return render_template(
        "verwaltung/verzeichnis.html", register=found, activities=processing.ACTIVITIES, measures=processing.MEASURES,
        kept=lambda activity: processing.kept(activity, settings),
    )  # fmt: skip


@blueprint.get("/verzeichnis.json")
def register_file() -> Response:
    """The same for programs."""
    found = processing.register(hub_settings(), current_node().clock())
    return _file(canonical.encode(processing.to_json(found)), "verarbeitungen.json")


@blueprint.get("/weitergaben")
def given() -> str | tuple[str, int]:
    """What went to whom in a window of time that the form asks for."""
    typed = {name: request.args.get(name, "") for name in ("von", "bis")}
    if not any(typed.values()):
        return render_template("verwaltung/weitergaben.html", typed=typed, found=None, wrong=False)
    try:
        found = _asked(typed["von"], typed["bis"])
    except (BadWindow, ValueError):
        return render_template("verwaltung/weitergaben.html", typed=typed, found=None, wrong=True), 422
    return render_template("verwaltung/weitergaben.html", typed=typed, found=found, wrong=False)


@blueprint.post("/weitergaben.json")
def given_file() -> Response | tuple[str, int]:
    """The same as a file; by POST, because it leaves a note."""
    typed = {name: request.form.get(name, "") for name in ("von", "bis")}
    try:
        found = _asked(typed["von"], typed["bis"])
    except (BadWindow, ValueError):
        return render_template("verwaltung/weitergaben.html", typed=typed, found=None, wrong=True), 422
    document = incident.export(found, current_node().clock(), by=current_viewer())
    return _file(canonical.encode(document), "weitergaben.json")


def _asked(since: str, until: str) -> Incident:
    """The window between two local times, such as 2026-11-22T09:00; raises `BadWindow` or `ValueError`."""
    return incident.between(_moment(since), _moment(until))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=HERE)


def _file(data: bytes, name: str) -> Response:
    answer = Response(data, content_type="application/json")
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    answer.headers["Cache-Control"] = "no-store"
    return answer
