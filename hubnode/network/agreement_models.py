"""The table of agreements as joint controllers (GDPR Art. 26) that were entered for other hubs."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hubnode.db import Base, UTCDateTime


class AgreementRow(Base):
    """That there is an agreement with the hub at this origin; it may be entered before the hub joins."""

    __tablename__ = "agreement"

    origin: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    reference: Mapped[str] = mapped_column(sa.String(200))
    """What it is called and where it is filed, as both sides know it."""
    agreed_on: Mapped[date] = mapped_column(sa.Date)
    entered_at: Mapped[datetime] = mapped_column(UTCDateTime)
