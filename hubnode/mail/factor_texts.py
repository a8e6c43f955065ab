"""Letters to people about their second factors: whoever did not do it must hear of it at once."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from hubnode.mail.text import Text

NOT_YOU = _l("Waren Sie das nicht? Dann wählen Sie sofort ein neues Passwort und sagen Sie uns Bescheid.")
BUTTON = _l("Zweiten Faktor ansehen")

FACTOR_TEXTS: Mapping[str, Text] = {
    "factor-added": Text(
        _l("Zweiter Faktor eingerichtet: %(hub)s"),
        (_l("Für Ihr Konto wurde am %(at)s ein zweiter Faktor eingerichtet, eine App oder ein Passkey."), NOT_YOU),
        BUTTON,
    ),
    "factor-removed": Text(
        _l("Zweiter Faktor entfernt: %(hub)s"),
        (_l("Von Ihrem Konto wurde am %(at)s ein zweiter Faktor entfernt, eine App oder ein Passkey."), NOT_YOU),
        BUTTON,
    ),
    "factor-recovered": Text(
        _l("Wiederherstellungscode benutzt: %(hub)s"),
        (_l("Bei Ihrem Konto wurde am %(at)s ein Wiederherstellungscode benutzt. Er gilt nun nicht mehr."), NOT_YOU),
        BUTTON,
    ),
    "factor-codes": Text(
        _l("Neue Wiederherstellungscodes: %(hub)s"),
        (
            _l("Für Ihr Konto wurden am %(at)s neue Wiederherstellungscodes ausgegeben; die alten gelten nicht mehr."),
            NOT_YOU,
        ),
        BUTTON,
    ),
    "factor-cloned": Text(
        _l("Passkey abgewiesen: %(hub)s"),
        (
            _l(
                "Am %(at)s wurde bei Ihrem Konto ein Passkey gezeigt, dessen Zähler rückwärts lief."
                " So sieht es aus, wenn er kopiert wurde. Niemand wurde angemeldet."
            ),
            _l("Entfernen Sie diesen Passkey, richten Sie einen neuen ein und sagen Sie uns Bescheid."),
        ),
        BUTTON,
    ),
}
