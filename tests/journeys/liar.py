"""A hub that follows the protocol in form, with valid keys of its own, and says what it should not."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

from ulid import ULID

from federation import checkpoint, routes
from federation.card import HubCard
from federation.entries import make_entry
from federation.keys import SigningKey
from federation.keyset import Keyset, OnlineKey
from federation.pages import PAGE_TYPE, write_page
from federation.routes import EntriesQuery
from federation.signatures import DOCUMENT_TYPE
from federation.tree import CompactRange
from tests import serving
from tests.journeys.between import Server

HOST = "127.0.0.1"


class Liar:
    """Serves a hub card, a checkpoint and entries; what the entries say is up to the test."""

    def __init__(self, name: str) -> None:
        self._server = Server((HOST, 0), self._handler())
        self.origin = f"http://{HOST}:{self._server.server_port}"
        self.signing = SigningKey.generate("k1")
        root = SigningKey.generate("root")
        now = datetime.now(UTC)
        online = OnlineKey(self.signing.public, now - timedelta(hours=1), now + timedelta(days=1))
        self.keyset = Keyset.first(self.origin, root, [online])
        self.log_id = secrets.token_hex(16)
        self._card = HubCard(
            name=name,
            place=name,
            focus=("focus-admin",),
            district="",
            contact="",
            intro={"de": "Ein Hub, der sich als ein anderer ausgibt."},
            keyset=self.keyset,
            log_id=self.log_id,
            software="test",
        )
        self._lines: list[bytes] = []
        self._leaves: list[bytes] = []
        threading.Thread(target=self._server.serve_forever, args=(serving.LOOK_S,), daemon=True).start()

    @property
    def fingerprint(self) -> str:
        """The fingerprint that its operator would read out."""
        return self.keyset.fingerprint

    @property
    def size(self) -> int:
        """Entries in its log."""
        return len(self._lines)

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def put(
        self, kind: str, body: dict[str, Any], *, origin: str | None = None, id: str | None = None, rev: int = 1
    ) -> str:
        """Log a record, in its own name or in that of another hub; the number of the record."""
        number = id or str(ULID())
        entry = make_entry(
            origin=origin or self.origin,
            log=self.log_id,
            seq=self.size,
            ts=datetime.now(UTC),
            op="put",
            kind=kind,
            id=number,
            rev=rev,
            vis="public",
            body=body,
        )
        self._lines.append(entry.line)
        self._leaves.append(entry.leaf)
        return number

    def forget(self, size: int) -> None:
        """Go back to the first `size` entries, as somebody who rewrites history would."""
        del self._lines[size:], self._leaves[size:]

    def note(self) -> str:
        """The checkpoint over all it has said."""
        root = CompactRange().extend(self._leaves).root()
        return checkpoint.sign(checkpoint.Checkpoint(self.origin, self.log_id, self.size, root), self.signing)

    def _answer(self, path: str) -> tuple[int, str, bytes]:
        place, _, query = path.partition("?")
        if place == routes.CARD:
            return 200, DOCUMENT_TYPE, self._card.to_bytes()
        if place == routes.CHECKPOINT:
            return 200, routes.NOTE_TYPE, self.note().encode()
        if place == routes.ENTRIES:
            return 200, PAGE_TYPE, write_page(self._lines[EntriesQuery.parse(query).after :], self.note())
        return 202, DOCUMENT_TYPE, b"{}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        liar = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, media_type, body = liar._answer(self.path)
                self.send_response_only(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

            do_POST = do_GET  # noqa: N815 - the name that http.server calls

            def log_message(self, format: str, *args: Any) -> None:
                """Stay silent."""

        return Handler
