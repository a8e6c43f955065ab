"""Letters to the office of the hub. They say that something is there and where to look, never what somebody wrote."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from hubnode.mail.text import Text

OPERATOR_TEXTS: Mapping[str, Text] = {
    "barrier": Text(
        _l("Barriere gemeldet: %(number)s"),
        (
            _l("Jemand hat eine Barriere auf einer Seite von %(hub)s gemeldet."),
            _l("Nummer der Meldung: %(number)s"),
            _l("Seite: %(page)s"),
        ),
        _l("Meldung ansehen"),
    ),
}
