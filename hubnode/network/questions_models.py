"""The tables of questions to experts: a thread, what was written in it, and how many each person has asked lately."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime


class Question(Base):
    """One thread, as this hub has it: asked here, answered here, or both."""

    __tablename__ = "question"
    __table_args__ = (sa.UniqueConstraint("peer", "thread"), sa.Index("ix_question_asker", "asker"))

    id: Mapped[str] = mapped_column(sa.String(26), primary_key=True)
    """Its name in addresses of this node; the other hub has another one."""
    thread: Mapped[str] = mapped_column(sa.String(26))
    """Its name in letters."""
    peer: Mapped[str | None] = mapped_column(sa.String(255))
    """The other hub; None where asker and expert belong to this one."""
    asked_here: Mapped[bool]
    asker: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("account.id", ondelete="SET NULL"))
    """Who asked, if that was here; the other hub never learns it."""
    visitor: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("visitor.id", ondelete="SET NULL"), index=True)
    """The visiting member who asked here."""
    home: Mapped[str | None] = mapped_column(sa.String(255))
    """The hub in whose name a visiting member asked; it stays when the visitor is forgotten."""
    record: Mapped[str] = mapped_column(sa.String(320))
    """Global id of the record that the question is about."""
    subject: Mapped[str] = mapped_column(sa.String(120))
    state: Mapped[str] = mapped_column(sa.String(16))
    """``open``, ``answered`` or ``closed``."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    changed_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class QuestionMessage(Base):
    """One message of a thread."""

    __tablename__ = "question_message"

    number: Mapped[int] = mapped_column(BigId, primary_key=True)
    question: Mapped[str] = mapped_column(sa.ForeignKey("question.id", ondelete="CASCADE"), index=True)
    id: Mapped[str] = mapped_column(sa.String(26), index=True)
    """The letter that carries it."""
    by_asker: Mapped[bool]
    signed_as: Mapped[str] = mapped_column(sa.String(80))
    """The function in which somebody writes, in the writer's words; never a mail address."""
    text: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(sa.String(16))
    """``here`` (it goes nowhere), ``received``, or of what was sent: ``waiting``, ``delivered``, ``undelivered``."""
    state_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str | None] = mapped_column(sa.String(64))


class QuestionQuota(Base):
    """How much one account has asked since the hour began that is counted now; nothing about what."""

    __tablename__ = "question_quota"

    account: Mapped[int] = mapped_column(BigId, sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used: Mapped[int]


class VisitorQuota(Base):
    """The same for a visiting member."""

    __tablename__ = "visitor_quota"

    visitor: Mapped[int] = mapped_column(BigId, sa.ForeignKey("visitor.id", ondelete="CASCADE"), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used: Mapped[int]
