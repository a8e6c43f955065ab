"""A mail server on the loopback address: speaks SMTP (RFC 5321) with STARTTLS and AUTH PLAIN, and refuses as told."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

USER, PASSWORD = "hub", "Seehund sonnt sich"


@dataclass
class MailServer:
    """What the server does, and what it was told."""

    tls: ssl.SSLContext | None = None
    """None: it offers no STARTTLS."""
    wants_password: bool = True
    answers: dict[str, str] = field(default_factory=dict)
    """By command, an answer in place of the usual one."""
    port: int = 0
    encrypted: list[bool] = field(default_factory=list)
    """For each command but the greeting, whether it came encrypted."""
    heard: list[str] = field(default_factory=list)
    envelopes: list[tuple[str, str]] = field(default_factory=list)
    taken: list[EmailMessage] = field(default_factory=list)


class _Talk(socketserver.StreamRequestHandler):
    """One connection."""

    told: MailServer

    def handle(self) -> None:
        """Answer until the client leaves."""
        self.secure, self.sender, self.recipient = False, "", ""
        self._say(self.told.answers.get("CONNECT", "220 mail.example"))
        while line := self.rfile.readline():
            command, _space, rest = line.decode("latin-1").strip().partition(" ")
            self.told.heard.append(command.upper())
            if command.upper() not in ("EHLO", "HELO", "STARTTLS"):
                self.told.encrypted.append(self.secure)
            if not self._answer(command.upper(), rest):
                return

    def finish(self) -> None:
        """Hang up; TLS has put a socket of its own over the one that the server knows."""
        super().finish()
        self.request.close()

    def _answer(self, command: str, rest: str) -> bool:
        if command in self.told.answers:
            self._say(self.told.answers[command])
            return True
        if command == "EHLO":
            self._say("\r\n".join(["250-mail.example", *self._offers(), "250 SIZE 1000000"]))
        elif command == "STARTTLS":
            self._encrypt()
        elif command == "AUTH":
            self._say("235 welcome" if self._knows(rest) else "535 5.7.8 no")
        elif command == "DATA":
            self._take()
        elif command == "QUIT":
            self._say("221 bye")
            return False
        else:
            self._envelope(command, rest)
        return True

    def _offers(self) -> list[str]:
        offers = ["250-STARTTLS"] if self.told.tls is not None and not self.secure else []
        return [*offers, "250-AUTH PLAIN"] if self.told.wants_password else offers

    def _encrypt(self) -> None:
        assert self.told.tls is not None
        self._say("220 go on")
        self.request = self.told.tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb")
        self.secure = True

    def _knows(self, rest: str) -> bool:
        given = base64.b64decode(rest.split()[1]).split(b"\0")
        return given[1:] == [USER.encode(), PASSWORD.encode()]

    def _envelope(self, command: str, rest: str) -> None:
        address = rest.partition("<")[2].partition(">")[0]
        if command == "MAIL":
            self.sender = address
        elif command == "RCPT":
            self.recipient = address
        self._say("250 fine")

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.told.envelopes.append((self.sender, self.recipient))
        self.told.taken.append(cast(EmailMessage, message_from_bytes(b"".join(lines), policy=default)))
        self._say(self.told.answers.get("TAKEN", "250 taken"))

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")
        self.wfile.flush()


@contextmanager
def serving(told: MailServer) -> Iterator[MailServer]:
    """Serve on a free port until the block ends."""

    class Talk(_Talk):
        pass

    Talk.told = told
    with _Quiet(("127.0.0.1", 0), Talk) as server:
        told.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()


class _Quiet(socketserver.ThreadingTCPServer):
    """A client that hangs up in the middle is what some tests are about."""

    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""
