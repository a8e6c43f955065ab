"""Fixtures: the victim, served over a socket, and the liar."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hubnode.conftest import template  # noqa: F401 - a fixture
from tests.hubnode.hubs import close, make_hub, pin
from tests.journeys.liar import Liar
from tests.serving import served
from tests.threats.stage import Victim, knows, rested


@pytest.fixture
def victim(tmp_path: Path, template: Path, free_port: int) -> Iterator[Victim]:  # noqa: F811
    """A hub at its real address, and a friend that it knows and that knows it."""
    hub = make_hub(tmp_path / "victim", template, "Wilster", free_port, pages=True)
    friend = make_hub(tmp_path / "friend", template, "Rendsburg", 5992)
    pin(hub, friend)
    pin(friend, hub)
    rested(hub)
    with served(hub.app, free_port):
        yield Victim(hub, friend)
    close(hub)
    close(friend)


@pytest.fixture
def liar(victim: Victim) -> Iterator[Liar]:
    """A hub with keys of its own that the victim knows."""
    liar = Liar("Lügenhausen")
    knows(victim.hub, liar)
    rested(victim.hub)
    yield liar
    liar.close()
