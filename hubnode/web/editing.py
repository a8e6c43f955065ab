"""The desk of those who publish: own records, the form that follows from a kind, preview, withdrawing, erasing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from hubnode.network import erasure, question_views, status
from hubnode.network.node import current_node, utcnow
from hubnode.people.viewer import Level
from hubnode.records import alike, consents, notices, owning, reading, service
from hubnode.records.alike import Alike
from hubnode.records.errors import NotFound, NotNow, Stale
from hubnode.records.kinds import BY_SLUG, KINDS, Invalid, level_of, tidy
from hubnode.records.kinds.attachments import FIELD
from hubnode.records.kinds.identifiers import record as is_record
from hubnode.records.log import NotWritable
from hubnode.web import detail, filters, uploads
from hubnode.web.context import current_viewer, hub_settings, network_hubs
from hubnode.web.errors import NOT_NOW
from hubnode.web.forms import form, prefilled, work
from hubnode.web.forms.others import THEIRS, for_others
from hubnode.web.forms.references import offered_to
from hubnode.web.forms.work import Work
from hubnode.web.watch import watch_list

blueprint = Blueprint("editing", __name__, url_prefix="/redaktion")
SLUGS = ",".join(BY_SLUG)
Answer = Response | str | tuple[str, int]
AS_SEEN_BY: Mapping[str, Level] = {"oeffentlich": "public", "verbund": "network", "hub": "hub"}
"""Whose eyes a preview can borrow, by the word in its address."""
NOT_SAVED = _l("Noch nicht gespeichert. Ihre Eingaben stehen unten, bitte bessern Sie die genannten Stellen aus.")
SAVED_ONLY = _l("Der Entwurf ist gespeichert, aber noch nicht veröffentlicht.")


@blueprint.errorhandler(CSRFError)
def typed_again(_error: CSRFError | None) -> tuple[str, int]:
    """The page that hands back what was typed when the sign-in or the form had ended; nothing is saved by it."""
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "aktion")]
    return render_template("redaktion/abgelaufen.html", typed=typed), 403


@blueprint.get("")
def desk() -> str:
    """All own records: what is being written, what is published, what was withdrawn."""
    mine = reading.mine(current_viewer())
    return render_template(
        "redaktion/liste.html",
        handed=[record for record in mine if record.handed_at and record.state != "withdrawn"],
        drafts=[record for record in mine if record.has_draft and not record.handed_at and record.state != "withdrawn"],
        published=[record for record in mine if record.state == "published"],
        withdrawn=[record for record in mine if record.state == "withdrawn"],
        unanswered=question_views.unanswered(current_viewer()),
        watched=watch_list(),
        objections=owning.objections(current_viewer()),
    )


@blueprint.post("/widerspruch/<id>")
def uphold(id: str) -> Response:
    """Follow the objection of a person to the own profile."""
    owning.uphold(current_viewer(), id, utcnow())
    flash(
        _("Dem Widerspruch ist gefolgt: Das Profil wird überall gelöscht, die Person bekommt eine Nachricht."),
        "success",
    )
    return redirect(url_for("editing.erased", id=id), 303)


@blueprint.get(f"/neu/<any({SLUGS}):slug>")
def new(slug: str) -> str:
    """An empty form, or one with what the page that led here knows already."""
    kind = BY_SLUG[slug]
    given = prefilled.body(kind, current_viewer(), request.args)
    return _page(work.fresh(kind, service.new_id(utcnow()), given=given))


@blueprint.post(f"/neu/<any({SLUGS}):slug>")
def create(slug: str) -> Answer:
    """What was typed into the form of a new record."""
    id = request.form.get("kennung", "")
    if not is_record(f"{hub_settings().base_url}/r/{id}"):
        id = service.new_id(utcnow())
    return _act(work.fresh(BY_SLUG[slug], id))


@blueprint.get("/<id>")
def edit(id: str) -> str:
    """The form with the draft, or else the published version."""
    return _page(work.opened(current_viewer(), id))


@blueprint.post("/<id>")
def change(id: str) -> Answer:
    """What was typed into the form of a record."""
    return _act(work.opened(current_viewer(), id))


@blueprint.get("/<id>/vorschau")
def preview(id: str) -> str:
    """The record as its page would be, to whoever is chosen."""
    eyes = request.args.get("als", "hub")
    record = reading.preview(current_viewer(), id, AS_SEEN_BY.get(eyes, "hub"))
    shown = detail.prepare(current_viewer(), record, hub_settings(), draft=True)
    return render_template("redaktion/vorschau.html", record=record, shown=shown, eyes=eyes, all_eyes=AS_SEEN_BY)


@blueprint.post(f"/aehnlich/<any({SLUGS}):slug>/<id>")
def resembling(slug: str, id: str) -> str:
    """What there is already like what is being typed; nothing is kept of it."""
    typed = work.sent(work.fresh(BY_SLUG[slug], id), request.form)
    return render_template("redaktion/_aehnlich.html", already=_already(typed))


@blueprint.get("/<id>/fassungen")
def versions(id: str) -> str:
    """All published versions."""
    return render_template(
        "redaktion/fassungen.html", record=_record(id), versions=service.versions(current_viewer(), id)
    )


@blueprint.get("/<id>/zurueckziehen")
def ask_withdraw(id: str) -> str:
    """Ask before a record is withdrawn."""
    record = _record(id)
    if record.state != "published":
        raise NotNow(id)
    return _confirmation("zurueckziehen", record)


@blueprint.post("/<id>/zurueckziehen")
def withdraw(id: str) -> Response:
    """Withdraw a record, here and at all hubs."""
    service.withdraw(current_viewer(), id, utcnow())
    flash(_("Zurückgezogen. Die anderen Hubs entfernen den Eintrag, meist in unter einer Minute."), "success")
    return redirect(url_for("editing.desk"), 303)


@blueprint.get("/<id>/verwerfen")
def ask_discard(id: str) -> str:
    """Ask before a draft is thrown away."""
    record = _record(id)
    if not record.has_draft:
        raise NotNow(id)
    return _confirmation("verwerfen", record)


@blueprint.post("/<id>/verwerfen")
def discard(id: str) -> Response:
    """Throw the draft away; a published version stays."""
    service.discard_draft(current_viewer(), id)
    flash(_("Der Entwurf ist verworfen."), "success")
    return redirect(url_for("editing.desk"), 303)


@blueprint.get("/<id>/loeschen")
def ask_erase(id: str) -> str:
    """Ask before a record is erased; the answer is its title."""
    return _confirmation("loeschen", _record(id))


@blueprint.post("/<id>/loeschen")
def erase(id: str) -> Answer:
    """Erase a record for good, once its title was typed."""
    record, typed = _record(id), tidy(request.form.get("titel", ""))
    if typed.casefold() != _spelled_out(record).casefold():
        return _confirmation("loeschen", record, typed=typed, error=True), 422
    service.erase(current_viewer(), id, utcnow())
    flash(_("Endgültig gelöscht. Die anderen Hubs löschen ihre Kopien ebenfalls."), "success")
    return redirect(url_for("editing.erased", id=id), 303)


@blueprint.get("/<id>/geloescht")
def erased(id: str) -> str:
    """How far the erasure or withdrawal of a record has come, hub by hub; the page looks again by itself."""
    found = erasure.of(id, current_node().clock())
    if found is None:
        raise NotFound(id)
    return render_template("redaktion/geloescht.html", one=found)


def _act(seen: Work) -> Answer:
    """Do what the pressed button says with what was typed into the form of `seen`."""
    action, _colon, where = request.form.get("aktion", "sichern").partition(":")
    picked = None if seen.kind.name in THEIRS else request.files.get(uploads.INPUT)
    inputs, refused = uploads.with_file(seen.kind, request.form, picked, hub_settings())
    sent = work.sent(seen, inputs, remove=where if action == "weg" else "")
    if refused:
        return _page(sent, errors={FIELD: [refused]}, note=str(NOT_SAVED)), 422
    if action in ("mehr", "weg", "anzeigen", uploads.INPUT):
        return _page(sent, added=where if action == "mehr" else "")
    try:
        return SAVING.get(action, _save)(sent)
    except Invalid as invalid:
        errors = sent.problems if action == "veroeffentlichen" else invalid.errors
        return _page(sent, errors=errors, note=str(NOT_SAVED)), 422
    except Stale:
        theirs = work.opened(current_viewer(), sent.id)
        return _page(sent.after(theirs), theirs=theirs), 409


def _save(sent: Work) -> Answer:
    saved = sent.save(current_viewer(), utcnow())
    flash(_("Entwurf gespeichert, %(time)s.", time=filters.clock(utcnow())), "success")
    return redirect(url_for("editing.edit", id=saved.id), 303)


def _preview(sent: Work) -> Answer:
    saved = sent.save(current_viewer(), utcnow())
    return redirect(url_for("editing.preview", id=saved.id), 303)


def _publish(sent: Work) -> Answer:
    saved = sent.save(current_viewer(), utcnow())
    if owning.to_be_asked(saved.id):
        return _ask_person(saved)
    try:
        service.publish(current_viewer(), saved.id, utcnow(), saved.token)
    except service.Incomplete as incomplete:
        return _page(saved, errors=incomplete.errors, note=str(SAVED_ONLY)), 422
    except NotWritable as refusal:
        return _page(saved, halted=NOT_NOW[refusal.state]), 503
    flash(" ".join((_("Veröffentlicht."), _reach(saved.id))), "success")
    return redirect(url_for("records.own", slug=saved.kind.slug, id=saved.id), 303)


def _ask_person(saved: Work) -> Answer:
    """A profile is not published but laid before its person."""
    try:
        owning.ask(current_viewer(), saved.id, request.form.get("person", ""), utcnow())
    except notices.BadAddress as refusal:
        return _page(saved, errors={"person": [str(refusal.flaw.words)]}, note=str(SAVED_ONLY)), 422
    except Invalid as invalid:
        return _page(saved, errors=invalid.errors, note=str(SAVED_ONLY)), 422
    flash(_("Die Person bekommt jetzt eine Nachricht. Erst wenn sie Ja sagt, erscheint das Profil."), "success")
    return redirect(url_for("editing.edit", id=saved.id), 303)


def _hand_over(sent: Work) -> Answer:
    saved = sent.save(current_viewer(), utcnow())
    service.hand_over(current_viewer(), saved.id, saved.token, utcnow())
    flash(_("Der Entwurf ist gespeichert und liegt jetzt bei der Koordination zum Veröffentlichen."), "success")
    return redirect(url_for("editing.desk"), 303)


SAVING: Mapping[str, Callable[[Work], Answer]] = {
    "sichern": _save,
    "uebergeben": _hand_over,
    "vorschau": _preview,
    "veroeffentlichen": _publish,
}
"""The buttons of the form that save what is typed."""


def _reach(id: str) -> str:
    """Where the latest version has arrived, in words."""
    reach = status.visible_at(hub_settings(), id)
    if reach is None or not reach.total:
        return str(_("Sichtbar in unserem Hub."))
    counts = {"arrived": reach.arrived, "total": reach.total}
    if reach.arrived == reach.total:
        return str(_("Sichtbar bei %(arrived)s von %(total)s Hubs.", **counts))
    return str(_("Die anderen Hubs übernehmen den Eintrag gerade."))


def _page(
    shown: Work,
    *,
    errors: Mapping[str, Sequence[str]] | None = None,
    added: str = "",
    note: str = "",
    theirs: Work | None = None,
    halted: tuple[LazyString, LazyString] | None = None,
) -> str:
    """The form with what is typed in it."""
    viewer = current_viewer()
    return render_template(
        "redaktion/bearbeiten.html",
        work=shown,
        form=for_others(shown, form.shown(shown.kind, shown.typed, offered_to(viewer), errors, added)),
        asking=shown.kind.name == consents.KIND and (shown.new or owning.to_be_asked(shown.id)),
        person=request.form.get("person", ""),
        note=note,
        halted=halted,
        saved_only=SAVED_ONLY,
        theirs=theirs,
        differences=form.differences(shown.kind, theirs.typed, shown.typed) if theirs else (),
        others=len(network_hubs()) - 1,
        closed_fields=_closed_fields(shown),
        versions=() if shown.new else service.versions(viewer, shown.id),
        already=_already(shown),
        compared=_compared(shown),
        here_path=request.path if shown.new else url_for("editing.edit", id=shown.id),
        here_focus=hub_settings().focus_areas,
    )


def _compared(shown: Work) -> bool:
    """Whether it is worth knowing what is like it: before it has been published for the first time."""
    return shown.kind.name in alike.WRITTEN_TWICE and not shown.rev


def _already(shown: Work) -> list[Alike]:
    if not _compared(shown):
        return []
    own = f"{hub_settings().base_url}/r/{shown.id}"
    return alike.of_draft(current_viewer(), shown.kind.name, form.body(shown.kind, shown.typed), besides=[own])


def _closed_fields(shown: Work) -> list[str]:
    """The labels of the fields that would not be public even in a public record."""
    kind, body = shown.kind, form.body(shown.kind, shown.typed)
    return [
        str(field.metadata["label"])
        for name, field in kind.fields.items()
        if field.metadata["widget"] != "levels" and level_of(kind.name, body, name, "public") != "public"
    ]


def _confirmation(question: str, record: reading.RecordView, *, typed: str = "", error: bool = False) -> str:
    return render_template(
        "redaktion/bestaetigen.html",
        question=question,
        record=record,
        title=_spelled_out(record),
        typed=typed,
        error=error,
        others=len(network_hubs()) - 1,
    )


def _spelled_out(record: reading.RecordView) -> str:
    """What must be typed to erase the record: its title, or its kind as long as it has none."""
    return record.headline.get("de", "") or str(KINDS[record.kind].label)


def _record(id: str) -> reading.RecordView:
    return reading.preview(current_viewer(), id)
