"""What people do with their profile: confirm, change, consent, withdraw, restrict, object, erase (GDPR Art. 7, 15-21).

Each function is one transaction and takes the proof of being that person. What takes something back does it
everywhere: by an entry of the log that every hub follows and confirms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation import canonical
from hubnode.db import reading, transaction
from hubnode.people import audit
from hubnode.people.viewer import Viewer
from hubnode.records import attachments, consents, kinds, notices, profiles, writing
from hubnode.records.consents import KIND
from hubnode.records.errors import Forbidden, NotFound, NotNow
from hubnode.records.kinds.text import tidy
from hubnode.records.models import Record, own_record
from hubnode.records.profile_models import Consent, Profile, ProfileLink
from hubnode.records.profiles import Owner

PROOF = timedelta(days=90)
"""So long the proof of an erasure can be looked at by whoever asked for it."""
OBJECTION = 1000
"""Characters of the longest objection."""
PERSON = "expert"
"""As whom the trail names a person without an account here."""


@dataclass(frozen=True, slots=True)
class Held:
    """A profile as its person sees it: everything."""

    id: str
    state: str
    level: str
    rev: int
    body: Mapping[str, Any]
    """What is being written, or else the published version."""
    published: Mapping[str, Any] | None
    """The version that others see; None where there is none."""
    profile: Profile
    consents: tuple[Consent, ...]
    """All of them, also those that were withdrawn."""

    @property
    def given(self) -> dict[str, Consent]:
        """The consents in force, by purpose."""
        return {one.purpose: one for one in self.consents if one.withdrawn_at is None}


def held(owner: Owner) -> Held:
    """The whole profile; raises `NotFound`."""
    session = reading()
    record, profile = session.get(Record, owner.record), session.get(Profile, owner.record)
    if record is None or profile is None or record.state == "erased":
        raise NotFound(owner.rec)
    rows = session.scalars(sa.select(Consent).where(Consent.record == record.id).order_by(Consent.id)).all()
    body = canonical.decode(record.draft or record.body or b"{}")
    published = canonical.decode(record.body) if record.state == "published" and record.body else None
    level = record.draft_level or record.level
    return Held(record.rec, record.state, level, record.rev, body, published, profile, tuple(rows))


def objections(viewer: Viewer) -> list[tuple[str, datetime, str]]:
    """(id, since when, reason) of the objections that this hub has to decide, the oldest first; for who publishes."""
    if not viewer.may_publish:
        return []
    chosen = sa.select(Record.rec, Profile.objected_at, Profile.objection).join(Profile, Profile.record == Record.id)
    rows = reading().execute(chosen.where(Profile.objected_at.is_not(None)).order_by(Profile.objected_at))
    return [(rec, at, reason) for rec, at, reason in rows if at is not None]


def uphold(viewer: Viewer, id: str, now: datetime) -> None:
    """Follow an objection: the profile is erased everywhere, and its person told. A transaction of its own.

    Raises `Forbidden`, `NotFound`, or `NotNow` where there is no objection.
    """
    if not viewer.may_publish:
        raise Forbidden("only coordinators decide")
    with transaction() as session:
        record = writing.own(session, id, KIND)
        profile = session.get(Profile, record.id)
        if profile is None or profile.objected_at is None:
            raise NotNow(id)
        notices.erased(session, record, now)
        writing.erase(session, record, now)
        audit.note(session, "profile.erased", now, by=viewer, about=id)


def to_be_asked(id: str) -> bool:
    """Whether the own record `id` is a profile whose person has not said yes, or is not known."""
    session = reading()
    record = session.scalar(sa.select(Record).where(own_record(id)))
    if record is None or record.kind != KIND:
        return False
    profile = session.get(Profile, record.id)
    nobody = profile is None or (profile.account is None and profile.email is None)
    return nobody or profiles.unconfirmed(session, record)


def ask(viewer: Viewer, id: str, address: str, now: datetime) -> None:
    """Ask the person whom the draft `id` is about, by mail, whether it may appear. A transaction of its own.

    Raises `Forbidden`, `NotFound`, `NotNow`, `kinds.Invalid` where the draft lacks something, `notices.BadAddress`.
    """
    if not viewer.may_publish:
        raise Forbidden("only coordinators ask for a profile")
    with transaction() as session:
        record = writing.own(session, id, KIND)
        if record.draft is None:
            raise NotNow(id)
        checked = kinds.check(KIND, canonical.decode(record.draft))
        profiles.refuse(session, record, checked.body, record.draft_level or record.level, None)
        notices.ask(session, record, address, now, by=viewer)


def confirm(owner: Owner, now: datetime) -> None:
    """Say that the profile is right as it is: it appears, or stays for twelve more months. A transaction of its own.

    Raises `profiles.LinkUsed`, `kinds.Invalid` where the draft lacks something, `Unconfirmed` while it is restricted.
    """
    with transaction() as session:
        profile = profiles.spend(session, owner, now)
        record = session.get_one(Record, owner.record)
        pending = (record.draft, record.draft_level) if record.state == "published" else None
        body, level = (record.body, record.level) if pending else (record.draft, record.draft_level or record.level)
        _confirmed(session, profile, owner, now)
        _publish(session, record, kinds.check(KIND, canonical.decode(body or b"{}")), level, owner, now)
        if pending and pending[0]:  # what others were writing meanwhile is not thrown away by a yes
            record.draft, record.draft_level, record.draft_at = *pending, now
            attachments.drafted(session, record, attachments.body_of(record.draft))


def publish(
    owner: Owner,
    body: dict[str, Any],
    level: str,
    now: datetime,
    *,
    given: Mapping[str, str],
    language: str = "de",
    version: str = consents.CURRENT,
) -> None:
    """Publish what the person has written, with the consents `given` (purpose to scope) and no others.

    A transaction of its own. Raises what `confirm` does, `consents.BadConsent`, and `kinds.Invalid` naming what is
    missing or not agreed to.
    """
    checked = kinds.check(KIND, body)
    with transaction() as session:
        profile = profiles.spend(session, owner, now)
        record = session.get_one(Record, owner.record)
        ended = _agree(session, owner, given, version, language, now)
        _confirmed(session, profile, owner, now)
        if ended and record.state == "published":
            writing.withdraw(session, record, now)
            writing.forget_versions(session, record)
        _publish(session, record, checked, level, owner, now)


def withdraw_consent(owner: Owner, purpose: str, now: datetime) -> None:
    """Withdraw one consent: what it opened is erased here and at all hubs, the rest stays. A transaction of its own.

    Raises `consents.BadConsent` for a purpose that there is not; one that is not in force changes nothing.
    """
    if purpose not in consents.texts():
        raise consents.BadConsent(purpose)
    with transaction() as session:
        profiles.spend(session, owner, now)
        if consents.end(session, owner.record, purpose, now):
            take_back(session, session.get_one(Record, owner.record), owner, now)
            _note(session, "profile.withdrawn", owner, now, purpose=purpose)


def take_back(session: Session, record: Record, owner: Owner | None, now: datetime) -> None:
    """Erase what nobody agrees to any more from draft, versions, log and all hubs. Part of the caller's transaction."""
    given, shown = consents.scopes(session, record.id), record.state == "published"
    body, level = canonical.decode(record.body) if record.body else None, record.level
    draft, draft_level = canonical.decode(record.draft) if record.draft else None, record.draft_level or level
    if shown:
        writing.withdraw(session, record, now)
    writing.forget_versions(session, record)
    if shown and body is not None:
        kept = kinds.check(KIND, consents.without(body, level, given))
        writing.publish(session, [writing.put(session, record, kept, level, owner)], now)
    elif body is not None:
        record.body = canonical.encode(consents.without(body, level, given))
    if draft is not None:
        cleaned = consents.without(draft, draft_level, given)
        record.draft, record.draft_level, record.draft_at = canonical.encode(cleaned), draft_level, now
        record.draft_token += 1
        attachments.drafted(session, record, cleaned)


