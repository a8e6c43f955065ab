"""Whose a profile is, and the gate before its every version: nothing about a person is published that did not agree.

`Owner` is the proof of being that person; only an account it is linked to, or a link out of a letter, makes one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from federation import canonical
from hubnode.people.models import Account
from hubnode.people.viewer import Viewer
from hubnode.records import attachments, consents, kinds, removals
from hubnode.records.consents import KIND
from hubnode.records.errors import Gone, NotFound, Unconfirmed
from hubnode.records.kinds.schema import RANK
from hubnode.records.kinds.words import Flaw, Problem
from hubnode.records.models import Record, own_record
from hubnode.records.profile_models import Consent, Profile, ProfileLink

VALID = timedelta(days=365)
"""How long a confirmation is good for (storage limitation, GDPR Art. 5(1)(e))."""
_MAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+")
MAIL = Problem(
    "mail", _l("Schreiben Sie hier keine E-Mail-Adresse. Anfragen kommen über das Formular an, ohne Adresse.")
)
THEIRS = Problem("theirs", _l("Das kann nur die Person selbst ändern, in ihrem Profil."))


class LinkUsed(Gone):
    """The link has been used already; nothing was done again."""


class LinkExpired(Gone):
    """The link is too old."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Proof of being the person that a profile is about; `by_account` and `by_link` make it."""

    record: int
    """Row of the record."""
    rec: str
    account: int | None = None
    link: str = ""
    """Hash of the link's token, which is good for one act."""


def by_account(session: Session, viewer: Viewer) -> Owner | None:
    """Proof from the account that somebody is signed in with; None where no profile belongs to it.

    A profile without an account belongs to the account with the mail address that the notice went to.
    """
    if viewer.account_id is None:
        return None
    address = sa.select(Account.email).where(Account.id == viewer.account_id).scalar_subquery()
    mine = sa.or_(Profile.account == viewer.account_id, sa.and_(Profile.account.is_(None), Profile.email == address))
    chosen = sa.select(Record.id, Record.rec).join(Profile, Profile.record == Record.id)
    row = session.execute(chosen.where(mine, Record.state != "erased").order_by(Record.id)).first()
    return None if row is None else Owner(row.id, row.rec, account=viewer.account_id)


def by_link(session: Session, token: str, now: datetime) -> Owner:
    """Proof from the token of a letter; raises `NotFound`, `LinkUsed` or `LinkExpired`."""
    hashed = hash_of(token)
    link = session.get(ProfileLink, hashed)
    if link is None:
        raise NotFound("link")
    if link.used_at is not None:
        raise LinkUsed("link")
    if link.expires_at <= now:
        raise LinkExpired("link")
    record = session.get_one(Record, link.record)
    if record.state == "erased":
        raise LinkUsed("link")
    return Owner(record.id, record.rec, link=hashed)


def spend(session: Session, owner: Owner, now: datetime) -> Profile:
    """The profile that the proof is for, locked into the caller's transaction; a link is used up by it.

    Raises `LinkUsed` where another act was quicker.
    """
    if owner.link:
        unused = (ProfileLink.token_hash == owner.link, ProfileLink.used_at.is_(None), ProfileLink.expires_at > now)
        taken = sa.update(ProfileLink).where(*unused).values(used_at=now).returning(ProfileLink.record)
        if session.scalar(taken) != owner.record:
            raise LinkUsed("link")
    profile = session.get(Profile, owner.record)
    if profile is None:
        raise NotFound(owner.rec)
    if owner.account is not None and profile.account is None:
        profile.account, profile.email = owner.account, None
        session.flush()
    return profile


