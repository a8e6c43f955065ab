"""Storage limitation for profiles (GDPR Art. 5(1)(e)): asked again after twelve months, faded, hidden, erased.

Every rule is a span from the day for which the profile was confirmed, or its notice written. The clock is an argument;
a rule that was missed, because nobody worked, is caught up with at the next look. What its person has restricted is
kept as it is (Art. 18(2)) until the person ends that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.people import audit
from hubnode.records import notices, profiles, writing
from hubnode.records.models import Record
from hubnode.records.profile_models import Profile, ProfileLink

REMINDED = timedelta(days=30)
"""So long before the review is due the person is reminded."""
HIDDEN, ERASED = notices.HIDDEN, notices.ERASED
"""So long after it nobody else sees the profile any more (until then it is faded), and it is erased everywhere."""
LINKS = timedelta(days=90)
"""So long after their end links are remembered, to say that they are used up or too old."""
Stage = Literal["current", "due", "faded", "hidden"]


@dataclass(frozen=True, slots=True)
class Review:
    """Where a confirmed profile stands, and what comes when, if its person does nothing."""

    stage: Stage
    """``due``: the reminder was written; ``faded``: not confirmed in time; ``hidden``: taken back."""
    due: datetime
    hidden: datetime
    erased: datetime


def review(profile: Profile, now: datetime) -> Review | None:
    """How it stands with the review of this profile; None before it was confirmed for the first time."""
    if profile.confirmed_at is None or profile.review_due is None:
        return None
    due = profile.review_due
    stage: Stage = "current"
    if profile.hidden_at is not None:
        stage = "hidden"
    elif now >= due:
        stage = "faded"
    elif now >= due - REMINDED:
        stage = "due"
    return Review(stage, due, due + HIDDEN, due + ERASED)


def tend(now: datetime) -> None:
    """Do what is due: remind, hide, erase, and forget used links. A transaction for each profile.

    Raises `log.NotWritable` while this hub must not write into its log; nothing is lost by that.
    """
    session = reading()
    confirmed, free = Profile.confirmed_at.is_not(None), Profile.restricted_at.is_(None)
    waiting = [
        (Profile.confirmed_at.is_(None), timedelta(0), _unanswered),
        (sa.and_(confirmed, free), ERASED, _erase),
        (sa.and_(confirmed, free, Profile.hidden_at.is_(None)), HIDDEN, _hide),
        (sa.and_(confirmed, Profile.reminded_at.is_(None)), -REMINDED, _remind),
    ]
    for which, span, do in waiting:
        chosen = sa.select(Profile.record).where(which, Profile.review_due <= now - span)
        for record in session.scalars(chosen.order_by(Profile.record)).all():
            with transaction() as writes:
                profile, row = writes.get(Profile, record), writes.get(Record, record)
                if profile is not None and row is not None and _still(profile, span, now):
                    do(writes, row, profile, now)
    _forget_links(now)


def _still(profile: Profile, span: timedelta, now: datetime) -> bool:
    """Whether it is still due: the person may have confirmed between the look and the lock."""
    return profile.review_due is not None and profile.review_due <= now - span


def _remind(session: Session, record: Record, profile: Profile, now: datetime) -> None:
    due = profile.review_due or now
    until = max(due + ERASED, now + REMINDED)
    moments = {"due": due, "hidden": due + HIDDEN, "erased": due + ERASED, "until": until}
    notices.write(session, record, profile, "profile-review", now, **moments)
    profile.reminded_at = now


def _hide(session: Session, record: Record, profile: Profile, now: datetime) -> None:
    erased = (profile.review_due or now) + ERASED
    if record.state == "published":
        writing.withdraw(session, record, now)
        notices.write(session, record, profile, "profile-hidden", now, erased=erased, until=erased)
    profile.hidden_at = now


def _erase(session: Session, record: Record, _profile: Profile, now: datetime) -> None:
    notices.erased(session, record, now)
    writing.erase(session, record, now)
    audit.note(session, "profile.erased", now, by="node", about=record.rec)


def _unanswered(session: Session, record: Record, _profile: Profile, now: datetime) -> None:
    """Delete a draft whose person has not answered; there was never a version of it."""
    if record.rev:  # of a profile that was published before it belonged to anybody
        writing.erase(session, record, now)
    else:
        profiles.discard(session, record)
    audit.note(session, "profile.erased", now, by="node", about=record.rec)


def _forget_links(now: datetime) -> None:
    old = sa.or_(ProfileLink.expires_at <= now - LINKS, ProfileLink.used_at <= now - LINKS)
    if reading().scalar(sa.select(ProfileLink.token_hash).where(old).limit(1)) is not None:
        with transaction() as session:
            session.execute(sa.delete(ProfileLink).where(old))
