"""One's own profile: writing it, saying that it still is right, consenting and withdrawing."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from hubnode.db import reading
from hubnode.network.node import current_node
from hubnode.people.viewer import Viewer
from hubnode.records import consents, owning, profiles, retention
from hubnode.records.errors import NotFound
from hubnode.records.kinds import Invalid
from hubnode.records.kinds.attachments import FIELD
from hubnode.records.profiles import Owner
from hubnode.records.reading import RecordView
from hubnode.web import filters, uploads
from hubnode.web.context import current_viewer, hub_settings
from hubnode.web.forms import profile as forms
from hubnode.web.forms.profile import Sent

blueprint = Blueprint("own_profile", __name__, url_prefix="/konto/profil")
Answer = Response | str | tuple[str, int]


@blueprint.record_once
def _tell_templates(state: BlueprintSetupState) -> None:
    """Let the page of the account say when the own profile wants to be looked at."""
    state.app.jinja_env.globals.update(profile_review=review, stale_profile=_stale)


def _stale(record: RecordView) -> bool:
    """Whether the person has last confirmed it more than twelve months ago: every hub sees that from the record."""
    confirmed = record.fields.get("last_confirmed_at")
    return confirmed is not None and filters.now().date() - filters.as_date(confirmed) > profiles.VALID


def review() -> retention.Review | None:
    """How it stands with the review of the own profile; None where there is none to look at, or it is restricted."""
    owner = profiles.by_account(reading(), current_viewer())
    held = owning.held(owner).profile if owner is not None else None
    if held is None or held.restricted_at is not None:
        return None
    return retention.review(held, current_node().clock())


def own() -> Owner:
    """The proof that the person who looks owns a profile; raises `NotFound` where there is none."""
    owner = profiles.by_account(reading(), current_viewer())
    if owner is None:
        raise NotFound("profile")
    return owner


@blueprint.get("")
def show() -> Answer:
    """The own profile as a form; a word of how it comes about where there is none."""
    if profiles.by_account(reading(), current_viewer()) is None:
        return render_template("konto/kein_profil.html")
    return form_page(own(), current_viewer())


@blueprint.post("")
def publish() -> Answer:
    """Publish what was typed, with the consents that were given."""
    return published(own(), current_viewer(), lambda: redirect(url_for("own_profile.show"), 303))


@blueprint.post("/stimmt")
def confirm() -> Answer:
    """Say that everything still is right, with one click."""
    owning.confirm(own(), current_node().clock())
    flash(_("Danke. Ihr Profil gilt zwölf weitere Monate."), "success")
    return redirect(url_for("own_profile.show"), 303)


@blueprint.post("/widerrufen/<purpose>")
def withdraw(purpose: str) -> Answer:
    """Withdraw one consent, with one click; 404 for a purpose that there is not."""
    try:
        owning.withdraw_consent(own(), purpose, current_node().clock())
    except consents.BadConsent:
        abort(404)
    flash(_("Widerrufen. Was Sie erlaubt hatten, ist hier gelöscht, die anderen Hubs löschen ihre Kopien."), "success")
    return redirect(url_for("own_data.withdrawn"), 303)


def published(owner: Owner, viewer: Viewer, done: Callable[[], Answer], token: str = "") -> Answer:
    """Publish the form of this request, or show it again with what is wrong or was asked for; then `done`."""
    action, _colon, where = request.form.get("aktion", "").partition(":")
    one = forms.sent(request.form, remove=where if action == "weg" else "")
    if action == uploads.INPUT and "photo" not in one.given:
        return form_page(owner, viewer, token, one, {FIELD: [str(consents.NO_CONSENT.words)]}), 422
    inputs, refused = uploads.with_file(forms.KIND, request.form, request.files.get(uploads.INPUT), hub_settings())
    one = forms.sent(inputs, remove=where if action == "weg" else "")
    if refused:
        return form_page(owner, viewer, token, one, {FIELD: [refused]}), 422
    if action in ("mehr", "weg", uploads.INPUT):
        return form_page(owner, viewer, token, one, added=where if action == "mehr" else "")
    try:
        language = filters.language() if filters.language() == "en" else "de"
        now = current_node().clock()
        owning.publish(owner, one.body, one.level, now, given=one.given, language=language, version=one.version)
    except Invalid as invalid:
        return form_page(owner, viewer, token, one, invalid.errors), 422
    except consents.BadConsent:
        abort(400)
    flash(_("Gespeichert. Ihr Profil ist so sichtbar, wie Sie es eingestellt haben."), "success")
    return done()


def form_page(
    owner: Owner,
    viewer: Viewer,
    token: str = "",
    one: Sent | None = None,
    errors: dict[str, list[str]] | None = None,
    added: str = "",
) -> str:
    """The form with what there is, or with what was typed; `token` is that of the letter it is opened by."""
    held = owning.held(owner)
    given = {name: row.scope for name, row in held.given.items()}
    one = one or forms.opened(held.body, held.level, given)
    return render_template(
        "konto/profil.html",
        held=held,
        one=one,
        shown=forms.shown(one, viewer, errors, added),
        review=retention.review(held.profile, current_node().clock()),
        version=consents.CURRENT,
        token=token,
        work={"kind": forms.KIND},
        compared=False,
        here_path=url_for("profile_link.decide", token=token) if token else url_for("own_profile.publish"),
    )
