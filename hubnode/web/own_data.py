"""„Meine Daten“: everything held about the person who looks, and every right to it (GDPR Art. 15 to 21)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as Answer

from federation import canonical
from federation.proofs import verify_proof
from hubnode.db import reading, transaction
from hubnode.network import erasure, held_network, proof, recipients
from hubnode.network.erasure import Erasure
from hubnode.network.node import current_node
from hubnode.people import audit, held, held_more, leaving
from hubnode.people.held import Part
from hubnode.push import held_push
from hubnode.records import consents, held_records, owning, profiles, retention
from hubnode.records.errors import NotFound
from hubnode.records.profiles import Owner
from hubnode.web import confirmation
from hubnode.web.admin.erasures import fingerprint
from hubnode.web.context import current_viewer, hub_settings
from hubnode.web.forms.profile import purpose_title
from hubnode.web.own_profile import own

blueprint = Blueprint("own_data", __name__, url_prefix="/konto/daten")
FORMAT = "hubnode-person/1"
"""Name and version of the export; docs/api.md says what is in it."""
ROOMS = (held_more, held_records, held_network, held_push)
"""The rooms that have registered what they hold: named here so that they are loaded."""
LAST = _l("Sie sind die letzte Verwaltung dieses Hubs. Machen Sie erst eine andere Person zur Verwaltung.")


@blueprint.get("")
def overview() -> str:
    """What is held, why, how long, who was given it; and what can be done about it."""
    owner = _owner()
    now = current_node().clock()
    return render_template(
        "konto/daten.html",
        purpose_title=purpose_title,
        parts=_parts(now),
        profile=owning.held(owner) if owner is not None else None,
        review=retention.review(owning.held(owner).profile, now) if owner is not None else None,
        recipients=recipients.of(owner.rec, now) if owner is not None else None,
        trimmed=erasure.taken_back(owner.rec, now) if owner is not None else None,
    )


@blueprint.get("/auskunft.json")
def export() -> Response:
    """Everything as a file (GDPR Art. 15(3), 20); the profile in it can be imported by any hub."""
    made = Response(json.dumps(_exported(), ensure_ascii=False, indent=1), content_type="application/json")
    made.headers["Content-Disposition"] = "attachment; filename=meine-daten.json"
    return made


@blueprint.get("/auskunft")
def printable() -> str:
    """The same as a page to print."""
    return render_template("konto/auskunft.html", parts=_parts(current_node().clock()), made=_exported())


@blueprint.post("/einschraenken")
def restrict() -> Answer:
    """Keep the profile and show it to nobody (GDPR Art. 18)."""
    owning.restrict(own(), current_node().clock())
    flash(_("Eingeschränkt. Ihr Profil bleibt gespeichert, und außer Ihnen sieht es niemand."), "success")
    return redirect(url_for("own_data.overview"), 303)


@blueprint.post("/freigeben")
def release() -> Answer:
    """End the restriction or objection."""
    owning.release(own(), current_node().clock())
    flash(_("Ihr Profil ist wieder so sichtbar, wie Sie es eingestellt haben."), "success")
    return redirect(url_for("own_data.overview"), 303)


@blueprint.post("/widerspruch")
def object_to() -> Answer:
    """Object to the profile (GDPR Art. 21)."""
    owning.object_to(own(), request.form.get("grund", ""), current_node().clock())
    flash(_("Ihr Widerspruch ist vermerkt. Bis darüber entschieden ist, sieht Ihr Profil niemand."), "success")
    return redirect(url_for("own_data.overview"), 303)


@blueprint.get("/widerrufen")
def withdrawn() -> Answer | str:
    """How far the erasure after a withdrawn consent has come, hub by hub."""
    found = erasure.taken_back(own().rec, current_node().clock())
    if found is None:
        return redirect(url_for("own_data.overview"), 303)
    return render_template("konto/geloescht.html", one=found, token="", trimmed=True)


@blueprint.get("/profil-loeschen")
def ask_erase() -> str:
    """Ask before the profile is erased."""
    own()
    return render_template("konto/loeschen.html", what="profil", error="")


@blueprint.post("/profil-loeschen")
def erase() -> Answer:
    """Erase the profile, here and at all hubs."""
    token = owning.erase(own(), current_node().clock())
    return redirect(url_for("profile_link.erased", token=token), 303)


@blueprint.get("/konto-loeschen")
def ask_leave() -> str:
    """Ask before the account is erased."""
    return render_template("konto/loeschen.html", what="konto", error="")


@blueprint.post("/konto-loeschen")
def leave() -> Answer | tuple[str, int]:
    """Erase profile and account, once the person has confirmed to be that person."""
    now, owner = current_node().clock(), _owner()
    try:
        oneself = confirmation.of_form(anew=True)
        token = owning.erase(owner, now) if owner is not None and not leaving.is_last(oneself) else ""
        leaving.erase_account(oneself, now)
    except confirmation.NotConfirmed as refusal:
        return render_template("konto/loeschen.html", what="konto", error=refusal.words), refusal.status
    except leaving.LastAdministrator:
        return render_template("konto/loeschen.html", what="konto", error=str(LAST)), 409
    return redirect(url_for("profile_link.erased", token=token) if token else url_for("account.sign_in"), 303)


def progress(id: str, token: str) -> str:
    """The page of one erasure: which hubs have confirmed, and the proof once there is something to prove."""
    found = _erasure(id)
    return render_template("konto/geloescht.html", one=found, token=token, trimmed=False)


def document(id: str) -> dict[str, Any]:
    """The proof of an erasure as things stand; 404 where nothing ever left this hub."""
    node = current_node()
    try:
        return proof.of(node, _erasure(id), node.clock())
    except proof.NothingToProve:
        abort(404)


def printed(id: str) -> str:
    """The proof as a page to print."""
    shown = verify_proof(canonical.encode(document(id)))
    return render_template("verwaltung/nachweis.html", one=_erasure(id), shown=shown, fingerprint=fingerprint)


def _erasure(id: str) -> Erasure:
    found = erasure.of(id, current_node().clock())
    if found is None:
        raise NotFound(id)
    return found


def _owner() -> Owner | None:
    return profiles.by_account(reading(), current_viewer())


def _parts(now: datetime) -> list[Part]:
    account = current_viewer().account_id
    if account is None:
        abort(403)
    return held.held_about(account, now)


def _exported() -> dict[str, Any]:
    now, owner = current_node().clock(), _owner()
    parts = {
        part.name: {"purpose": str(part.purpose), "basis": str(part.basis), "kept": str(part.kept),
                    "rows": list(part.rows)}
        for part in _parts(now)
    }  # fmt: skip
    with transaction() as session:
        audit.note(session, "data.exported", now, by=current_viewer())
    return {
        "format": FORMAT,
        "hub": hub_settings().base_url,
        "made_at": held.moment(now),
        "profile": _document(owner) if owner is not None else None,
        "parts": parts,
    }


def _document(owner: Owner) -> dict[str, Any]:
    """The profile as `hubnode publish` takes it; what is voluntary is asked for again where it is imported."""
    one = owning.held(owner)
    return {"id": one.id, "kind": consents.KIND, "visibility": one.level, "body": dict(one.body)}
