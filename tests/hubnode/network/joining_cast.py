"""Wilster, who invites, and Kiel, who wants to join: both served over HTTP, with what their administrators do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from federation import routes
from federation.joining import Invitation, JoinAnswer, JoinRequest
from federation.keys import SigningKey
from federation.signatures import DOCUMENT_TYPE, sign_request
from hubnode.db import reading
from hubnode.network import asking, invitations, joining, joining_rows, pull
from hubnode.network import node as nodes
from hubnode.network.joining_models import Joining
from hubnode.network.models import Peer
from hubnode.people.confirming import OPERATOR_CONFIRMED as PROOF
from hubnode.records import log, statements
from tests.hubnode.hubs import Hub, close, make_hub
from tests.hubnode.network.test_pull import port_of
from tests.serving import free_port, served

ASK = "0f" * 16


@dataclass
class Cast:
    """Two hubs that have not met."""

    wilster: Hub
    kiel: Hub
    client: FlaskClient
    """Somebody who knocks at Wilster's doors."""

    def invitation(self, **bound: str) -> str:
        """An invitation of Wilster."""
        with self.wilster.at() as node:
            return invitations.invite(PROOF, node, node.clock(), **bound)

    def token(self) -> bytes:
        """The secret of a new invitation of Wilster."""
        return Invitation.parse(self.invitation()).token

    def join(self, text: str, **how: Any) -> None:
        """Kiel asks with this invitation."""
        with self.kiel.at() as node:
            asking.join(PROOF, node, text, node.clock(), **how)

    def decide(self, decision: Callable[..., str]) -> None:
        """Wilster's administrator decides, and its worker tells Kiel."""
        with self.wilster.at() as node:
            [request] = joining_rows.requests()
            decision(PROOF, request.id, node.clock())
        self.answer()

    def answer(self) -> None:
        """Wilster's worker tells Kiel what was decided."""
        with self.wilster.at() as node:
            joining.answer(node, self.kiel.origin)

    def meet(self) -> None:
        """Both join, the usual way."""
        self.join(self.invitation())
        self.decide(joining.approve)

    def request(self, token: bytes | None, ask: str = ASK, hub: Hub | None = None) -> JoinRequest:
        """What Kiel (or `hub`) says to join."""
        with (hub or self.kiel).at() as node:
            return JoinRequest(ask, node.identity.keyset, log.own(reading()).log_id, token)

    def knock(
        self, body: bytes, hub: Hub | None = None, key: SigningKey | None = None, origin: str = ""
    ) -> TestResponse:
        """POST a request to join at Wilster, signed by Kiel (or `hub`, or `key` in the name of `origin`)."""
        return self.post(routes.JOIN, body, self.wilster, self.client, hub or self.kiel, key, origin)

    def confirm(
        self, answer: bytes, ask: str = ASK, hub: Hub | None = None, key: SigningKey | None = None
    ) -> TestResponse:
        """POST an answer at Kiel, signed by Wilster (or `hub`, or `key`)."""
        path = routes.join_confirm(ask)
        return self.post(path, answer, self.kiel, self.kiel.app.test_client(), hub or self.wilster, key, "")

    def answered(self, decision: str = "approved", hub: Hub | None = None) -> bytes:
        """An answer as Wilster (or `hub`) would write it."""
        with (hub or self.wilster).at() as node:
            return JoinAnswer(decision, node.identity.keyset, log.own(reading()).log_id).to_bytes()

    def post(
        self, path: str, body: bytes, at: Hub, client: FlaskClient, by: Hub, key: SigningKey | None, origin: str
    ) -> TestResponse:
        """POST a signed document."""
        with by.at() as node:
            signing = key or node.identity.signing
        url = at.origin + path
        headers = sign_request("POST", url, body, DOCUMENT_TYPE, signing, origin or by.origin, nodes.utcnow())
        return client.post(path, data=body, headers=headers, base_url=at.origin)


@contextmanager
def met(tmp_path: Path, template: Path) -> Iterator[Cast]:
    """The two hubs, served while the block runs."""
    wilster = make_hub(tmp_path / "wilster", template, "Wilster", free_port(), pages=True)
    kiel = make_hub(tmp_path / "kiel", template, "Kiel", free_port(), pages=True)
    with served(wilster.app, port_of(wilster)), served(kiel.app, port_of(kiel)):
        yield Cast(wilster, kiel, wilster.app.test_client())
    close(wilster)
    close(kiel)


def state_of(hub: Hub, direction: str) -> str | None:
    """How the one request in that direction stands."""
    with hub.at():
        return reading().scalar(sa.select(Joining.state).where(Joining.direction == direction))


def known(hub: Hub) -> list[tuple[str, str]]:
    """Whom the hub has pinned, and how they stand."""
    with hub.at():
        return [(peer.origin, peer.state) for peer in reading().scalars(sa.select(Peer).order_by(Peer.origin))]


def said(hub: Hub, kind: str = "member") -> list[dict[str, Any]]:
    """What the hub says in its own log."""
    with hub.at():
        return statements.said_by(reading(), hub.origin, kind)


def pulled(here: Hub, there: Hub) -> None:
    """One pull."""
    with here.at() as node:
        assert pull.pull(node, there.origin).finished
