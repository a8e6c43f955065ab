"""What is held about somebody: each room registers what it knows, and the page, the export and the end ask here.

So nothing is forgotten when a room is added: it registers its provider beside its tables, and
`tests/hubnode/people/test_held.py` finds every table that names an account and has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import select

from hubnode.db import reading
from hubnode.people import accounts
from hubnode.people.accounts import Person
from hubnode.people.models import SignIn

Row = Mapping[str, Any]
"""One thing held: names of ASCII, values of JSON; moments as ISO 8601 in UTC."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one room holds about somebody."""

    name: str
    """Its name in the export."""
    title: LazyString
    purpose: LazyString
    basis: LazyString
    """On what it rests (GDPR Art. 6)."""
    kept: LazyString
    """How long."""
    rows: Sequence[Row]


Provider = Callable[[Person, datetime], Part]
_PROVIDERS: dict[str, Provider] = {}
TABLES: dict[str, str] = {}
"""By table that names an account: the part that tells of it."""


def provides(name: str, *tables: str) -> Callable[[Provider], Provider]:
    """Register what a room holds about somebody, and of which tables it tells; a name is taken once."""

    def registered(provider: Provider) -> Provider:
        if name in _PROVIDERS:
            raise ValueError(f"{name} is registered already")
        _PROVIDERS[name] = provider
        TABLES.update(dict.fromkeys(tables, name))
        return provider

    return registered


def held_about(account_id: int, now: datetime) -> list[Part]:
    """Everything held about the person of this account, room by room; raises `UnknownAccount`."""
    person = accounts.by_id(account_id)
    return [_PROVIDERS[name](person, now) for name in sorted(_PROVIDERS)]


def moment(at: datetime | None) -> str | None:
    """A moment as exports write it."""
    return None if at is None else at.isoformat(timespec="seconds")


DUTY = _l("Dienstliche Aufgabe (§ 15 LDSG SH, Art. 6 Abs. 1 e DSGVO)")
"""The basis of what is needed so that somebody can work with the hub."""


@provides("account", "account")
def _account(person: Person, _now: datetime) -> Part:
    row = {
        "email": person.email, "name": person.name, "role": person.role, "active": person.active,
        "created_at": moment(person.created_at), "password_changed_at": moment(person.password_changed_at),
    }  # fmt: skip
    return Part(
        "account",
        _l("Ihr Konto"),
        _l("Anmelden und Rechte im Hub. Das Passwort kennt niemand; gespeichert ist nur ein Prüfwert."),
        DUTY,
        _l("bis das Konto gelöscht wird"),
        [row],
    )


@provides("sign_ins", "sign_in")
def _sign_ins(person: Person, _now: datetime) -> Part:
    chosen = select(SignIn).where(SignIn.account_id == person.id).order_by(SignIn.id)
    rows = [
        {
            "device": row.device, "created_at": moment(row.created_at), "expires_at": moment(row.expires_at),
            "last_used_on": row.last_used_on.isoformat(), "revoked_at": moment(row.revoked_at),
        }
        for row in reading().scalars(chosen)
    ]  # fmt: skip
    return Part(
        "sign_ins",
        _l("Anmeldungen"),
        _l("Sie angemeldet halten und Ihnen zeigen, wo Sie es sind. Ohne Adresse, mit dem Tag der letzten Benutzung."),
        DUTY,
        _l("bis sie enden oder Sie sie beenden"),
        rows,
    )
