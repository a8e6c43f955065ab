"""Imports that are done once, however often they are sent: each is known by a key that its sender has chosen
(IETF draft-ietf-httpapi-idempotency-key-header).

What was answered is kept in the transaction that publishes: after a kill either both are there or neither, and the
same request simply comes again. What was refused has changed nothing, and its key stays free.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hubnode.db import reading, transaction
from hubnode.people.viewer import Viewer
from hubnode.records import service
from hubnode.records.errors import Forbidden
from hubnode.records.import_models import ImportKey
from hubnode.records.importing import Imported

KEPT = timedelta(hours=24)
"""How long the same key gets the same answer."""
Answer = Callable[[Sequence[Imported]], bytes]
"""How what became of the documents is spelled for whoever sent them."""


class OtherContent(Exception):
    """The key was used for something else already."""


class UnderWay(Exception):
    """The same import is being done just now."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An import that somebody asks for: whose, under which key, and what it is made of; `wanted` makes one."""

    viewer: Viewer
    account: int
    key_hash: str
    digest: str


@dataclass
class Busy:
    """The imports that this process is doing."""

    _keys: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def only(self, one: Wanted) -> Iterator[None]:
        """Do this import and no second of the same key beside it; raises `UnderWay`."""
        with self._lock:
            if one.key_hash in self._keys:
                raise UnderWay
            self._keys.add(one.key_hash)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(one.key_hash)


def wanted(viewer: Viewer, key: str, content: bytes) -> Wanted:
    """The import of this `content` under this `key`; raises `Forbidden` for who has no account or may not publish."""
    if viewer.account_id is None or not viewer.may_publish:
        raise Forbidden("only coordinators publish")
    key_hash = hashlib.sha256(f"{viewer.account_id}:{key}".encode()).hexdigest()
    return Wanted(viewer, viewer.account_id, key_hash, hashlib.sha256(content).hexdigest())


def answered(one: Wanted, now: datetime) -> bytes | None:
    """What was answered when this import was done; None where it was not. Raises `OtherContent`."""
    kept = sa.select(ImportKey.digest, ImportKey.answer).where(ImportKey.key_hash == one.key_hash, _recent(now))
    row = reading().execute(kept).one_or_none()
    if row is None:
        return None
    digest, answer = row
    if digest != one.digest:
        raise OtherContent
    return answer


def publish(one: Wanted, documents: Sequence[dict[str, Any]], answer: Answer, now: datetime) -> bytes:
    """Publish all `documents` as `service.publish_all` does, or none, and keep the answer in the same transaction.

    Raises what `service.publish_all` raises, and `UnderWay` where another process was faster.
    """
    made: list[bytes] = []

    def keep(session: Session, imported: Sequence[Imported]) -> None:
        session.execute(sa.delete(ImportKey).where(~_recent(now)))
        made.append(answer(imported))
        row = ImportKey(key_hash=one.key_hash, account=one.account, digest=one.digest, answer=made[0], created_at=now)
        session.add(row)
        try:
            session.flush()
        except sa.exc.IntegrityError as error:
            raise UnderWay from error

    service.publish_all(one.viewer, list(documents), now, also=keep)
    return made[0]


def tidy(now: datetime) -> None:
    """Forget the keys whose time is over. A transaction of its own, if there are any."""
    if reading().scalar(sa.select(ImportKey.id).where(~_recent(now)).limit(1)) is not None:
        with transaction() as session:
            session.execute(sa.delete(ImportKey).where(~_recent(now)))


def held(account: int) -> Sequence[Mapping[str, Any]]:
    """The imports of an account that are remembered: only when."""
    chosen = sa.select(ImportKey.created_at).where(ImportKey.account == account).order_by(ImportKey.id)
    return [{"at": at.isoformat(timespec="seconds")} for at in reading().scalars(chosen)]


def _recent(now: datetime) -> sa.ColumnElement[bool]:
    return ImportKey.created_at > now - KEPT
