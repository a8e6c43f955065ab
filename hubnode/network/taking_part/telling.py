"""Telling people how their registration stands: those of this hub by mail, others through their own hub.

The mail address of a person never leaves the home hub: the event's hub writes a letter to that hub, and that hub writes
the mail.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from federation.encoding import timestamp
from hubnode.mail import outbox
from hubnode.mail.rendering import Letter, moment
from hubnode.network import letters
from hubnode.network.letters import NoWay
from hubnode.network.taking_part.models import Registration
from hubnode.people.models import Account
from hubnode.people.viewer import Viewer
from hubnode.records import log, reading
from hubnode.records.reading import RecordView

PLACE = "place"
"""The kind of letter by which an event's hub says how a registration stands."""
MEMBER = Viewer(level="network")
"""As whom a mail may name an event: whoever gets it works at a hub."""
TEMPLATES = {"confirmed", "waiting", "called_off", "refused"}
"""States of which people are told by mail; their own cancellation they have seen on the page."""


def tell(session: Session, row: Registration, now: datetime, *, re: str | None = None, mail: bool = True) -> None:
    """Say how a registration for an event of this hub stands; part of the caller's transaction."""
    row.rev += 1
    if not row.peer:
        if mail:
            write(session, row, now)
        return
    if row.letter is not None:
        letters.cancel(session, [row.letter], now)
    try:
        row.letter = letters.send(session, row.peer, PLACE, _body(row), now, re=re, expires_in=_life(row, now))
    except NoWay:  # the hub of the person has left the network: nobody can be told
        row.letter = None


def _body(row: Registration) -> dict[str, str | int]:
    return {
        "event": row.event, "date": row.date, "subject": row.subject, "attempt": row.attempt, "rev": row.rev,
        "state": row.state, "position": row.position or 0, "starts": timestamp(row.starts_at),
        "ends": timestamp(row.ends_at),
    }  # fmt: skip


def _life(row: Registration, now: datetime) -> timedelta:
    """How long a letter about it is of any use: till the date is over, and no longer than letters live."""
    return max(timedelta(hours=1), min(letters.LIFE, row.ends_at - now))


def write(session: Session, row: Registration, now: datetime, template: str = "") -> None:
    """Put a mail about a registration of one of our people into the outbox; part of the caller's transaction."""
    template = template or row.state
    account = session.get(Account, row.account) if row.account is not None else None
    if account is None or not account.active or (template not in TEMPLATES and template != "moved"):
        return
    event = event_of(session, row)
    values = {
        "title": title(event, account.language),
        "when": moment(row.starts_at, account.language),
        "position": str(row.position or ""),
        "link": event.path if event is not None else "/anmeldungen",
    }
    name = "registration-" + template.replace("_", "-")
    outbox.put(session, Letter(account.email, account.language, name, values, row.ends_at), now)


def event_of(session: Session, row: Registration, viewer: Viewer = MEMBER) -> RecordView | None:
    """The event of a registration, as this viewer may see it here."""
    origin = log.own(session).origin if row.here else row.peer
    return reading.by_uri(viewer, f"{origin}/r/{row.event}")


def title(event: RecordView | None, language: str) -> str:
    """What an event is called in a mail: one line of printable signs."""
    named = event.headline if event is not None else {}
    words = named.get(language) or named.get("de") or next(iter(named.values()), "–")
    return "".join(sign for sign in words if sign.isprintable())