def restrict(owner: Owner, now: datetime) -> None:
    """Keep the profile and show it to nobody, here and at all hubs (GDPR Art. 18). A transaction of its own."""
    with transaction() as session:
        profile = profiles.spend(session, owner, now)
        _hide(session, profile, owner, now)
        _note(session, "profile.restricted", owner, now)


def object_to(owner: Owner, reason: str, now: datetime) -> None:
    """Object to it (GDPR Art. 21): until the hub has decided it is restricted. A transaction of its own."""
    with transaction() as session:
        profile = profiles.spend(session, owner, now)
        profile.objected_at, profile.objection = now, tidy(reason, paragraphs=True)[:OBJECTION]
        _hide(session, profile, owner, now)
        _note(session, "profile.objected", owner, now)


def release(owner: Owner, now: datetime) -> None:
    """End the restriction, and an objection with it; the profile appears again. A transaction of its own.

    Raises `NotNow` where there is none.
    """
    with transaction() as session:
        profile = profiles.spend(session, owner, now)
        if profile.restricted_at is None:
            raise NotNow(owner.rec)
        profile.restricted_at, profile.objected_at, profile.objection = None, None, ""
        record = session.get_one(Record, owner.record)
        if profile.confirmed_at is not None and record.draft is not None:
            _confirmed(session, profile, owner, now)
            checked = kinds.check(KIND, canonical.decode(record.draft))
            _publish(session, record, checked, record.draft_level or record.level, owner, now)


