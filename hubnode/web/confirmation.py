"""Fresh confirmation in the browser: the fields that a weighty form carries, and what is read from them."""

from __future__ import annotations

from flask import request
from flask_babel import lazy_gettext as _l

from hubnode.network.node import current_node
from hubnode.people import confirming, sessions
from hubnode.people.confirming import Given, Oneself
from hubnode.people.errors import SignedOut, Throttled, WrongCode, WrongPasskey, WrongPassword
from hubnode.people.passkeys import Site
from hubnode.web.account import waiting
from hubnode.web.context import hub_settings

WRONG = _l("Das Passwort stimmt nicht. Es ist nichts geändert.")
WRONG_CODE = _l("Der Code stimmt nicht oder wurde schon benutzt. Es ist nichts geändert.")
WRONG_PASSKEY = _l("Der Passkey ließ sich nicht prüfen. Versuchen Sie es noch einmal.")
ENDED = _l("Ihre Anmeldung ist beendet. Melden Sie sich neu an.")


def site() -> Site:
    """This node as passkeys know it."""
    settings = hub_settings()
    return Site(settings.base_url, settings.name)


class NotConfirmed(Exception):
    """What was entered to confirm is wrong, or was tried too often; `words` say it to the person."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.words = words
        self.status = status


def of_form(*, anew: bool = False) -> Oneself:
    """Proof by the fields of this request, or of the last ten minutes where they are empty; raises `NotConfirmed`.

    With `anew`, what was confirmed before does not count.
    """
    settings, now = hub_settings(), current_node().clock()
    token = request.cookies.get(sessions.cookie_name(settings.base_url))
    given = Given(request.form.get("passwort", ""), request.form.get("code", ""), request.form.get("passkey", ""))
    if not anew and given == Given() and (proof := confirming.recent(token, now)):
        return proof
    try:
        return confirming.confirm(token, given, now, secret=settings.secret_key, site=site())
    except WrongPassword as refusal:
        raise NotConfirmed(str(WRONG), 422) from refusal
    except WrongCode as refusal:
        raise NotConfirmed(str(WRONG_CODE), 422) from refusal
    except WrongPasskey as refusal:
        raise NotConfirmed(str(WRONG_PASSKEY), 422) from refusal
    except SignedOut as refusal:
        raise NotConfirmed(str(ENDED), 403) from refusal
    except Throttled as refusal:
        raise NotConfirmed(waiting(refusal.until, now), 429) from refusal
