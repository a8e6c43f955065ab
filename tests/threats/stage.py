"""A victim that is really served, a friend and a liar whom it knows; and what has changed in its store."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import sqlalchemy as sa
from http_message_signatures import HTTPMessageSigner, algorithms

from federation import routes, signatures
from federation.keys import SigningKey
from federation.signatures import DOCUMENT_TYPE, sign_request
from hubnode.db import Base, reading, transaction
from hubnode.network import events, peers, pull
from hubnode.network.models import Peer
from hubnode.records import log
from tests import serving
from tests.hubnode.hubs import Hub, agree
from tests.journeys.liar import Liar

FLEETING = frozenset({"nonce", "peer_vital", "throttle"})
"""Tables that only remember that somebody knocked."""
POST = ("@method", "@target-uri", "content-type", "content-digest")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back over the socket."""

    status: int
    type: str
    body: bytes
    headers: Mapping[str, str]
    cookies: tuple[str, ...] = ()
    """Every cookie that it sets."""

    @property
    def problem(self) -> str:
        """The slug of the problem document; nothing where it is none."""
        return str(json.loads(self.body)["type"]) if self.type == "application/problem+json" else ""


@dataclass
class Victim:
    """The hub that is attacked."""

    hub: Hub
    friend: Hub

    @property
    def origin(self) -> str:
        """Its address."""
        return self.hub.origin

    @property
    def place(self) -> str:
        """Host and port."""
        return self.origin.split("://", 1)[1]

    def knock(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Reply:
        """One request over a socket of its own, exactly as given."""
        connection = http.client.HTTPConnection(self.place, timeout=20)
        try:
            connection.request(method, path, body or None, dict(headers or {}))
            answer = connection.getresponse()
            cookies = tuple(answer.headers.get_all("Set-Cookie", ()))
            media_type = answer.headers.get("Content-Type", "")
            return Reply(answer.status, media_type, answer.read(), dict(answer.headers), cookies)
        finally:
            connection.close()

    def signed(self, method: str, path: str, body: bytes | None = None, **how: Any) -> dict[str, str]:
        """Headers that prove a request of the friend, or of `key` and `origin`."""
        key = how.get("key") or key_of(self.friend)
        origin = how.get("origin", self.friend.origin)
        now = how.get("now", datetime.now(UTC))
        return sign_request(method, self.origin + path, body, DOCUMENT_TYPE, key, origin, now)

    def ask(self, path: str, **how: Any) -> Reply:
        """A signed GET."""
        return self.knock("GET", path, self.signed("GET", path, **how))

    def tell(self, path: str, body: bytes, **how: Any) -> Reply:
        """A signed POST."""
        return self.knock("POST", path, self.signed("POST", path, body, **how), body)

    def entries(self, after: int = 0, limit: int = 500, **how: Any) -> Reply:
        """A page of the victim's log."""
        with self.hub.at():
            log_id = log.own(reading()).log_id
        return self.ask(f"{routes.ENTRIES}?log={log_id}&after={after}&limit={limit}", **how)

    def follow(self, origin: str) -> str | None:
        """Let the victim pull from `origin`; what it notes of it."""
        with self.hub.at() as node:
            pull.pull(node, origin)
        with self.hub.at():
            return reading().scalar(sa.select(Peer.last_error).where(Peer.origin == origin))

    def rows(self) -> dict[str, int]:
        """How many rows each table holds, but for those that only remember a knock."""
        with self.hub.at():
            session = reading()
            session.rollback()
            return {
                table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
                if table.name not in FLEETING
            }

    def told(self, origin: str) -> list[str]:
        """What people are told about a hub."""
        with self.hub.at():
            return [event.what for event in events.latest(50) if event.origin == origin]

    def column(self, column: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]) -> list[Any]:
        """The values of one column."""
        with self.hub.at():
            return list(reading().scalars(sa.select(column).where(*where)))


def key_of(hub: Hub) -> SigningKey:
    """The key with which a hub signs now."""
    with hub.at() as node:
        return node.identity.signing


def knows(hub: Hub, liar: Liar) -> None:
    """Let a hub pin the liar, as its operator would after comparing fingerprints."""
    with hub.at() as node:
        peers.add(node, liar.origin, liar.fingerprint, datetime.now(UTC))
        with transaction() as session:
            agree(session, liar.origin)


def rested(hub: Hub) -> None:
    """Let nothing be due at a hub but what a test asks for."""
    later = datetime.now(UTC) + timedelta(hours=1)
    with hub.at(), transaction() as session:
        session.execute(sa.update(Peer).values(pull_due_at=later, poke_due_at=later))


def forged(
    url: str,
    key: SigningKey,
    origin: str,
    body: bytes,
    components: tuple[str, ...] = POST,
    *,
    media_type: str = DOCUMENT_TYPE,
    **changes: Any,
) -> dict[str, str]:
    """A POST validly signed by `key`, but over `components` and with parameters of the forger's choice."""
    digest = HTTPMessageSigner.content_digest_class.create(body)
    headers = {"Content-Type": media_type, "Content-Digest": digest}
    message = signatures._Message("POST", url, headers)
    now = datetime.now(UTC).replace(microsecond=0)
    usual: dict[str, Any] = {
        "key_id": f"{origin}#{key.id}",
        "created": now,
        "expires": now + timedelta(seconds=300),
        "nonce": "AAECAwQFBgcICQoLDA0ODw",
        "label": "sig1",
        "tag": "apl/1",
    }
    signer = HTTPMessageSigner(
        signature_algorithm=algorithms.ED25519, key_resolver=signatures._Keys(private=key.private)
    )
    signer.sign(message, covered_component_ids=components, use_existing_digest=True, **{**usual, **changes})
    return headers


class Pretender:
    """A server that answers each request with what a function says; it counts who comes."""

    def __init__(self, answer: Callable[[str, str], tuple[int, Mapping[str, str], bytes]]) -> None:
        self.asked: list[str] = []
        pretender = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                pretender.asked.append(self.path)
                status, headers, body = answer(self.command, self.path)
                self.send_response_only(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(body)
                except ConnectionError:
                    return  # who was served has seen enough

            do_POST = do_GET  # noqa: N815 - the name that http.server calls

            def log_message(self, format: str, *args: Any) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(serving.LOOK_S,), daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
