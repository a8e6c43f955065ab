"""Where each world begins: hubs that have known each other for a while, made once in each process and then copied."""

from __future__ import annotations

import shutil
from datetime import timedelta
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from federation.card import HubCard
from hubnode.core import create_core
from hubnode.db import db, reading, transaction
from hubnode.network import doors, identity, peers
from hubnode.network.models import Peer
from hubnode.network.node import current_node
from hubnode.people.models import Account
from hubnode.records import log
from tests.hubnode.hubs import agree
from tests.migrated import migrate
from tests.simulation.machine import BEGINS, Machine
from tests.simulation.origins import NAMES, scratch, settings_of
from tests.simulation.schedule import Schedule
from tests.simulation.world import World

MADE = BEGINS - timedelta(days=30)
MET_S = -7200.0
"""When they met, in seconds before the beginning."""
ROUNDS = 5


@cache
def founded(count: int) -> Path:
    """A folder with `count` hubs that have pinned each other, and one more that knows nobody."""
    place = scratch() / f"strangers-{count}"
    cards = [_opened(place, name) for name in NAMES[: count + 1]]
    world = World(Schedule(0, count, "", "", ()), place)
    world.elapsed = MET_S
    world.begin()
    for machine in world.machines.values():
        _pin(machine, [card for card in cards[:count] if card.origin != machine.origin])
    for _ in range(ROUNDS):
        for machine in world.machines.values():
            world.work(machine)
    if world.findings or not world.watch.settled():
        raise RuntimeError(f"the hubs did not find together: {world.findings} {world.causes}")
    for machine in world.machines.values():
        _settle_down(machine)
        machine.stop()
    return world.folder


@cache
def _migrated() -> Path:
    path = scratch() / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


def _opened(place: Path, name: str) -> HubCard:
    """Make a hub's folder, keys and log; answers its card."""
    settings = settings_of(name, place / name)
    settings.instance.mkdir(parents=True)
    shutil.copyfile(_migrated(), settings.instance / "hub.db")
    identity.create(settings.instance / "keys", settings.base_url, MADE)
    app = create_core(settings, clock=lambda: BEGINS)
    with app.app_context():
        with transaction() as session:
            log.open_own(session, settings.base_url, MADE)
            session.add(_somebody())
        card = doors.own_card(current_node(), reading())
        db.session.remove()
        db.engine.dispose()
    return card


def _somebody() -> Account:
    """One person of the staff, who may ask questions."""
    return Account(
        id=1,
        email="person@hub.example",
        name="Person",
        role="staff",
        password_hash="",
        active=True,
        created_at=MADE,
        password_changed_at=MADE,
    )


def _pin(machine: Machine, cards: list[HubCard]) -> None:
    with machine.at() as node, transaction() as session:
        for card in cards:
            peers.pin(session, card, node.clock())
            agree(session, card.origin)


def _settle_down(machine: Machine) -> None:
    """Let nothing be due at once: everybody has looked at everybody not long ago."""
    with machine.at() as node, transaction() as session:
        soon = BEGINS + timedelta(seconds=node.settings.poll_s)
        later = BEGINS + timedelta(hours=12)
        session.execute(sa.update(Peer).values(pull_due_at=soon, compare_due_at=later, digest_due_at=later))
