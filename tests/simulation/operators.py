"""What people with the machine in their hands do: backups and their return, new keys, suspensions, new members."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import sqlalchemy as sa

from federation.errors import ProtocolError
from hubnode.db import reading, transaction
from hubnode.network import agreements, asking, choice, doors, invitations, joining, keys, membership, peers
from hubnode.network.joining_models import Joining
from hubnode.network.joining_rows import CantJoin
from hubnode.network.keyfiles import CantChange
from hubnode.network.membership import NotPossible
from hubnode.network.node import Node
from hubnode.people.confirming import OPERATOR_CONFIRMED
from hubnode.people.viewer import OPERATOR
from hubnode.records import choosing
from hubnode.records.choosing import Choice, Rule
from hubnode.records.log import NotWritable
from hubnode.records.reading import Browse, find
from tests.hubnode.hubs import AGREEMENT, agree
from tests.simulation.machine import Machine, PowerCut

if TYPE_CHECKING:
    from tests.simulation.world import World

REFUSALS = (CantChange, CantJoin, NotPossible, NotWritable, ProtocolError, choice.UnknownHub, invitations.CantInvite)


def _at(world: World, hub: str, do: Callable[[Node], object]) -> bool:
    """Let an operator do something at a hub; whether it was done."""
    machine = world.machines[hub]
    if not machine.up:
        world.note("the hub is down")
        return False
    try:
        with machine.at() as node:
            do(node)
    except PowerCut as cut:
        world.recover(cut)
    except REFUSALS as refusal:
        world.note(f"refused: {type(refusal).__name__}")
    else:
        return True
    return False


def back_up(world: World, hub: str) -> None:
    """Keep a copy of a hub's database."""
    world.machines[hub].back_up()


def restore(world: World, hub: str) -> None:
    """Put the copy back in place of the database."""
    machine = world.machines[hub]
    if not machine.has_backup:
        world.note("there is no backup")
        return
    world.watch.restored(machine)
    machine.put_back()


def rotate(world: World, hub: str) -> None:
    """Announce a new signing key."""
    _at(world, hub, lambda node: keys.rotate(OPERATOR_CONFIRMED, node, node.clock()))


def suspend(world: World, hub: str, other: str) -> None:
    """Suspend a member: nothing of it is shown from that moment on."""
    origin = world.machines[other].origin

    def do(node: Node) -> None:
        membership.suspend(OPERATOR_CONFIRMED, origin, node.clock())
        reading().rollback()
        if shown := find(OPERATOR, Browse(hubs=(origin,))).total:
            world.found(f"{hub} shows {shown} records of {other}, which it has suspended")

    _at(world, hub, do)


def resume(world: World, hub: str, other: str) -> None:
    """Undo a suspension."""
    origin = world.machines[other].origin
    _at(world, hub, lambda node: membership.resume(OPERATOR_CONFIRMED, origin, node.clock()))


def choose(world: World, hub: str, other: str, kinds: str) -> None:
    """Take only some kinds of records of another hub; what is not taken any more leaves this one."""
    taken = Rule(None if kinds == "all" else frozenset({kinds}))
    _at(
        world,
        hub,
        lambda node: choice.change(OPERATOR_CONFIRMED, world.machines[other].origin, Choice(taken=taken), node.clock()),
    )


def invite(world: World, hub: str, newcomer: str) -> None:
    """Invite a hub that knows nobody yet; it asks at once, and wants to know all the others too."""
    texts: list[str] = []
    if _at(world, hub, lambda node: texts.append(invitations.invite(OPERATOR_CONFIRMED, node, node.clock()))):
        _at(
            world,
            newcomer,
            lambda node: asking.join(OPERATOR_CONFIRMED, node, texts[0], node.clock(), introduce=True),
        )


def approve(world: World, hub: str) -> None:
    """Take in every hub that waits for it."""

    def do(node: Node) -> None:
        waiting = sa.select(Joining.id).where(Joining.direction == "in", Joining.state == "pending")
        for number in reading().scalars(waiting.order_by(Joining.id)).all():
            joining.approve(OPERATOR_CONFIRMED, number, node.clock())

    _at(world, hub, do)


def make_good(world: World) -> None:
    """What operators do in the end: resume whom they suspended, take everything, and take in whoever asks."""
    for machine in world.machines.values():
        for origin, rule in machine.ask("SELECT origin, rule FROM choice ORDER BY origin"):
            if choosing.decode(rule) != choosing.ALL:
                with machine.at() as node:
                    choice.change(OPERATOR_CONFIRMED, origin, choosing.ALL, node.clock())
        for (origin,) in machine.ask("SELECT origin FROM peer WHERE state = 'suspended' ORDER BY origin"):
            with machine.at() as node:
                membership.resume(OPERATOR_CONFIRMED, origin, node.clock())
        if machine.ask("SELECT 1 FROM joining WHERE direction = 'in' AND state = 'pending'"):
            approve(world, machine.name)
        lacking = "SELECT origin FROM peer WHERE origin NOT IN (SELECT origin FROM agreement) ORDER BY origin"
        for (origin,) in machine.ask(lacking):
            with machine.at() as node:
                agreements.enter(OPERATOR_CONFIRMED, origin, AGREEMENT, node.clock())
    if newcomer := world.schedule.newcomer:
        _bring_in(world, world.machines[newcomer])


def _bring_in(world: World, newcomer: Machine) -> None:
    """Invite the newcomer where it and the hub have not heard of each other, or forgot it with an old backup.

    One at a time: the others may take it in on that hub's word.
    """
    for one in world.honest:
        if one is newcomer or (_knows(one, newcomer) and _knows(newcomer, one)):
            continue
        if not _knows(newcomer, one):
            invite(world, one.name, newcomer.name)
        elif not _knows(one, newcomer):
            add(world, one, newcomer)
        return


def add(world: World, here: Machine, other: Machine) -> None:
    """Pin a hub that has pinned this one, with the fingerprint that its operator reads out."""
    with other.at() as node:
        card = doors.own_card(node, reading())

    def do(node: Node) -> None:
        with transaction() as session:
            peers.pin(session, card, node.clock())
            agree(session, card.origin)

    _at(world, here.name, do)


def _knows(machine: Machine, other: Machine) -> bool:
    waiting = "SELECT 1 FROM joining WHERE direction = 'in' AND state IN ('asking', 'pending') AND origin = ?"
    pinned = "SELECT 1 FROM peer WHERE origin = ?"
    return any(machine.ask(look, other.origin) for look in (pinned, waiting))


ACTIONS: Mapping[str, Callable[..., None]] = {
    "backup": back_up,
    "restore": restore,
    "rotate": rotate,
    "suspend": suspend,
    "resume": resume,
    "choose": choose,
    "invite": invite,
    "approve": approve,
}
