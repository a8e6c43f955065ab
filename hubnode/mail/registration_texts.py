"""Letters about registrations for events, written by the person's own hub."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from hubnode.mail.text import Text

LOOK = _l("Termin ansehen")
WHEN = _l("Wann: %(when)s")
CALENDAR = _l("Auf der Seite des Termins können Sie ihn in Ihren Kalender übernehmen.")
CANCEL = _l("Können Sie doch nicht? Melden Sie sich dort bitte ab, dann rückt jemand nach.")

REGISTRATION_TEXTS: Mapping[str, Text] = {
    "registration-confirmed": Text(
        _l("Sie sind angemeldet: %(title)s"), (_l("Sie haben einen Platz: %(title)s"), WHEN), LOOK, (CALENDAR, CANCEL)
    ),
    "registration-waiting": Text(
        _l("Warteliste: %(title)s"),
        (
            _l("Zurzeit sind alle Plätze vergeben: %(title)s"),
            WHEN,
            _l("Sie stehen auf Platz %(position)s der Warteliste. Wird ein Platz frei, schreiben wir Ihnen."),
        ),
        LOOK,
        (CANCEL,),
    ),
    "registration-refused": Text(
        _l("Nicht angemeldet: %(title)s"),
        (
            _l("Ihre Anmeldung hat leider nicht geklappt: %(title)s"),
            WHEN,
            _l("Warum, steht auf der Seite des Termins. Vielleicht ist dort ein anderer Tag frei."),
        ),
        LOOK,
    ),
    "registration-called-off": Text(
        _l("Abgesagt: %(title)s"),
        (
            _l("Ihre Anmeldung gilt nicht mehr. Der Termin findet nicht statt, oder Ihr Platz wurde zurückgenommen."),
            _l("Termin: %(title)s"),
            WHEN,
        ),
        LOOK,
    ),
    "registration-moved": Text(
        _l("Neue Zeit: %(title)s"),
        (_l("Der Termin ist verlegt, Ihre Anmeldung gilt weiter: %(title)s"), WHEN),
        LOOK,
        (CANCEL,),
    ),
}
"""Letters about registrations, by name."""
