"""What all administration pages share: the overview of matters, and the password entered again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.network import erasure, joining_rows, quarantine, repair
from hubnode.network.node import current_node
from hubnode.people import accounts
from hubnode.people.accounts import Confirmed
from hubnode.people.errors import Throttled, WrongPassword
from hubnode.web.account import waiting
from hubnode.web.context import current_viewer, hub_settings

blueprint = Blueprint("admin", __name__, url_prefix="/verwaltung")

WRONG = _l("Das Passwort stimmt nicht. Es ist nichts geändert.")


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
)
"""What the overview lists, in its order."""


class NotConfirmed(Exception):
    """The password entered again is wrong, or was tried too often; `words` say it to the person."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.words = words
        self.status = status


def confirmed() -> Confirmed:
    """Proof that the password in the form's field ``passwort`` is the administrator's own; raises `NotConfirmed`."""
    account_id = current_viewer().account_id
    if account_id is None:
        abort(403)
    now = current_node().clock()
    try:
        return accounts.confirm(account_id, request.form.get("passwort", ""), now, secret=hub_settings().secret_key)
    except WrongPassword as error:
        raise NotConfirmed(str(WRONG), 422) from error
    except Throttled as refusal:
        raise NotConfirmed(waiting(refusal.until, now), 429) from refusal


@blueprint.get("")
def overview() -> str:
    """What there is to administer."""
    return render_template("verwaltung/uebersicht.html", matters=[(url_for(one.endpoint), one) for one in MATTERS])
