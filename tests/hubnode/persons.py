"""People who are asked about their profile and answer: with links out of letters, as in life."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any, Protocol

import sqlalchemy as sa

from hubnode.db import reading, transaction
from hubnode.people.viewer import OPERATOR
from hubnode.records import consents, notices, owning, profiles, service
from hubnode.records.kinds import KINDS
from hubnode.records.models import Record, own_record
from hubnode.records.profile_models import Profile
from hubnode.records.profiles import Owner

_numbers = count(1)


class Place(Protocol):
    """A hub that one can be at."""

    def at(self) -> Any:
        """Be at this hub."""


def function_only(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a coordinator may write into a profile: nothing voluntary."""
    fields = KINDS["expertise"].fields
    kept = {name: value for name, value in body.items() if fields[name].metadata.get("group") != "voluntary"}
    chosen = {name: level for name, level in kept.pop("field_visibility", {}).items() if level != "public"}
    wanted = {name: level for name, level in chosen.items() if name in kept}
    return kept | ({"field_visibility": wanted} if wanted else {})


def everything(body: Mapping[str, Any]) -> dict[str, str]:
    """Consents that are wide enough for everything in a body."""
    named = [purpose for purpose in consents.texts().values() if any(name in body for name in purpose.fields)]
    return {purpose.name: "public" for purpose in named}


def publish(hub: Place, body: dict[str, Any], level: str, now: datetime) -> str:
    """A profile that somebody wrote, its person was asked about, completed and published as its first version."""
    with hub.at():
        id = asked(body, level, now)
        owning.publish(owner(id, now), body, level, now, given=everything(body))
        return id


def unasked(body: dict[str, Any], level: str, now: datetime) -> str:
    """The same in an application that knows no mail: the person has heard of it in another way."""
    draft = service.save_draft(OPERATOR, "expertise", function_only(body), level=level, now=now)
    with transaction() as session:
        record = session.scalars(sa.select(Record).where(own_record(draft.id))).one()
        session.add(Profile(record=record.id, created_at=now))
    owning.publish(owner(draft.id, now), body, level, now, given=everything(body))
    return draft.id


def revise(id: str, body: dict[str, Any], level: str, now: datetime) -> None:
    """Another version by the person."""
    owning.publish(owner(id, now), body, level, now, given=everything(body))


def asked(body: dict[str, Any], level: str, now: datetime, address: str = "") -> str:
    """A draft by somebody else, about which the person was asked; its id."""
    draft = service.save_draft(OPERATOR, "expertise", function_only(body), level=level, now=now)
    owning.ask(OPERATOR, draft.id, address or f"person-{next(_numbers)}@example.org", now)
    return draft.id


def link(id: str, now: datetime) -> str:
    """The token of a new letter to the person of this profile."""
    with transaction() as session:
        record = session.scalars(sa.select(Record).where(own_record(id))).one()
        return notices.new_link(session, record, now + notices.ANSWER)


def owner(id: str, now: datetime) -> Owner:
    """The person, out of a letter."""
    return profiles.by_link(reading(), link(id, now), now)


def profile_of(id: str) -> Profile:
    """What is known of the person."""
    found = profiles.of_id(reading(), id)
    assert found is not None
    return found
