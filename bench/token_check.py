"""What the check of a token costs per request to the interface: the same request with a Bearer token and without.

The processor time is that of the web processes of a node of the demo, over HTTP; the two take turns, so that whatever
else the machine does falls on both. Beside it the check alone, in this process, and that of a sign-in.
"""

from __future__ import annotations

import http.client
import json
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from bench import processes
from bench.figures import Figure
from bench.stage import Network, web
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import transaction
from hubnode.demo.nodes import Node
from hubnode.network.node import utcnow
from hubnode.people import accounts, sessions, tokens

ROUNDS, EACH = 5, 100
"""Fewer requests of either sort than anybody may send in a minute."""
CHECKS = 1000
PART = "Prüfen eines Tokens"
BESIDE = "ohne Token"


class NotAnswered(Exception):
    """A request of the bench was not answered; what stands beside it would compare nothing."""


def measure(network: Network) -> list[Figure]:
    """At the first node, with a token of a member of its staff, which is removed afterwards."""
    node = network.nodes[0]
    app = create_core(Settings.load(node.folder))
    with app.app_context():
        now = utcnow()
        person = accounts.by_email(f"team@{node.key}.example")
        token, number = _token(person.id, now)
        try:
            return [_over_http(node, token), *_alone(person.id, token, now)]
        finally:
            tokens.end(number, utcnow())


def _token(account: int, now: datetime) -> tuple[str, int]:
    token = tokens.MARK + secrets.token_urlsafe(32)
    with transaction() as session:
        row = tokens.keep(session, token, ["records:read"], now, now + timedelta(hours=1), account=account)
        session.flush()
        return token, row.id


def _over_http(node: Node, token: str) -> Figure:
    wire = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
    path = _public_record(wire, node)
    given: dict[str, str] = {"Authorization": f"Bearer {token}"}
    used = {False: 0.0, True: 0.0}
    for headers in ({}, given):
        _ask(wire, node, path, headers)
    serving = web(node)
    for _ in range(ROUNDS):
        for with_token in (False, True):
            before = processes.cpu_s(serving)
            for _ in range(EACH):
                _ask(wire, node, path, given if with_token else {})
            used[with_token] += processes.cpu_s(serving) - before
    turns = ROUNDS * EACH
    checked, plain = (1000 * used[with_token] / turns for with_token in (True, False))
    return Figure(PART, "Ein Eintrag über die Schnittstelle, mit Token", checked, "ms CPU", plain, BESIDE)


def _public_record(wire: http.client.HTTPConnection, node: Node) -> str:
    """The address of a record that everybody may read, so that both requests are answered alike."""
    found = json.loads(_ask(wire, node, "/api/v1/records?limit=1", {}))
    return "/api/v1/records/by-id?" + urlencode({"id": found["items"][0]["id"]})


def _ask(wire: http.client.HTTPConnection, node: Node, path: str, headers: dict[str, str]) -> bytes:
    wire.request("GET", path, headers={"Host": urlsplit(node.origin).netloc, **headers})
    answer = wire.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise NotAnswered(f"{path}: {answer.status}")
    return body


def _alone(account: int, token: str, now: datetime) -> Iterator[Figure]:
    with transaction() as session:
        own = sessions.begin(session, account, how="password", device="", lasting=timedelta(hours=1), now=now)
    sign_in = _cpu_us(lambda: sessions.viewer_of(own, now))
    yield Figure(PART, "Die Prüfung allein", _cpu_us(lambda: tokens.bearer(token, now)), "µs CPU", sign_in, "Anmeldung")
    sessions.close(own, now)


def _cpu_us(do: Callable[[], object]) -> float:
    """Microseconds of CPU that one call takes, the first of them left out."""
    do()
    begun = time.process_time()
    for _ in range(CHECKS):
        do()
    return 1e6 * (time.process_time() - begun) / CHECKS
