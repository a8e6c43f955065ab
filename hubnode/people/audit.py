"""The audit trail: which security-relevant acts there were, for whoever has to explain them.

Least data, and no way to judge anybody's work (§ 15 LDSG SH): nothing about reading, searching or publishing enters,
nothing is counted per person, and notes can't be asked for by person. Notes are added and never changed; when their
time is over, `sweep` deletes them and leaves a note of that.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.people.audit_models import AuditNote
from hubnode.people.viewer import Viewer


class Confirmation(Protocol):
    """Proof that somebody has confirmed a deed (`confirming.Confirmed`), as far as the trail needs it."""

    @property
    def by(self) -> str:
        """As what: a key of `ACTORS`, or how proofs name it."""

    @property
    def account_id(self) -> int | None:
        """The account, where it was one."""


ACTS: Mapping[str, LazyString] = {
    "sign_in.throttled": _l("Anmeldung nach Fehlversuchen gebremst"),
    "sign_in.replayed": _l("Anmeldung mit gebrauchtem Code abgewiesen"),
    "sign_in.refused": _l("Anmeldung über einen anderen Dienst abgewiesen"),
    "sign_in.linked": _l("Anmeldung über einen anderen Dienst verknüpft"),
    "sign_in.unlinked": _l("Anmeldung über einen anderen Dienst gelöst"),
    "sign_in.ended": _l("Anmeldungen beendet"),
    "account.invited": _l("Person eingeladen"),
    "account.uninvited": _l("Einladung einer Person zurückgezogen"),
    "account.added": _l("Konto angelegt"),
    "account.changed": _l("Konto geändert"),
    "account.role": _l("Rolle geändert"),
    "account.mail": _l("E-Mail-Adresse eines Kontos geändert"),
    "account.password": _l("Passwort geändert"),
    "account.reset": _l("Passwort zurückgesetzt"),
    "account.deactivated": _l("Konto gesperrt"),
    "account.reactivated": _l("Konto entsperrt"),
    "account.erased": _l("Konto gelöscht"),
    "factor.added": _l("Zweiter Faktor eingerichtet"),
    "factor.removed": _l("Zweiter Faktor entfernt"),
    "factor.recovered": _l("Wiederherstellungscode benutzt"),
    "factor.codes": _l("Neue Wiederherstellungscodes ausgegeben"),
    "factor.cloned": _l("Passkey abgewiesen: Zähler läuft rückwärts"),
    "profile.invited": _l("Profil angelegt, Bestätigung erbeten"),
    "profile.confirmed": _l("Profil von der Person bestätigt"),
    "profile.consented": _l("Einwilligung erteilt"),
    "profile.withdrawn": _l("Einwilligung widerrufen"),
    "profile.restricted": _l("Verarbeitung eingeschränkt"),
    "profile.objected": _l("Widerspruch eingelegt"),
    "profile.erased": _l("Profil gelöscht"),
    "data.exported": _l("Daten einer Person ausgegeben"),
    "key.announced": _l("Neuer Signaturschlüssel angekündigt"),
    "key.lost": _l("Schlüssel für verloren erklärt"),
    "key.root": _l("Wurzelschlüssel ersetzt"),
    "key.repinned": _l("Neuer Wurzelschlüssel eines Hubs anerkannt"),
    "key.accepted": _l("Zurückgehaltenes eines Hubs freigegeben"),
    "key.dropped": _l("Zurückgehaltenes eines Hubs verworfen"),
    "hub.moved": _l("Umzug an eine andere Adresse"),
    "hub.left": _l("Verbund verlassen"),
    "peer.invited": _l("Hub eingeladen"),
    "peer.uninvited": _l("Einladungen für Hubs zurückgezogen"),
    "peer.added": _l("Hub von Hand aufgenommen"),
    "peer.asked": _l("Um Aufnahme gebeten"),
    "peer.admitted": _l("Hub aufgenommen"),
    "peer.rejected": _l("Hub abgelehnt"),
    "peer.throttled": _l("Anfragen um Aufnahme gebremst"),
    "peer.suspended": _l("Hub ausgesetzt"),
    "peer.resumed": _l("Hub fortgesetzt"),
    "peer.parted": _l("Mitgliedschaft eines Hubs beendet"),
    "peer.dropped": _l("Archiv eines Hubs gelöscht"),
    "peer.agreement": _l("Vereinbarung mit einem Hub eingetragen"),
    "peer.chosen": _l("Auswahl der Daten eines Hubs geändert"),
    "barrier.throttled": _l("Meldungen von Barrieren gebremst"),
    "record.erased": _l("Datensatz endgültig gelöscht"),
    "partner.added": _l("Partner angelegt"),
    "partner.changed": _l("Rechte eines Partners geändert"),
    "partner.ended": _l("Partner beendet"),
    "token.made": _l("Zugang für Programme ausgegeben"),
    "token.renewed": _l("Geheimnis eines Zugangs erneuert"),
    "token.revoked": _l("Zugang für Programme widerrufen"),
    "token.misused": _l("Zugang für Programme abgewiesen"),
    "token.throttled": _l("Zugang für Programme nach Fehlversuchen gebremst"),
    "feed_key.made": _l("Feed-Adresse mit Schlüssel angelegt"),
    "feed_key.revoked": _l("Feed-Adresse mit Schlüssel beendet"),
    "webhook.made": _l("Webhook angelegt"),
    "webhook.rotated": _l("Geheimnis eines Webhooks erneuert"),
    "webhook.ended": _l("Webhook gelöscht"),
    "webhook.disabled": _l("Webhook nach langer Störung abgeschaltet"),
    "push.throttled": _l("Bestellungen von Zustellungen gebremst"),
    "registrations.exported": _l("Liste der Angemeldeten ausgegeben"),
    "audit.exported": _l("Protokoll ausgegeben"),
    "audit.swept": _l("Alte Einträge des Protokolls gelöscht"),
    "incident.exported": _l("Weitergaben ausgegeben"),
}
"""The acts that there are, in the words of pages."""
ACTORS: Mapping[str, LazyString] = {
    "admin": _l("Verwaltung"),
    "coordinator": _l("Koordination"),
    "editor": _l("Redaktion"),
    "staff": _l("Beschäftigte"),
    "expert": _l("Fachperson"),
    "partner": _l("Partner"),
    "visitor": _l("Gast aus einem anderen Hub"),
    "operator": _l("Betrieb"),
    "node": _l("Der Knoten selbst"),
    "nobody": _l("Ohne Anmeldung"),
}
"""As what somebody acts."""
_SPELLED = {"Verwaltung": "admin", "Betrieb": "operator", "": "node"}
"""How proofs of confirmation name who confirmed, as an actor."""
_MAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
LEAST_DAYS = 30
"""Days for which every note is kept whatever the setting says; the triggers hold a clearing to it."""
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Note:
    """One note as it is read."""

    id: int
    at: datetime
    act: str
    actor: str
    account: int | None
    about: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which notes are asked for. There is no asking by person."""

    act: str = ""
    since: datetime | None = None
    before: datetime | None = None


