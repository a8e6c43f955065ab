"""The pages about versions that could not be read: which, why, what is shown meanwhile, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import flask_babel
import orjson
from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as Answer

from hubnode.network import quarantine
from hubnode.network.node import current_node
from hubnode.network.quarantine import REFUSED, NotHeld, Version
from hubnode.records import reading
from hubnode.records.kinds import KINDS
from hubnode.web.context import current_viewer, network_hubs

_: Callable[..., str] = flask_babel.gettext
blueprint = Blueprint("admin_quarantine", __name__, url_prefix="/verwaltung/quarantaene")


@blueprint.get("")
def overview() -> str:
    """All versions in quarantine, those that wait for somebody first."""
    versions = quarantine.listed()
    shown = reading.by_uris(current_viewer(), {version.uri for version in versions})
    return render_template(
        "verwaltung/quarantaene.html",
        versions=versions,
        shown=shown,
        reasons=reasons,
        host_of=host_of,
        most=quarantine.LISTED,
    )


@blueprint.get("/<host>/<int:seq>")
def one(host: str, seq: int) -> str:
    """One version: why it can't be read field by field, and its body as it was signed."""
    version = _version(host, seq)
    return render_template(
        "verwaltung/quarantaene_fassung.html",
        held=version,
        host=host,
        record=reading.by_uri(current_viewer(), version.uri),
        reasons=reasons(version),
        readable=version.readable_now,
        raw=laid_out(version.body),
    )


@blueprint.get("/<host>/<int:seq>/text")
def raw(host: str, seq: int) -> Response:
    """The body exactly as it was signed, as a file: never as a page."""
    body = _version(host, seq).body
    if body is None:
        abort(404)
    answer = Response(body, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f"attachment; filename=fassung-{seq}.txt"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/<host>/<int:seq>/neu-lesen")
def read_anew(host: str, seq: int) -> Answer:
    """Read the record once more."""
    if quarantine.read_anew(_version(host, seq).origin, seq, current_node().clock()):
        flash(_("Die Fassung ist gelesen und steht nicht mehr in Quarantäne."))
        return redirect(url_for("admin_quarantine.overview"), 303)
    flash(_("Die Fassung ließ sich noch nicht lesen."))
    return redirect(url_for("admin_quarantine.one", host=host, seq=seq), 303)


@blueprint.post("/<host>/<int:seq>/uebergehen")
def pass_over(host: str, seq: int) -> Answer:
    """Leave it at that."""
    quarantine.pass_over(_version(host, seq).origin, seq, current_node().clock())
    flash(_("Die Fassung wird übergangen. Sie bleibt hier stehen und zählt nicht mehr."))
    return redirect(url_for("admin_quarantine.overview"), 303)


@blueprint.post("/<host>/<int:seq>/vorlegen")
def lay_before(host: str, seq: int) -> Answer:
    """Let it count again."""
    quarantine.pass_over(_version(host, seq).origin, seq, current_node().clock(), back=True)
    flash(_("Die Fassung wird wieder vorgelegt."))
    return redirect(url_for("admin_quarantine.one", host=host, seq=seq), 303)


def reasons(version: Version) -> list[tuple[str, Sequence[str]]]:
    """Why, field by field: the field's name as forms call it, and what is wrong with it."""
    flaws: Mapping[str, Sequence[str]] = version.flaws()
    return [(_field(version.kind, path), [_in_words(words) for words in texts]) for path, texts in flaws.items()]


def laid_out(body: bytes | None) -> str:
    """A body for people to read: the same values, one to a line."""
    return "" if body is None else orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()


def _field(kind: str, path: str) -> str:
    """``impact.0.target.de`` as ``Wirkung, 1, target, deutsch``; an unknown field by its own name."""
    name, *rest = path.split(".")
    field = KINDS[kind].fields.get(name) if kind in KINDS else None
    first = str(field.metadata.get("label", name)) if field is not None else name
    return ", ".join([first, *map(_step, rest)]) if path else ""


def _step(part: str) -> str:
    """A part of a path: a language by its name, a row by its number, anything else as it is."""
    if part.isdecimal():
        return str(int(part) + 1)
    return {"de": _("deutsch"), "en": _("englisch")}.get(part, part)


def _in_words(words: str) -> str:
    """A reason in words; those of the protocol library are put into the reader's language here."""
    if words == "gone":
        return _("Der Text kam nicht mit: Es gibt dort schon eine neuere Fassung, oder er wurde gelöscht.")
    refused = REFUSED.fullmatch(words)
    if refused is None:
        return words
    if refused["erased"]:
        return _("Der Datensatz wurde endgültig gelöscht. Danach darf keine Fassung mehr folgen.")
    if refused["rev"]:
        return _("Fassung %(rev)s kann nicht auf Fassung %(known)s folgen.", rev=refused["rev"], known=refused["known"])
    return _("Die Art hat gewechselt (%(was)s, dann %(kind)s); das ist nicht erlaubt.", **refused.groupdict())


def host_of(origin: str) -> str:
    """Host and port of a hub, as they stand in addresses of this node."""
    return origin.split("://", 1)[1]


def _version(host: str, seq: int) -> Version:
    origin = next((hub.origin for hub in network_hubs() if hub.host == host and not hub.here), None)
    try:
        return quarantine.one(origin or abort(404), seq)
    except NotHeld:
        abort(404)
