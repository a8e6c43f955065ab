"""What is particular to many records at once: how a document of an import looks, and which record each one is for.

`service.publish_all` is the only one that publishes them, for `hubnode publish` and for the interface for programs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session
from ulid import ULID

from hubnode.people.viewer import Viewer
from hubnode.records import attachments, kinds, log, notices, profiles, writing
from hubnode.records.errors import Incomplete, NotNow
from hubnode.records.models import Record
from hubnode.records.writing import Put

CHUNK = 500
DOCUMENT = frozenset(("id", "kind", "visibility", "body", "person"))
"""What an imported document may have."""
ABOUT = frozenset(("id", "person"))
"""Parts of a document that no body has, so that their errors are told apart from those of fields."""
TWICE = _l("Diese Kennung steht in der Liste schon einmal.")
ERASED = _l("Dieser Eintrag wurde gelöscht; seine Kennung kommt nicht wieder.")
OTHER_KIND = _l("Unter dieser Kennung gibt es einen Eintrag anderer Art.")
ASKED = _l("Diese Person wurde gerade erst gefragt, oder sie hat schon geantwortet.")

NOT_AGREED = _l("Diese Person hat nicht zugestimmt, oder sie hat die Verarbeitung eingeschränkt.")


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one document."""

    id: str
    kind: str
    state: str
    """``published``, or ``draft`` where the person of a profile has to agree first."""
    rev: int


Also = Callable[[Session, Sequence[Imported]], None]
"""What somebody adds to the transaction of an import."""


def check_all(documents: Sequence[Mapping[str, Any]]) -> list[kinds.CheckedBody]:
    """The bodies of `documents`, ready to publish; raises `Incomplete` with every error of every document."""
    checked, errors, seen = [], {}, set[str]()
    for number, document in enumerate(documents):
        try:
            checked.append(_document(document))
            _once(document.get("id"), seen)
        except Incomplete as problem:
            errors.update({f"{number}.{field}": texts for field, texts in problem.errors.items()})
    if errors:
        raise Incomplete(errors)
    return checked


def complete(kind: str, body: object) -> kinds.CheckedBody:
    """The body, if nothing is missing; raises `Incomplete`."""
    try:
        return kinds.check(kind, body, complete=True)
    except kinds.Invalid as problem:
        raise Incomplete(problem.errors) from problem


def records_of(session: Session, documents: Sequence[Mapping[str, Any]], now: datetime) -> list[Record]:
    """The record of each document: the one with its id, or a new one. Raises `Incomplete` for one that can't be it."""
    origin, asked = log.own(session).origin, [document["id"] for document in documents if "id" in document]
    held = {
        record.rec: record
        for start in range(0, len(asked), CHUNK)
        for record in session.scalars(_of(origin, asked[start : start + CHUNK]))
    }
    found = [held.get(document.get("id", "")) or writing.new(origin, document, now) for document in documents]
    pairs = enumerate(zip(documents, found, strict=True))
    wrong = {f"{number}.id": [str(words)] for number, pair in pairs if (words := _refusal(*pair)) is not None}
    if wrong:
        raise Incomplete(wrong)
    session.add_all(found)
    session.flush()
    return found


def differs(one: Put) -> bool:
    """Whether publishing it would change anything."""
    record = one.record
    return record.state != "published" or record.level != one.level or record.body != one.checked.canonical


def ask(
    session: Session,
    viewer: Viewer,
    record: Record,
    checked: kinds.CheckedBody,
    document: Mapping[str, Any],
    prefix: str,
    now: datetime,
) -> None:
    """Keep an imported profile as a draft and ask its person, who is to be named; raises `Incomplete`."""
    try:
        profiles.refuse(session, record, checked.body, document["visibility"], None)
        record.draft, record.draft_level, record.draft_at = checked.canonical, document["visibility"], now
        record.draft_token += 1
        attachments.drafted(session, record, checked.body)
        notices.ask(session, record, document.get("person"), now, by=viewer)
    except kinds.Invalid as problem:
        raise Incomplete({prefix + field: words for field, words in problem.errors.items()}) from problem
    except notices.BadAddress as problem:
        raise Incomplete({f"{prefix}person": [str(problem.flaw.words)]}) from problem
    except NotNow as problem:
        raise Incomplete({f"{prefix}person": [str(ASKED)]}) from problem


def _document(document: Mapping[str, Any]) -> kinds.CheckedBody:
    if set(document) - DOCUMENT or document.get("kind") not in kinds.KINDS:
        raise Incomplete({"kind": ["a document has kind, visibility, body, perhaps id and person, and a known kind"]})
    if document.get("visibility") not in writing.LEVELS:
        raise Incomplete({"visibility": [f"one of {', '.join(writing.LEVELS)}"]})
    if "id" in document and not _is_ulid(document["id"]):
        raise Incomplete({"id": ["a ULID of 26 characters"]})
    return complete(document["kind"], document.get("body"))


def _once(id: str | None, seen: set[str]) -> None:
    if id is not None and id in seen:
        raise Incomplete({"id": [str(TWICE)]})
    seen.update((id,) if id is not None else ())


def _refusal(document: Mapping[str, Any], record: Record) -> LazyString | None:
    if record.state == "erased":
        return ERASED
    return OTHER_KIND if record.kind != document["kind"] else None


def _of(origin: str, ids: Sequence[str]) -> sa.Select[Record]:
    return sa.select(Record).where(Record.origin == origin, Record.rec.in_(ids))


def _is_ulid(text: object) -> bool:
    try:
        return isinstance(text, str) and str(ULID.from_str(text)) == text
    except ValueError:
        return False
