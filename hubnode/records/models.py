"""The tables of what a hub knows: records of its own and of others, their versions, and the logs that carry them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime

REMOVED = sa.text("op <> 'put'")
"""Of an entry: that it takes a record back."""


class Log(Base):
    """One append-only log that this node holds: its own, or its copy of another hub's."""

    __tablename__ = "log"
    __table_args__ = (sa.UniqueConstraint("origin", "log_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    origin: Mapped[str] = mapped_column(sa.String(255), index=True)
    log_id: Mapped[str] = mapped_column(sa.String(64))
    own: Mapped[bool] = mapped_column(default=False)
    size: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    """Entries held; the next one gets this number."""
    edge: Mapped[bytes] = mapped_column(default=b"")
    """Compact range over all entries (RFC 6962): enough to append and to compute the root."""
    note: Mapped[str] = mapped_column(sa.Text, default="")
    """Latest checkpoint verified (copies only; of the own log it is signed when asked for)."""
    state: Mapped[str] = mapped_column(sa.String(16), default="active")
    """A copy: ``active``, or ``frozen`` after a fork or a rollback: served as it was, taken no further.

    The own log: ``active``; ``checking`` until the others have said what they hold of it; ``readonly`` when that
    contradicts it.
    """
    evidence: Mapped[str | None] = mapped_column(sa.Text)
    """Both notes that contradict each other, when frozen."""
    shown: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    """Whether the records of this copy are shown; not while its hub is suspended or a restored copy is behind."""
    hidden_for: Mapped[str] = mapped_column(sa.String(64), default="", server_default="")
    """The reasons why it is not shown, in their order, with commas; see `copies`."""
    epoch: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    """The number of the statement that named this log id; 0 for a hub's first log."""
    relisting: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether a new epoch of this copy is still being read from its beginning."""
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime)


class LogEntry(Base):
    """One line of a log: the canonical header, the body as long as it may be kept, and tree nodes.

    ``nodes`` holds the hashes of all perfect subtrees that this leaf completes, 32 bytes each, the leaf's own first:
    so the root at any size and every proof need no further table.
    """

    __tablename__ = "log_entry"
    __table_args__ = (
        sa.Index("ix_log_entry_record", "log", "rec"),
        sa.Index("ix_log_entry_removed", "log", "rec", sqlite_where=REMOVED, postgresql_where=REMOVED),
    )

    log: Mapped[int] = mapped_column(sa.ForeignKey("log.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    rec: Mapped[str] = mapped_column(sa.String(26))
    rev: Mapped[int] = mapped_column(sa.BigInteger)
    op: Mapped[str] = mapped_column(sa.String(8))
    header: Mapped[bytes]
    body: Mapped[bytes | None]
    salt: Mapped[bytes | None]
    nodes: Mapped[bytes]
    untaken: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether the body is missing because this hub has chosen not to keep it; its origin may still give it."""


class LogPage(Base):
    """A checkpoint of another hub's log, exactly as signed by it, for the size after one pulled page."""

    __tablename__ = "log_page"

    log: Mapped[int] = mapped_column(sa.ForeignKey("log.id"), primary_key=True)
    size: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    note: Mapped[str] = mapped_column(sa.Text)
    received_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the page came, by this node's clock: what a key has signed is judged by it, and nothing is ordered."""


class Record(Base):
    """A record as it stands now, of this hub or of another; one row for each, whatever has become of it."""

    __tablename__ = "record"
    __table_args__ = (
        sa.UniqueConstraint("origin", "rec"),
        sa.Index("ix_record_changed", "updated_at", "id"),
        sa.Index("ix_record_shown", "origin", "state", "kind"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    origin: Mapped[str] = mapped_column(sa.String(255))
    rec: Mapped[str] = mapped_column(sa.String(26))
    own: Mapped[bool]
    kind: Mapped[str] = mapped_column(sa.String(32))
    state: Mapped[str] = mapped_column(sa.String(16))
    """``draft``, ``published``, ``withdrawn`` or ``erased``; ``statement`` (see `statements`).

    In copies also ``unread``, ``review`` for what is held back (see `review`), and ``untaken`` for what exists there
    and by our choice is not kept here (see `choosing`).
    """
    level: Mapped[str] = mapped_column(sa.String(8))
    """Visibility of the published version: ``public``, ``network`` or ``hub``."""
    rev: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    bh: Mapped[str | None] = mapped_column(sa.String(64))
    """Commitment of the version that is in the log, while there is one."""
    body: Mapped[bytes | None]
    """The published version, canonical JSON."""
    draft: Mapped[bytes | None]
    """What is being written, canonical JSON; own records only."""
    draft_level: Mapped[str | None] = mapped_column(sa.String(8))
    draft_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When the draft was saved last."""
    handed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When an editor has handed the draft over to those who publish; None once it is published or thrown away."""
    draft_token: Mapped[int] = mapped_column(default=0)
    """Grows with every save, so that a stale form is noticed."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    unread_rev: Mapped[int | None] = mapped_column(sa.BigInteger)
    """A newer version that its home hub has published and this node could not read."""
    was_public: Mapped[bool] = mapped_column(default=False)
    """Whether it has ever stood in public feeds, which then have to tell that it is gone."""
    hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether it is kept here and yet not shown, by what this hub has chosen of its home hub."""


def own_record(rec: str | None) -> sa.ColumnElement[bool]:
    """The condition of being this hub's own record `rec`, spelled so that it is found by index: by origin and id."""
    origin = sa.select(Log.origin).where(Log.own).scalar_subquery()
    return sa.and_(Record.origin == origin, Record.own, Record.rec == rec)


class RecordVersion(Base):
    """A published version of an own record, kept at home until the record is erased."""

    __tablename__ = "record_version"

    record: Mapped[int] = mapped_column(sa.ForeignKey("record.id"), primary_key=True)
    rev: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    level: Mapped[str] = mapped_column(sa.String(8))
    body: Mapped[bytes]
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Reference(Base):
    """That one record names another: for "projects of this organisation", "reports about this project"."""

    __tablename__ = "reference"
    __table_args__ = (sa.Index("ix_reference_target", "target", "field"),)

    record: Mapped[int] = mapped_column(sa.ForeignKey("record.id"), primary_key=True)
    field: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    target: Mapped[str] = mapped_column(sa.String(320), primary_key=True)
    level: Mapped[str] = mapped_column(sa.String(8))
    """From which level on the naming field is visible."""


class Quarantine(Base):
    """A version that another hub has signed and this node could not read, with the reason; the log goes on (I17)."""

    __tablename__ = "quarantine"

    log: Mapped[int] = mapped_column(sa.ForeignKey("log.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    rec: Mapped[str] = mapped_column(sa.String(26), index=True)
    rev: Mapped[int] = mapped_column(sa.BigInteger)
    kind: Mapped[str] = mapped_column(sa.String(32))
    reason: Mapped[str] = mapped_column(sa.Text)
    """JSON: field path to messages; never the values."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    passed_over_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When somebody decided to leave it at that; it counts no longer as something to look at."""


class Stamp(Base):
    """One number that grows with every change of any record: what caches compare."""

    __tablename__ = "stamp"

    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(sa.BigInteger, default=0)
