"""Subscribers as their specifications want them, without a line of ours: they check what they get by themselves."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.serving import free_port, served

Start = Callable[..., Any]


@dataclass
class Got:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Subscriber:
    """Answers with the statuses that it is told, the last of them for ever, and keeps what it gets."""

    statuses: list[int] = field(default_factory=lambda: [204])
    headers: list[tuple[str, str]] = field(default_factory=list)
    echo: Callable[[str], str] = str
    got: list[Got] = field(default_factory=list)
    url: str = ""

    def __call__(self, environ: dict[str, Any], start: Start) -> list[bytes]:
        """Take one request."""
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
        headers["content-type"] = environ.get("CONTENT_TYPE", "")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.got.append(Got(environ["REQUEST_METHOD"], environ["PATH_INFO"], query, headers, body))
        if "hub.challenge" in query:
            start("200 OK", [("Content-Type", "text/plain")])
            return [self.echo(query["hub.challenge"]).encode()]
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        start(f"{status} Answer", [("Content-Type", "text/plain"), *self.headers])
        return [b""]

    @contextmanager
    def listening(self) -> Iterator[Subscriber]:
        """Be reachable."""
        port = free_port()
        with served(self, port):
            self.url = f"http://127.0.0.1:{port}/empfang/a%2Fb?kanal=1"
            yield self

    def messages(self, secret: str) -> list[dict[str, Any]]:
        """What came by webhooks, in order; each signature must be right."""
        found = [one for one in self.got if one.method == "POST"]
        assert all(verified(one, secret) for one in found)
        return [json.loads(one.body) for one in found]

    def ids(self) -> list[str]:
        """The webhook-id of each message."""
        return [one.headers["webhook-id"] for one in self.got if one.method == "POST"]


def verified(got: Got, secret: str) -> bool:
    """Whether one of the signatures is right (Standard Webhooks 1.0, "Verifying signatures")."""
    key = base64.b64decode(secret.split("_", 1)[1])
    content = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    wanted = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    given = [part.split(",", 1) for part in got.headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(found, wanted) for version, found in given)


def hub_verified(got: Got, secret: str) -> bool:
    """Whether the body was signed by the hub (WebSub section 8)."""
    method, _, found = got.headers["x-hub-signature"].partition("=")
    wanted = hmac.new(secret.encode(), got.body, getattr(hashlib, method)).hexdigest()
    return hmac.compare_digest(found, wanted)
