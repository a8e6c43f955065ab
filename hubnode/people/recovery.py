"""Recovery codes: ten of them, each good once, for whoever has lost phone and passkey."""

from __future__ import annotations

import hashlib
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.people.factor_models import RecoveryCode

COUNT = 10
GROUPS, LETTERS = 4, 4
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's: nothing in it is taken for something else when it is read from paper."""
_TAKEN_FOR = str.maketrans("oil", "011", " -\t")


def issue(session: Session, account_id: int) -> tuple[str, ...]:
    """Ten new codes, shown once and never again; the old ones are void. Part of the caller's transaction."""
    forget(session, account_id)
    codes = tuple(_new() for _ in range(COUNT))
    session.add_all(RecoveryCode(code_hash=_hash(account_id, code), account_id=account_id) for code in codes)
    session.flush()
    return codes


def use(session: Session, account_id: int, code: str) -> bool:
    """Whether this was an unused code of the account; it is used up then. Part of the caller's transaction."""
    # The delete is the lock: of two who type the same code only one finds it.
    gone = sa.delete(RecoveryCode).where(RecoveryCode.code_hash == _hash(account_id, code))
    return session.scalar(gone.returning(RecoveryCode.account_id)) is not None


def left(session: Session, account_id: int) -> int:
    """How many codes are unused."""
    counted = sa.select(sa.func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == account_id)
    return session.scalar(counted) or 0


def forget(session: Session, account_id: int) -> None:
    """Make all codes void. Part of the caller's transaction."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def _new() -> str:
    """A code of 80 random bits, in groups."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(LETTERS)) for _ in range(GROUPS))


def _hash(account_id: int, code: str) -> str:
    """80 random bits can't be guessed from their hash, and the hash tells nothing about other accounts."""
    plain = code.casefold().translate(_TAKEN_FOR)
    return hashlib.sha256(f"recovery\0{account_id}\0{plain}".encode()).hexdigest()
