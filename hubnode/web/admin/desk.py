"""What all administration pages share: the overview of matters, and the password entered again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.mail import outbox
from hubnode.network import erasure, joining_rows, quarantine, repair
from hubnode.people import barriers, confirming
from hubnode.people.confirming import Confirmed
from hubnode.push import webhooks
from hubnode.web import confirmation
from hubnode.web.confirmation import NotConfirmed

blueprint = Blueprint("admin", __name__, url_prefix="/verwaltung")

__all__ = ["NotConfirmed"]


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter of administration, as the overview names it."""

    endpoint: str
    title: LazyString
    text: LazyString
    icon: str
    waiting: Callable[[], int] = lambda: 0
    """How many things of this matter wait for somebody."""


MATTERS: tuple[Matter, ...] = (
    Matter(
        "admin_hubs.overview",
        _l("Hubs"),
        _l("Wer zum Verbund gehört, wer dazukommen möchte, und wer ausgesetzt ist"),
        "hub",
        lambda: len(joining_rows.requests("in", ("pending",))),
    ),
    Matter(
        "admin_people.overview",
        _l("Personen"),
        _l("Wer hier ein Konto hat: einladen, Rollen geben, sperren"),
        "groups",
    ),
    Matter(
        "admin_post.overview",
        _l("Nachrichten"),
        _l("E-Mails dieses Hubs, die nicht zugestellt werden konnten"),
        "mail",
        outbox.given_up,
    ),
    Matter(
        "admin_webhooks.overview",
        _l("Webhooks"),
        _l("Partner, denen jede Änderung sofort zugestellt wird"),
        "share",
        webhooks.troubled,
    ),
    Matter(
        "admin_health.overview",
        _l("Zustand"),
        _l("Was hier und auf dem Weg zu anderen Hubs nicht stimmt, mit Ursache und Abhilfe"),
        "check_circle",
    ),
    Matter(
        "admin_repair.overview",
        _l("Reparatur"),
        _l("Nach einer eingespielten Sicherung, bei Widersprüchen und bei Abweichungen"),
        "sync_problem",
        repair.waiting,
    ),
    Matter(
        "admin_quarantine.overview",
        _l("Quarantäne"),
        _l("Was andere Hubs geschickt haben und dieser Knoten nicht lesen kann"),
        "warning",
        quarantine.count,
    ),
    Matter(
        "admin_erasures.overview",
        _l("Löschungen"),
        _l("Was dieser Hub zurückgenommen hat, bei welchen Hubs es weg ist, und der Nachweis darüber"),
        "delete",
        erasure.waiting,
    ),
    Matter(
        "admin_keys.overview",
        _l("Schlüssel"),
        _l("Womit die Hubs unterschreiben, wie lange das gilt, und was nach einem Diebstahl zu prüfen ist"),
        "key",
    ),
    Matter(
        "admin_partners.overview",
        _l("Partner"),
        _l("Welche Hochschulen mit ihren Programmen was lesen dürfen und an welchen Tagen sie es getan haben"),
        "school",
    ),
    Matter(
        "admin_duties.overview",
        _l("Datenschutz"),
        _l("Verzeichnis der Verarbeitungen, Aufbewahrung, und was wann an wen ging"),
        "shield",
    ),
    Matter(
        "admin_barriers.overview",
        _l("Barrieren"),
        _l("Was Menschen auf diesen Seiten nicht nutzen konnten, und wie weit wir damit sind"),
        "flag",
        barriers.waiting,
    ),
    Matter(
        "admin_audit.overview",
        _l("Protokoll"),
        _l("Was für die Sicherheit wichtig war: Schlüssel, Hubs, Konten, Zugänge, Löschungen"),
        "history",
    ),
)
"""What the overview lists, in its order."""


def confirmed() -> Confirmed:
    """Proof of an administrator by the form of this request, or of the last ten minutes; raises `NotConfirmed`."""
    return confirming.as_administrator(confirmation.of_form())


def confirmed_anew() -> Confirmed:
    """Like `confirmed`, but what was confirmed before does not count: for what nobody can take back."""
    return confirming.as_administrator(confirmation.of_form(anew=True))


@blueprint.get("")
def overview() -> str:
    """What there is to administer."""
    return render_template("verwaltung/uebersicht.html", matters=[(url_for(one.endpoint), one) for one in MATTERS])
