"""What the demo does on the loopback address: find free ports, and look at its nodes as a browser would."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

HOST = "127.0.0.1"
ATOM = "application/atom+xml"


class NoAnswer(Exception):
    """Nobody answered in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


def get(url: str, *, timeout: float = 15.0, headers: Mapping[str, str] | None = None) -> Answer:
    """What `url` answers, whatever its status; redirects are not followed. Raises `NoAnswer`."""
    place = urlsplit(url)
    target = place.path or "/"
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=timeout)
    try:
        connection.request("GET", f"{target}?{place.query}" if place.query else target, headers=dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"{url}: {error}") from error
    finally:
        connection.close()


def answers(origin: str) -> bool:
    """Whether a node answers at `origin` with its hub card."""
    try:
        return get(f"{origin}/.well-known/apl", timeout=2.0).status == 200
    except NoAnswer:
        return False


def feed_address(origin: str, media_type: str = ATOM) -> str:
    """Address of the first feed of that type that the start page announces; raises `NoAnswer` where it has none."""
    links = _Links(media_type)
    links.feed(get(f"{origin}/").text)
    if links.found is None:
        raise NoAnswer(f"{origin}/ announces no {media_type}")
    return links.found if "://" in links.found else origin + links.found


class _Links(HTMLParser):
    """Finds the first announced feed of one type."""

    def __init__(self, media_type: str) -> None:
        super().__init__()
        self.found: str | None = None
        self._media_type = media_type

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        given = dict(attrs)
        if tag == "link" and given.get("type") == self._media_type and self.found is None:
            self.found = given.get("href")


def port_is_free(port: int) -> bool:
    """Whether a node could listen on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """That many ports on which nobody listens at the moment."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
