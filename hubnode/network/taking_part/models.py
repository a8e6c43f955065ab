"""The table of registrations: seats in events of this hub, and what our people have registered for elsewhere."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, BigId, UTCDateTime

STATES = ("sent", "confirmed", "waiting", "refused", "cancelled", "called_off")


class Registration(Base):
    """That somebody takes part in one date of an event, or wants to: one row for a person, however often asked."""

    __tablename__ = "registration"
    __table_args__ = (
        sa.UniqueConstraint("event", "date", "peer", "subject", "here"),
        sa.CheckConstraint("state IN ({})".format(", ".join(f"'{one}'" for one in STATES)), name="state_known"),
    )

    id: Mapped[str] = mapped_column(sa.String(26), primary_key=True)
    """Its name in addresses of this node; the other hub has another one."""
    here: Mapped[bool]
    """Whether the event is this hub's: then this row counts as a seat."""
    peer: Mapped[str] = mapped_column(sa.String(255))
    """The other hub, that of the person or that of the event; empty where both belong to this one."""
    event: Mapped[str] = mapped_column(sa.String(26))
    """Number of the event's record at its hub."""
    date: Mapped[str] = mapped_column(sa.String(10))
    """Which date of a series; empty where the event has one date, which may then be moved."""
    subject: Mapped[str] = mapped_column(sa.String(255))
    """Who it is, to both hubs: the name under which people sign in there, or the number of the account here."""
    account: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("account.id", ondelete="SET NULL"), index=True)
    visitor: Mapped[int | None] = mapped_column(BigId, sa.ForeignKey("visitor.id", ondelete="SET NULL"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    """As the person has given it; empty as soon as there is no seat to be had under it."""
    note: Mapped[str] = mapped_column(sa.String(300))
    """What the person needs to take part without barriers, if that was said."""
    state: Mapped[str] = mapped_column(sa.String(12))
    """``sent`` (not answered yet), ``confirmed``, ``waiting``, ``refused``, ``cancelled`` by the person, ``called_off``
    by those who hold the event."""
    state_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str | None] = mapped_column(sa.String(64))
    """Why it was refused."""
    queued: Mapped[int] = mapped_column(sa.BigInteger)
    """The order in which seats are given to those who wait."""
    position: Mapped[int | None]
    """The place on the waiting list, as it was told last."""
    attempt: Mapped[int]
    """How often the person has registered and cancelled: what comes late from an earlier attempt is not heard."""
    rev: Mapped[int]
    """How often the event's hub has said how this attempt stands."""
    event_rev: Mapped[int] = mapped_column(sa.BigInteger)
    """The version of the event by which a seat was given."""
    letter: Mapped[str | None] = mapped_column(sa.String(26), index=True)
    """The last letter about it that was sent from here."""
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    """When that date ends; some time after it everything here is deleted."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
