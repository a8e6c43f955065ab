"""Codes of an authenticator app (TOTP, RFC 6238): six digits, thirty seconds, each time step good once."""

from __future__ import annotations

import hmac
import logging
from datetime import datetime

import pyotp
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.mail import sealing
from hubnode.people.factor_models import Totp

STEP_S = 30
DRIFT = 1
"""Steps before and after the present one that are taken too: clocks of phones differ (RFC 6238, section 5.2)."""
log = logging.getLogger(__name__)


def new_secret() -> str:
    """160 random bits in base32, as authenticator apps read them (RFC 4226, section 4, R6)."""
    return pyotp.random_base32(32)


def address(secret: str, email: str, hub: str) -> str:
    """The ``otpauth:`` address that a QR code carries to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=hub)


def matching_step(secret: str, code: str, now: datetime, after: int) -> int | None:
    """The time step that `code` belongs to, if it is one around `now` and later than the step `after`."""
    typed = "".join(code.split())
    if not (len(typed) == 6 and typed.isascii() and typed.isdigit()):
        return None
    here, app = int(now.timestamp()) // STEP_S, pyotp.TOTP(secret)
    steps = range(here - DRIFT, here + DRIFT + 1)
    fitting = [step for step in steps if hmac.compare_digest(app.generate_otp(step), typed)]
    return next((step for step in fitting if step > after), None)


def sealed(account_id: int, plain: str, secret: str) -> bytes:
    """The app's secret as the database keeps it: for this account only."""
    return sealing.seal(plain.encode(), secret, f"totp {account_id}")


def opened(account_id: int, kept: bytes, secret: str) -> str:
    """The app's secret again; raises `sealing.CantOpen`."""
    return sealing.unseal(kept, secret, f"totp {account_id}").decode()


def use(session: Session, account_id: int, code: str, now: datetime, secret: str) -> bool:
    """Whether this is a code of the account's app that was not used yet. Part of the caller's transaction.

    Its step and all before it are used up then, so that nobody signs in with a code read over a shoulder.
    """
    row = session.execute(sa.select(Totp.secret, Totp.step).where(Totp.account_id == account_id)).one_or_none()
    if row is None or row.secret is None:
        return False
    try:
        step = matching_step(opened(account_id, row.secret, secret), code, now, row.step)
    except sealing.CantOpen:
        log.warning("an authenticator app can't be checked: secret_key is not the one it was enrolled with")
        return False
    if step is None:
        return False
    later = sa.update(Totp).where(Totp.account_id == account_id, Totp.step < step).values(step=step)
    # The conditional update is the lock: of two who send the same code only one sees a row.
    return session.scalar(later.returning(Totp.account_id)) is not None
