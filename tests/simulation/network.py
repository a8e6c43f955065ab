"""The simulated network: every hub's wire ends here, and a link may lose, repeat, delay or change what it carries.

What a request meets was written into the schedule beforehand, never drawn while it is under way: so a schedule can be
replayed and made smaller step by step.
"""

from __future__ import annotations

import gzip
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from werkzeug.test import EnvironBuilder, run_wsgi_app

from federation.errors import Unreachable
from federation.guard import check_pinned
from federation.wire import DEADLINE_S, Answer, Wire
from tests.simulation import garbling
from tests.simulation.machine import Machine, PowerCut

if TYPE_CHECKING:
    from tests.simulation.world import World

TRANSIT_S = 0.05
HEADERS = {"User-Agent": "simulation", "Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Request:
    """One request as it leaves a hub."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None

    @property
    def path(self) -> str:
        """What is asked for, without the arguments."""
        return self.url.split("/", 3)[3].partition("?")[0]


@dataclass
class Link:
    """One direction: requests of one hub to another, and the answers to them."""

    requests_pass: bool = True
    answers_pass: bool = True
    next: deque[str] = field(default_factory=deque)
    """What happens to the next requests, one each."""
    late: list[Request] = field(default_factory=list)
    """Requests still under way, whose sender has given up."""
    last: dict[str, Answer] = field(default_factory=dict)
    """The latest answer of each path, for a network that delivers it once more."""


@dataclass(frozen=True)
class Errand:
    """A request on its way, and the fate that the schedule has for it."""

    link: Link
    called: Machine
    request: Request
    detail: str


class SimulatedWire(Wire):
    """The wire of one hub: what it sends goes into the simulated network."""

    def __init__(self, network: Network, caller: Machine) -> None:
        self._network, self._caller = network, caller

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        origin: str,
        deadline_s: float = DEADLINE_S,  # noqa: ARG002 - no time passes by itself here
        cap_bytes: int,
    ) -> Answer:
        """As `Wire.request`: the answer of the pinned origin, or `Unreachable`."""
        check_pinned(url, origin)
        answer = self._network.carry(self._caller, origin, Request(method, url, HEADERS | dict(headers), body))
        if len(answer.body) > cap_bytes:
            raise Unreachable("too_large", "the answer is too long")
        return answer

    def close(self) -> None:
        """There is nothing to close."""


class Network:
    """All links between all hubs."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._links: dict[tuple[str, str], Link] = {}
        self.diverted: dict[tuple[str, str], Machine] = {}
        """(caller, called) that reach another machine than the one they mean: a hub with two faces."""
        self.forged: dict[str, Mapping[str, Answer]] = {}
        """What a hub answers at a path, whatever is asked."""

    def link(self, caller: str, called: str) -> Link:
        """The link for requests of `caller` to `called`."""
        return self._links.setdefault((caller, called), Link())

    def mend(self) -> None:
        """Let every link carry everything again; what is late arrives first."""
        for (caller, called), link in self._links.items():
            self._arrive(self._world.machines[caller], self._machine(caller, called), link)
            link.requests_pass = link.answers_pass = True
            link.next.clear()

    def carry(self, caller: Machine, origin: str, request: Request) -> Answer:
        """Bring one request to the hub at `origin` and its answer back, as far as the link does."""
        called = next((one for one in self._world.machines.values() if one.origin == origin), None)
        if called is None:
            raise Unreachable("dns", "there is no such hub")
        self._world.elapse(TRANSIT_S)
        link, life = self.link(caller.name, called.name), caller.life
        try:
            return self._through(link, caller, self._machine(caller.name, called.name), request)
        finally:
            if caller.life != life:
                raise PowerCut(caller, life)

    def _machine(self, caller: str, called: str) -> Machine:
        return self.diverted.get((caller, called)) or self._world.machines[called]

    def _through(self, link: Link, caller: Machine, called: Machine, request: Request) -> Answer:
        if not link.requests_pass:
            raise Unreachable("timeout", "nothing came back")
        self._arrive(caller, called, link)
        what, _, detail = (link.next.popleft() if link.next else "").partition(":")
        if what:
            self._world.note(f"{caller.name}→{called.name} {what}{':' if detail else ''}{detail} ({request.path})")
        answer = FATES[what](self, Errand(link, called, request, detail))
        link.last[request.path] = answer
        if not link.answers_pass:
            raise Unreachable("timeout", "nothing came back")
        return answer

    def _arrive(self, caller: Machine, called: Machine, link: Link) -> None:
        """Deliver what was delayed; nobody waits for the answers any more."""
        late, link.late = link.late, []
        for request in late:
            self._world.note(f"{caller.name}→{called.name} late request arrives ({request.path})")
            try:
                self.deliver(called, request)
            except Unreachable:
                continue

    def deliver(self, called: Machine, request: Request) -> Answer:
        """Call the application of the hub; raises `Unreachable` where it is down or dies of it."""
        if not called.up:
            raise Unreachable("connect", "nobody listens")
        if (forged := self.forged.get(called.name, {}).get(request.path)) is not None:
            return forged
        life = called.life
        try:
            answer = _called(called, request)
        except PowerCut as cut:
            self._world.recover(cut)
            raise Unreachable("reset", "the hub went down") from None
        except Exception as error:
            if called.life == life:
                self._world.found(f"{called.name} failed at {request.method} {request.path}: {error!r}", error)
            raise Unreachable("reset", "the hub failed") from None
        if called.life != life:
            raise Unreachable("reset", "the hub went down meanwhile")
        return answer

    def _plain(self, errand: Errand) -> Answer:
        return self.deliver(errand.called, errand.request)

    def _lost(self, errand: Errand) -> Answer:  # noqa: ARG002 - one shape
        raise Unreachable("timeout", "the request was lost")

    def _answer_lost(self, errand: Errand) -> Answer:
        self.deliver(errand.called, errand.request)
        raise Unreachable("timeout", "the answer was lost")

    def _twice(self, errand: Errand) -> Answer:
        """The request arrives twice; the first or the second answer wins."""
        first, second = self.deliver(errand.called, errand.request), self.deliver(errand.called, errand.request)
        return second if errand.detail == "second" else first

    def _late(self, errand: Errand) -> Answer:
        errand.link.late.append(errand.request)
        raise Unreachable("timeout", "the request is under way")

    def _stale(self, errand: Errand) -> Answer:
        """An answer that was given before comes once more, instead of the new one."""
        if errand.request.path not in errand.link.last:
            raise Unreachable("timeout", "the request was lost")
        return errand.link.last[errand.request.path]

    def _garbled(self, errand: Errand) -> Answer:
        answer = self.deliver(errand.called, errand.request)
        return Answer(answer.status, answer.headers, garbling.HOW[errand.detail](answer.body))

    def _busy(self, errand: Errand) -> Answer:
        status = int(errand.detail)
        fields = {"content-type": "application/problem+json", "retry-after": "20"}
        return Answer(status, fields, b'{"detail":"later","status":%d,"title":"busy","type":"busy"}' % status)

    def _portal(self, errand: Errand) -> Answer:  # noqa: ARG002 - one shape
        return Answer(200, {"content-type": "text/html"}, b"<html>Willkommen im WLAN</html>")

    def _slow(self, errand: Errand) -> Answer:
        """While the answer is under way, the world goes on: the next steps happen inside this request."""
        answer = self.deliver(errand.called, errand.request)
        self._world.meanwhile(int(errand.detail))
        return answer

    def _crawl(self, errand: Errand) -> Answer:
        """The same while the request is under way."""
        self._world.meanwhile(int(errand.detail))
        return self.deliver(errand.called, errand.request)


FATES: Mapping[str, Callable[[Network, Errand], Answer]] = {
    "": Network._plain,
    "lost": Network._lost,
    "answer-lost": Network._answer_lost,
    "twice": Network._twice,
    "late": Network._late,
    "stale": Network._stale,
    "garbled": Network._garbled,
    "busy": Network._busy,
    "portal": Network._portal,
    "slow": Network._slow,
    "crawl": Network._crawl,
}


def _called(called: Machine, request: Request) -> Answer:
    """One request through the hub's own WSGI application, byte for byte as sent."""
    builder = EnvironBuilder(
        path=request.url.removeprefix(called.origin),
        base_url=called.origin,
        method=request.method,
        headers=list(request.headers.items()),
        data=request.body,
    )
    parts, status, headers = run_wsgi_app(called.app, builder.get_environ(), buffered=True)
    fields = {name.lower(): value for name, value in headers}
    return Answer(int(status.split()[0]), fields, _inflated(b"".join(parts), fields))


def _inflated(body: bytes, fields: Mapping[str, Any]) -> bytes:
    return gzip.decompress(body) if fields.get("content-encoding") == "gzip" else body
