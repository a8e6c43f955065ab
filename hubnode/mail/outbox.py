"""The outbox: a letter is put there in the transaction of what it tells of, and sent afterwards by the worker."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from hubnode.config import Settings
from hubnode.db import reading, transaction
from hubnode.mail import addresses, rendering, sealing, smtp
from hubnode.mail.addresses import BadAddress
from hubnode.mail.models import MailOut
from hubnode.mail.rendering import BadLetter, Letter, Listed, Written
from hubnode.mail.sealing import CantOpen
from hubnode.mail.smtp import NotNow, Refused, Server

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
"""Longer than one try can take; after it a letter of a worker that died is tried again."""
PAUSES = tuple(timedelta(minutes=one) for one in (1, 5, 15, 60, 180, 360, 720, 1440))
"""After each failed try; after the last one a letter is given up."""
DEAD_DAYS = timedelta(days=30)
"""How long a letter that was given up can be looked at."""
SHOWN = 100
"""Letters that the mailbox of the demo keeps."""
ERRORS: Mapping[str, LazyString] = {
    "": _l("wird gesendet, sobald der Arbeiter dazu kommt"),
    "unset": _l("Es ist kein Mailserver eingestellt."),
    "unreachable": _l("Der Mailserver antwortet nicht."),
    "tls": _l("Der Mailserver bietet keine verschlüsselte Verbindung an, der dieser Knoten traut."),
    "auth": _l("Der Mailserver nimmt die Anmeldung nicht an."),
    "later": _l("Der Mailserver bittet darum, es später zu versuchen."),
    "refused": _l("Der Mailserver hat die Nachricht oder die Adresse endgültig abgelehnt."),
    "failed": _l("Die Nachricht ließ sich nicht verschicken. Warum, steht in den Meldungen des Dienstes."),
    "expired": _l("Der Link in der Nachricht ist abgelaufen, bevor sie zugestellt werden konnte."),
    "unreadable": _l("Die Nachricht ist nicht mehr lesbar: Der geheime Schlüssel der Einstellungen hat sich geändert."),
}
"""Why a letter has not been sent, in the words of pages."""


@dataclass(frozen=True, slots=True)
class Held:
    """A letter in the outbox as administrators, or the mailbox of the demo, see it."""

    id: int
    template: str
    to: str
    created_at: datetime
    due_at: datetime | None
    attempts: int
    state: str
    error: str


def put(session: Session, letter: Letter, now: datetime) -> None:
    """Send this letter once what it tells of is kept: part of the caller's transaction.

    Raises `addresses.BadAddress`, or `BadLetter` for an unknown text, a missing value or one that is not a single line.
    """
    checked = addresses.checked(letter.to)
    rendering.written(letter, _settings())
    values = {
        "to": checked,
        "language": letter.language,
        "values": dict(letter.values),
        "listed": [[one.url, one.title, one.note] for one in letter.listed],
        "unsubscribe": letter.unsubscribe,
    }
    session.add(
        MailOut(
            template=letter.template,
            sealed=sealing.seal(json.dumps(values).encode(), _secret(), _purpose(letter.template)),
            state="waiting",
            created_at=now,
            expires_at=letter.until,
            due_at=now,
            attempts=0,
            error="",
        )
    )


def due(now: datetime) -> sa.ColumnElement[bool]:
    """Whether any letter waits to be sent."""
    return sa.exists().where(MailOut.due_at <= now)


def claim(session: Session, now: datetime, most: int) -> list[str]:
    """Take up to so many letters, by number; of two workers only one gets each. Part of the caller's transaction."""
    found = session.execute(
        sa.select(MailOut.id, MailOut.attempts).where(MailOut.due_at <= now).order_by(MailOut.due_at).limit(most)
    ).all()
    return [str(number) for number, attempts in found if _claimed(session, number, attempts, now)]


def _claimed(session: Session, number: int, attempts: int, now: datetime) -> bool:
    taken = (
        sa.update(MailOut)
        .where(MailOut.id == number, MailOut.attempts == attempts, MailOut.due_at <= now)
        .values(attempts=attempts + 1, due_at=now + LEASE)
        .returning(MailOut.id)
    )
    return session.scalar(taken) is not None


