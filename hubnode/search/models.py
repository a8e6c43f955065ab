"""The tables of the search index; the text column itself is FTS5 on SQLite and tsvector on PostgreSQL (see engines)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class SearchDoc(Base):
    """One record in the index, under the number of its row."""

    __tablename__ = "search_doc"
    __table_args__ = (sa.Index("ix_search_doc_kind", "kind", "level"),)

    doc: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(sa.String(32))
    origin: Mapped[str] = mapped_column(sa.String(255))
    level: Mapped[int]
    """0 public, 1 network, 2 hub: who is lower never meets it."""
    title: Mapped[str] = mapped_column(sa.String(160))
    """Folded title that everybody who may see the record may see; for sorting."""
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class SearchFacet(Base):
    """One value of one facet of one record, and from which level on it shows."""

    __tablename__ = "search_facet"
    __table_args__ = (sa.Index("ix_search_facet_value", "facet", "value", "doc"), {"sqlite_with_rowid": False})

    doc: Mapped[int] = mapped_column(sa.ForeignKey("search_doc.doc", ondelete="CASCADE"), primary_key=True)
    facet: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    level: Mapped[int]
