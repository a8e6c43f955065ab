"""What administrators do to hubs and keys stands in the audit trail, as what they did it, in the same transaction."""

from __future__ import annotations

import pytest

from hubnode.network import invitations, keys, membership
from hubnode.people import audit
from hubnode.people.audit import Wanted
from hubnode.people.confirming import OPERATOR_CONFIRMED, Confirmed
from hubnode.people.viewer import OPERATOR
from hubnode.records import service
from tests.hubnode.bodies import project
from tests.hubnode.hubs import NOW, Hub

ALICE = Confirmed("Verwaltung", 1)


def trail() -> list[tuple[str, str, int | None, str]]:
    """The trail of the hub where we are, oldest first."""
    return [(one.act, one.actor, one.account, one.about) for one in reversed(audit.notes(Wanted()))]


def test_what_is_done_to_a_hub_is_noted_in_order(wilster: Hub, rendsburg: Hub) -> None:
    with wilster.at() as node:
        membership.suspend(ALICE, rendsburg.origin, NOW)
        membership.resume(OPERATOR_CONFIRMED, rendsburg.origin, NOW)
        invitations.invite(ALICE, node, NOW)
        membership.part(ALICE, rendsburg.origin, NOW, archive="drop")
        assert trail() == [
            ("peer.suspended", "admin", 1, rendsburg.origin),
            ("peer.resumed", "operator", None, rendsburg.origin),
            ("peer.invited", "admin", 1, ""),
            ("peer.parted", "admin", 1, rendsburg.origin),
        ]
        assert audit.notes(Wanted("peer.parted"))[0].detail == {"archive": "drop"}


def test_what_was_refused_is_not_noted(wilster: Hub, rendsburg: Hub) -> None:
    with wilster.at():
        with pytest.raises(membership.NotPossible):
            membership.resume(ALICE, rendsburg.origin, NOW)
        assert trail() == []


def test_an_erasure_is_noted_by_role(wilster: Hub) -> None:
    id = wilster.publish("project", project())
    with wilster.at():
        service.erase(OPERATOR, id, NOW)
        assert trail() == [("record.erased", "operator", None, id)]


def test_a_new_key_is_noted(wilster: Hub) -> None:
    with wilster.at() as node:
        made = keys.rotate(ALICE, node, node.clock())
        assert trail() == [("key.announced", "admin", 1, wilster.origin)]
        assert audit.notes(Wanted())[0].detail == {"keyset": str(made.n)}
