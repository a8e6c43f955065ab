"""Sign-ins per second at one node of the demo, by password and by password and app code, beside bare argon2 checks.

Each is done over HTTP as a browser does it, form and all, by a few people at once; the check beside them is what no
sign-in can do without, on as many threads.
"""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

import pyotp
import sqlalchemy as sa

from bench import processes
from bench.figures import Figure
from bench.stage import Network, web
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import transaction
from hubnode.demo.nodes import Node
from hubnode.network.node import utcnow
from hubnode.people import passwords, totp
from hubnode.people.factor_models import Totp
from hubnode.people.models import Account

PEOPLE = 80
"""Sign-ins of each kind; a code is good once in thirty seconds, so each is somebody else's."""
AT_ONCE = 4
CHECKS = 200
PASSWORD = "Deichgraf reitet Schimmel"  # noqa: S105 - of people who live as long as the bench
PART = "Anmelden mit Passwort"
KNOWN = "nur argon2"


class NotSignedIn(Exception):
    """A sign-in of the bench did not end signed in; what stands beside it would compare nothing."""


def measure(network: Network) -> list[Figure]:
    """At the first node, with people of its own who are removed afterwards."""
    node = network.nodes[0]
    apps = _people(node)
    try:
        return list(_figures(node, apps))
    finally:
        _remove(node)


def _figures(node: Node, apps: Sequence[pyotp.TOTP]) -> Iterator[Figure]:
    known = passwords.hashed(PASSWORD)
    checked, cpu = _timed(lambda _turn: passwords.matches(known, PASSWORD), CHECKS, [])
    yield Figure(PART, "argon2id prüfen (19 MiB, 2 Durchgänge)", checked, "je s")
    plain, plain_cpu = _timed(lambda turn: _sign_in(node, _email("plain", turn)), PEOPLE, web(node))
    yield Figure(PART, "Passwort", plain, "je s", checked, KNOWN)
    yield Figure(PART, "Passwort: CPU", plain_cpu, "ms", cpu, KNOWN)
    both, both_cpu = _timed(lambda turn: _sign_in(node, _email("app", turn), apps[turn]), PEOPLE, web(node))
    yield Figure(PART, "Passwort und Code aus der App", both, "je s", checked, KNOWN)
    yield Figure(PART, "Passwort und Code aus der App: CPU", both_cpu, "ms", cpu, KNOWN)


def _timed(do: Callable[[int], object], turns: int, serving: Sequence[int]) -> tuple[float, float]:
    """How often a second, and milliseconds of processor time each; of this process where no other is `serving`."""
    used, begun = processes.cpu_s(serving) if serving else time.process_time(), time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(do, range(turns)))
    took = time.monotonic() - begun
    used = (processes.cpu_s(serving) if serving else time.process_time()) - used
    return turns / took, 1000 * used / turns


def _sign_in(node: Node, email: str, app: pyotp.TOTP | None = None) -> None:
    """From the empty form to the page after it; raises `NotSignedIn`."""
    browser = _Browser(node)
    place = browser.send("/anmelden", {"email": email, "passwort": PASSWORD})
    if app is not None and place.startswith("/anmelden/zweiter-schritt"):
        place = browser.send(place, {"code": app.at(utcnow())})
    if place.startswith("/anmelden"):
        raise NotSignedIn(place)


class _Browser:
    """Just enough of one to fill in a form."""

    def __init__(self, node: Node) -> None:
        self._wire = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
        self._host = urlsplit(node.origin).netloc
        self._cookies: dict[str, str] = {}

    def send(self, path: str, typed: dict[str, str]) -> str:
        """Ask for the form at `path`, send it with `typed`, and answer where it leads."""
        page = self._ask("GET", path)[1]
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        if token is None:
            raise NotSignedIn(f"no form at {path}")
        return self._ask("POST", path.partition("?")[0], urlencode({"csrf_token": token[1], **typed}))[0]

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[str, str]:
        kept = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"Host": self._host, "Cookie": kept}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._wire.request(method, path, body, headers)
        answer = self._wire.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or ():
            self._cookies |= {name: kept.value for name, kept in SimpleCookie(line).items()}
        return answer.headers.get("Location", path), text


def _people(node: Node) -> list[pyotp.TOTP]:
    """Twice as many people as sign in of one kind; half of them have an app, which is answered."""
    settings, now = Settings.load(node.folder), utcnow()
    known = passwords.hashed(PASSWORD)
    apps = [pyotp.TOTP(totp.new_secret()) for _ in range(PEOPLE)]
    with create_core(settings).app_context(), transaction() as session:
        for kind in ("plain", "app"):
            session.add_all(
                Account(
                    email=_email(kind, turn), name="Probe", role="staff", password_hash=known, active=True,
                    created_at=now, password_changed_at=now,
                )
                for turn in range(PEOPLE)
            )  # fmt: skip
        session.flush()
        found = session.scalars(sa.select(Account).where(Account.email.like(_email("app", "%"))))
        ids = {one.email: one.id for one in found}
        for turn, app in enumerate(apps):
            id = ids[_email("app", turn)]
            sealed = totp.sealed(id, app.secret, settings.secret_key)
            session.add(Totp(account_id=id, secret=sealed, step=0, since=now, offered=None, offered_at=None))
    return apps


def _remove(node: Node) -> None:
    with create_core(Settings.load(node.folder)).app_context(), transaction() as session:
        session.execute(sa.delete(Account).where(Account.email.like("%@bench.example")))


def _email(kind: str, turn: int | str) -> str:
    return f"{kind}-{turn}@bench.example"
