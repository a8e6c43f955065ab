"""Who is looking: the one value that every read asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["public", "network", "hub"]
Role = Literal["admin", "coordinator", "staff"]
ROLES: tuple[Role, ...] = ("admin", "coordinator", "staff")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks at this node, and how far this person may see."""

    level: Level
    role: Role | None = None
    account_id: int | None = None
    name: str | None = None
    home: str | None = None
    """Origin of the member hub whose staff a visiting member is; None for people of this hub and for strangers."""
    visitor_id: int | None = None
    """The visiting member, who has no account here."""

    @property
    def visiting(self) -> bool:
        """Whether this is a member of another hub who has signed in with the account there."""
        return self.visitor_id is not None

    @property
    def signed_in(self) -> bool:
        """Whether this is a person with an account here."""
        return self.account_id is not None

    @property
    def may_publish(self) -> bool:
        """Whether this person may write and publish the hub's records."""
        return self.role in ("admin", "coordinator")

    @property
    def may_admin(self) -> bool:
        """Whether this person may change people, peers and keys."""
        return self.role == "admin"


ANONYMOUS = Viewer(level="public")
OPERATOR = Viewer(level="hub", role="admin", name="Betrieb")
"""Whoever holds the machine: the command line acts in this name."""
