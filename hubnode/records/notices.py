"""Letters to people about their own profile, each with a link that is good for one act.

A letter is put into the outbox in the transaction of what it tells; without an address there is none.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from hubnode.mail import addresses, outbox
from hubnode.mail.rendering import Letter
from hubnode.people import audit
from hubnode.people.models import Account
from hubnode.people.viewer import Viewer
from hubnode.records import log
from hubnode.records.errors import NotNow
from hubnode.records.kinds.words import Problem
from hubnode.records.models import Record
from hubnode.records.profile_models import Profile, ProfileLink
from hubnode.records.profiles import hash_of

ANSWER = timedelta(days=30)
"""How long a person has to answer to the notice; then the draft is deleted."""
AGAIN = timedelta(hours=1)
"""The notice is not written again before: nobody is to be flooded."""
HIDDEN, ERASED = timedelta(days=30), timedelta(days=90)
"""So long after the review is due a profile is hidden, and erased."""
NO_ADDRESS = Problem(
    "missing", _l("Geben Sie die E-Mail-Adresse der Person an. Sie wird gefragt, bevor etwas erscheint.")
)
TAKEN = Problem("taken", _l("Zu dieser E-Mail-Adresse gibt es schon ein Profil. Jede Person hat nur eines."))


class BadAddress(Exception):
    """The person can't be asked at this address; `flaw` says why."""

    def __init__(self, flaw: Problem) -> None:
        super().__init__(flaw.code)
        self.flaw = flaw


def ask(session: Session, record: Record, address: object, now: datetime, *, by: Viewer, language: str = "de") -> None:
    """Ask the person at `address` to confirm the draft of its profile. Part of the caller's transaction.

    Raises `BadAddress`, or `NotNow` where the person has confirmed already, or was asked less than an hour ago.
    """
    try:
        to = addresses.checked(str(address or ""))
    except addresses.BadAddress as error:
        raise BadAddress(NO_ADDRESS) from error
    profile = session.get(Profile, record.id)
    known = profile is not None and (profile.account is not None or profile.email is not None)
    if profile is not None and ((profile.confirmed_at is not None and known) or _just_asked(profile, to, now)):
        raise NotNow(record.rec)
    if profile is None:
        profile = Profile(record=record.id, language=language, created_at=now)
        session.add(profile)
    _refuse_taken(session, record, to)
    if profile.confirmed_at is not None:  # published before it belonged to anybody: it stays until its review is due
        _introduce(session, record, profile, to, now)
        audit.note(session, "profile.invited", now, by=by, about=record.rec)
        return
    profile.email, profile.account, profile.noticed_at, profile.review_due = to, None, now, now + ANSWER
    session.flush()
    _end_links(session, record, now)
    write(session, record, profile, "profile-notice", now, until=now + ANSWER)
    audit.note(session, "profile.invited", now, by=by, about=record.rec)


def _introduce(session: Session, record: Record, profile: Profile, to: str, now: datetime) -> None:
    due = profile.review_due or now
    profile.email, profile.noticed_at, profile.reminded_at = to, now, now
    session.flush()
    moments = {"due": due, "hidden": due + HIDDEN, "erased": due + ERASED, "until": max(due + ERASED, now + ANSWER)}
    write(session, record, profile, "profile-review", now, **moments)


def write(
    session: Session, record: Record, profile: Profile, template: str, now: datetime, **moments: datetime
) -> None:
    """Write one letter to the person, with a link that ends at ``until``. Part of the caller's transaction."""
    account = session.get(Account, profile.account) if profile.account is not None else None
    to = account.email if account is not None else profile.email
    if to is None:
        return
    language = account.language if account is not None else profile.language
    values = {name: said(moment, language) for name, moment in moments.items()}
    until = moments.get("until")
    if until is not None:
        values["link"] = f"{log.own(session).origin}/profil/{new_link(session, record, until)}"
    outbox.put(session, Letter(to, language, template, values, until), now)


def changed(session: Session, record: Record, now: datetime) -> None:
    """Tell the person that somebody else publishes a version of the profile. Part of the caller's transaction."""
    profile = session.get(Profile, record.id)
    if profile is not None and profile.confirmed_at is not None:
        write(session, record, profile, "profile-changed", now, at=now, until=now + ANSWER)


def erased(session: Session, record: Record, now: datetime) -> None:
    """Tell the person that somebody else erases the profile now. Part of the caller's transaction, before the deed."""
    profile = session.get(Profile, record.id)
    if profile is not None and profile.confirmed_at is not None:
        write(session, record, profile, "profile-erased", now, at=now)


def new_link(session: Session, record: Record, until: datetime) -> str:
    """The token of a new link, which is kept as its hash only. Part of the caller's transaction."""
    token = secrets.token_urlsafe(32)
    session.add(ProfileLink(token_hash=hash_of(token), record=record.id, expires_at=until))
    session.flush()
    return token


def said(moment: datetime, language: str) -> str:
    """The day as a letter says it."""
    return f"{moment:%d.%m.%Y}" if language == "de" else f"{moment.day} {moment:%B %Y}"


def _just_asked(profile: Profile, to: str, now: datetime) -> bool:
    return profile.email == to and profile.noticed_at is not None and now < profile.noticed_at + AGAIN


def _refuse_taken(session: Session, record: Record, to: str) -> None:
    """One person, one profile, whether it is known by its address or by its account."""
    account = sa.select(Account.id).where(Account.email == to).scalar_subquery()
    theirs = sa.or_(Profile.email == to, Profile.account == account)
    chosen = sa.select(Profile.record).join(Record, Record.id == Profile.record)
    others = (theirs, Profile.record != record.id, Record.state != "erased")
    if session.scalar(chosen.where(*others)) is not None:
        raise BadAddress(TAKEN)


def _end_links(session: Session, record: Record, now: datetime) -> None:
    open_links = (ProfileLink.record == record.id, ProfileLink.used_at.is_(None))
    session.execute(sa.update(ProfileLink).where(*open_links).values(expires_at=now))
