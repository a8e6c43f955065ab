"""The wire: the only file of this library that opens sockets, for requests to other hubs.

Every request has one total deadline, whatever the peer drips; a bounded body, whatever it inflates to; one pinned
origin, whatever it redirects to; and a checked address, whatever its name resolves to between two lookups.
"""

import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection

from federation.errors import BadRequest, Unreachable
from federation.guard import Guard, check_pinned

DEADLINE_S: Final = 10.0
CONNECT_S: Final = 4.0
"""Longest wait for one address, so that a second one gets its turn within the deadline."""
MAX_REFUSAL: Final = 64 * 1024
"""Bytes read of an answer that refuses a file."""
_CHUNK = 65536
_GZIP = 16 + zlib.MAX_WBITS

Sink = Callable[[bytes], object]
"""Takes the pieces of a file as they come."""
Resolver = Callable[[str, int], Sequence[str]]
"""(host, port) to numeric addresses, best first; raises OSError where there are none."""


@dataclass(frozen=True)
class Answer:
    """What a peer answered: the status, its header fields in lower case, the body without any encoding."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Abort(Exception):
    """Carries a reason through urllib3. Not an OSError: urllib3 would take that for a lost connection."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


# The moment at which the request under way in this context must have ended. The sockets look here before each read and
# write, because a timeout per read never ends a peer that sends one byte before each timeout.
_deadline: ContextVar[float] = ContextVar("deadline")


def _left() -> float:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise _Abort("timeout", "the deadline has passed")
    return left


class _Timed(socket.socket):
    """A socket whose every operation has what is left of the deadline."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_left())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(_left())
        return super().sendall(*args, **kwargs)


class _TimedTLS(ssl.SSLSocket):
    """The same over TLS; the handshake takes the timeout of the socket below, which is what was left then."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_left())
        return super().recv_into(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_left())
        return super().send(*args, **kwargs)


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host as the system resolves them."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_sendable(url: str) -> bool:
    """Tell whether a URL is spelled in the only way in which `Wire.request` takes it."""
    try:
        return requests.Request("GET", url).prepare().url == url
    except (requests.RequestException, ValueError):
        return False


