"""The record of processing activities (GDPR Art. 30), made from the settings and the state of the node as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.config import Settings
from hubnode.db import reading
from hubnode.network import agreements, keeping, peers
from hubnode.network.agreements import Agreement
from hubnode.network.models import Peer


@dataclass(frozen=True, slots=True)
class Activity:
    """One processing activity, as the law asks for it."""

    title: LazyString
    purpose: LazyString
    basis: LazyString
    people: LazyString
    """The categories of people concerned."""
    data: LazyString
    to_hubs: bool
    """Whether the hubs of the network are recipients."""
    others: LazyString | str
    """Who else is."""
    kept: Sequence[int]
    """Which rules of `keeping.RULES` apply, by their place."""


ACTIVITIES: tuple[Activity, ...] = (
    Activity(
        _l("Vorhaben, Termine und Erfahrungen veröffentlichen"),
        _l("Wissen der Hubs auffindbar und nachnutzbar machen"),
        _l("Art. 6 Abs. 1 lit. e DSGVO mit dem Landesdatenschutzgesetz"),
        _l("Ansprechpersonen, Mitwirkende, Vortragende"),
        _l("Name, Funktion, Einrichtung, fachlicher Bezug"),
        True,
        _l("Öffentlichkeit, so weit ein Eintrag öffentlich ist; Abonnentinnen und Abonnenten von Feeds"),
        (0, 15),
    ),
    Activity(
        _l("Expertise vermitteln"),
        _l("Fachpersonen im Verbund finden und fragen"),
        _l(
            "Funktionsdaten: Art. 6 Abs. 1 lit. e DSGVO mit dem Landesrecht für Beschäftigte;"
            " freiwillige Angaben: Einwilligung, lit. a"
        ),
        _l("Beschäftigte der Hubs und ihrer Partner"),
        _l("Name, Funktion, Einrichtung, Themen, Angebote, freiwillig mehr; je Feld mit eigener Sichtbarkeit"),
        True,
        _l("Öffentlichkeit nur mit Einwilligung"),
        (1, 2, 15),
    ),
    Activity(
        _l("Fachfragen"),
        _l("Fachlicher Austausch zwischen den Hubs"),
        _l("Art. 6 Abs. 1 lit. e DSGVO mit dem Landesrecht für Beschäftigte"),
        _l("Fragende und Gefragte"),
        _l("Text, Betreff, angegebene Funktion; am fragenden Hub das Konto"),
        True,
        "",
        (3, 4),
    ),
    Activity(
        _l("Anmeldungen zu Terminen"),
        _l("Plätze vergeben, über Änderungen unterrichten, Barrieren beim Termin vermeiden"),
        _l("Art. 6 Abs. 1 lit. e DSGVO; Angaben zum Bedarf freiwillig, lit. a, soweit nötig Art. 9 Abs. 2 lit. a"),
        _l("Beschäftigte der Hubs, die an Terminen teilnehmen"),
        _l("Name nach eigener Angabe, Hub, Termin, Stand; freiwillig, was jemand zur Teilnahme braucht; keine Adresse"),
        True,
        "",
        (16,),
    ),
    Activity(
        _l("Konten und Anmeldung"),
        _l("Zugang zu dem, was nicht öffentlich ist, sicher regeln"),
        _l("Art. 6 Abs. 1 lit. e, Art. 32 DSGVO mit dem Landesrecht für Beschäftigte"),
        _l("Beschäftigte mit Konto"),
        _l("Name, E-Mail-Adresse, Rolle, Passwort und Faktoren als Prüfwerte, Anmeldungen ohne Adresse und Uhrzeit"),
        False,
        _l("der Hub, bei dem sich jemand mit diesem Konto anmeldet: Name und Zugehörigkeit"),
        (5, 6, 7, 8, 12),
    ),
    Activity(
        _l("Gäste aus anderen Hubs"),
        _l("Beschäftigten anderer Hubs zeigen, was für den Verbund bestimmt ist"),
        _l("Art. 6 Abs. 1 lit. e DSGVO"),
        _l("Beschäftigte anderer Hubs"),
        _l("Name und Zugehörigkeit nach Angabe des eigenen Hubs, Tag der letzten Anmeldung"),
        False,
        "",
        (9,),
    ),
    Activity(
        _l("Zugänge für Programme"),
        _l("Partnern und eigenen Programmen zeigen, was sie sehen dürfen"),
        _l("Art. 6 Abs. 1 lit. e DSGVO"),
        _l("Beschäftigte mit eigenem Zugang"),
        _l("Name und Rechte des Zugangs, Tag der letzten Nutzung; je Partner Arten und Tage des Gelesenen"),
        False,
        _l("Partner, denen die Koordination einen Zugang gegeben hat"),
        (10,),
    ),
    Activity(
        _l("Barrieren melden"),
        _l("Barrieren beseitigen und den Meldenden antworten"),
        _l("Art. 6 Abs. 1 lit. c und e DSGVO, Landesrecht zur Barrierefreiheit"),
        _l("Menschen, die eine Barriere melden"),
        _l("Beschreibung, Seite, auf Wunsch eine Adresse für die Antwort"),
        False,
        "",
        (13,),
    ),
    Activity(
        _l("Sicherheitsprotokoll"),
        _l("Sicherheitsrelevante Vorgänge nachweisen; keine Leistungskontrolle"),
        _l("Art. 5 Abs. 2, Art. 32 DSGVO"),
        _l("Verwaltung und Betrieb"),
        _l("Vorgang, Zeit, Rolle, Nummer des Kontos, betroffener Hub oder Datensatz"),
        False,
        "",
        (14,),
    ),
)
MEASURES: tuple[LazyString, ...] = (
    _l("Verschlüsselte Übertragung; Anfragen zwischen Hubs unterschrieben, mit festgehaltenem Schlüssel"),
    _l("Passwörter nur als Argon2id-Prüfwert, Zugänge für Programme nur als Hash; zweiter Faktor"),
    _l("Sichtbarkeit je Eintrag und je Feld, Vorgabe geschlossen; eine Funktion entscheidet auf jedem Weg"),
    _l("Löschen bei allen Empfängern mit unterschriebener Quittung; gelöschter Text verschwindet auch aus den Dateien"),
    _l("Keine Zählung je Person, keine Suchwörter und keine Namen in Meldungen und Kennzahlen"),
    _l("Sicherheitsprotokoll, das die Datenbank gegen Änderung schützt"),
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A hub to which data goes."""

    name: str
    origin: str
    state: str
    agreement: Agreement | None


