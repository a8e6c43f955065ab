"""The people of the demo: their hub writes what it may, asks them by mail, and they answer by its link."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import reading
from hubnode.demo.records import DemoPerson, demo_people
from hubnode.mail import outbox
from hubnode.network import recovery
from hubnode.network.node import current_node
from hubnode.records import owning, profiles
from hubnode.records.kinds import CHOICES, KINDS

_LINK = re.compile(r"/profil/([A-Za-z0-9_-]+)")
KIND = "expertise"


def as_written(documents: Sequence[dict[str, Any]], people: Sequence[DemoPerson]) -> list[dict[str, Any]]:
    """The documents as a hub may import them: profiles without what is voluntary, with the address to ask at."""
    asked = {person.id: person.email for person in people}
    return [
        document | {"person": asked[document["id"]], "body": _function_only(document["body"])}
        if document["id"] in asked
        else document
        for document in documents
    ]


def answer(people: Sequence[DemoPerson], now: datetime) -> None:
    """Let these people open the letters that have come, complete their profiles and publish them."""
    links = {to: link for to, link in map(_read, (letter.id for letter in outbox.mailbox())) if link}
    for person in people:
        at = now if person.confirmed is None else datetime.combine(person.confirmed, time(10), UTC)
        owner = profiles.by_link(reading(), links[person.email], at)
        owning.publish(owner, dict(person.body), person.visibility, at, given=person.consents)


def answered(folder: Path, ids: Mapping[str, str], today: date, key: str) -> None:
    """`answer` for the people of one hub, at the node in `folder`."""
    with create_core(Settings.load(folder)).app_context():
        recovery.ensure(current_node())
        answer(demo_people(key, ids, today), datetime.now(UTC))


def _read(number: int) -> tuple[str, str]:
    """To whom a letter is, and the token of the link in it; empty where it is none of ours."""
    found = outbox.read(number)
    if found is None or found[0].template != "profile-notice":
        return "", ""
    link = _LINK.search(found[1].text)
    return found[0].to, link[1] if link else ""


def _function_only(body: Mapping[str, Any]) -> dict[str, Any]:
    fields = KINDS[KIND].fields
    kept = {name: value for name, value in body.items() if fields[name].metadata.get("group") != "voluntary"}
    # Who sees what is the person's to say, and its consent what opens the name.
    return {name: value for name, value in kept.items() if name != CHOICES}
