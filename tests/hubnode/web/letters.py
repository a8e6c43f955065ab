"""The letters of a hub, as their readers get them."""

from __future__ import annotations

import re

from hubnode.mail import outbox
from hubnode.mail.rendering import Written
from hubnode.work import loop
from tests.hubnode.hubs import Hub

TASKS = ("resets", "mail")
"""What the worker does so that letters leave."""


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
    """What the worker does about letters, until nothing is left to do."""
    with hub.at() as node:
        while due := [(task, what) for task, what in loop.claimed(node.clock()) if task.name in TASKS]:
            for task, what in due:
                task.do(node, what)
