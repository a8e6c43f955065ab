"""How a copied record stands after each entry about it: a pure function, so that a rebuild gives equal tables (I5).

What is known only from bodies (what to show, its dates) may be lost when bodies are erased; everything that has to
survive that comes from the headers alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from federation.encoding import parse_timestamp
from federation.entries import Entry
from hubnode.records import kinds, statements
from hubnode.records.choosing import ALL, Choice
from hubnode.records.models import Record

RANK = {"public": 0, "network": 1}
STATES = {"del": "withdrawn", "erase": "erased"}
UNTAKEN = "untaken"
GONE = {"": ["gone"]}
"""Why a version is not read whose text did not come: it is pending, and nothing is wrong with it."""
COLUMNS = (
    "origin",
    "rec",
    "own",
    "kind",
    "state",
    "level",
    "rev",
    "bh",
    "body",
    "draft_token",
    "created_at",
    "published_at",
    "updated_at",
    "starts_at",
    "ends_at",
    "unread_rev",
    "was_public",
    "hidden",
)


@dataclass(frozen=True, slots=True)
class Stand:
    """A record as it stands: its row, the body to be shown from now on, and why the latest version can't be read."""

    row: dict[str, Any]
    shown: kinds.CheckedBody | None = None
    unread: dict[str, list[str]] | None = None


def as_held(record: Record) -> Stand:
    """The stand of a record that is held already, and shown as it is."""
    return Stand({name: getattr(record, name) for name in COLUMNS})


def after(before: Stand | None, entry: Entry, choice: Choice = ALL, *, untaken: bool = False) -> Stand:
    """The stand after one more lawful entry, under what this hub has chosen of its origin.

    A version that can't be read leaves the older copy in place, marked; unless it is meant for fewer people than that
    copy, which then is hidden. `untaken` says that the body is missing because it was not taken.
    """
    if entry.header.op != "put":
        row = _row(before, entry, STATES[entry.header.op])
        return Stand(row | {"hidden": not choice.shows(entry.header.kind, None)})
    if entry.header.kind in statements.KINDS:
        if entry.body is not None:
            return Stand(_row(before, entry, statements.STATE) | {"body": entry.body_bytes})
    elif untaken or not choice.takes(entry.header.kind, entry.body):
        return Stand(_row(before, entry, UNTAKEN))
    try:
        checked = _checked(entry)
    except _CantRead as problem:
        return Stand(*_unread(before, entry), unread=problem.reason)
    return _published(before, entry, checked, hidden=not choice.shows(checked.kind, checked.body))


def _published(before: Stand | None, entry: Entry, checked: kinds.CheckedBody, *, hidden: bool) -> Stand:
    starts_at, ends_at = kinds.KINDS[checked.kind].when(checked.body)
    content = {"body": entry.body_bytes, "starts_at": starts_at, "ends_at": ends_at, "hidden": hidden}
    return Stand(_row(before, entry, "published") | content, shown=None if hidden else checked)


def _unread(before: Stand | None, entry: Entry) -> tuple[dict[str, Any], kinds.CheckedBody | None]:
    header = entry.header
    # Without its body a version is pending, and not what the log holds: a later entry follows, or was cut off.
    bh = None if entry.body is None else header.bh
    if before is None or before.row["body"] is None or RANK[header.vis] > RANK[before.row["level"]]:
        return _row(before, entry, "unread") | {"bh": bh, "unread_rev": header.rev}, None
    news = {"rev": header.rev, "bh": bh, "unread_rev": header.rev, "was_public": _was_public(before, entry)}
    return before.row | news, before.shown


def _row(before: Stand | None, entry: Entry, state: str) -> dict[str, Any]:
    header, ts = entry.header, parse_timestamp(entry.header.ts)
    return {
        "origin": header.origin,
        "rec": header.id,
        "own": False,
        "kind": header.kind,
        "state": state,
        "level": header.vis,
        "rev": header.rev,
        "bh": header.bh,
        "body": None,
        "draft_token": 0,
        "created_at": before.row["created_at"] if before else ts,
        "published_at": (before.row["published_at"] if before else None) or (ts if header.op == "put" else None),
        "updated_at": ts,
        "starts_at": None,
        "ends_at": None,
        "unread_rev": None,
        "was_public": _was_public(before, entry),
        "hidden": False,
    }


def _was_public(before: Stand | None, entry: Entry) -> bool:
    return bool(before and before.row["was_public"]) or (entry.header.op == "put" and entry.header.vis == "public")


class _CantRead(Exception):
    """A signed body that this version can't read, with the reason by field."""

    def __init__(self, reason: dict[str, list[str]]) -> None:
        super().__init__("the body can't be read")
        self.reason = reason


def _checked(entry: Entry) -> kinds.CheckedBody:
    """The body, read by the kind's own schema; raises `_CantRead`."""
    if entry.body is None:
        raise _CantRead(GONE)
    try:
        return kinds.check(entry.header.kind, entry.body, received=True, wire=entry.body_bytes)
    except kinds.Invalid as problem:
        raise _CantRead(problem.errors) from problem
