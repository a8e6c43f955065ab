"""What is kept how long, from the real settings: for the overview of retention and the record of processing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.config import Settings
from hubnode.mail import outbox
from hubnode.network import joining, letters
from hubnode.network.signing_in import visitors
from hubnode.people import invitations, throttle
from hubnode.records import profiles, retention


@dataclass(frozen=True, slots=True)
class Kept:
    """How long one sort of data is kept."""

    what: LazyString
    days: Callable[[Settings], float | None]
    """None where no time is set: it is kept until somebody deletes it."""
    since: LazyString
    setting: str = ""
    """The setting that says so; empty where the house rule is fixed."""


def _fixed(span: timedelta) -> Callable[[Settings], float]:
    return lambda _settings: span / timedelta(days=1)


DELETED = _l("bis sie gelöscht werden")
RULES: tuple[Kept, ...] = (
    Kept(_l("Veröffentlichte Einträge und ihre Fassungen"), lambda _: None, DELETED),
    Kept(_l("Profile ohne neue Bestätigung"), _fixed(profiles.VALID + retention.ERASED), _l("seit der Bestätigung")),
    Kept(_l("Links zur Bestätigung von Profilen"), _fixed(retention.LINKS), _l("seit sie abgelaufen sind")),
    Kept(_l("Fachfragen mit allen Antworten"), lambda told: told.questions_kept_days, _l("seit der letzten Nachricht"),
         "questions_kept_days"),
    Kept(_l("Briefe an andere Hubs, ohne ihren Inhalt"), _fixed(letters.KEPT), _l("seit sie erledigt sind")),
    Kept(_l("Konten und ihre zweiten Faktoren"), lambda _: None, DELETED),
    Kept(_l("Anmeldungen"), lambda told: told.session_days, _l("seit der Anmeldung"), "session_days"),
    Kept(_l("Einladungen von Personen"), _fixed(invitations.LIFE + invitations.SHOWN), _l("seit der Einladung")),
    Kept(_l("Zähler gegen das Raten von Passwörtern"), _fixed(throttle.FORGET_AFTER), _l("seit dem letzten Versuch")),
    Kept(_l("Gäste aus anderen Hubs"), _fixed(visitors.KEPT), _l("seit der letzten Anmeldung")),
    Kept(_l("Zugänge für Programme"), _fixed(timedelta(days=30)), _l("seit sie abgelaufen sind")),
    Kept(_l("Anfragen um Aufnahme in den Verbund"), _fixed(joining.KEPT), _l("seit ihrem Ende")),
    Kept(_l("E-Mails, die nicht zugestellt werden konnten"), _fixed(outbox.DEAD_DAYS), _l("seit sie entstanden sind")),
    Kept(_l("Gemeldete Barrieren"), lambda told: told.barriers_kept_days, _l("seit der Meldung"), "barriers_kept_days"),
    Kept(_l("Sicherheitsprotokoll"), lambda told: told.audit_days, _l("seit dem Vorgang"), "audit_days"),
    Kept(_l("Sicherungen, in denen Gelöschtes noch steht"), lambda told: told.backup_days or None,
         _l("seit der Löschung"), "backup_days"),
    Kept(_l("Anmeldungen zu Terminen"), lambda told: told.registrations_kept_days, _l("seit dem Ende des Termins"),
         "registrations_kept_days"),
)  # fmt: skip
"""Every rule by which personal data goes, in the order of pages."""
