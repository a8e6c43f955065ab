"""Addresses that strangers name for this node to send to: which are taken, and the one way to them.

Everything goes through the wire with its guard: no private address whatever a name resolves to, no redirect, no
proxy, one deadline for all of a request.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlencode, urlsplit

from federation.errors import BadRequest, ProtocolError, Unreachable
from federation.guard import Guard
from federation.origin import host_of, is_loopback, parse_origin
from federation.wire import is_sendable
from hubnode.config import Settings
from hubnode.network.node import Node

MAX_URL = 1000
DEADLINE_S = 10.0
"""Seconds that a subscriber has to take something."""
CAP = 64 * 1024
"""Bytes of an answer that are read."""


class BadCallback(Exception):
    """Nothing is sent to this address: `reason` is ``url``, ``http``, ``private`` or ``own``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Callback:
    """A checked address."""

    url: str
    origin: str

    @property
    def host(self) -> str:
        """Host and port, the one part that is shown."""
        return urlsplit(self.url).netloc

    @property
    def machine(self) -> str:
        """The host without its port, by which is counted."""
        return host_of(self.origin)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request."""

    status: int
    """0 where there was no answer."""
    error: str
    """Empty where it was taken, else a slug such as ``answered:500`` or ``unreachable:timeout``."""
    retry_after_s: int = 0
    body: bytes = b""

    @property
    def taken(self) -> bool:
        """Whether the other side has it."""
        return not self.error


def checked(text: str, settings: Settings) -> Callback:
    """The address if something may ever be sent there; raises `BadCallback`.

    What its name resolves to is seen later, by the wire.
    """
    url = text.strip()
    parts = _parts(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    try:
        parse_origin(origin)
    except BadRequest as error:
        raise BadCallback("http" if parts.scheme == "http" else "url") from error
    if not parts.path:
        url = origin + "/" + url.removeprefix(origin)
    if "#" in url or not is_sendable(url):
        raise BadCallback("url")
    _refuse_inside(origin, settings)
    return Callback(url, origin)


def _parts(url: str) -> SplitResult:
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise BadCallback("url")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BadCallback("url") from error
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadCallback("url")
    return parts


def _refuse_inside(origin: str, settings: Settings) -> None:
    """Refuse at once what needs no look-up: numeric addresses behind the guard, this machine, this node."""
    if origin == settings.base_url:
        raise BadCallback("own")
    if is_loopback(origin) and not settings.loopback_allowed:
        raise BadCallback("private")
    try:
        address = str(ipaddress.ip_address(host_of(origin)))
    except ValueError:
        return
    if not Guard(settings.loopback_allowed, frozenset(settings.private_origins)).allows(address, origin):
        raise BadCallback("private")


def with_query(callback: Callback, pairs: Mapping[str, str]) -> str:
    """The address with these parameters after its own."""
    return f"{callback.url}{'&' if urlsplit(callback.url).query else '?'}{urlencode(pairs)}"


def send(node: Node, callback: Callback, headers: Mapping[str, str], body: bytes) -> Outcome:
    """POST `body`; raises nothing that the other side can cause. No transaction may be open."""
    return _asked(node, "POST", callback.url, callback.origin, headers, body)


def ask(node: Node, callback: Callback, pairs: Mapping[str, str]) -> Outcome:
    """GET with parameters, as `send`; the body of the answer is in the outcome."""
    return _asked(node, "GET", with_query(callback, pairs), callback.origin, {}, None)


def _asked(node: Node, method: str, url: str, origin: str, headers: Mapping[str, str], body: bytes | None) -> Outcome:
    try:
        answer = node.wire.request(method, url, headers, body, origin=origin, deadline_s=DEADLINE_S, cap_bytes=CAP)
    except Unreachable as problem:
        return Outcome(0, f"unreachable:{problem.reason}")
    except ProtocolError:
        return Outcome(0, "unreachable:url")
    error = "" if 200 <= answer.status < 300 else f"answered:{answer.status}"
    wait = answer.headers.get("retry-after", "") if error else ""
    seconds = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 7 else 0
    return Outcome(answer.status, error, seconds, answer.body)