def hash_of(token: str) -> str:
    """How the token of a link is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def of_id(session: Session, rec: str) -> Profile | None:
    """Whom the own record `rec` belongs to, if it is a profile and that is known."""
    chosen = sa.select(Profile).join(Record, Record.id == Profile.record).where(own_record(rec))
    return session.scalar(chosen)


def unconfirmed(session: Session, record: Record) -> bool:
    """Whether this is a profile that its person has not confirmed."""
    profile = session.get(Profile, record.id)
    return record.kind == KIND and (profile is None or profile.confirmed_at is None)


def admit(
    session: Session, record: Record, checked: kinds.CheckedBody, level: str, owner: Owner | None
) -> kinds.CheckedBody:
    """The body as it may become a version; whatever is no profile passes as it is.

    Raises `Unconfirmed` unless its person has confirmed and not restricted it, and `kinds.Invalid` naming what nobody
    has agreed to, and what others than the person may not change.
    """
    if record.kind != KIND:
        return checked
    profile = session.get(Profile, record.id) if record.id is not None else None
    if profile is None or profile.confirmed_at is None or profile.restricted_at is not None:
        raise Unconfirmed(record.rec)
    if owner is None:
        checked = carried(record, checked)
    refuse(session, record, checked.body, level, owner)
    return kinds.check(KIND, checked.body | {"last_confirmed_at": profile.confirmed_at.date().isoformat()})


def carried(record: Record, checked: kinds.CheckedBody, *, complete: bool = True) -> kinds.CheckedBody:
    """What somebody else has written, with what only the person says as it stands where the writer left it out."""
    if record.kind != KIND or record.body is None:
        return checked
    before, body = canonical.decode(record.body), checked.body
    fields = kinds.KINDS[KIND].fields
    mine = {name for name, field in fields.items() if field.metadata.get("group") == "voluntary"} | {kinds.CHOICES}
    kept = {name: value for name, value in before.items() if name in mine and name not in body}
    return kinds.check(KIND, body | kept, complete=complete) if kept else checked


def refuse(session: Session, record: Record, body: Mapping[str, Any], level: str, owner: Owner | None) -> None:
    """Raise `kinds.Invalid` where a body, draft or not, holds what it must not; whatever is no profile passes."""
    if record.kind != KIND:
        return
    flaws = [*consents.lacking(body, level, consents.scopes(session, record.id)), *_addresses(body)]
    profile = session.get(Profile, record.id)
    if profile is not None and owner is None and profile.restricted_at is not None:
        raise Unconfirmed(record.rec)
    if profile is not None and owner is None and profile.confirmed_at is not None:
        flaws += _theirs(record, body, level)
    if flaws:
        raise kinds.Invalid({".".join(map(str, path)): [problem] for path, problem in flaws})


def discard(session: Session, record: Record) -> None:
    """Delete a draft that never became a version, with all that is kept beside it, and have the files cleared of it.

    Part of the caller's transaction.
    """
    attachments.drafted(session, record, None)
    session.delete(record)
    removals.want_scrub(session)
    session.flush()


def forget(session: Session, record: Record) -> None:
    """Delete what is kept beside an erased profile, but for the account that may follow the erasure.

    Part of the caller's transaction.
    """
    profile = session.get(Profile, record.id)
    if profile is None:
        return
    for table in (Consent, ProfileLink):
        session.execute(sa.delete(table).where(table.record == record.id))
    profile.email, profile.noticed_at, profile.confirmed_at, profile.review_due = None, None, None, None
    profile.reminded_at, profile.hidden_at, profile.restricted_at = None, None, None
    profile.objected_at, profile.objection = None, ""
    session.flush()


def returned(session: Session, record: Record, at: datetime) -> None:
    """Take up a profile that other hubs return after a restore: it was confirmed when its entry was written.

    Part of the caller's transaction.
    """
    profile = session.get(Profile, record.id)
    if profile is None:
        profile = Profile(record=record.id, created_at=at)
        session.add(profile)
    if profile.confirmed_at is None or profile.confirmed_at < at:
        profile.confirmed_at, profile.review_due = at, at + VALID
        profile.reminded_at = profile.hidden_at = None
    session.flush()


def may_read(session: Session, viewer: Viewer, record: Record) -> bool:
    """Whether this writer may open the draft of a record: a restricted profile is nobody's but its person's."""
    if record.kind != KIND:
        return True
    profile = session.get(Profile, record.id)
    return profile is None or profile.restricted_at is None or profile.account == viewer.account_id is not None


def _addresses(body: Mapping[str, Any]) -> Iterator[Flaw]:
    """The texts that hold a mail address: people are reached through the hub."""
    for name in ("display_name", "academic_title", "function", "summary", "interests"):
        said = body.get(name, {})
        for lang, text in said.items() if isinstance(said, dict) else [("", said)]:
            if isinstance(text, str) and _MAIL.search(text):
                yield (name, lang) if lang else (name,), MAIL


def _theirs(record: Record, body: Mapping[str, Any], level: str) -> Iterator[Flaw]:
    """What somebody else has changed that only the person may: voluntary fields, and who sees what."""
    before = canonical.decode(record.body) if record.body else {}
    held_level = record.level if record.body else "hub"
    if RANK[level] < RANK[held_level]:
        yield ("visibility",), THEIRS
    for name, field in kinds.KINDS[KIND].fields.items():
        if field.metadata.get("group") == "voluntary" and body.get(name) != before.get(name):
            yield (name,), THEIRS
        elif name in body and _rank(body, name, level) < _rank(before, name, held_level):
            yield ("field_visibility", name), THEIRS


def _rank(body: Mapping[str, Any], name: str, level: str) -> int:
    return RANK[kinds.level_of(KIND, body, name, level)]
