"""The letters of a hub, as their readers get them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from hubnode.db import transaction
from hubnode.mail import outbox
from hubnode.mail.rendering import Written
from hubnode.people import recovering
from tests.hubnode.hubs import SECRET, Hub


def to(hub: Hub, address: str) -> list[Written]:
    """What was written to `address`, newest first."""
    with hub.at():
        found = [(one, outbox.read(one.id)) for one in outbox.mailbox()]
        return [letter[1] for one, letter in found if one.to == address and letter is not None]


def link(letter: Written) -> str:
    """The path of the link in a letter."""
    found = re.search(r"^http://127\.0\.0\.1:\d+(/\S+/\S+)$", letter.text, re.MULTILINE)
    assert found, letter.text
    return found[1]


def work(hub: Hub) -> None:
    """What the worker does with wishes for new passwords."""
    with hub.at():
        now = datetime.now(UTC)
        with transaction() as session:
            waiting = recovering.claim(session, now, 50)
        for number in waiting:
            recovering.answer(int(number), now, secret=SECRET)
