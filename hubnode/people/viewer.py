"""Who is looking: the one value that every read asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Level = Literal["public", "network", "hub"]
Role = Literal["admin", "coordinator", "editor", "staff", "expert", "partner"]
ROLES: tuple[Role, ...] = ("admin", "coordinator", "editor", "staff", "expert", "partner")
MEMBERS: frozenset[Role] = frozenset(("admin", "coordinator", "editor", "staff"))
"""The people of the hub; experts look after their own profile only, partners read with tokens only."""
LEVEL_OF: Mapping[Role, Level] = {
    "admin": "hub",
    "coordinator": "hub",
    "editor": "hub",
    "staff": "hub",
    "expert": "network",
    "partner": "public",
}
"""How far somebody with an account of this role may see on pages."""


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
    def is_member(self) -> bool:
        """Whether this is one of the people of this hub, with an account here."""
        return self.signed_in and self.role in MEMBERS

    @property
    def may_ask(self) -> bool:
        """Whether this person may ask experts and those who look after a project."""
        return self.is_member or self.visiting

    @property
    def may_write(self) -> bool:
        """Whether this person may write drafts of the hub's records and hand them over."""
        return self.role in ("admin", "coordinator", "editor")

    @property
    def may_publish(self) -> bool:
        """Whether this person may publish, withdraw and erase the hub's records, and answer in its name."""
        return self.role in ("admin", "coordinator")

    @property
    def may_admin(self) -> bool:
        """Whether this person may change people, peers and keys."""
        return self.role == "admin"


ANONYMOUS = Viewer(level="public")
OPERATOR = Viewer(level="hub", role="admin", name="Betrieb")
"""Whoever holds the machine: the command line acts in this name."""
