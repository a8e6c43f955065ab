"""Signing in across hubs in the demo, from choosing the home hub to the page of the visit; what a check costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

import requests
from lxml import html

from bench.figures import Bar, Figure
from bench.stage import Network
from bench.visible import percentile
from federation import signin
from hubnode.config import Settings
from hubnode.core import create_core
from hubnode.db import transaction
from hubnode.demo.nodes import Node, NodeFailed
from hubnode.demo.setup import PASSWORD
from hubnode.network.node import current_node
from hubnode.network.signing_in import hubs, visitors
from hubnode.people import accounts, sessions

VISITS = 40
CHECKS = 300
PATIENCE_S = 15
PART = "Anmelden mit dem Konto des eigenen Hubs"
LIMIT_MS = 500


def measure(network: Network, visits: int = VISITS) -> list[Figure]:
    """Each of the five hubs is home and visited in its turn; first visits, with their consent, stand apart."""
    times: list[float] = []
    firsts: list[float] = []
    pairs = [(home, away) for home in network.nodes for away in network.nodes if home is not away]
    browsers = {home.key: _signed_in(home) for home in network.nodes}
    for turn in range(len(pairs) + visits):
        home, away = pairs[turn % len(pairs)]
        (firsts if turn < len(pairs) else times).append(1000 * _visit(browsers[home.key], home, away))
    return [*_visits(firsts, times), *_checks(network.nodes[0], network.nodes[1])]


def _visits(firsts: list[float], times: list[float]) -> Iterator[Figure]:
    what = f"{len(times)} Besuche"
    yield Figure(PART, f"{what}: p50", statistics.median(times), "ms")
    yield Figure(PART, f"{what}: p95", percentile(times, 0.95), "ms", bar=Bar("at most", LIMIT_MS))
    yield Figure(PART, f"{len(firsts)} erste Besuche, mit Zustimmung: p95", percentile(firsts, 0.95), "ms")


def _signed_in(node: Node) -> requests.Session:
    """The browser of somebody of the staff, signed in at home."""
    browser = requests.Session()
    browser.trust_env = False
    page = browser.get(f"{node.origin}/anmelden", timeout=PATIENCE_S)
    [form] = html.fromstring(page.text).xpath("//form[.//input[@name='passwort']]")
    typed = {**dict(form.form_values()), "email": f"team@{node.key}.example", "passwort": PASSWORD}
    answer = browser.post(f"{node.origin}/anmelden", typed, timeout=PATIENCE_S)
    if "abmelden" not in answer.text and "Team" not in answer.text:
        raise NodeFailed(f"{node.key} lässt team nicht herein")
    return browser


def _visit(browser: requests.Session, home: Node, away: Node) -> float:
    """Seconds from choosing the home hub until the visited one shows the page of the visit."""
    begun = time.monotonic()
    host = home.origin.removeprefix("http://")
    page = browser.get(f"{away.origin}/anmelden/hub/{host}", params={"next": "/besuch"}, timeout=PATIENCE_S)
    if page.url.startswith(home.origin):
        [form] = html.fromstring(page.text).xpath("//form[.//button[@value='zustimmen']]")
        typed = {**dict(form.form_values()), "aktion": "zustimmen"}
        page = browser.post(urljoin(page.url, form.get("action")), typed, timeout=PATIENCE_S)
    took = time.monotonic() - begun
    if page.url != f"{away.origin}/besuch":
        raise NodeFailed(f"der Besuch von {home.key} bei {away.key} endet unter {page.url.split('?')[0]}")
    return took


def _checks(here: Node, there: Node) -> Iterator[Figure]:
    """CPU of each check that a request or a sign-in makes, in this process, on the node's own database."""
    with create_core(Settings.load(here.folder)).app_context():
        now = datetime.now(UTC)
        token = visitors.admit(visitors.Vouched(there.origin, "bench", "Bench", ""), "", now)
        person = accounts.by_email(f"team@{here.key}.example")
        account = _sign_in(person.id, now)
        visit = _cpu_us(lambda: visitors.viewer_of(token, now))
        own = _cpu_us(lambda: sessions.viewer_of(account, now))
        yield Figure(PART, "Gast erkennen, je Anfrage", visit, "µs CPU", own, "eigenes Konto")
        proofs = [hubs.proof(current_node(), there.origin, now) for _ in range(CHECKS)]
        keys = hubs.keys()
        url, origin = here.origin + signin.JWKS, here.origin
        check = iter(proofs)
        signed = _cpu_us(lambda: keys.published.verify(next(check), url, origin, now, (signin.ALGORITHM,)), CHECKS)
        yield Figure(PART, "Signatur eines Ausweises prüfen (ES256)", signed, "µs CPU")
        visitors.close(token, now)


def _sign_in(account_id: int, now: datetime) -> str:
    """A sign-in of an account, to be checked."""
    with transaction() as session:
        return sessions.begin(session, account_id, how="password", device="", lasting=timedelta(hours=1), now=now)


def _cpu_us(do: Callable[[], object], times: int = CHECKS) -> float:
    """Microseconds of CPU that one call takes."""
    begun = time.process_time()
    for _ in range(times):
        do()
    return 1e6 * (time.process_time() - begun) / times
