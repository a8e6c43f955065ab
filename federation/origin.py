"""Origins: the exact ASCII name of a hub, ``https://host[:port]``, in one spelling only (RFC 6454, restricted)."""

import ipaddress
import re

from federation.errors import BadRequest

MAX_LENGTH = 253 + len("https://") + len(":65535")

_SHAPE = re.compile(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_DEFAULT_PORT = {"https": 443, "http": 80}


def parse_origin(text: str) -> str:
    """Return the origin unchanged, or raise `BadRequest` if it is not the one accepted spelling.

    Refused: upper case, default ports, paths, queries, user information, trailing dots, names outside ASCII and their
    ``xn--`` form, numbers that some resolvers read as addresses, and plain ``http`` for any host but the loopback.
    """
    _parts(text)
    return text


def host_of(origin: str) -> str:
    """Return the host of an origin, IPv6 addresses without their brackets."""
    return _parts(origin)[0].strip("[]")


def port_of(origin: str) -> int:
    """Return the TCP port of an origin, the scheme's default where none is written."""
    return _parts(origin)[1]


def is_loopback(origin: str) -> bool:
    """Tell whether an origin names this machine itself: ``localhost``, ``127.0.0.0/8`` or ``[::1]``."""
    return _is_loopback_host(host_of(origin))


def _parts(text: str) -> tuple[str, int]:
    match = _SHAPE.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        raise BadRequest("not an origin: https://host[:port] in lower case is expected")
    scheme, host, written = match.groups()
    _check_host(host)
    port = int(written) if written else _DEFAULT_PORT[scheme]
    if port > 65535 or (written and port == _DEFAULT_PORT[scheme]):
        raise BadRequest("the port of an origin is between 1 and 65535 and never the default one")
    if scheme == "http" and not _is_loopback_host(host):
        raise BadRequest("an origin is https; plain http is for the loopback only")
    return host, port


def _check_host(host: str) -> None:
    if host.startswith("["):
        return _check_ipv6(host[1:-1])
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadRequest("not a host name")
    if any(label.startswith("xn--") for label in labels):
        raise BadRequest("internationalised names are not origins: two of them can look alike")
    # A last label that reads as a number makes the whole host an address for many resolvers (WHATWG URL 3.5).
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        _check_ipv4(host)
    return None


def _check_ipv4(host: str) -> None:
    try:
        ipaddress.IPv4Address(host)
    except ValueError as error:
        raise BadRequest("not an IPv4 address in dotted decimal") from error


def _check_ipv6(address: str) -> None:
    try:
        if str(ipaddress.IPv6Address(address)) == address:
            return
    except ValueError as error:
        raise BadRequest("not an IPv6 address") from error
    raise BadRequest("not the canonical spelling of an IPv6 address (RFC 5952)")


def _is_loopback_host(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
