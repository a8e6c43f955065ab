"""Partner universities: what their programs may read, the secrets they prove themselves with, and what they have read.

A secret is shown once and kept as a hash; two are in force while a partner changes over. Of reading, the days and the
kinds of records are kept, for the list of recipients (GDPR Art. 19); not who, not what, not how much.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.people import audit, feed_keys, throttle, tokens
from hubnode.people.confirming import Oneself
from hubnode.people.partner_models import AccessToken, Partner, PartnerRead, PartnerSecret
from hubnode.people.tokens import SCOPES
from hubnode.people.viewer import Viewer

TOKEN_LIFE = timedelta(minutes=15)
LONGEST = timedelta(days=2 * 366)
IN_FORCE = 2
"""Secrets that may be in force at once."""


class BadPartner(Exception):
    """Nothing was changed; `code` says why: ``name``, ``scopes``, ``ends`` or ``unknown``."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the partner can't be like this: {code}")
        self.code = code


class WrongSecret(Exception):
    """Name and secret do not belong together, or the access has ended."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Proof that a program knows a secret of this partner; only `prove` makes one."""

    id: int
    client_id: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret in force, without itself."""

    id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class View:
    """A partner as coordinators see it."""

    id: int
    name: str
    client_id: str
    scopes: Sequence[str]
    ends_on: date
    ended: bool
    secrets: Sequence[Secret]
    last_used_on: date | None
    read: Mapping[str, Sequence[date]]
    """Kinds of records that it has read beyond what is public, each with the days."""


def add(proof: Oneself, name: str, scopes: Collection[str], ends_on: date, now: datetime) -> tuple[str, str]:
    """A new partner; answers client id and secret, which is kept nowhere. A transaction of its own.

    Raises `BadPartner`.
    """
    if not 2 <= len(name.strip()) <= 120:
        raise BadPartner("name")
    _refuse(scopes, ends_on, now)
    row = Partner(name=name.strip(), client_id=f"partner-{secrets.token_hex(8)}", scopes=_spelled(scopes))
    row.ends_on, row.created_at, row.ended_at = ends_on, now, None
    with transaction() as session:
        session.add(row)
        session.flush()
        _note(session, "partner.added", row, proof, now)
        return row.client_id, _new_secret(session, row.id, now)


def change(proof: Oneself, number: int, scopes: Collection[str], ends_on: date, now: datetime) -> None:
    """Let a partner do this from now on, tokens it holds included. A transaction of its own; raises `BadPartner`."""
    _refuse(scopes, ends_on, now)
    with transaction() as session:
        row = _row(session, number)
        if feed_keys.SCOPE not in scopes or row.ends_on < now.astimezone(UTC).date():
            feed_keys.end_of_partner(session, number, now, _viewer(proof))
        row.scopes, row.ends_on = _spelled(scopes), ends_on
        _note(session, "partner.changed", row, proof, now)


def renew(proof: Oneself, number: int, now: datetime) -> str:
    """Another secret, shown this once; the one before stays in force until it is revoked, older ones do not.

    A transaction of its own; raises `BadPartner`.
    """
    with transaction() as session:
        row = _row(session, number)
        for old in _secrets(session, number)[IN_FORCE - 1 :]:
            old.revoked_at = now
        made = _new_secret(session, row.id, now)
        _note(session, "token.renewed", row, proof, now)
        return made


def revoke_secret(proof: Oneself, number: int, secret: int, now: datetime) -> None:
    """End one secret, and every token that the partner holds. A transaction of its own; raises `BadPartner`."""
    with transaction() as session:
        row = _row(session, number)
        found = next((one for one in _secrets(session, number) if one.id == secret), None)
        if found is None:
            raise BadPartner("unknown")
        found.revoked_at = now
        _end_tokens(session, number, now)
        _note(session, "token.revoked", row, proof, now)


def end(proof: Oneself, number: int, now: datetime) -> None:
    """End the access of a partner at once. A transaction of its own; raises `BadPartner`."""
    with transaction() as session:
        row = _row(session, number)
        row.ended_at = now
        for one in _secrets(session, number):
            one.revoked_at = now
        _end_tokens(session, number, now)
        feed_keys.end_of_partner(session, number, now, _viewer(proof))
        _note(session, "partner.ended", row, proof, now)


def prove(client_id: str, secret: str, address: str, key: str, now: datetime) -> Proven:
    """Proof that this is the partner; raises `WrongSecret`, or `Throttled` after many. Transactions of its own."""
    counted = (throttle.client_key(client_id, key), throttle.address_key(address, key))
    with transaction() as session:
        throttle.take(session, counted, now)
    known = sa.select(Partner).join(PartnerSecret, PartnerSecret.partner == Partner.id)
    right = (PartnerSecret.secret_hash == tokens.hashed(secret), PartnerSecret.revoked_at.is_(None))
    row = reading().scalar(known.where(Partner.client_id == client_id, *right, _alive(now)))
    if row is None:
        raise WrongSecret
    with transaction() as session:
        throttle.forgive(session, counted[0])
        throttle.give_back(session, counted[1], now)
    return Proven(row.id, row.client_id, frozenset(row.scopes.split()))


def find(client_id: str, now: datetime) -> Proven | None:
    """The partner of this name, if its access has not ended; its secret has not been looked at."""
    row = reading().scalar(sa.select(Partner).where(Partner.client_id == client_id, _alive(now)))
    return Proven(row.id, row.client_id, frozenset(row.scopes.split())) if row else None


def note_read(partner: int, kinds: Collection[str], now: datetime) -> None:
    """Note that a partner reads these kinds today. A transaction of its own, once a day for each."""
    today = now.astimezone(UTC).date()
    noted = sa.select(PartnerRead.kind).where(PartnerRead.partner == partner, PartnerRead.day == today)
    if not set(kinds) - set(reading().scalars(noted)):
        return
    with transaction() as session:
        for kind in sorted(set(kinds) - set(session.scalars(noted))):
            session.add(PartnerRead(partner=partner, day=today, kind=kind))


def read_between(first: date, last: date) -> dict[str, dict[str, list[date]]]:
    """By partner the kinds that it read from `first` to `last`, each with its days."""
    found: dict[str, dict[str, list[date]]] = {}
    chosen = sa.select(Partner.name, PartnerRead.kind, PartnerRead.day).join(Partner, Partner.id == PartnerRead.partner)
    for name, kind, day in reading().execute(
        chosen.where(PartnerRead.day.between(first, last)).order_by(Partner.name, PartnerRead.kind, PartnerRead.day)
    ):
        found.setdefault(name, {}).setdefault(kind, []).append(day)
    return found


def everybody(now: datetime) -> list[View]:
    """All partners, those in force first."""
    session = reading()
    rows = session.scalars(sa.select(Partner).order_by(Partner.ended_at.is_not(None), Partner.name)).all()
    return [_view(session, row, now) for row in rows]


def one(number: int, now: datetime) -> View | None:
    """One partner; None where there is none of this number."""
    row = reading().get(Partner, number)
    return _view(reading(), row, now) if row else None


def _view(session: Session, row: Partner, now: datetime) -> View:
    read: dict[str, list[date]] = {}
    seen = sa.select(PartnerRead.kind, PartnerRead.day).where(PartnerRead.partner == row.id)
    for kind, day in session.execute(seen.order_by(PartnerRead.kind, PartnerRead.day.desc())):
        read.setdefault(kind, []).append(day)
    used = session.scalar(sa.select(sa.func.max(AccessToken.last_used_on)).where(AccessToken.partner == row.id))
    ended = row.ended_at is not None or row.ends_on < now.astimezone(UTC).date()
    held = [Secret(one.id, one.created_at) for one in _secrets(session, row.id)]
    return View(row.id, row.name, row.client_id, row.scopes.split(), row.ends_on, ended, held, used, read)


def _refuse(scopes: Collection[str], ends_on: date, now: datetime) -> None:
    if not scopes or not set(scopes) <= SCOPES.keys():
        raise BadPartner("scopes")
    today = now.astimezone(UTC).date()
    if not today <= ends_on <= today + LONGEST:
        raise BadPartner("ends")


def _spelled(scopes: Collection[str]) -> str:
    return " ".join(scope for scope in SCOPES if scope in scopes)


def _row(session: Session, number: int) -> Partner:
    row = session.get(Partner, number)
    if row is None or row.ended_at is not None:
        raise BadPartner("unknown")
    return row


def _alive(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(Partner.ended_at.is_(None), Partner.ends_on >= now.astimezone(UTC).date())


def _secrets(session: Session, number: int) -> Sequence[PartnerSecret]:
    """The secrets in force, the newest first."""
    chosen = sa.select(PartnerSecret).where(PartnerSecret.partner == number, PartnerSecret.revoked_at.is_(None))
    return session.scalars(chosen.order_by(PartnerSecret.id.desc())).all()


def _new_secret(session: Session, number: int, now: datetime) -> str:
    made = secrets.token_urlsafe(32)
    session.add(PartnerSecret(partner=number, secret_hash=tokens.hashed(made), created_at=now, revoked_at=None))
    return made


def _end_tokens(session: Session, number: int, now: datetime) -> None:
    alive = sa.and_(AccessToken.partner == number, AccessToken.revoked_at.is_(None))
    session.execute(sa.update(AccessToken).where(alive).values(revoked_at=now))


def _note(session: Session, act: str, row: Partner, proof: Oneself, now: datetime) -> None:
    told = {"scopes": row.scopes, "until": row.ends_on.isoformat()}
    audit.note(session, act, now, by=_viewer(proof), about=row.client_id, detail=told)


def _viewer(proof: Oneself) -> Viewer:
    return Viewer("hub", proof.role, proof.account_id)
