"""What every part of a running node shares: its settings, its identity, and its way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask, current_app

import hubnode
from federation.wire import Wire
from hubnode.config import Settings
from hubnode.network import identity

EXTENSION = "hubnode"


@dataclass(frozen=True, slots=True)
class Node:
    """One running node."""

    settings: Settings
    keys: identity.Keyring
    wire: Wire
    clock: Callable[[], datetime]
    """What time it is: every door and every background task of this node asks here."""

    @property
    def identity(self) -> identity.Identity:
        """Who this hub is to others, as the key files say now; keep it for one errand, then ask again."""
        return self.keys.at(self.clock())


def utcnow() -> datetime:
    """The time now, aware, in UTC: the clock of every node that is not given another."""
    return datetime.now(UTC)


def attach(app: Flask, settings: Settings, clock: Callable[[], datetime] = utcnow, wire: Wire | None = None) -> Node:
    """Load the keys and give `app` its node; raises `identity.BadIdentity`.

    `clock` and `wire` are replaced where many nodes live in one process under one simulated time and network.
    """
    keys = identity.Keyring(settings.instance / "keys", settings.base_url, clock())
    wire = wire or Wire(
        allow_loopback=settings.loopback_allowed,
        private_origins=settings.private_origins,
        user_agent=f"hubnode/{hubnode.__version__}",  # who asks, the signature says
    )
    node = Node(settings, keys, wire, clock)
    app.extensions[EXTENSION] = node
    return node


def current_node() -> Node:
    """The node of the application at work."""
    node = current_app.extensions[EXTENSION]
    if not isinstance(node, Node):
        raise TypeError("the application has no node")
    return node
