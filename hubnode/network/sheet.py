"""The sheet of two hubs as joint controllers (GDPR Art. 26): who they are, what goes over, and who does what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hubnode.config import Settings
from hubnode.db import reading
from hubnode.network import agreements, peers
from hubnode.network.agreements import Agreement
from hubnode.network.models import Peer


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two hubs."""

    name: str
    origin: str
    contact: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the sheet says of this hub and another one, from the state as it is."""

    here: Side
    there: Side
    agreement: Agreement | None
    member_since: date
    withheld: Mapping[str, int]
    """By kind the records that the other hub is not given, as long as there is no agreement."""

    @property
    def withheld_total(self) -> int:
        """How many these are."""
        return sum(self.withheld.values())


def of(settings: Settings, origin: str) -> Sheet | None:
    """The sheet of this hub and the one at `origin`; None where that is not known."""
    session = reading()
    peer = session.scalar(sa.select(Peer).where(Peer.origin == origin))
    if peer is None:
        return None
    card, agreement = peers.card_of(peer), agreements.of(session, origin)
    return Sheet(
        here=Side(settings.name, settings.base_url, settings.contact_email),
        there=Side(card.name, origin, card.contact),
        agreement=agreement,
        member_since=peer.added_at.date(),
        withheld={} if agreement else agreements.withheld_records(),
    )
