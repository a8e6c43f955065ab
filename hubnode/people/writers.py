"""In whose name a program writes: in that of the person whose token it holds, with what this person may do now."""

from __future__ import annotations

import sqlalchemy as sa

from hubnode.db import reading
from hubnode.people.models import Account
from hubnode.people.partner_models import AccessToken
from hubnode.people.tokens import Held
from hubnode.people.viewer import LEVEL_OF, ROLES, Viewer


class NobodysToken(Exception):
    """The token belongs to no person of this hub: what is published here, somebody here has to answer for."""


def writer(held: Held) -> Viewer:
    """The owner of a token that is in force; raises `NobodysToken` for one of a partner."""
    named = sa.select(Account.id, Account.role, Account.name).join(AccessToken, AccessToken.account == Account.id)
    found = reading().execute(named.where(AccessToken.id == held.id)).one_or_none()
    if found is None:
        raise NobodysToken
    number, role, name = found
    known = next(one for one in ROLES if one == role)
    return Viewer(LEVEL_OF[known], known, number, name)
