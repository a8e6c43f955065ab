"""What a letter may be: known texts, single lines, one plain address; both languages, both forms."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hubnode.db import transaction
from hubnode.mail import addresses, outbox, rendering, sealing
from hubnode.mail.addresses import BadAddress
from hubnode.mail.rendering import BadLetter, Letter
from hubnode.mail.sealing import CantOpen
from hubnode.mail.texts import TEXTS
from tests.hubnode.hubs import NOW, Hub
from tests.hubnode.web.desk import hub as hub
from tests.hubnode.web.desk import password_hash as password_hash


@pytest.mark.parametrize(
    "address",
    ["a@b.de", "Dora.Probe+hub@Amt.Example", "o'neill@xn--mller-kva.example", "info@müller.example", "1@2.example"],
)
def test_plain_addresses_are_taken(address: str) -> None:
    """In one spelling; on the wire a domain is ASCII."""
    assert addresses.checked(f" {address} ") == address.lower()
    assert addresses.on_the_wire(address).isascii()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "dora",
        "dora@amt",
        "@amt.example",
        "dora@@amt.example",
        "dora@amt..example",
        ".dora@amt.example",
        "dora.@amt.example",
        "dora@-amt.example",
        "dora@amt-.example",
        "dora@amt.example\nBcc: eve@evil.example",
        "dora@amt.example\r\nX: y",
        "dora@amt.example, eve@evil.example",
        "dora@amt.example;eve@evil.example",
        '"dora eve"@amt.example',
        "Dora <dora@amt.example>",
        "dora@[127.0.0.1]",
        "dora eve@amt.example",
        "dora\0@amt.example",
        "dörte@amt.example",
        "a" * 65 + "@amt.example",
        "a@" + "b" * 64 + ".example",
        "a@" + ".".join(["b" * 60] * 5),
    ],
)
def test_everything_else_is_refused(address: str) -> None:
    """Above all what could be a second address or a header."""
    with pytest.raises(BadAddress):
        addresses.checked(address)


def test_every_letter_is_complete_in_both_forms(hub: Hub) -> None:
    """All of its values are said, the link stands in both, HTML escapes, and nothing is loaded from anywhere."""
    for name, text in TEXTS.items():
        with hub.at():
            lines = [str(line) for line in (text.subject, *text.lines, *text.after)]
            names = set(re.findall(r"%\((\w+)\)s", " ".join(lines))) - {"hub", "contact"}
            values = dict.fromkeys(names, "<i>&Wert") | ({"link": "/ort/zeichen"} if text.action is not None else {})
            written = [
                rendering.written(Letter("a@b.example", one, name, values), hub.settings) for one in ("de", "en")
            ]
        for one in written:
            assert "%(" not in one.subject + one.text + one.html
            assert "<i>" not in one.html
            assert not re.search(r"<(img|script|link|iframe)|url\(", one.html)
            assert all(len(line) <= 998 for line in one.html.splitlines())  # RFC 5322, 2.1.1
            assert text.action is None or all(
                "http://127.0.0.1:5991/ort/zeichen" in form for form in (one.text, one.html)
            )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"to": "dora@amt.example\nBcc: eve@evil.example"}, BadAddress),
        ({"template": "unknown"}, BadLetter),
        ({"language": "fr"}, BadLetter),
        ({"values": {"link": "/x", "role": "r"}}, BadLetter),
        ({"values": {"link": "/x", "role": "r\r\nBcc: eve@evil.example", "until": "u"}}, BadLetter),
        ({"values": {"link": "/x", "role": "r", "until": "u\u2028v"}}, BadLetter),
    ],
)
def test_a_letter_that_cant_be_is_refused_at_once(hub: Hub, change: dict[str, object], error: type[Exception]) -> None:
    """In the transaction of its cause, not hours later."""
    good = Letter("dora@amt.example", "de", "invitation", {"link": "/x", "role": "r", "until": "u"})
    with pytest.raises(error), hub.at(), transaction() as session:
        outbox.put(session, replace(good, **change), NOW)  # type: ignore[arg-type]
    with hub.at():
        assert outbox.mailbox() == []


def test_a_sealed_text_opens_with_its_secret_for_its_purpose_alone() -> None:
    """And not once a bit of it was changed."""
    sealed = sealing.seal(b"moin", "s" * 32, "letter x")
    assert sealing.unseal(sealed, "s" * 32, "letter x") == b"moin"
    assert sealing.seal(b"moin", "s" * 32, "letter x") != sealed
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    attempts = [(sealed, "t" * 32, "letter x"), (sealed, "s" * 32, "letter y"), (changed, "s" * 32, "letter x")]
    for wrong in (*attempts, (b"", "s" * 32, "letter x")):
        with pytest.raises(CantOpen):
            sealing.unseal(*wrong)