@dataclass(frozen=True, slots=True)
class Register:
    """The record as it stands now."""

    settings: Settings
    made_at: datetime
    recipients: Sequence[Recipient]


def register(settings: Settings, now: datetime) -> Register:
    """The record of this node; the recipients are the hubs that are members, with their agreements."""
    session = reading()
    members = session.scalars(sa.select(Peer).where(Peer.state.in_(("active", "suspended"))).order_by(Peer.origin))
    found = [
        Recipient(peers.card_of(one).name, one.origin, one.state, agreements.of(session, one.origin)) for one in members
    ]
    return Register(settings, now, found)


def kept(activity: Activity, settings: Settings) -> list[str]:
    """How long the data of an activity is kept, in words."""
    return [in_words(keeping.RULES[place], settings) for place in activity.kept]


def in_words(rule: keeping.Kept, settings: Settings) -> str:
    """How long one sort of data is kept."""
    return f"{rule.what}: {span(rule, settings)}"


def span(rule: keeping.Kept, settings: Settings) -> str:
    """The time of one rule, in words."""
    days = rule.days(settings)
    if days is None:
        return str(_("keine Angabe")) if rule.setting else str(keeping.DELETED)
    if days < 1:
        return str(_("%(hours)s Stunden %(since)s", hours=round(days * 24), since=rule.since))
    return str(_("%(days)s Tage %(since)s", days=round(days), since=rule.since))


def to_json(found: Register) -> dict[str, Any]:
    """The record as a document for programs."""
    settings = found.settings
    hubs = [f"{one.name} ({one.origin})" for one in found.recipients]
    return {
        "controller": {"name": settings.name, "address": settings.base_url, "contact": settings.contact_email},
        "data_protection_officer": settings.privacy_contact,
        "made_at": found.made_at.isoformat(timespec="seconds"),
        "recipients": [
            {"name": one.name, "origin": one.origin, "state": one.state,
             "agreement": one.agreement.reference if one.agreement else None,
             "agreed_on": one.agreement.agreed_on.isoformat() if one.agreement else None,
             "given": "network" if one.agreement else "public"}
            for one in found.recipients
        ],
        "activities": [
            {"title": str(one.title), "purpose": str(one.purpose), "legal_basis": str(one.basis),
             "people": str(one.people), "data": str(one.data),
             "recipients": [*(hubs if one.to_hubs else []), *([str(one.others)] if one.others else [])],
             "third_countries": [], "kept": kept(one, settings)}
            for one in ACTIVITIES
        ],
        "measures": [str(one) for one in MEASURES],
    }  # fmt: skip
