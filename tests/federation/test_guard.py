"""The address guard: where a hub may connect to, address by address."""

import pytest

from federation.errors import BadRequest
from federation.guard import Guard, check_pinned
from tests.federation.cast import KIEL, WILSTER

OPEN = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "192.88.98.255",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2003::1",
    "2a00:1450::1",
    "2606:4700::1111",
    "3ffe:ffff::1",
]
CLOSED = [
    "0.0.0.0",  # noqa: S104 - compared with, not bound
    "0.1.2.3",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.169.254",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:1ff:ffff::1",
    "2001:db8::1",
    "2002::1",
    "2002:7f00:1::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
LOOPBACK = ["127.0.0.1", "127.255.255.254", "::1"]
PRIVATE = ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fc00::1", "fdff::1"]
NO_ADDRESS = ["", "localhost", "0x7f000001", "127.1", "2130706433", "0177.0.0.1", "1.1.1.1:80", "[::1]", "user@1.1.1.1"]

DEMO = Guard(allow_loopback=True)
MARKED = Guard(private_origins=frozenset({KIEL.origin}))


@pytest.mark.parametrize("address", OPEN)
def test_the_public_internet_is_open(address: str) -> None:
    assert Guard().allows(address, WILSTER.origin)
    assert DEMO.allows(address, WILSTER.origin)
    assert MARKED.allows(address, KIEL.origin)


@pytest.mark.parametrize("address", CLOSED + NO_ADDRESS)
def test_special_addresses_are_closed_to_everybody(address: str) -> None:
    everything = Guard(allow_loopback=True, private_origins=frozenset({KIEL.origin}))
    assert not everything.allows(address, KIEL.origin)
    assert not Guard().allows(address, WILSTER.origin)


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_is_for_demo_and_tests(address: str) -> None:
    assert DEMO.allows(address, WILSTER.origin)
    assert not Guard().allows(address, WILSTER.origin)
    assert not MARKED.allows(address, KIEL.origin)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_networks_are_for_marked_origins(address: str) -> None:
    assert MARKED.allows(address, KIEL.origin)
    assert not MARKED.allows(address, WILSTER.origin)
    assert not DEMO.allows(address, KIEL.origin)


def test_only_an_exact_origin_is_marked_private() -> None:
    with pytest.raises(BadRequest):
        Guard(private_origins=frozenset({"kiel.example"}))


@pytest.mark.parametrize("path", ["/", "/apl/v1/entries?log=x", "//evil.example/"])
def test_a_path_of_the_pinned_origin_is_fine(path: str) -> None:
    check_pinned(WILSTER.origin + path, WILSTER.origin)


@pytest.mark.parametrize(
    "url",
    [
        WILSTER.origin,
        WILSTER.origin + ":8443/",
        WILSTER.origin + "@evil.example/",
        WILSTER.origin + ".evil.example/",
        WILSTER.origin.replace("https", "http") + "/",
        "https://WILSTER.example/",
        KIEL.origin + "/",
        "/apl/v1/entries",
        "",
    ],
)
def test_every_other_url_stays_at_home(url: str) -> None:
    with pytest.raises(BadRequest):
        check_pinned(url, WILSTER.origin)
