"""The tables of the search; the text index itself is FTS5 on SQLite and tsvector on PostgreSQL (see engines)."""

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
    facets: Mapped[str] = mapped_column(sa.Text, server_default="")
    """All values of its facets once more, in one string for counting (see narrowing)."""


class SearchFacet(Base):
    """One value of one facet of one record, and from which level on it shows."""

    __tablename__ = "search_facet"
    __table_args__ = (sa.Index("ix_search_facet_value", "facet", "value", "doc"), {"sqlite_with_rowid": False})

    doc: Mapped[int] = mapped_column(sa.ForeignKey("search_doc.doc", ondelete="CASCADE"), primary_key=True)
    facet: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    level: Mapped[int]


class SearchEntry(Base):
    """The tokens and spellings of one record at each level, packed (see entries)."""

    __tablename__ = "search_entry"

    doc: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    words: Mapped[bytes]


_Spelling = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")


class SearchTerm(Base):
    """One spelling in the texts shown here, and in how many records it stands at exactly which level."""

    __tablename__ = "search_term"
    __table_args__ = (sa.Index("ix_search_term_ending", "ending"), {"sqlite_with_rowid": False})

    folded: Mapped[str] = mapped_column(_Spelling, primary_key=True)
    written: Mapped[str] = mapped_column(_Spelling, primary_key=True)
    """As people wrote it; empty where that is `folded`."""
    ending: Mapped[str] = mapped_column(sa.String(8).with_variant(sa.String(8, collation="C"), "postgresql"))
    """The last letters, backwards."""
    n0: Mapped[int]
    n1: Mapped[int]
    n2: Mapped[int]


class SearchState(Base):
    """The one row that says with which analysis the index was built, and how far a rebuild has come."""

    __tablename__ = "search_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(sa.String(64))
    """The analysis all of the index is built with; empty while nobody knows."""
    target: Mapped[str] = mapped_column(sa.String(64))
    """The analysis of a rebuild under way; empty without one."""
    reached: Mapped[int] = mapped_column(BigId)
    """The last record that the rebuild has done."""
