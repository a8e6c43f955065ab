"""The page "Protokoll": security-relevant acts, to filter by act and time and to take along as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from flask import Blueprint, Response, render_template, request

from hubnode.network.node import current_node
from hubnode.people import accounts, audit
from hubnode.people.audit import ACTORS, ACTS, SHOWN, Note, Wanted
from hubnode.people.errors import UnknownAccount
from hubnode.web.context import current_viewer, hub_settings
from hubnode.web.filters import HERE

blueprint = Blueprint("admin_audit", __name__, url_prefix="/verwaltung/protokoll")


@blueprint.get("")
def overview() -> str:
    """The latest notes, or those asked for."""
    before = request.args.get("vor", "")
    wanted = asked(request.args)
    found = audit.notes(wanted, before_id=int(before) if before.isdecimal() and len(before) < 19 else None)
    return render_template(
        "verwaltung/protokoll.html",
        notes=found,
        acts=ACTS,
        actors=ACTORS,
        typed={name: request.args.get(name, "") for name in ("art", "von", "bis")},
        older=found[-1].id if len(found) == SHOWN else None,
        person=_person,
        days=hub_settings().audit_days,
    )


@blueprint.post("/protokoll.csv")
def export() -> Response:
    """All notes asked for as a file; by POST, because it leaves a note."""
    text = audit.export(asked(request.form), current_node().clock(), by=current_viewer())
    answer = Response("\ufeff" + text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=protokoll.csv"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def asked(form: Mapping[str, str]) -> Wanted:
    """Which notes a form asks for; what can't be read narrows nothing."""
    act = form.get("art", "")
    until = _day(form.get("bis", ""))
    return Wanted(act if act in ACTS else "", _start(_day(form.get("von", ""))), _start(until and until + ONE_DAY))


ONE_DAY = timedelta(days=1)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2999 else None


def _start(day: date | None) -> datetime | None:
    """When this day begins here."""
    return datetime.combine(day, time(), HERE) if day else None


def _person(note: Note) -> str:
    """The name that belongs to the account now; notes hold its number only."""
    if note.account is None:
        return ""
    try:
        return accounts.by_id(note.account).name
    except UnknownAccount:
        return ""
