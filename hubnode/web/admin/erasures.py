"""What this hub has taken back: where it is gone, who is late, who had it (GDPR Art. 19), and the proof of it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template

from federation import canonical
from federation.keyset import Keyset
from federation.proofs import verify_proof
from hubnode.network import erasure, proof
from hubnode.network.erasure import Erasure, Holder
from hubnode.network.node import current_node

blueprint = Blueprint("admin_erasures", __name__, url_prefix="/verwaltung/loeschungen")
SHOWN = 200
"""Erasures on the page; the command lists them all."""


@blueprint.get("")
def overview() -> str:
    """Everything that was taken back, overdue first."""
    found = erasure.ledger(current_node().clock())
    return render_template("verwaltung/loeschungen.html", erasures=found[:SHOWN], total=len(found))


@blueprint.get("/<id>")
def one(id: str) -> str:
    """One of them with every hub that had the text."""
    return render_template("verwaltung/loeschung.html", one=_erasure(id), fingerprint=fingerprint)


@blueprint.get("/<id>/nachweis")
def printable(id: str) -> str:
    """The proof as a page to print, with what a reader has to compare."""
    found = _erasure(id)
    shown = verify_proof(_document(found))
    return render_template("verwaltung/nachweis.html", one=found, shown=shown, fingerprint=fingerprint)


@blueprint.get("/<id>/nachweis.json")
def document(id: str) -> Response:
    """The proof as a file, which `hubnode erasures verify` checks without asking anybody."""
    answer = Response(canonical.encode(_document(_erasure(id))), content_type="application/json")
    answer.headers["Content-Disposition"] = f"attachment; filename=loeschnachweis-{id}.json"
    return answer


def _erasure(id: str) -> Erasure:
    found = erasure.of(id, current_node().clock())
    if found is None:
        abort(404)
    return found


def _document(found: Erasure) -> dict[str, object]:
    node = current_node()
    try:
        return proof.of(node, found, node.clock())
    except proof.NothingToProve:
        abort(404)


def fingerprint(holder: Holder) -> str:
    """The fingerprint under which a hub's receipt was verified."""
    return Keyset.parse_unpinned(holder.keyset).fingerprint if holder.keyset else ""
