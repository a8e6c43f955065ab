"""Fresh confirmation in the browser: the fields that a weighty form carries, and what is read from them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, g, jsonify, request
from flask_babel import lazy_gettext as _l

from hubnode.network.node import current_node
from hubnode.people import confirming, enrolling, factors, sessions
from hubnode.people.confirming import Given, Oneself
from hubnode.people.errors import SignedOut, Throttled, WrongCode, WrongPasskey, WrongPassword
from hubnode.people.passkeys import Site
from hubnode.web import enrolment
from hubnode.web.account import waiting
from hubnode.web.context import current_viewer, hub_settings

WRONG = _l("Das Passwort stimmt nicht. Es ist nichts geändert.")
WRONG_CODE = _l("Der Code stimmt nicht oder wurde schon benutzt. Es ist nichts geändert.")
WRONG_PASSKEY = _l("Der Passkey ließ sich nicht prüfen. Versuchen Sie es noch einmal.")
ENDED = _l("Ihre Anmeldung ist beendet. Melden Sie sich neu an.")


def init_confirmation(app: Flask) -> None:
    """Let templates know what a weighty form asks, and how somebody signed in."""
    app.jinja_env.globals.update(
        asked_to_confirm=asked, passkeys_possible=lambda: site().possible, shown_to_sign_in=enrolment.shown
    )


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


@dataclass(frozen=True, slots=True)
class Asked:
    """What a weighty form asks of the person who looks."""

    fresh: bool
    """Whether this person has confirmed a moment ago and may leave the fields empty."""
    code: bool
    """Whether the password alone is not enough."""
    app: bool
    passkey: bool


def asked() -> Asked:
    """What the fields of a weighty form are; looked up once per request."""
    if "confirmation" not in g:
        account_id, now = current_viewer().account_id, current_node().clock()
        has = enrolling.of(account_id) if account_id is not None else factors.NOTHING
        fresh = confirming.recent(own_token(), now) is not None
        g.confirmation = Asked(fresh, has.any, has.app, has.passkeys > 0 and site().possible)
    found: Asked = g.confirmation
    return found


def own_token() -> str | None:
    """The token of the sign-in that this browser holds."""
    return request.cookies.get(sessions.cookie_name(hub_settings().base_url))


def of_form(*, anew: bool = False) -> Oneself:
    """Proof by the fields of this request, or of the last ten minutes where they are empty; raises `NotConfirmed`.

    With `anew`, what was confirmed before does not count.
    """
    settings, now = hub_settings(), current_node().clock()
    token = own_token()
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


def options(found: str) -> Response:
    """What a browser hands to its authenticator."""
    return Response(found, content_type="application/json", headers={"Cache-Control": "no-store"})


def refused_options(words: str, status: int) -> tuple[Response, int]:
    """Why it gets nothing to hand on, in words for the person."""
    return jsonify({"words": words}), status
