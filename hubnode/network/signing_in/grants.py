"""What our people have allowed other hubs: consents, and the codes and tokens of them, kept by hashes only."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import signin
from hubnode.db import reading, transaction
from hubnode.network.signing_in import ending
from hubnode.network.signing_in.models import HubConsent, SignInCode, SignInToken
from hubnode.people import audit
from hubnode.people.models import Account

CODE_LIFE = timedelta(seconds=60)
TOKEN_LIFE = timedelta(minutes=10)
ID_TOKEN_LIFE = timedelta(minutes=5)
KEPT = timedelta(hours=1)
"""How long a code is remembered after its end, so that somebody who uses it again is noticed."""
AFFILIATE = frozenset({"expert"})
"""Roles of people who belong to a hub without being employed there."""
ELSEWHERE = frozenset({"admin", "coordinator", "editor", "staff", "expert"})
"""Roles whose people may sign in at other hubs."""


@dataclass(frozen=True, slots=True)
class Person:
    """What another hub learns of one of our people."""

    account_id: int
    subject: str
    name: str
    affiliation: str

    def claims(self, scope: str) -> dict[str, str]:
        """The claims that this scope opens."""
        named = {"name": self.name, "eduperson_scoped_affiliation": self.affiliation}
        return {"sub": self.subject, **(named if "profile" in scope.split() else {})}


@dataclass(frozen=True, slots=True)
class Request:
    """What a code is for."""

    client: str
    redirect_uri: str
    scope: str
    nonce: str
    challenge: str


@dataclass(frozen=True, slots=True)
class HeldCode:
    """A code that may be used."""

    code_hash: str
    account_id: int
    asked: Request
    sid: str = ""
    """Which sign-in at the other hub comes of it."""


@dataclass(frozen=True, slots=True)
class HeldToken:
    """An access token, in force or not."""

    token_hash: str
    account_id: int
    client: str
    scope: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class Consent:
    """One hub at which somebody signs in, and since when."""

    client: str
    given_at: datetime


def has_agreed(account_id: int, client: str) -> bool:
    """Whether this person has agreed to sign in at this hub, and not taken it back."""
    held = reading().get(HubConsent, (account_id, client))
    return held is not None and held.given_at is not None


def agree(account_id: int, client: str, now: datetime) -> None:
    """Remember that this person signs in at this hub. A transaction of its own."""
    with transaction() as session:
        held = session.get(HubConsent, (account_id, client))
        if held is None:
            subject = secrets.token_urlsafe(32)
            session.add(HubConsent(account=account_id, client=client, subject=subject, given_at=now))
        elif held.given_at is None:
            held.given_at = now


def known_as(session: Session, account_id: int, client: str) -> str:
    """The name under which this hub knows one of our people, made if need be. Part of the caller's transaction.

    It lets nobody in: for a sign-in the person is asked first. The account is held until the transaction ends.
    """
    session.execute(sa.select(Account.id).where(Account.id == account_id).with_for_update())
    held = session.get(HubConsent, (account_id, client))
    if held is None:
        held = HubConsent(account=account_id, client=client, subject=secrets.token_urlsafe(32), given_at=None)
        session.add(held)
        session.flush()
    return held.subject


def account_known_as(session: Session, client: str, subject: str) -> int | None:
    """The account that this hub knows under that name; None for a name that it was never told."""
    chosen = sa.select(HubConsent.account).where(HubConsent.client == client, HubConsent.subject == subject)
    return session.scalar(chosen)


def withdraw(account_id: int, client: str, now: datetime) -> bool:
    """Take the agreement back, with all codes and tokens that came of it; False where there was none.

    The name under which the hub knows the person is kept: who agrees again is the same person there. A transaction of
    its own.
    """
    with transaction() as session:
        ended = (
            sa.update(HubConsent)
            .where(HubConsent.account == account_id, HubConsent.client == client, HubConsent.given_at.is_not(None))
            .values(given_at=None)
            .returning(HubConsent.client)
        )
        if session.scalar(ended) is None:
            return False
        mine = (SignInToken.account == account_id, SignInToken.client == client)
        session.execute(sa.update(SignInToken).where(*mine).values(revoked_at=now))
        unused = (SignInCode.account == account_id, SignInCode.client == client, SignInCode.used_at.is_(None))
        session.execute(sa.update(SignInCode).where(*unused).values(used_at=now))
        return True


def consents(account_id: int) -> Sequence[Consent]:
    """The hubs at which this person signs in."""
    chosen = sa.select(HubConsent.client, HubConsent.given_at).where(
        HubConsent.account == account_id, HubConsent.given_at.is_not(None)
    )
    return [Consent(client, given) for client, given in reading().execute(chosen.order_by(HubConsent.client)) if given]


def keep_code(code: str, account_id: int, asked: Request, now: datetime, sign_in: int | None = None) -> None:
    """Let a new code be used for what was asked; the person has agreed, in this sign-in. A transaction of its own."""
    with transaction() as session:
        sid = ending.begin(session, account_id, asked.client, sign_in, now) if sign_in is not None else None
        session.add(
            SignInCode(
                code_hash=_hash(code), account=account_id, client=asked.client, redirect_uri=asked.redirect_uri,
                scope=asked.scope, nonce=asked.nonce, challenge=asked.challenge, expires_at=now + CODE_LIFE,
                used_at=None, sid=sid,
            )
        )  # fmt: skip


def find_code(code: str, client: str, now: datetime) -> HeldCode | None:
    """The code that this client may still use. One that was used already takes its tokens with it."""
    held = reading().get(SignInCode, _hash(code))
    if held is None or held.client != client:
        return None
    if held.used_at is not None:
        _revoke_of(held.code_hash, now)
        return None
    asked = Request(held.client, held.redirect_uri, held.scope, held.nonce, held.challenge)
    return HeldCode(held.code_hash, held.account, asked, held.sid or "") if held.expires_at > now else None


def nonce_known(client: str, nonce: str) -> bool:
    """Whether this hub has used the nonce lately."""
    chosen = sa.select(SignInCode.code_hash).where(SignInCode.client == client, SignInCode.nonce == nonce)
    return reading().scalar(chosen.limit(1)) is not None


def spend(code: HeldCode, token: str, now: datetime) -> bool:
    """Use the code up for this token; False where somebody else was quicker, and then nothing is left of either.

    A transaction of its own.
    """
    with transaction() as session:
        unused = (SignInCode.code_hash == code.code_hash, SignInCode.used_at.is_(None), SignInCode.expires_at > now)
        used = sa.update(SignInCode).where(*unused).values(used_at=now).returning(SignInCode.code_hash)
        if session.scalar(used) is not None:
            ending.redeemed(session, code.sid, now)
            session.add(
                SignInToken(
                    token_hash=_hash(token), code_hash=code.code_hash, account=code.account_id,
                    client=code.asked.client, scope=code.asked.scope, expires_at=now + TOKEN_LIFE, revoked_at=None,
                )
            )  # fmt: skip
            return True
        _end_tokens(session, code.code_hash, now)
        return False


def find_token(token: str, now: datetime) -> HeldToken | None:
    """The access token, in force or not."""
    held = reading().get(SignInToken, _hash(token))
    if held is None:
        return None
    in_force = held.revoked_at is None and held.expires_at > now
    return HeldToken(held.token_hash, held.account, held.client, held.scope, in_force)


def revoke(token: HeldToken, now: datetime) -> None:
    """End an access token. A transaction of its own."""
    mine = SignInToken.token_hash == token.token_hash
    with transaction() as session:
        session.execute(sa.update(SignInToken).where(mine).values(revoked_at=now))


def person(account_id: int, client: str, issuer: str) -> Person | None:
    """One of our people as this hub may know them: active, of a role that visits, and agreed to; else None."""
    chosen = (
        sa.select(Account.name, Account.role, HubConsent.subject)
        .join(HubConsent, HubConsent.account == Account.id)
        .where(Account.id == account_id, Account.active.is_(True), Account.role.in_(ELSEWHERE))
        .where(HubConsent.client == client, HubConsent.given_at.is_not(None))
    )
    found = reading().execute(chosen).one_or_none()
    if found is None:
        return None
    name, role, subject = found
    belonging = "affiliate" if role in AFFILIATE else "employee"
    return Person(account_id, subject, name, signin.affiliation(belonging, issuer))


def sweep(now: datetime) -> None:
    """Delete codes and tokens that are long past. A transaction of its own, where there is something to delete."""
    before = now - KEPT
    if not reading().scalar(sa.select(SignInCode.code_hash).where(SignInCode.expires_at < before).limit(1)):
        return
    with transaction() as session:
        session.execute(sa.delete(SignInToken).where(SignInToken.expires_at < before))
        session.execute(sa.delete(SignInCode).where(SignInCode.expires_at < before))


def _revoke_of(code_hash: str, now: datetime) -> None:
    with transaction() as session:
        _end_tokens(session, code_hash, now)


def _end_tokens(session: Session, code_hash: str, now: datetime) -> None:
    """End what came of a code that is used a second time, and note it: one of the two has stolen it. Caller's."""
    chosen = sa.update(SignInToken).where(SignInToken.code_hash == code_hash, SignInToken.revoked_at.is_(None))
    session.execute(chosen.values(revoked_at=now))
    audit.note_rarely(session, "sign_in.replayed", now, by="node", detail={"what": "code"})


def _hash(secret: str) -> str:
    """Codes and tokens are 256 random bits: a plain hash is enough to make a stolen database worthless."""
    return hashlib.sha256(secret.encode()).hexdigest()
