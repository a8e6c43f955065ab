"""Barriers that anybody may report, without an account: kept, told to the office, and followed until they are gone."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hubnode.config import Settings
from hubnode.db import reading, transaction
from hubnode.mail import outbox
from hubnode.mail.addresses import BadAddress
from hubnode.mail.addresses import checked as checked_address
from hubnode.mail.rendering import Letter
from hubnode.people import throttle
from hubnode.people.barrier_models import BarrierReport

STATES = ("new", "working", "done")
LONGEST = 2000
MOST_A_DAY = 200
"""Reports of one day that are kept: more than any real day brings."""
_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Digits and letters that are not mistaken for each other."""


class BadReport(Exception):
    """Nothing was kept; `code` says why: ``what``, ``long``, ``contact`` or ``full``."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the report can't be taken: {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Report:
    """A report as the office sees it."""

    id: int
    number: str
    page: str
    what: str
    contact: str
    state: str
    created_at: datetime
    done_at: datetime | None


def report(settings: Settings, page: str, what: str, contact: str, address: str, now: datetime) -> str:
    """Keep a report and tell the office by mail; answers its number. A transaction of its own.

    The letter says only that there is one, and where. Raises `BadReport`, or `Throttled` for an `address` that reports
    without end; the address itself is not kept.
    """
    told, reply = what.strip().replace("\r\n", "\n"), contact.strip()
    if len(told) < 10:
        raise BadReport("what")
    if len(told) > LONGEST:
        raise BadReport("long")
    row = BarrierReport(number=_number(), page=page[:300], what=told, contact=_address(reply))
    row.state, row.created_at, row.done_at = "new", now, None
    with transaction() as session:
        throttle.take(session, (throttle.barrier_key(address, settings.secret_key),), now)
        lately = sa.select(sa.func.count()).where(BarrierReport.created_at > now - timedelta(days=1))
        if (session.scalar(lately) or 0) >= MOST_A_DAY:
            raise BadReport("full")
        session.add(row)
        if settings.contact_email:
            values = {"number": row.number, "page": page[:300], "link": "/verwaltung/barrieren"}
            outbox.put(session, Letter(settings.contact_email, "de", "barrier", values), now)
        return row.number


def state_of(number: str) -> str | None:
    """How far the hub is with a report; None where no report has this number."""
    return reading().scalar(sa.select(BarrierReport.state).where(BarrierReport.number == number.strip().upper()))


def reports(limit: int = 200) -> Sequence[Report]:
    """The reports, open ones first, then the newest."""
    order = (BarrierReport.state == "done", BarrierReport.id.desc())
    return [_as_report(row) for row in reading().scalars(sa.select(BarrierReport).order_by(*order).limit(limit))]


def waiting() -> int:
    """How many reports nobody has looked at yet."""
    new = sa.select(sa.func.count()).select_from(BarrierReport).where(BarrierReport.state == "new")
    return reading().scalar(new) or 0


def put(id: int, state: str, now: datetime) -> bool:
    """Say how far the hub is; False where there is no such report or state. A transaction of its own."""
    if state not in STATES:
        return False
    with transaction() as session:
        done_at = now if state == "done" else None
        changed = sa.update(BarrierReport).where(BarrierReport.id == id).values(state=state, done_at=done_at)
        return session.scalar(changed.returning(BarrierReport.id)) is not None


def sweep(now: datetime, days: int) -> int:
    """Delete the reports that are older than so many days; answers how many. A transaction of its own, if any is."""
    old = BarrierReport.created_at < now - timedelta(days=days)
    if not reading().scalar(sa.select(sa.exists().where(old))):
        return 0
    with transaction() as session:
        return len(session.scalars(sa.delete(BarrierReport).where(old).returning(BarrierReport.id)).all())


def _number() -> str:
    signs = "".join(secrets.choice(_SIGNS) for _ in range(8))
    return f"B-{signs[:4]}-{signs[4:]}"


def _address(reply: str) -> str:
    try:
        return checked_address(reply) if reply else ""
    except BadAddress as error:
        raise BadReport("contact") from error


def _as_report(row: BarrierReport) -> Report:
    return Report(row.id, row.number, row.page, row.what, row.contact, row.state, row.created_at, row.done_at)
