"""Letters about questions: that there is one, never what it says."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from hubnode.mail.text import Text

QUESTION_TEXTS: Mapping[str, Text] = {
    "question-asked": Text(
        _l("Jemand hat eine Fachfrage an Sie: %(hub)s"),
        (
            _l("Zu Ihrem Profil bei %(hub)s gibt es eine Fachfrage. Sie können selbst antworten."),
            _l("Was gefragt wird, steht nicht in dieser Nachricht, sondern nach dem Anmelden auf der Seite der Frage."),
        ),
        _l("Frage lesen"),
        (_l("Ihre Antwort ist freiwillig. Auch die Koordination des Hubs sieht die Frage und kann antworten."),),
    ),
}
"""Letters about questions, by name."""
