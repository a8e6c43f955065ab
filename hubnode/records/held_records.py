"""What the room of records holds about somebody: the profile with its versions and consents, and saved searches."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from federation import canonical
from hubnode.db import reading
from hubnode.people.accounts import Person
from hubnode.people.held import DUTY, Part, moment, provides
from hubnode.people.viewer import Viewer
from hubnode.records import imports, owning, profiles
from hubnode.records.models import RecordVersion
from hubnode.records.owning import Held
from hubnode.records.profiles import Owner
from hubnode.records.saved_models import SavedSearch


def owner_of(person: Person) -> Owner | None:
    """The proof of owning a profile, from the account that was looked up."""
    return profiles.by_account(reading(), Viewer("hub", person.role, person.id))


@provides("profile", "profile")
def _profile(person: Person, _now: datetime) -> Part:
    owner = owner_of(person)
    rows = [] if owner is None else [_row(owner, owning.held(owner))]
    return Part(
        "profile",
        _l("Ihr Profil"),
        _l("Beschäftigte der Hubs finden jemanden, der sich auskennt, und fragen über das Formular."),
        _l("Angaben zur Funktion: § 15 LDSG SH, Art. 6 Abs. 1 e DSGVO. Freiwillige Angaben: Ihre Einwilligung."),
        _l("zwölf Monate ab Ihrer letzten Bestätigung, danach noch 90 Tage"),
        rows,
    )


def _row(owner: Owner, held: Held) -> dict[str, Any]:
    about = held.profile
    chosen = sa.select(RecordVersion).where(RecordVersion.record == owner.record).order_by(RecordVersion.rev)
    return {
        "id": held.id,
        "state": held.state,
        "visibility": held.level,
        "now": held.body,
        "versions": [
            {"version": one.rev, "visibility": one.level, "published_at": moment(one.published_at),
             "body": canonical.decode(one.body)}
            for one in reading().scalars(chosen)
        ],
        "asked_at": moment(about.noticed_at),
        "confirmed_at": moment(about.confirmed_at),
        "review_due": moment(about.review_due),
        "restricted_at": moment(about.restricted_at),
        "objected_at": moment(about.objected_at),
        "objection": about.objection,
    }  # fmt: skip


@provides("consents", "consent")
def _consents(person: Person, _now: datetime) -> Part:
    owner = owner_of(person)
    rows = [
        {"purpose": one.purpose, "text_version": one.version, "language": one.language, "scope": one.scope,
         "given_at": moment(one.given_at), "withdrawn_at": moment(one.withdrawn_at)}
        for one in (owning.held(owner).consents if owner is not None else ())
    ]  # fmt: skip
    return Part(
        "consents",
        _l("Ihre Einwilligungen"),
        _l("Nachweisen, worin Sie eingewilligt haben (Art. 7 Abs. 1 DSGVO)."),
        _l("Rechtliche Pflicht (Art. 6 Abs. 1 c DSGVO)"),
        _l("bis das Profil gelöscht wird"),
        rows,
    )


@provides("saved_searches", "saved_search")
def _saved(person: Person, _now: datetime) -> Part:
    chosen = sa.select(SavedSearch).where(SavedSearch.account == person.id).order_by(SavedSearch.created_at)
    rows = [
        {"name": row.name, "kind": row.kind, "query": row.query, "created_at": moment(row.created_at)}
        for row in reading().scalars(chosen)
    ]
    return Part(
        "saved_searches",
        _l("Gespeicherte Suchen"),
        _l("Ihnen zeigen, was Neues dazugekommen ist. Niemand sonst sieht sie."),
        DUTY,
        _l("bis Sie sie löschen"),
        rows,
    )


@provides("imports", "import_key")
def _imports(person: Person, _now: datetime) -> Part:
    return Part(
        "imports",
        _l("Importe durch Ihre Programme"),
        _l("Denselben Import nicht zweimal ausführen. Gespeichert sind Prüfwerte, Zeitpunkt und Antwort."),
        DUTY,
        _l("24 Stunden"),
        imports.held(person.id),
    )
