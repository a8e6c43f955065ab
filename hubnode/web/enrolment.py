"""What the pages about second factors share: an app offered as a QR code, recovery codes, and how one signed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import segno
from flask import render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.people import accounts, enrolling, totp
from hubnode.people.errors import NothingOffered
from hubnode.web.context import hub_settings

Codes = Sequence[str]
SHOWN: Mapping[str, LazyString] = {
    "password": _l("Passwort"),
    "totp": _l("Code aus der App"),
    "recovery": _l("Wiederherstellungscode"),
    "passkey": _l("Passkey"),
    "provider": _l("Anmeldedienst"),
    "hub": _l("anderer Hub"),
    "mfa": _l("zweiter Faktor dort"),
}
"""What somebody has shown to sign in, in words."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The secret of an app that waits for its first code."""

    picture: str
    """A QR code as ``data:`` address of an SVG."""
    key: str
    """The secret in groups, to be typed."""


def offer(account_id: int, now: datetime) -> Offer | None:
    """The offer of an app to this account, if there is one."""
    settings = hub_settings()
    try:
        secret = enrolling.offered_app(account_id, now, settings.secret_key)
    except NothingOffered:
        return None
    address = totp.address(secret, accounts.by_id(account_id).email, settings.name)
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
    return Offer(picture, " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)))


def codes_page(codes: Codes, onward: str) -> str:
    """The page that shows recovery codes, this once, and leads on."""
    return render_template("konto/codes.html", codes=codes, onward=onward)


def shown(how: str) -> str:
    """What somebody has shown to sign in: ``Passwort und Code aus der App``."""
    parts = [str(SHOWN.get(part, part)) for part in how.split("+")]
    return _("%(first)s und %(second)s", first=parts[0], second=parts[1]) if len(parts) == 2 else parts[0]
