"""What the room of the network holds about somebody: questions, who was given the profile, and sign-ins elsewhere."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from hubnode.db import reading
from hubnode.network import recipients
from hubnode.network.questions_models import Question, QuestionMessage
from hubnode.network.signing_in.models import HubConsent, HubSession, OutsideIdentity
from hubnode.network.taking_part.models import Registration
from hubnode.people.accounts import Person
from hubnode.people.held import DUTY, Part, moment, provides
from hubnode.records.held_records import owner_of


@provides("questions", "question", "question_quota")
def _questions(person: Person, _now: datetime) -> Part:
    session = reading()
    chosen = sa.select(Question).where(Question.asker == person.id).order_by(Question.created_at)
    rows = []
    for asked in session.scalars(chosen):
        said = sa.select(QuestionMessage).where(QuestionMessage.question == asked.id).order_by(QuestionMessage.number)
        messages = [
            {"at": moment(one.at), "mine": one.by_asker, "signed_as": one.signed_as, "text": one.text}
            for one in session.scalars(said)
        ]
        rows.append({"record": asked.record, "subject": asked.subject, "state": asked.state, "messages": messages})
    return Part(
        "questions",
        _l("Ihre Fachfragen"),
        _l("Fragen stellen und Antworten bekommen. Der andere Hub erfährt Ihre Funktion, nicht Ihren Namen."),
        DUTY,
        _l("bis Sie sie löschen, sonst bis die Frist für Fragen um ist"),
        rows,
    )


@provides("registrations", "registration")
def _registrations(person: Person, _now: datetime) -> Part:
    chosen = sa.select(Registration).where(Registration.account == person.id).order_by(Registration.created_at)
    rows = [
        {"hub": one.peer, "event": one.event, "date": one.date, "starts_at": moment(one.starts_at), "name": one.name,
         "note": one.note, "state": one.state, "since": moment(one.state_at), "created_at": moment(one.created_at)}
        for one in reading().scalars(chosen)
    ]  # fmt: skip
    return Part(
        "registrations",
        _l("Ihre Anmeldungen zu Terminen"),
        _l("Einen Platz vergeben. Der ausrichtende Hub bekommt den Namen, den Sie angeben, nicht Ihre Adresse."),
        DUTY,
        _l("bis einige Zeit nach dem Termin; Name und Bedarf nur, solange Sie angemeldet sind oder warten"),
        rows,
    )


@provides("recipients")
def _recipients(person: Person, now: datetime) -> Part:
    owner = owner_of(person)
    found = recipients.of(owner.rec, now) if owner is not None else recipients.Recipients((), False, False)
    rows = [
        {"hub": one.origin, "name": one.name, "versions": list(one.revisions), "first_at": moment(one.first_at),
         "last_at": moment(one.last_at), "deleted_at": moment(one.deleted_at)}
        for one in found.hubs
    ]  # fmt: skip
    readers = [("network", found.network), ("public_pages_and_feeds", found.public)]
    return Part(
        "recipients",
        _l("Wer Ihr Profil bekommen hat"),
        _l("Ihnen sagen, wer es hat, und Löschung dort verlangen (Art. 15 Abs. 1 c, Art. 19 DSGVO)."),
        _l("Rechtliche Pflicht (Art. 6 Abs. 1 c DSGVO)"),
        _l("solange der Nachweis der Löschung gebraucht wird"),
        [*rows, *({"readers": kind} for kind, there in readers if there)],
    )


@provides("elsewhere", "hub_consent", "hub_session", "outside_identity", "sign_in_code", "sign_in_token")
def _elsewhere(person: Person, _now: datetime) -> Part:
    session = reading()
    agreed = session.scalars(sa.select(HubConsent).where(HubConsent.account == person.id))
    there = session.scalars(sa.select(HubSession).where(HubSession.account == person.id))
    known = session.scalars(sa.select(OutsideIdentity).where(OutsideIdentity.account == person.id))
    rows = [
        *({"hub": one.client, "known_as": one.subject, "agreed_at": moment(one.given_at)} for one in agreed),
        *({"hub": one.client, "signed_in_at": moment(one.begun_at)} for one in there),
        *({"provider": one.issuer, "known_as": one.subject, "linked_at": moment(one.linked_at)} for one in known),
    ]
    return Part(
        "elsewhere",
        _l("Anmeldung bei anderen Hubs und Diensten"),
        _l("Mit einem Konto überall angemeldet sein. Jeder Hub kennt Sie unter einer anderen Kennung."),
        DUTY,
        _l("bis Sie es beenden"),
        rows,
    )
