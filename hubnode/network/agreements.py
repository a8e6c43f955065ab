"""Agreements as joint controllers (GDPR Art. 26): a hub with which there is none is given public data only.

What is given to such a hub keeps every header, so that order, completeness and the tree stay provable; body and salt of
all that is not public as a whole are left out. To the other side such an entry is one whose text has not come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.network import events
from hubnode.network.agreement_models import AgreementRow
from hubnode.network.models import Peer
from hubnode.people import audit
from hubnode.people.confirming import Confirmed
from hubnode.people.viewer import Level
from hubnode.records import kinds, statements
from hubnode.records.log import SHARED
from hubnode.records.models import Record

LONGEST = 200
_ENTERED = sa.select(AgreementRow.origin).where(AgreementRow.origin == sa.bindparam("sought"))
Withheld = Callable[[bytes, bytes], bool]
"""By header and body of an entry: whether its text is left out."""


class BadAgreement(Exception):
    """Nothing was entered; `code` says why: ``reference``, ``date`` or ``unknown``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was entered of an agreement; `checked` makes it."""

    reference: str
    agreed_on: date


def checked(reference: str, agreed_on: date | str | None, now: datetime) -> Agreement:
    """The agreement that was typed in; a date may be ISO 8601, and is today where there is none.

    Raises `BadAgreement`.
    """
    told = " ".join(reference.split())
    if not 3 <= len(told) <= LONGEST:
        raise BadAgreement("reference", f"a reference has 3 to {LONGEST} characters")
    try:
        day = date.fromisoformat(agreed_on) if isinstance(agreed_on, str) and agreed_on else agreed_on or now.date()
    except ValueError as error:
        raise BadAgreement("date", "a date looks like 2026-11-22") from error
    if not isinstance(day, date) or day > (now + timedelta(days=1)).date():
        raise BadAgreement("date", "an agreement is not of the future")
    return Agreement(told, day)


def of(session: Session, origin: str) -> Agreement | None:
    """The agreement with the hub at `origin`, if one was entered."""
    row = session.get(AgreementRow, origin)
    return Agreement(row.reference, row.agreed_on) if row else None


def level(session: Session, origin: str) -> Level:
    """How far the hub at `origin`, and people whom it vouches for, may see: ``public`` without an agreement."""
    return "network" if session.scalar(_ENTERED, {"sought": origin}) is not None else "public"


def keep(session: Session, origin: str, agreement: Agreement, now: datetime) -> None:
    """Enter an agreement; what was withheld follows: the hub is poked, and asks again. Caller's transaction."""
    session.merge(
        AgreementRow(origin=origin, reference=agreement.reference, agreed_on=agreement.agreed_on, entered_at=now)
    )
    told = sa.update(Peer).where(Peer.origin == origin).values(told_size=TELL_ANYWAY, poke_due_at=now)
    session.execute(told)


TELL_ANYWAY = -1
"""As `Peer.told_size`: to be told of our log although it has all of it."""


def enter(proof: Confirmed, origin: str, agreement: Agreement, now: datetime) -> None:
    """Enter the agreement with a hub that is known here; raises `BadAgreement`. A transaction of its own."""
    with transaction() as session:
        if session.scalar(sa.select(Peer.id).where(Peer.origin == origin)) is None:
            raise BadAgreement("unknown", f"{origin} is not known here")
        keep(session, origin, agreement, now)
        events.tell(session, now, origin, "agreed", proof.by)
        told = {"reference": agreement.reference, "of": agreement.agreed_on.isoformat()}
        audit.note(session, "peer.agreement", now, by=proof, about=origin, detail=told)


def end(proof: Confirmed, origin: str, now: datetime) -> None:
    """Take the agreement back: from now on the hub is given public data only. What it has, it has.

    Raises `BadAgreement` where there is none. A transaction of its own.
    """
    with transaction() as session:
        gone = sa.delete(AgreementRow).where(AgreementRow.origin == origin).returning(AgreementRow.origin)
        if session.scalar(gone) is None:
            raise BadAgreement("unknown", f"there is no agreement with {origin}")
        events.tell(session, now, origin, "unagreed", proof.by)
        audit.note(session, "peer.agreement", now, by=proof, about=origin, detail={"ended": "yes"})


def withholding(session: Session, origin: str) -> Withheld | None:
    """What is left out of what the hub at `origin` is given; None where nothing is."""
    return None if level(session, origin) == "network" else not_public


def not_public(header: bytes, body: bytes) -> bool:
    """Whether an entry is more than public, as a whole or in one field; what hubs say of themselves never is.

    A body of a kind that is not known here counts as not public: nobody can tell.
    """
    head = orjson.loads(header)
    return head["kind"] not in statements.KINDS and not _public(head["kind"], head["vis"], body)


def _public(kind: str, vis: str, body: bytes) -> bool:
    if vis != "public" or kind not in kinds.KINDS:
        return False
    told = orjson.loads(body)
    return bool(kinds.project(kind, told, "public", vis) == told)


def is_given(record: Record) -> bool:
    """Whether one of our records that is shared is given to a hub without an agreement."""
    return record.body is not None and (
        record.kind in statements.KINDS or _public(record.kind, record.level, record.body)
    )


def withheld_records(session: Session | None = None) -> dict[str, int]:
    """How many of our shared records a hub without an agreement is not given, by kind."""
    shared = (Record.own, Record.state == "published", Record.level.in_(SHARED), Record.kind.in_(kinds.KINDS))
    counts: dict[str, int] = {}
    for kind, vis, body in (session or reading()).execute(
        sa.select(Record.kind, Record.level, Record.body).where(*shared)
    ):
        if body is not None and not _public(kind, vis, body):
            counts[kind] = counts.get(kind, 0) + 1
    return counts
