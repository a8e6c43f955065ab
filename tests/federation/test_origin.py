"""Origins: one exact ASCII spelling per hub."""

import pytest

from federation.errors import BadRequest
from federation.origin import host_of, is_loopback, parse_origin, port_of

LONGEST_LABEL = "a" * 63
LONGEST_HOST = ".".join([LONGEST_LABEL] * 3 + ["a" * 61])


@pytest.mark.parametrize(
    ("origin", "host", "port"),
    [
        ("https://hub.example", "hub.example", 443),
        ("https://hub.example:8443", "hub.example", 8443),
        ("https://hub.example:80", "hub.example", 80),
        ("https://hub.example:1", "hub.example", 1),
        ("https://hub.example:65535", "hub.example", 65535),
        ("https://a-b.c1.example", "a-b.c1.example", 443),
        ("https://4hub.example", "4hub.example", 443),
        ("https://intranet", "intranet", 443),
        ("https://198.51.100.7", "198.51.100.7", 443),
        ("https://[2001:db8::7]:444", "2001:db8::7", 444),
        ("https://127.0.0.1", "127.0.0.1", 443),
        ("http://127.0.0.1:5001", "127.0.0.1", 5001),
        ("http://127.9.9.9", "127.9.9.9", 80),
        ("http://localhost:443", "localhost", 443),
        ("http://wilster.localhost:5001", "wilster.localhost", 5001),
        ("http://[::1]:5001", "::1", 5001),
        (f"https://{LONGEST_LABEL}.example", f"{LONGEST_LABEL}.example", 443),
        (f"https://{LONGEST_HOST}:65535", LONGEST_HOST, 65535),
    ],
)
def test_an_exact_origin_is_taken_as_it_stands(origin: str, host: str, port: int) -> None:
    assert parse_origin(origin) == origin
    assert host_of(origin) == host
    assert port_of(origin) == port


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hub.example",
        "https://",
        "//hub.example",
        "ftp://hub.example",
        "HTTPS://hub.example",
        "https://HUB.example",
        "https://hub.example/",
        "https://hub.example/path",
        "https://hub.example?q",
        "https://hub.example#f",
        "https://hub.example.",
        "https://.hub.example",
        "https://hub..example",
        "https://hub.example:443",
        "https://hub.example:0",
        "https://hub.example:080",
        "https://hub.example:65536",
        "https://hub.example:99999",
        "https://hub.example:",
        "https://hub.example:abc",
        "https://hub.example:٨٠",
        "https://user@hub.example",
        "https://user:pass@hub.example",
        "https://hub.example@evil.example",
        "https://hub.example\\@evil.example",
        "https://höb.example",
        "https://xn--hb-fka.example",
        "https://hub.xn--p1ai",
        "https://hub_a.example",
        "https://-hub.example",
        "https://hub-.example",
        "https://hub.example\n",
        " https://hub.example",
        "https://hub%2eexample",
        "http://hub.example",
        "http://198.51.100.7",
        "http://localhost:80",
        "http://localhost.evil.example",
        "http://notlocalhost",
        "http://127.0.0.1.evil.example",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://0x7f.1",
        "https://0x",
        "https://0177.0.0.1",
        "https://127.0.0.256",
        "https://1.2.3.4.5",
        "https://hub.1",
        "https://hub.0x1",
        "https://[::1",
        "https://[::0:1]",
        "https://[0:0:0:0:0:0:0:1]",
        "https://[2001:DB8::7]",
        "https://[2001:db8::7%eth0]",
        "https://[:::]",
        "https://::1",
        f"https://{'a' * 64}.example",
        f"https://{LONGEST_HOST}a",
        f"https://{LONGEST_HOST}:65535" + "5" * 10,
    ],
)
def test_every_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        parse_origin(text)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://127.0.0.1:5001", True),
        ("https://127.0.0.1", True),
        ("https://[::1]", True),
        ("https://localhost", True),
        ("https://a.localhost", True),
        ("https://hub.example", False),
        ("https://128.0.0.1", False),
        ("https://10.0.0.1", False),
        ("https://localhost.example", False),
    ],
)
def test_only_this_machine_is_loopback(origin: str, expected: bool) -> None:
    assert is_loopback(origin) is expected
