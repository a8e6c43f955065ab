"""Second factors: which an account has, when one is asked for, and what counts as one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.people import recovery, totp
from hubnode.people.errors import LastFactor, WrongCode
from hubnode.people.factor_models import Passkey, Totp
from hubnode.people.noting import noted

Step = Literal["factor", "enrol"]
"""What is missing after the password: to show the second factor, or to get one first."""
Used = Literal["totp", "recovery"]
SEVERAL = "mfa"
KNOWN, HELD, BEEN = {"pwd", "pin", "kba"}, {"otp", "hwk", "swk", "pop", "sc", "sms"}, {"face", "fpt", "iris", "vbm"}
"""What RFC 8176 calls what one knows, what one has and what one is."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The second factors of an account."""

    app: bool
    passkeys: int
    codes: int
    """Unused recovery codes; they alone are no factor."""

    @property
    def any(self) -> bool:
        """Whether signing in takes more than the password."""
        return self.app or self.passkeys > 0


NOTHING = Enrolled(app=False, passkeys=0, codes=0)


def enrolled(session: Session, account_id: int) -> Enrolled:
    """What an account has."""
    app = session.scalar(sa.select(Totp.since).where(Totp.account_id == account_id, Totp.secret.is_not(None)))
    count = sa.select(sa.func.count()).select_from(Passkey).where(Passkey.account_id == account_id)
    return Enrolled(app is not None, session.scalar(count) or 0, recovery.left(session, account_id))


def missing(session: Session, account_id: int, role: str, demanded: Collection[str], how: str) -> Step | None:
    """What is still missing after a sign-in of this kind; `demanded` are the roles that need a second factor."""
    if strong(how):
        return None
    if enrolled(session, account_id).any:
        return "factor"
    return "enrol" if role in demanded else None


def strong(how: str) -> bool:
    """Whether a sign-in of this kind showed two factors: a passkey is one thing that one has, unlocked by another."""
    return "+" in how or how == "passkey"


def satisfied_by(amr: Collection[str], acr: str = "", accepted_acr: Collection[str] = ()) -> bool:
    """Whether an outside provider says that more than one factor was shown: nobody is asked for a second one twice.

    `amr` are its methods (RFC 8176): ``mfa``, or two of different nature. `acr` counts where the operator has named it.
    A sign-in of which this is true is kept as ``provider+mfa``, another one as ``provider``.
    """
    if SEVERAL in amr or (acr and acr in accepted_acr):
        return True
    return sum(not kind.isdisjoint(amr) for kind in (KNOWN, HELD, BEEN)) > 1


def use_code(session: Session, account_id: int, role: str, code: str, now: datetime, secret: str) -> Used:
    """Use up a code of the app or a recovery code; raises `WrongCode`. Part of the caller's transaction."""
    if totp.use(session, account_id, code, now, secret):
        return "totp"
    if recovery.use(session, account_id, code):
        noted(session, "factor.recovered", account_id, role, now)
        return "recovery"
    raise WrongCode


def settle(session: Session, account_id: int, role: str, demanded: Collection[str]) -> None:
    """After one factor went: without any, the recovery codes go too. Part of the caller's transaction.

    Raises `LastFactor` where the role needs one.
    """
    if enrolled(session, account_id).any:
        return
    if role in demanded:
        raise LastFactor
    recovery.forget(session, account_id)


def remove_all(session: Session, account_id: int) -> None:
    """Take every factor from an account. Part of the caller's transaction."""
    recovery.forget(session, account_id)
    session.execute(sa.delete(Totp).where(Totp.account_id == account_id))
    session.execute(sa.delete(Passkey).where(Passkey.account_id == account_id))