def note(
    session: Session,
    act: str,
    now: datetime,
    *,
    by: Viewer | Confirmation | str,
    about: str = "",
    detail: Mapping[str, str] | None = None,
) -> None:
    """Note that this was done; part of the caller's transaction, so act and note are kept together or not at all.

    `act` is a key of `ACTS`, `by` who looks, a confirmation, or a key of `ACTORS`; anything else raises `KeyError`.
    `about` and `detail` name hubs, records, account numbers; a mail address in them is blotted out.
    """
    ACTS[act]
    actor, account = _actor(by)
    told = {key: _clean(value)[:200] for key, value in (detail or {}).items()}
    session.add(
        AuditNote(
            at=now,
            act=act,
            actor=actor,
            account=account,
            about=_clean(about)[:255],
            detail=json.dumps(told, ensure_ascii=False, sort_keys=True),
            until=None,
        )
    )
    session.flush()


def note_rarely(session: Session, act: str, now: datetime, *, by: str, detail: Mapping[str, str]) -> None:
    """Like `note`, at most once in five minutes: what a stranger can cause must not fill the trail."""
    lately = sa.select(AuditNote.id).where(AuditNote.act == act, AuditNote.at > now - timedelta(minutes=5)).limit(1)
    if session.scalar(lately) is None:
        note(session, act, now, by=by, detail=detail)