def deliver(settings: Settings, number: int, now: datetime, server: Server | None = None) -> None:
    """Send one claimed letter and forget it, or note why not. No transaction is open while the server is spoken to.

    `server` is the one of the settings unless a test brings its own.
    """
    row = reading().get(MailOut, number)
    if row is None or row.state != "waiting":
        return
    if settings.shows_letters and server is None:
        _settle(number, "kept", "", None)
        return
    try:
        if row.expires_at is not None and row.expires_at <= now:
            raise Refused("expired")
        if row.attempts > len(PAUSES) + 1:  # a fault of ours has ended each try: it must not go on for ever
            raise Refused("failed")
        message = rendering.message(_letter(row), settings, row.id, row.created_at)
        smtp.send(message, server or smtp.server_of(settings))
    except NotNow as problem:
        pause = PAUSES[row.attempts - 1] if row.attempts <= len(PAUSES) else None
        state, due_at = ("waiting", now + pause) if pause else ("dead", None)
        _settle(number, state, problem.code, due_at)
    except Refused as problem:
        _settle(number, "dead", problem.code, None)
    except CantOpen:
        _settle(number, "dead", "unreadable", None)
    except (BadLetter, BadAddress):
        _settle(number, "dead", "refused", None)
    else:
        with transaction() as session:
            session.execute(sa.delete(MailOut).where(MailOut.id == number))


def _settle(number: int, state: str, error: str, due_at: datetime | None) -> None:
    if error:
        log.warning("letter %s: %s, %s", number, state, error)
    with transaction() as session:
        session.execute(sa.update(MailOut).where(MailOut.id == number).values(state=state, error=error, due_at=due_at))


def troubled() -> list[Held]:
    """The letters that were given up, and those whose last try failed; newest first."""
    chosen = sa.select(MailOut).where(sa.or_(MailOut.state == "dead", MailOut.error != ""))
    return [_held(row) for row in reading().scalars(chosen.order_by(MailOut.id.desc()).limit(SHOWN))]


def given_up() -> int:
    """How many letters were given up."""
    return reading().scalar(sa.select(sa.func.count()).select_from(MailOut).where(MailOut.state == "dead")) or 0


def again(number: int, now: datetime) -> bool:
    """Try a letter once more, from the first pause on; False where it is gone. A transaction of its own."""
    with transaction() as session:
        wanted = sa.update(MailOut).where(MailOut.id == number, MailOut.state != "kept")
        found = wanted.values(state="waiting", error="", attempts=0, due_at=now).returning(MailOut.id)
        return session.scalar(found) is not None


def drop(number: int) -> bool:
    """Forget a letter; False where it is gone already. A transaction of its own."""
    with transaction() as session:
        return forget(session, number)


def given_up_of(template: str) -> list[tuple[int, str, Mapping[str, str]]]:
    """Of the letters of one kind that were given up: number, why (a key of `ERRORS`), and what their lines named."""
    chosen = sa.select(MailOut).where(MailOut.state == "dead", MailOut.template == template).order_by(MailOut.id)
    found: list[tuple[int, str, Mapping[str, str]]] = []
    for row in reading().scalars(chosen.limit(SHOWN)):
        try:
            found.append((row.id, row.error, _letter(row).values))
        except CantOpen:
            found.append((row.id, row.error, {}))
    return found


def forget(session: Session, number: int) -> bool:
    """Forget a letter; False where it is gone already. Part of the caller's transaction."""
    return session.scalar(sa.delete(MailOut).where(MailOut.id == number).returning(MailOut.id)) is not None


def mailbox() -> list[Held]:
    """Everything in the outbox, newest first: for the mailbox of the demo, which shows it instead of sending it."""
    return [_held(row) for row in reading().scalars(sa.select(MailOut).order_by(MailOut.id.desc()).limit(SHOWN))]


def read(number: int) -> tuple[Held, Written] | None:
    """One letter and what it says; None where it is gone or can't be read any more."""
    row = reading().get(MailOut, number)
    if row is None:
        return None
    try:
        return _held(row), rendering.written(_letter(row), _settings())
    except (CantOpen, BadLetter):
        return None


def tidy(now: datetime) -> None:
    """Forget what was given up long ago, and of the demo's mailbox all but the newest. A transaction of its own."""
    newest = sa.select(MailOut.id).where(MailOut.state == "kept").order_by(MailOut.id.desc()).limit(SHOWN)
    old = sa.and_(MailOut.state == "dead", MailOut.created_at < now - DEAD_DAYS)
    with transaction() as session:
        session.execute(sa.delete(MailOut).where(old))
        session.execute(sa.delete(MailOut).where(MailOut.state == "kept", MailOut.id.not_in(newest)))


def _held(row: MailOut) -> Held:
    try:
        to = _letter(row).to
    except CantOpen:
        to = ""
    return Held(row.id, row.template, to, row.created_at, row.due_at, row.attempts, row.state, row.error)


def _letter(row: MailOut) -> Letter:
    """What was put in; raises `CantOpen`."""
    values = json.loads(sealing.unseal(row.sealed, _secret(), _purpose(row.template)))
    listed = [Listed(*one) for one in values.get("listed", ())]
    unsubscribe = values.get("unsubscribe", "")
    return Letter(values["to"], values["language"], row.template, values["values"], row.expires_at, listed, unsubscribe)


def _purpose(template: str) -> str:
    return f"letter {template}"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["hubnode.settings"]
    return settings


def _secret() -> str:
    return _settings().secret_key
