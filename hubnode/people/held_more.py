"""What the room of people holds beside account and sign-ins: second factors, links out of letters, the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from hubnode.db import reading
from hubnode.people import audit, feed_keys, tokens
from hubnode.people.accounts import Person
from hubnode.people.factor_models import Passkey, RecoveryCode, Totp
from hubnode.people.held import DUTY, Part, moment, provides
from hubnode.people.link_models import AccountLink


@provides("factors", "totp", "passkey", "recovery_code", "passkey_challenge", "sign_in_step")
def _factors(person: Person, _now: datetime) -> Part:
    session = reading()
    rows: list[dict[str, Any]] = []
    app = session.get(Totp, person.id)
    if app is not None:
        rows.append({"kind": "app", "since": moment(app.since)})
    keys = session.scalars(sa.select(Passkey).where(Passkey.account_id == person.id).order_by(Passkey.id))
    rows += [{"kind": "passkey", "name": key.name, "created_at": moment(key.created_at)} for key in keys]
    counted = sa.select(sa.func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == person.id)
    if codes := session.scalar(counted):
        rows.append({"kind": "recovery_codes", "unused": codes})
    return Part(
        "factors",
        _l("Zweite Faktoren"),
        _l("Schutz Ihres Kontos. Geheimnisse stehen nicht in der Auskunft, weil sie Ihr Konto öffnen."),
        DUTY,
        _l("bis Sie sie entfernen"),
        rows,
    )


@provides("tokens", "access_token")
def _tokens(person: Person, now: datetime) -> Part:
    rows = [
        {"name": one.name, "scopes": " ".join(one.scopes), "created_at": moment(one.created_at),
         "expires_at": moment(one.expires_at), "last_used_on": str(one.last_used_on or "")}
        for one in tokens.own(person.id, now)
    ]  # fmt: skip
    return Part(
        "tokens",
        _l("Zugänge für Ihre Programme"),
        _l("Lesen durch eigene Programme. Die Tokens selbst stehen nicht in der Auskunft, weil sie Zugang geben."),
        DUTY,
        _l("bis Sie sie widerrufen oder sie ablaufen, danach 30 Tage"),
        rows,
    )


@provides("feed_keys", "feed_key")
def _feed_keys(person: Person, _now: datetime) -> Part:
    rows = [
        {"name": one.name, "selection": one.asked, "format": one.form, "created_at": moment(one.created_at),
         "last_used_on": str(one.last_used_on or "")}
        for one in feed_keys.own(person.id)
    ]  # fmt: skip
    return Part(
        "feed_keys",
        _l("Ihre Feed-Adressen mit Schlüssel"),
        _l("Feeds des Verbunds in Ihrem Kalender und Ihrem Feedreader. Die Schlüssel selbst stehen nicht darin."),
        DUTY,
        _l("bis Sie sie beenden oder 400 Tage lang nicht benutzen, danach 30 Tage"),
        rows,
    )


@provides("links", "account_link")
def _links(person: Person, _now: datetime) -> Part:
    chosen = sa.select(AccountLink).where(AccountLink.account_id == person.id).order_by(AccountLink.id)
    rows = [
        {"purpose": row.purpose, "new_email": row.new_email, "expires_at": moment(row.expires_at)}
        for row in reading().scalars(chosen)
    ]
    return Part(
        "links",
        _l("Offene Links in Nachrichten an Sie"),
        _l("Neues Passwort oder neue Adresse, wenn Sie darum gebeten haben."),
        DUTY,
        _l("bis sie ablaufen oder benutzt sind"),
        rows,
    )


@provides("audit", "audit_note")
def _trail(person: Person, _now: datetime) -> Part:
    rows = [
        {"at": moment(note.at), "act": note.act, "as": note.actor, "about": note.about, "detail": dict(note.detail)}
        for note in audit.of_account(person.id)
    ]
    return Part(
        "audit",
        _l("Sicherheitsrelevante Vorgänge"),
        _l("Aufklären, wenn etwas geschehen ist. Nie, um Leistung oder Verhalten zu prüfen (§ 15 Abs. 2 LDSG SH)."),
        _l("Sicherheit der Verarbeitung (Art. 6 Abs. 1 c, Art. 32 DSGVO)"),
        _l("bis die Frist des Protokolls um ist; einzelne Einträge lassen sich nicht ändern"),
        rows,
    )