class Wire:
    """Requests to other hubs over pooled, guarded connections; safe for several threads."""

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        private_origins: Collection[str] = (),
        resolver: Resolver = system_resolver,
        ca_file: str | None = None,
        user_agent: str = "apl/1",
    ) -> None:
        """Allow loopback for demo and tests only; ``ca_file`` replaces the certificate authorities that are trusted."""
        guard = Guard(allow_loopback, frozenset(private_origins))
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.clear()
        self._session.headers.update({"User-Agent": user_agent, "Accept-Encoding": "identity"})
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(_Connector(guard, resolver), _authorities(ca_file))
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        origin: str,
        deadline_s: float = DEADLINE_S,
        cap_bytes: int,
    ) -> Answer:
        """Return the answer of the pinned origin, its body at most ``cap_bytes`` long; raise `Unreachable` otherwise.

        Redirects are not followed: a 3xx other than 304 is `Unreachable`. `BadRequest` if the URL is not the origin's.
        """
        check_pinned(url, origin)
        with _ending_at(time.monotonic() + deadline_s), self._sent(method, url, headers, body) as response:
            fields = _fields(response)
            return Answer(response.status_code, fields, _body(response.raw, fields, cap_bytes))

    def download(
        self,
        url: str,
        headers: Mapping[str, str],
        sink: Sink,
        *,
        origin: str,
        deadline_s: float,
        cap_bytes: int,
    ) -> Answer:
        """GET a file: the body of a 200 goes to ``sink`` in pieces, at most ``cap_bytes``, and not into the answer.

        Otherwise as `request`. An error that ``sink`` raises ends the request; it must not be an OSError.
        """
        check_pinned(url, origin)
        with _ending_at(time.monotonic() + deadline_s), self._sent("GET", url, headers, None) as response:
            fields = _fields(response)
            if response.status_code != 200:
                return Answer(response.status_code, fields, _body(response.raw, fields, MAX_REFUSAL))
            if "content-encoding" in fields:
                raise Unreachable("bad_answer", "a file comes as it is")
            taken = 0
            while chunk := response.raw.read(_CHUNK, decode_content=False):
                taken += len(chunk)
                if taken > cap_bytes:
                    raise Unreachable("too_large", f"more than {cap_bytes} bytes")
                sink(chunk)
            return Answer(response.status_code, fields, b"")

    def close(self) -> None:
        """Close all pooled connections."""
        self._session.close()

    @contextmanager
    def _sent(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Iterator[requests.Response]:
        request = self._session.prepare_request(requests.Request(method, url, dict(headers), data=body))
        if request.url != url:
            raise BadRequest("a URL that is spelled in its only way is expected")
        with _named_failures():
            response = self._session.send(request, stream=True, allow_redirects=False, timeout=_left())
            finished = False
            try:
                yield response
                finished = True
            finally:
                # A connection that was left in mid answer must not serve the next request.
                if not finished:
                    response.raw.close()
                response.close()


@contextmanager
def _ending_at(moment: float) -> Iterator[None]:
    token = _deadline.set(moment)
    try:
        yield
    finally:
        _deadline.reset(token)


@contextmanager
def _named_failures() -> Iterator[None]:
    """Turn what requests, urllib3, zlib and sockets raise into `Unreachable` with one of its reasons."""
    try:
        yield
    except _Abort as abort:
        raise Unreachable(abort.reason, str(abort)) from abort
    except (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError) as error:
        raise Unreachable("timeout", "no answer within the deadline") from error
    except (requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError) as error:
        raise Unreachable("tls", str(error)) from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        # A write that timed out arrives here as a lost connection.
        raise Unreachable("timeout" if _deadline.get() <= time.monotonic() else "reset", str(error)) from error


def _fields(response: requests.Response) -> dict[str, str]:
    """The header fields of an answer by lower-case name; raise `Unreachable` for a redirect."""
    if 300 <= response.status_code < 400 and response.status_code != 304:
        raise Unreachable("redirect", "hubs answer at their own address")
    return {name.lower(): value for name, value in response.headers.items()}


def _body(raw: urllib3.BaseHTTPResponse, fields: Mapping[str, str], cap: int) -> bytes:
    """Read a body within its bounds, before and after inflation."""
    encoding = fields.get("content-encoding", "identity")
    if encoding not in {"identity", "gzip"}:
        raise Unreachable("bad_answer", "a content encoding that was not asked for")
    inflate = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    taken, body = 0, bytearray()
    while chunk := raw.read(_CHUNK, decode_content=False):
        taken += len(chunk)
        body += chunk if inflate is None else _inflated(inflate, chunk, cap + 1 - len(body))
        if taken > cap or len(body) > cap:
            raise Unreachable("too_large", f"more than {cap} bytes")
    if inflate is not None and taken and not inflate.eof:
        raise Unreachable("bad_answer", "truncated gzip")
    return bytes(body)


def _inflated(inflate: Any, chunk: bytes, room: int) -> bytes:
    try:
        out: bytes = inflate.decompress(chunk, room)
    except zlib.error as error:
        raise Unreachable("bad_answer", f"broken gzip: {error}") from error
    if inflate.unused_data:
        raise Unreachable("bad_answer", "bytes after the end of gzip")
    return out


@dataclass(frozen=True)
class _Connector:
    """Resolves once, checks every address, and connects to the address it checked: nothing is left to rebind."""

    guard: Guard
    resolver: Resolver

    def connect(self, scheme: str, host: str, port: int, options: Any) -> socket.socket:
        addresses = self._checked(scheme, host, port)
        failure: OSError | None = None
        for address in addresses:
            try:
                return _open(address, port, options)
            except OSError as error:
                failure = error
        raise _Abort("timeout" if isinstance(failure, TimeoutError) else "connect", str(failure))

    def _checked(self, scheme: str, host: str, port: int) -> list[str]:
        default = {"https": 443, "http": 80}[scheme]
        shown = f"[{host}]" if ":" in host else host
        origin = f"{scheme}://{shown}" if port == default else f"{scheme}://{shown}:{port}"
        found = self._resolved(host, port)
        allowed = [address for address in found if self.guard.allows(address, origin)]
        if not allowed:
            raise _Abort("address", f"{host} resolves to no address that may be connected to")
        return allowed

    def _resolved(self, host: str, port: int) -> Sequence[str]:
        """Resolve in a thread of its own: the system's resolver knows no deadline."""
        found: list[Sequence[str]] = []
        failed: list[OSError] = []

        def resolve() -> None:
            try:
                found.append(self.resolver(host, port))
            except (OSError, UnicodeError) as error:
                failed.append(OSError(str(error)))

        thread = threading.Thread(target=resolve, name=f"resolve {host}", daemon=True)
        thread.start()
        thread.join(_left())
        if not found:
            raise _Abort("dns", str(failed[0]) if failed else "the name server did not answer in time")
        return found[0]


def _open(address: str, port: int, options: Any) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = _Timed(family, socket.SOCK_STREAM)
    try:
        for option in options or ():
            sock.setsockopt(*option)
        sock.settimeout(min(_left(), CONNECT_S))
        sock.connect((address, port))
        sock.settimeout(_left())
    except BaseException:
        sock.close()
        raise
    return sock


class _Adapter(HTTPAdapter):
    """Plugs the connector under requests: pooled connections without retries, redirects or proxies."""

    def __init__(self, connector: _Connector, tls: ssl.SSLContext) -> None:
        self._connector, self._tls = connector, tls
        super().__init__(pool_connections=64, pool_maxsize=4, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        self.poolmanager = urllib3.PoolManager(
            connections, maxsize=maxsize, block=block, ssl_context=self._tls, **kwargs
        )
        self.poolmanager.pool_classes_by_scheme = {
            "http": _pool(urllib3.HTTPConnectionPool, HTTPConnection, "http", self._connector),
            "https": _pool(urllib3.HTTPSConnectionPool, HTTPSConnection, "https", self._connector),
        }

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002
        """Require a certificate; the context holds the authorities, once for all connections."""
        conn.cert_reqs = "CERT_REQUIRED"

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        raise _Abort("connect", "hubs are never reached through a proxy")


@lru_cache(maxsize=4)
def _authorities(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file or DEFAULT_CA_BUNDLE_PATH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.sslsocket_class = _TimedTLS
    return context


def _pool(base: Any, connection: Any, scheme: str, connector: _Connector) -> Any:
    """Return a pool class whose connections are opened by the connector."""

    class Guarded(connection):  # type: ignore[misc]
        def _new_conn(self) -> socket.socket:
            return connector.connect(scheme, self._dns_host.strip("[]"), self.port, self.socket_options)

    return type(f"Guarded{base.__name__}", (base,), {"ConnectionCls": Guarded})
