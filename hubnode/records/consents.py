"""Consent: the texts people agree to (versioned files in ``records/data``), what they have agreed to, and how far.

A consent is for one purpose and one widest audience (GDPR Art. 4(11), 7). A voluntary field without one is not kept;
a name without one is not public.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from hubnode.records import kinds
from hubnode.records.kinds.schema import RANK
from hubnode.records.kinds.words import Flaw, Problem
from hubnode.records.profile_models import Consent

KIND = "expertise"
CURRENT = "2026-1"
"""The version of the texts that are agreed to now."""
NO_CONSENT = Problem(
    "consent", _l("Dafür fehlt die Einwilligung der Person. Nur sie selbst kann sie geben, in ihrem Profil.")
)
TOO_WIDE = Problem(
    "consent", _l("So weit reicht die Einwilligung der Person nicht. Wählen Sie eine engere Sichtbarkeit.")
)


class BadConsent(Exception):
    """A consent to no text there is, to an old one, or further than its purpose goes; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """One thing to agree to: which fields it opens, how far at most, and the words by language."""

    name: str
    fields: tuple[str, ...]
    scopes: tuple[str, ...]
    titles: Mapping[str, str]
    texts: Mapping[str, str]


@cache
def texts(version: str = CURRENT) -> Mapping[str, Purpose]:
    """The purposes of one version by name; raises `BadConsent` where there is no such version."""
    known = {file.name for file in files("hubnode.records").joinpath("data").iterdir()}
    if (name := f"consent-{version}.json") not in known:
        raise BadConsent(version)
    document = json.loads(files("hubnode.records").joinpath("data", name).read_text("utf-8"))
    return {name: _purpose(name, given) for name, given in document["purposes"].items()}


def _purpose(name: str, given: Mapping[str, Any]) -> Purpose:
    languages = ("de", "en")
    return Purpose(
        name,
        tuple(given["fields"]),
        tuple(given["scopes"]),
        {lang: given[lang]["title"] for lang in languages},
        {lang: given[lang]["text"] for lang in languages},
    )


def of_field(name: str) -> Purpose | None:
    """The purpose that a field falls under; None for what needs no consent."""
    return next((purpose for purpose in texts().values() if name in purpose.fields), None)


def in_force(session: Session, record: int) -> dict[str, Consent]:
    """What the person of this profile agrees to now, by purpose."""
    chosen = sa.select(Consent).where(Consent.record == record, Consent.withdrawn_at.is_(None)).order_by(Consent.id)
    return {row.purpose: row for row in session.scalars(chosen)}


def scopes(session: Session, record: int) -> dict[str, str]:
    """How far each purpose is agreed to now."""
    return {name: row.scope for name, row in in_force(session, record).items()}


def give(
    session: Session, record: int, purpose: str, scope: str, *, version: str, language: str, now: datetime
) -> None:
    """Keep a consent; one for the same purpose ends with it. Part of the caller's transaction.

    Raises `BadConsent` for a text that is not the present one, an unknown purpose, and a scope it does not offer.
    """
    known = texts().get(purpose)
    if known is None or version != CURRENT or scope not in known.scopes or language not in known.texts:
        raise BadConsent(purpose)
    end(session, record, purpose, now)
    row = Consent(record=record, purpose=purpose, version=version, language=language, scope=scope, given_at=now)
    session.add(row)
    session.flush()


def end(session: Session, record: int, purpose: str | None, now: datetime) -> bool:
    """Note that a consent (without `purpose`: every one) was withdrawn; whether one was in force.

    Part of the caller's transaction; what it opened has to be taken back by the caller.
    """
    which = [Consent.record == record, Consent.withdrawn_at.is_(None)]
    if purpose is not None:
        which.append(Consent.purpose == purpose)
    ended = sa.update(Consent).where(*which).values(withdrawn_at=now)
    return bool(session.execute(ended).rowcount)  # type: ignore[attr-defined]


def lacking(body: Mapping[str, Any], level: str, given: Mapping[str, str]) -> Iterator[Flaw]:
    """What in a body at `level` nobody has agreed to, as flaws of its fields; `given` is what `scopes` answers."""
    for name in body:
        purpose = of_field(name)
        if purpose is None:
            continue
        scope, shown = given.get(purpose.name), kinds.level_of(KIND, body, name, level)
        if _voluntary(name) and scope is None:
            yield (name,), NO_CONSENT
        elif _needed(name, shown) and RANK[shown] < RANK[scope or "subject"]:
            yield ("field_visibility", name), TOO_WIDE if scope else NO_CONSENT


def without(body: Mapping[str, Any], level: str, given: Mapping[str, str]) -> dict[str, Any]:
    """The body as far as it is agreed to: what has no consent is gone, what goes too far is narrowed."""
    kept = dict(body)
    chosen = dict(kept.get(kinds.CHOICES, {}))
    for path, _problem in list(lacking(body, level, given)):
        name = str(path[-1])
        if path[0] != kinds.CHOICES:
            del kept[name]
            chosen.pop(name, None)
        else:
            purpose = of_field(name)
            chosen[name] = given.get(purpose.name, "network") if purpose else "network"
    kept.pop(kinds.CHOICES, None)
    return kept | ({kinds.CHOICES: chosen} if chosen else {})


def _voluntary(name: str) -> bool:
    return kinds.KINDS[KIND].fields[name].metadata.get("group") == "voluntary"


def _needed(name: str, shown: str) -> bool:
    """Whether showing this field so far takes a consent: a voluntary one always, a name in public."""
    return _voluntary(name) or shown == "public"
