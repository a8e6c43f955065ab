"""The searches that somebody has saved: keeping one from its page, the list with what is new, its way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from hubnode.network.node import utcnow
from hubnode.records import saved
from hubnode.records.kinds import BY_SLUG, KINDS
from hubnode.records.saved import BadName, News, Saved, TooLong, TooManySaved
from hubnode.web import asking, listing
from hubnode.web.asking import Asked
from hubnode.web.context import current_viewer

blueprint = Blueprint("saved", __name__, url_prefix="/konto/suchen")
Answer = Response | str | tuple[str, int]
REFUSED: Mapping[type[Exception], LazyString] = {
    TooManySaved: _l("Sie haben schon %(n)s Suchen gespeichert. Löschen Sie zuerst eine.", n=saved.MOST),
    TooLong: _l("Diese Suche hat zu viele Filter, um sie zu speichern."),
    BadName: _l("Geben Sie der Suche einen Namen, höchstens %(n)s Zeichen.", n=saved.NAME),
}
"""What is said where a search is not kept or not renamed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One saved search as the list shows it."""

    saved: Saved
    address: str
    about: str
    news: News


@blueprint.get("")
def page() -> str:
    """All of one's saved searches, each with what is new."""
    viewer = current_viewer()
    lines = [_line(one, saved.news(viewer, one.id, _question(one).browse)) for one in saved.saved_by(viewer)]
    return render_template("konto/suchen.html", lines=lines, most=saved.MOST)


@blueprint.post("")
def save() -> Response:
    """Keep the search that was just made, and go back to it."""
    slug, _mark, wanted = request.form.get("suche", "").partition("?")
    kind = BY_SLUG[slug].name if slug in BY_SLUG else ""
    question = _read(kind, wanted)
    query, name = asking.spelled(question), request.form.get("name", "") or about(question)
    try:
        saved.save(current_viewer(), kind, query, name[: saved.NAME], question.browse, utcnow())
    except (TooManySaved, TooLong, BadName) as refusal:
        flash(str(REFUSED[type(refusal)]), "warning")
        return redirect(url_for("saved.page"), 303)
    flash(_("Die Suche ist gespeichert. In Ihrem Konto steht, was neu dazukommt."), "success")
    return redirect(_address(kind, query), 303)


@blueprint.get("/<id>")
def look(id: str) -> Response:
    """Go to the search; what it finds now is not new any more."""
    viewer = current_viewer()
    one = saved.get(viewer, id)
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        saved.look(viewer, id, _question(one).browse, utcnow())
    return redirect(_address(one.kind, one.query), 303)


@blueprint.post("/<id>/umbenennen")
def rename(id: str) -> Response:
    """Call it something else."""
    try:
        saved.rename(current_viewer(), id, request.form.get("name", ""))
    except BadName:
        flash(str(REFUSED[BadName]), "warning")
    return redirect(url_for("saved.page"), 303)


@blueprint.post("/<id>/loeschen")
def delete(id: str) -> Response:
    """Forget it."""
    saved.delete(current_viewer(), id)
    flash(_("Die gespeicherte Suche ist gelöscht."), "success")
    return redirect(url_for("saved.page"), 303)


def kept(question: Asked) -> Saved | None:
    """The saved search of this person that asks for the same, if there is one; for the button on the list's page."""
    viewer = current_viewer()
    return saved.same(viewer, question.kind, asking.spelled(question)) if viewer.signed_in else None


def about(question: Asked) -> str:
    """What a search asks for, in words."""
    what = [f"„{question.browse.text}“"] if question.browse.text else []
    return ", ".join([str(KINDS[question.kind].plural) if question.kind else _("Suche"), *what, *_filters(question)])


def _filters(question: Asked) -> Iterator[str]:
    browse = question.browse
    chosen: dict[str, Sequence[str]] = {"topic": browse.topics, "hub": browse.hubs, **browse.facets}
    if not question.kind:
        chosen["kind"] = browse.kinds
    for facet, values in chosen.items():
        yield from (listing.facet_label(question.kind, facet, value) for value in values)
    if question.past:
        yield _("Vergangene")


def _line(one: Saved, news: News) -> Line:
    return Line(one, url_for("saved.look", id=one.id), about(_question(one)), news)


def _question(one: Saved) -> Asked:
    return _read(one.kind, one.query)


def _read(kind: str, query: str) -> Asked:
    pairs = parse_qsl(query[: saved.QUERY * 4])
    return asking.asked(kind, utcnow(), args=MultiDict(pairs))


def _address(kind: str, query: str) -> str:
    return url_for(f"records.{kind or 'search'}") + (f"?{query}" if query else "")


def init_saved(app: Flask) -> None:
    """Let pages of lists know whether what they show is kept, and how it is spelled."""
    app.jinja_env.globals.update(kept_search=kept, spelled_search=asking.spelled)
