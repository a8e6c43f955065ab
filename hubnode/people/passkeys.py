"""Passkeys (WebAuthn Level 2): challenges that are good for one answer, and what an answer proves.

The person must have been verified by the authenticator, so that a passkey is two factors in one. Origin and relying
party follow from the node's own address; an answer made for any other site proves nothing here.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

import sqlalchemy as sa
import webauthn
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from hubnode.db import reading, transaction
from hubnode.people import throttle
from hubnode.people.errors import WrongPasskey
from hubnode.people.factor_models import Challenge, Passkey
from hubnode.people.models import Account
from hubnode.people.noting import noted

Purpose = Literal["register", "sign-in", "second", "confirm"]
GOOD_FOR = timedelta(minutes=5)
CHALLENGE_BYTES = 32
MAX_ANSWER = 16_384
"""Characters of the longest answer that is read."""
VERIFIED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True)
class Site:
    """For whom authenticators answer: this node, under its own address and no other."""

    origin: str
    name: str

    @property
    def rp_id(self) -> str:
        """The relying party id: the host of the address."""
        return urlsplit(self.origin).hostname or ""

    @property
    def possible(self) -> bool:
        """Whether browsers offer passkeys here: they do for names, not for numbers such as 127.0.0.1."""
        try:
            ipaddress.ip_address(self.rp_id)
        except ValueError:
            return bool(self.rp_id)
        return False


@dataclass(frozen=True, slots=True)
class Shown:
    """Proof that a passkey of this account has answered a challenge of ours; `prove` makes it."""

    account_id: int
    role: str


@dataclass(frozen=True, slots=True)
class Made:
    """Proof that a new passkey was made for this account here; `made` makes it."""

    account_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    handle: bytes


def registration(site: Site, account_id: int, now: datetime) -> str:
    """The options, as JSON, with which a browser makes a new passkey for this account. A transaction of its own."""
    with transaction() as session:
        account = session.get_one(Account, account_id)
        known = session.scalars(sa.select(Passkey).where(Passkey.account_id == account_id)).all()
        handle = known[0].handle if known else secrets.token_bytes(32)
        options = webauthn.generate_registration_options(
            rp_id=site.rp_id,
            rp_name=site.name,
            user_id=handle,
            user_name=account.email,
            user_display_name=account.name,
            challenge=_challenge(session, "register", account_id, handle, now),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
            ),
        )
    return options_to_json(options)


def asking(site: Site, purpose: Purpose, account_id: int | None, now: datetime) -> str:
    """The options, as JSON, with which a browser asks a passkey; for one account, or for whoever it is.

    A transaction of its own.
    """
    with transaction() as session:
        allowed = sa.select(Passkey.credential_id).where(Passkey.account_id == account_id)
        known = session.scalars(allowed).all() if account_id is not None else []
        options = webauthn.generate_authentication_options(
            rp_id=site.rp_id,
            challenge=_challenge(session, purpose, account_id, None, now),
            allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
            user_verification=VERIFIED,
        )
    return options_to_json(options)


def asking_stranger(site: Site, address: str, secret: str, now: datetime) -> str:
    """Like `asking` for somebody who has not said who it is; raises `Throttled`. Transactions of its own."""
    with transaction() as session:
        throttle.take(session, (throttle.challenge_key(address, secret),), now)
    return asking(site, "sign-in", None, now)


def made(site: Site, answer: str, account_id: int, now: datetime) -> Made:
    """Proof from the answer to `registration`; raises `WrongPasskey`. The challenge is used up in any case."""
    credential = _read(answer)
    challenge, handle = _spend(credential, "register", account_id, now)
    try:
        fresh = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise WrongPasskey(type(error).__name__) from error
    if handle is None:
        raise WrongPasskey("no handle")
    return Made(account_id, fresh.credential_id, fresh.credential_public_key, fresh.sign_count, handle)


def prove(site: Site, answer: str, purpose: Purpose, account_id: int | None, now: datetime) -> Shown:
    """Proof from the answer to `asking`; raises `WrongPasskey`. Transactions of its own.

    The challenge is used up whatever comes out. A counter that did not grow shows a copied authenticator and is noted.
    """
    credential = _read(answer)
    challenge, _ = _spend(credential, purpose, account_id, now)
    passkey, role = _kept(credential, account_id)
    try:
        seen = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=0,  # judged below, where it can be told from other refusals
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise WrongPasskey(type(error).__name__) from error
    if not _counted(passkey.id, seen.new_sign_count, now):
        with transaction() as session:
            noted(session, "factor.cloned", passkey.account_id, role, now)
        raise WrongPasskey("counter")
    return Shown(passkey.account_id, role)


def _counted(passkey_id: int, count: int, now: datetime) -> bool:
    """Whether the counter has grown, or is one that never counts; kept as the new one then (WebAuthn 7.2, step 22)."""
    grown = Passkey.sign_count < count if count else Passkey.sign_count == 0
    update = sa.update(Passkey).where(Passkey.id == passkey_id, grown)
    with transaction() as session:
        kept = update.values(sign_count=count, last_used_on=now.astimezone(UTC).date()).returning(Passkey.id)
        return session.scalar(kept) is not None


def _kept(credential: dict[str, Any], account_id: int | None) -> tuple[Passkey, str]:
    """The passkey that an answer claims to be of, and the role of its account; raises `WrongPasskey`."""
    try:
        credential_id = base64url_to_bytes(str(credential["id"]))
        handle = credential["response"].get("userHandle")
        said = base64url_to_bytes(str(handle)) if handle else None
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise WrongPasskey("unreadable") from error
    wanted = (
        sa.select(Passkey, Account.role)
        .join(Account, Account.id == Passkey.account_id)
        .where(Passkey.credential_id == credential_id, Account.active.is_(True))
    )
    row = reading().execute(wanted).one_or_none()
    if row is None or (account_id is not None and row[0].account_id != account_id):
        raise WrongPasskey("unknown")
    if said is not None and said != row[0].handle:
        raise WrongPasskey("handle")
    return row[0], row[1]


def _read(answer: str) -> dict[str, Any]:
    """The answer as an object; raises `WrongPasskey`."""
    if not answer or len(answer) > MAX_ANSWER:
        raise WrongPasskey("no answer")
    try:
        credential = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise WrongPasskey("unreadable") from error
    if not isinstance(credential, dict) or not isinstance(credential.get("response"), dict):
        raise WrongPasskey("unreadable")
    return credential


def _challenge(
    session: Session, purpose: Purpose, account_id: int | None, handle: bytes | None, now: datetime
) -> bytes:
    """A new challenge, remembered by its hash. Part of the caller's transaction."""
    session.execute(sa.delete(Challenge).where(Challenge.until < now))
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    session.add(
        Challenge(
            challenge_hash=_hash(challenge), purpose=purpose, account_id=account_id, handle=handle, until=now + GOOD_FOR
        )
    )
    return challenge


def _spend(
    credential: dict[str, Any], purpose: Purpose, account_id: int | None, now: datetime
) -> tuple[bytes, bytes | None]:
    """The challenge an answer was made for, and the handle.

    Raises `WrongPasskey` unless it is ours, made for this, and unused.
    """
    try:
        said = json.loads(base64url_to_bytes(str(credential["response"]["clientDataJSON"])))
        challenge = base64url_to_bytes(str(said["challenge"]))
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise WrongPasskey("unreadable") from error
    whose = Challenge.account_id.is_(None) if account_id is None else Challenge.account_id == account_id
    ours = sa.and_(Challenge.challenge_hash == _hash(challenge), Challenge.purpose == purpose, whose)
    spent = sa.delete(Challenge).where(ours, Challenge.until > now)
    with transaction() as session:
        row = session.execute(spent.returning(Challenge.challenge_hash, Challenge.handle)).one_or_none()
        if row is None:
            raise WrongPasskey("challenge")
        return challenge, row.handle


def _hash(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()