def notes(wanted: Wanted, *, before_id: int | None = None, limit: int = SHOWN) -> Sequence[Note]:
    """The notes asked for, newest first; those older than note `before_id` where that is given."""
    chosen = _chosen(wanted)
    if before_id is not None:
        chosen = chosen.where(AuditNote.id < before_id)
    rows = reading().scalars(chosen.order_by(AuditNote.id.desc()).limit(limit))
    return [_as_note(row) for row in rows]


def of_account(account: int) -> Sequence[Note]:
    """The notes of what one account did or had done to it, for its owner alone (GDPR Art. 15); oldest first."""
    own = sa.or_(AuditNote.account == account, AuditNote.about == f"account:{account}")
    return [_as_note(row) for row in reading().scalars(sa.select(AuditNote).where(own).order_by(AuditNote.id))]


def export(wanted: Wanted, now: datetime, *, by: Viewer | str) -> str:
    """The notes asked for as CSV, oldest first, and a note that they were exported. A transaction of its own."""
    rows = [_as_note(row) for row in reading().scalars(_chosen(wanted).order_by(AuditNote.id))]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("at", "act", "label", "actor", "account", "about", "detail"))
    for one in rows:
        detail = "; ".join(f"{key}={value}" for key, value in one.detail.items())
        label = str(ACTS.get(one.act, one.act))
        cells = (one.at.isoformat(timespec="seconds"), one.act, label, one.actor, one.account or "", one.about, detail)
        writer.writerow([_harmless(str(cell)) for cell in cells])
    with transaction() as session:
        note(session, "audit.exported", now, by=by, detail={"notes": str(len(rows)), "act": wanted.act})
    return text.getvalue()


def sweep(now: datetime, days: int) -> int:
    """Delete the notes that are older than so many days; answers how many. A transaction of its own, if there are any.

    The note that says so comes first: without it the database refuses to delete.
    """
    until = now - timedelta(days=max(days, LEAST_DAYS))
    old = sa.select(sa.func.count()).select_from(AuditNote).where(AuditNote.at < until)
    if not reading().scalar(old):
        return 0
    with transaction() as session:
        number = session.scalar(old) or 0
        told = json.dumps({"notes": str(number)})
        session.add(
            AuditNote(at=now, act="audit.swept", actor="node", account=None, about="", detail=told, until=until)
        )
        session.flush()
        session.execute(sa.delete(AuditNote).where(AuditNote.at < until))
    return number


def _actor(by: Viewer | Confirmation | str) -> tuple[str, int | None]:
    if not isinstance(by, Viewer):
        named, account = (by, None) if isinstance(by, str) else (by.by, by.account_id)
        actor = _SPELLED.get(named, named)
        ACTORS[actor]
        return actor, account
    if by.account_id is not None and by.role is not None:
        return by.role, by.account_id
    if by.role is not None:
        return "operator", None
    return ("visitor" if by.level != "public" else "nobody"), None


def _clean(text: str) -> str:
    return _MAIL.sub("…", " ".join(text.split()))


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t")) else cell


def _chosen(wanted: Wanted) -> sa.Select[AuditNote]:
    chosen = sa.select(AuditNote)
    if wanted.act:
        chosen = chosen.where(AuditNote.act == wanted.act)
    if wanted.since is not None:
        chosen = chosen.where(AuditNote.at >= wanted.since)
    if wanted.before is not None:
        chosen = chosen.where(AuditNote.at < wanted.before)
    return chosen


def _as_note(row: AuditNote) -> Note:
    return Note(row.id, row.at, row.act, row.actor, row.account, row.about, json.loads(row.detail))
