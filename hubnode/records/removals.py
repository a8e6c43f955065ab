"""Taking records back: the one place where text leaves a log, so that none goes without being noted.

Deleting rows is not enough: a database file keeps what was deleted for a while. What is noted here is cleared by
`scrub`, and confirmed to the record's home hub by the network room.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.records.models import LogEntry
from hubnode.records.removal_models import Removal, Scrub


def take_back(session: Session, log_pk: int, seq: int, rec: str, now: datetime) -> None:
    """Delete every earlier text of a record from a log, as entry `seq` of it says; the headers and all proofs stay.

    Noted with it is whether there was any text, and that the files are to be cleared. Applied again, it is noted again,
    but what was confirmed stays confirmed. Part of the caller's transaction.
    """
    before = sa.update(LogEntry).where(LogEntry.log == log_pk, LogEntry.rec == rec, LogEntry.seq < seq)
    emptied = before.where(LogEntry.body.is_not(None)).values(body=None, salt=None)
    held = bool(session.execute(emptied).rowcount)  # type: ignore[attr-defined]
    known = session.get(Removal, (log_pk, seq))
    if known is None:
        known = Removal(log=log_pk, seq=seq, rec=rec, held=False, removed_at=now, scrub=0, done_at=now)
        session.add(known)
    if held:
        number = want_scrub(session)
        known.held, known.removed_at, known.done_at, known.scrub = True, now, None, number
    session.flush()


def want_scrub(session: Session) -> int:
    """Have the files cleared of what this transaction deletes; answers the number of the scrub that will have done so.

    Part of the caller's transaction. On PostgreSQL the row stays locked until it ends, so numbers follow commits.
    """
    counted = sa.update(Scrub).where(Scrub.id == 1).values(wanted=Scrub.wanted + 1).returning(Scrub.wanted)
    return session.scalars(counted).one()


def clear_home(session: Session, log_pk: int, rec: str) -> None:
    """Have the files cleared of what is kept of an own record beside its log: drafts, versions, words of the index.

    Part of the transaction that deletes them.
    """
    number = want_scrub(session)
    noted = sa.update(Removal).where(Removal.log == log_pk, Removal.rec == rec)
    session.execute(noted.values(scrub=number, done_at=None))


def scrubbed(session: Session, up_to: int, now: datetime) -> None:
    """Note that the files are clear of everything deleted up to scrub `up_to`. Part of the caller's transaction."""
    session.execute(sa.update(Scrub).where(Scrub.id == 1, Scrub.done < up_to).values(done=up_to))
    gone = sa.update(Removal).where(Removal.done_at.is_(None), Removal.scrub <= up_to)
    session.execute(gone.values(done_at=now))
