"""Rows 11 to 14: where a hub may be led to connect, and how often."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from federation import canonical, routes
from federation.encoding import timestamp
from federation.errors import ProtocolError, Unreachable
from federation.pages import PAGE_TYPE
from federation.wire import Wire
from hubnode.network import peers, pull
from hubnode.network.node import Node
from tests.journeys.liar import Liar
from tests.threats.stage import Pretender, Victim

INSIDE = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.5.5", "172.31.255.255", "192.168.1.1",  # noqa: S104
    "100.64.0.1",
    "169.254.169.254", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::",
    "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    "4000::1",
)  # fmt: skip
"""Addresses that no name may lead a hub to."""
ODD_HOSTS = (
    "0x7f000001", "127.1", "2130706433", "017700000001", "0177.0.0.1", "127.0.0.1.nip.example@hub.example",
    "user:pass@127.0.0.1", "[::ffff:127.0.0.1]", "127.0.0.1%00.hub.example", "localhost.", "①②⑦.⓪.⓪.①",
)  # fmt: skip
"""Other ways to write an inner address."""

_connected: list[Any] = []
_watching: list[bool] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event == "socket.connect":
        _connected.append(arguments[1])


sys.addaudithook(_note)


@contextmanager
def connections() -> Iterator[list[Any]]:
    """The addresses that this process connects to inside the block."""
    _connected.clear()
    _watching.append(True)
    try:
        yield _connected
    finally:
        _watching.clear()


def led_to(node: Node, *answers: Sequence[str]) -> tuple[Node, list[str]]:
    """The node as it would be outside of tests, where a name resolves to one of `answers` after the other."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return replace(node, wire=Wire(resolver=resolve)), asked


def test_threat_11_no_name_leads_inside(victim: Victim) -> None:
    before = victim.rows()
    with victim.hub.at() as node, connections() as connected:
        for address in INSIDE:
            led, asked = led_to(node, [address])
            with pytest.raises(Unreachable) as refused:
                peers.add(led, "https://hub.example", "0000-" * 12 + "0000", node.clock())
            assert (address, refused.value.reason) == (address, "address")
            assert asked == ["hub.example"]
    assert connected == []
    assert victim.rows() == before


def test_threat_11_no_other_spelling_leads_inside(victim: Victim) -> None:
    before = victim.rows()
    with victim.hub.at() as node, connections() as connected:
        for host in ODD_HOSTS:
            led, _ = led_to(node, ["127.0.0.1"])
            with pytest.raises((ProtocolError, peers.CantPin)):
                peers.add(led, f"https://{host}", "0000-" * 12 + "0000", node.clock())
    assert connected == []
    assert victim.rows() == before


def test_threat_12_redirects_lead_nowhere(victim: Victim) -> None:
    inner = Pretender(lambda _method, _path: (200, {}, b"{}"))
    for status in (301, 302, 303, 307, 308):
        outer = Pretender(lambda _method, path, status=status: (status, {"Location": inner.origin + path}, b""))
        with victim.hub.at() as node, pytest.raises(Unreachable) as refused:
            peers.add(node, outer.origin, "0000-" * 12 + "0000", node.clock())
        assert refused.value.reason == "redirect"
        assert len(outer.asked) == 1
        outer.close()
    assert inner.asked == []
    inner.close()


def test_threat_12_a_redirect_on_the_second_try_leads_nowhere_either(victim: Victim, liar: Liar) -> None:
    inner = Pretender(lambda _method, _path: (200, {}, b"{}"))
    tries: list[str] = []

    def answer(_method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        tries.append(path)
        if len(tries) > 1:
            return 307, {"Location": inner.origin + path}, b""
        with victim.hub.at() as node:
            late = {"type": "clock-skew", "status": 401, "detail": "", "server_time": timestamp(node.clock())}
        return 401, {"Content-Type": routes.PROBLEM_TYPE}, canonical.encode(late)

    skewed = Pretender(answer)
    with victim.hub.at() as node, pytest.raises(Unreachable) as refused:
        peers.client(node, skewed.origin).entries("0" * 32, 0)
    assert refused.value.reason == "redirect"
    assert (len(tries), inner.asked) == (2, [])
    for one in (inner, skewed):
        one.close()


def test_threat_13_the_address_that_was_checked_is_the_one_connected_to(victim: Victim) -> None:
    heard: list[str] = []

    def answer(_method: str, path: str) -> tuple[int, dict[str, str], bytes]:
        heard.append(path)
        return 404, {}, b""

    server = Pretender(answer)
    port = server.origin.rsplit(":", 1)[1]
    resolved: list[str] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        resolved.append(host)
        return ["127.0.0.1"] if len(resolved) == 1 else ["10.0.0.1"]

    with victim.hub.at() as node, connections() as connected:
        led = replace(node, wire=Wire(allow_loopback=True, resolver=rebinding))
        for _ in range(2):
            with pytest.raises(ProtocolError):
                peers.client(led, f"http://127.0.0.1:{port}").unpinned_card()
    assert {address[0] for address in connected} <= {"127.0.0.1"}
    assert resolved in ([], ["127.0.0.1"], ["127.0.0.1", "127.0.0.1"])
    server.close()


def test_threat_13_a_name_that_turns_inside_is_not_followed_there(victim: Victim) -> None:
    with victim.hub.at() as node, connections() as connected:
        led, asked = led_to(node, ["10.0.0.1", "192.168.0.1"], ["127.0.0.1"])
        for _ in range(2):
            with pytest.raises(Unreachable) as refused:
                peers.client(led, "https://hub.example").unpinned_card()
            assert refused.value.reason == "address"
    assert (connected, asked) == ([], ["hub.example", "hub.example"])


def test_threat_14_a_hub_that_promises_more_without_end_is_left(victim: Victim, liar: Liar) -> None:
    asked: list[str] = []
    page = liar._answer(f"{routes.ENTRIES}?log={liar.log_id}&after=0&limit=500")[2]
    endless = page.rstrip(b"}\n") + b',"more":true}\n'

    def answer(path: str) -> tuple[int, str, bytes]:
        asked.append(path)
        return 200, PAGE_TYPE, endless

    liar._answer = answer  # type: ignore[method-assign]  # what it says is up to the test
    victim.follow(liar.origin)
    assert len(asked) <= 2


def test_threat_14_two_hubs_that_name_each_other_cost_one_request_each(victim: Victim) -> None:
    first: list[Pretender] = []
    second = Pretender(lambda _method, path: (302, {"Location": first[0].origin + path}, b""))
    first.append(Pretender(lambda _method, path: (302, {"Location": second.origin + path}, b"")))
    with victim.hub.at() as node:
        for one in (first[0], second):
            with pytest.raises(Unreachable):
                peers.client(node, one.origin).unpinned_card()
    assert (len(first[0].asked), len(second.asked)) == (1, 1)
    for one in (first[0], second):
        one.close()


def test_threat_14_a_failing_hub_is_asked_less_and_less(victim: Victim, liar: Liar) -> None:
    liar.put("project", {}, origin=victim.friend.origin)
    pauses = []
    for _ in range(8):
        victim.follow(liar.origin)
        with victim.hub.at() as node:
            due = next(hub for hub in victim.column(pull.Peer.pull_due_at, pull.Peer.origin == liar.origin))
            pauses.append((due - node.clock()).total_seconds())
    assert pauses[-1] > 10 * pauses[0]
    assert max(pauses) <= victim.hub.settings.backoff_max_s * 1.2
