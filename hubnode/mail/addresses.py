"""Mail addresses: the one spelling, and which ones are taken."""

from __future__ import annotations

import re

MAX = 254
"""Signs of the longest address (RFC 5321, 4.5.3.1.3 with its erratum)."""
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"[^\W_](?:[^\W_]|-){0,61}[^\W_]|[^\W_]")


class BadAddress(ValueError):
    """This is no address that a letter could be sent to."""

    def __init__(self) -> None:
        super().__init__("this is not a mail address")


def normal(address: str) -> str:
    """The one spelling under which an address is kept and looked up."""
    return address.strip().lower()


def checked(address: str) -> str:
    """The normal spelling of one plain address (RFC 5321 dot-string at a domain); raises `BadAddress`.

    No quotes, brackets, commas, spaces or line breaks: nothing that could be a second address or a header.
    """
    plain = normal(address)
    local, at, domain = plain.partition("@")
    labels = domain.split(".")
    if not at or len(plain) > MAX or len(local) > 64 or not _LOCAL.fullmatch(local):
        raise BadAddress
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadAddress
    return plain


def on_the_wire(address: str) -> str:
    """The address as mail servers know it: a domain with umlauts in its ASCII form; raises `BadAddress`."""
    local, _at, domain = checked(address).partition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise BadAddress from error
