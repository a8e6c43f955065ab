"""Addresses that are the same at every site: whom to tell of a weakness, and where a password is changed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from flask import Blueprint, Response, abort, redirect, url_for
from werkzeug.wrappers import Response as Answer

from hubnode.network.node import utcnow
from hubnode.web.context import hub_settings

blueprint = Blueprint("well_known", __name__)
VALID = timedelta(days=180)
"""How long somebody may rely on a copy of the file (RFC 9116 asks for less than a year)."""


@blueprint.get("/.well-known/security.txt")
def security() -> Response:
    """Whom to tell of a weakness (RFC 9116); 404 where the settings name nobody."""
    settings = hub_settings()
    contact = settings.security_contact or settings.contact_email
    if not contact:
        abort(404)
    lines = (
        f"Contact: {contact if ':' in contact else f'mailto:{contact}'}",
        f"Expires: {_until(utcnow()):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: de, en",
        f"Canonical: {settings.base_url}{url_for('well_known.security')}",
    )
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _until(now: datetime) -> datetime:
    """Midnight, so that the file stays the same all day."""
    return datetime.combine((now + VALID).date(), time(), UTC)


@blueprint.get("/.well-known/change-password")
def change_password() -> Answer:
    """Where password managers send people (W3C, A Well-Known URL for Changing Passwords)."""
    return redirect(url_for("account.account"), 303)