def erase(owner: Owner, now: datetime) -> str:
    """Erase the profile with all that belongs to it, here and at all hubs (GDPR Art. 17). A transaction of its own.

    The answer is a token that shows for 90 days how far it has come, also to who has no account (see `erased`).
    """
    with transaction() as session:
        profiles.spend(session, owner, now)
        record = session.get_one(Record, owner.record)
        writing.erase(session, record, now)
        _note(session, "profile.erased", owner, now)
        return notices.new_link(session, record, now + PROOF)


def erased(token: str, now: datetime) -> str:
    """The id of the erased profile that this token tells of; raises `NotFound`."""
    link = reading().get(ProfileLink, profiles.hash_of(token))
    record = reading().get(Record, link.record) if link is not None and link.expires_at > now else None
    if record is None or record.state != "erased":
        raise NotFound("link")
    return record.rec


def _agree(
    session: Session, owner: Owner, given: Mapping[str, str], version: str, language: str, now: datetime
) -> bool:
    """Bring the consents to what is `given`; whether any ended or became narrower."""
    before = consents.scopes(session, owner.record)
    for purpose in before.keys() - given.keys():
        consents.end(session, owner.record, purpose, now)
        _note(session, "profile.withdrawn", owner, now, purpose=purpose)
    for purpose, scope in given.items():
        if before.get(purpose) != scope:
            consents.give(session, owner.record, purpose, scope, version=version, language=language, now=now)
            _note(session, "profile.consented", owner, now, purpose=purpose, scope=scope, version=version)
    wider = writing.LEVELS
    return any(
        purpose not in given or wider.index(given[purpose]) > wider.index(scope) for purpose, scope in before.items()
    )


def _confirmed(session: Session, profile: Profile, owner: Owner, now: datetime) -> None:
    profile.confirmed_at, profile.review_due = now, now + profiles.VALID
    profile.reminded_at = profile.hidden_at = None
    session.flush()
    _note(session, "profile.confirmed", owner, now)


def _publish(
    session: Session, record: Record, checked: kinds.CheckedBody, level: str, owner: Owner, now: datetime
) -> None:
    if level not in writing.LEVELS:
        raise ValueError(f"no such level: {level}")
    writing.publish(session, [writing.put(session, record, checked, level, owner)], now)


def _hide(session: Session, profile: Profile, owner: Owner, now: datetime) -> None:
    profile.restricted_at = profile.restricted_at or now
    record = session.get_one(Record, owner.record)
    if record.state == "published":
        writing.withdraw(session, record, now)


def _note(session: Session, act: str, owner: Owner, now: datetime, **detail: str) -> None:
    audit.note(session, act, now, by=PERSON, about=owner.rec, detail=detail)
