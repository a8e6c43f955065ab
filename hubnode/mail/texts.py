"""What the hub writes by mail: one closed table; each text becomes plain text and HTML, German and English."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from hubnode.mail.factor_texts import FACTOR_TEXTS
from hubnode.mail.operator_texts import OPERATOR_TEXTS
from hubnode.mail.profile_texts import PROFILE_TEXTS
from hubnode.mail.push_texts import PUSH_TEXTS
from hubnode.mail.question_texts import QUESTION_TEXTS
from hubnode.mail.registration_texts import REGISTRATION_TEXTS
from hubnode.mail.text import Text

IGNORE = _l("Haben Sie das nicht veranlasst? Dann brauchen Sie nichts zu tun: Ohne den Link ändert sich nichts.")
ONCE = _l("Der Link gilt einmal und bis %(until)s.")

TEXTS: Mapping[str, Text] = {
    "invitation": Text(
        _l("Ihre Einladung: %(hub)s"),
        (
            _l("%(hub)s lädt Sie ein. Mit einem Konto sehen Sie, was für die Beschäftigten der Hubs bestimmt ist."),
            _l("Ihre Rolle: %(role)s"),
            _l("Zum Annehmen geben Sie Ihren Namen ein und wählen ein Passwort."),
        ),
        _l("Einladung annehmen"),
        (ONCE, _l("Sie haben nichts damit zu tun? Dann löschen Sie diese Nachricht. Es entsteht kein Konto.")),
    ),
    "reset": Text(
        _l("Neues Passwort für %(hub)s"),
        (_l("Sie möchten ein neues Passwort wählen. Das geht auf dieser Seite:"),),
        _l("Neues Passwort wählen"),
        (ONCE, IGNORE),
    ),
    "password-changed": Text(
        _l("Ihr Passwort wurde geändert: %(hub)s"),
        (
            _l("Das Passwort Ihres Kontos wurde am %(at)s geändert. Andere Anmeldungen sind beendet."),
            _l("Waren Sie das nicht? Dann wählen Sie sofort ein neues Passwort und sagen Sie uns Bescheid."),
        ),
        _l("Neues Passwort wählen"),
    ),
    "mail-confirm": Text(
        _l("Bitte bestätigen Sie Ihre neue E-Mail-Adresse: %(hub)s"),
        (_l("Diese Adresse soll zu einem Konto bei %(hub)s gehören. Bestätigen Sie, dass sie Ihnen gehört:"),),
        _l("Adresse bestätigen"),
        (ONCE, IGNORE),
    ),
    "mail-asked": Text(
        _l("Ihre E-Mail-Adresse soll geändert werden: %(hub)s"),
        (
            _l(
                "Für Ihr Konto wurde am %(at)s eine andere E-Mail-Adresse eingetragen."
                " Sie gilt, sobald sie bestätigt ist."
            ),
            _l("Waren Sie das nicht? Dann ändern Sie sofort Ihr Passwort, und die Änderung verfällt."),
        ),
        _l("Passwort ändern"),
    ),
    "mail-changed": Text(
        _l("Ihre E-Mail-Adresse wurde geändert: %(hub)s"),
        (
            _l(
                "Ihr Konto gehört seit dem %(at)s zu einer anderen E-Mail-Adresse."
                " An diese hier schreiben wir nicht mehr."
            ),
            _l("Waren Sie das nicht? Dann sagen Sie es sofort der Verwaltung des Hubs: %(contact)s"),
        ),
    ),
    **FACTOR_TEXTS,
    **OPERATOR_TEXTS,
    **PROFILE_TEXTS,
    **PUSH_TEXTS,
    **QUESTION_TEXTS,
    **REGISTRATION_TEXTS,
}
"""All letters, by name. A letter that is not here can't be written."""
