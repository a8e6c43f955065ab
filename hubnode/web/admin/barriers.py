"""The page "Barrieren": what was reported, and how far the hub is with it."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from hubnode.network.node import current_node
from hubnode.people import barriers
from hubnode.web.barriers import STATES
from hubnode.web.context import hub_settings

blueprint = Blueprint("admin_barriers", __name__, url_prefix="/verwaltung/barrieren")


@blueprint.get("")
def overview() -> str:
    """All reports, those first that wait for somebody."""
    settings = hub_settings()
    return render_template(
        "verwaltung/barrieren.html", reports=barriers.reports(), states=STATES,
        days=settings.barrier_answer_days, kept=settings.barriers_kept_days,
    )  # fmt: skip


@blueprint.post("/<int:number>")
def change(number: int) -> Response:
    """Say how far the hub is with one of them."""
    if not barriers.put(number, request.form.get("stand", ""), current_node().clock()):
        abort(404)
    return redirect(url_for("admin_barriers.overview"), 303)
