"""Lets Authlib's client speak over the node's own wire: checked addresses, one deadline, no redirect, no proxy."""

from __future__ import annotations

from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session
from requests.adapters import BaseAdapter

from federation.errors import ProtocolError, Unreachable
from federation.wire import Wire

DEADLINE_S = 5.0
MAX_BYTES = 64 * 1024
NO_ANSWER = (Unreachable, ProtocolError, requests.RequestException)
"""What is raised where the other side does not answer, or with a fault of its own."""


class OverWire(BaseAdapter):
    """Sends what `requests` has prepared to one origin, and to no other."""

    def __init__(self, wire: Wire, origin: str) -> None:
        super().__init__()
        self._wire, self._origin = wire, origin

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The answer of the origin; raises what `Wire.request` raises."""
        body = request.body.encode() if isinstance(request.body, str) else request.body
        kept = ("Accept", "Authorization", "Content-Type")
        headers = {name: str(value) for name, value in request.headers.items() if name in kept}
        answer = self._wire.request(
            request.method or "GET", request.url or "", headers, body, origin=self._origin, deadline_s=DEADLINE_S,
            cap_bytes=MAX_BYTES,
        )  # fmt: skip
        made = requests.Response()
        made.status_code, made.url, made.request = answer.status, request.url or "", request
        made.headers.update(answer.headers)
        made._content = answer.body
        return made

    def close(self) -> None:
        """Nothing to close: the connections are the wire's."""


def session(wire: Wire, origin: str, client_id: str, **more: Any) -> OAuth2Session:
    """An OAuth 2.0 client that can reach `origin` and nothing else."""
    made = OAuth2Session(client_id, **more)
    made.trust_env = False
    made.adapters.clear()
    made.mount(origin + "/", OverWire(wire, origin))
    return made
