"""Rows 15 to 17: how much a peer may send, and how slowly."""

from __future__ import annotations

import gzip
import http.client
import resource
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from federation import routes
from federation.errors import Unreachable
from federation.pages import MAX_LINES, PAGE_TYPE
from federation.signatures import DOCUMENT_TYPE
from hubnode.network import peers
from hubnode.records.models import Quarantine, Record
from hubnode.work.loop import Worker
from tests.hubnode.bodies import project
from tests.journeys.liar import Liar
from tests.serving import running
from tests.threats.stage import Victim, knows

MB = 1 << 20


def peak_mb() -> float:
    """The most memory that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_threat_15_a_body_beyond_the_limit_is_refused(victim: Victim) -> None:
    before = victim.rows()
    large = b'{"checkpoint":"' + b"x" * 5000 + b'"}'
    assert victim.tell(routes.POKE, large).status in (400, 413)
    larger = b'{"checkpoint":"' + b"x" * (2 * MB) + b'"}'
    answer = victim.knock("POST", routes.POKE, {"Content-Type": DOCUMENT_TYPE, "Content-Length": str(len(larger))})
    assert answer.status in (400, 401, 413)
    assert victim.rows() == before


def test_threat_15_a_body_without_an_end_is_refused(victim: Victim) -> None:
    connection = http.client.HTTPConnection(victim.place, timeout=20)
    connection.putrequest("POST", routes.POKE)
    connection.putheader("Content-Type", DOCUMENT_TYPE)
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    connection.send(b"10\r\n" + b"x" * 16 + b"\r\n")
    answer = connection.getresponse()
    assert answer.status in (400, 401, 411, 413)
    connection.close()


def test_threat_15_a_page_is_asked_for_within_limits(victim: Victim) -> None:
    for limit in (501, 10**8, 10**9, -1):
        assert victim.entries(limit=limit).status in (400, 413)
    assert victim.entries(after=2**53).status == 400


def test_threat_15_a_page_of_too_many_lines_is_refused_whole(victim: Victim, liar: Liar) -> None:
    for number in range(MAX_LINES + 1):
        liar.put("project", project(title=f"Nummer {number}"))
    lines, note = [*liar._lines], liar.note()
    ending = b'{"checkpoint":"' + note.replace("\n", "\\n").encode() + b'"}'
    page = b"\n".join([*lines, ending, b""])
    liar._answer = lambda _path: (200, PAGE_TYPE, page)  # type: ignore[method-assign]
    assert victim.follow(liar.origin) == "refused"
    assert victim.column(Record.id, ~Record.own) == []


def test_threat_15_enormous_fields_go_to_quarantine(victim: Victim, liar: Liar) -> None:
    liar.put("project", project(title="x" * 200_000))
    liar.put("project", project() | {"topics": [f"topic-{number}" for number in range(9_000)]})
    liar.put("project", project(title="Ein gewöhnlicher Titel"))
    assert victim.follow(liar.origin) is None
    assert len(victim.column(Quarantine.seq)) == 2
    assert len(victim.column(Record.id, Record.state == "published")) == 1


def test_threat_15_an_answer_without_an_end_is_cut_and_costs_little(victim: Victim) -> None:
    class Endless(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Content-Type", PAGE_TYPE)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                return

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    before = peak_mb()
    with running(server), victim.hub.at() as node:
        talk = peers.client(node, f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(Unreachable) as cut:
            talk.entries("0" * 32, 0)
    assert cut.value.reason == "too_large"
    assert peak_mb() - before < 20


def test_threat_16_a_page_that_inflates_without_end_is_cut(victim: Victim, liar: Liar) -> None:
    bomb = gzip.compress(b"\0" * (100 * MB), 9)
    assert len(bomb) < MB // 4

    class Bomb(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            for name, value in {"Content-Type": PAGE_TYPE, "Content-Encoding": "gzip"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(bomb)))
            self.end_headers()
            try:
                self.wfile.write(bomb)
            except OSError:
                return

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bomb)
    before = peak_mb()
    with running(server), victim.hub.at() as node:
        talk = peers.client(node, f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(Unreachable) as cut:
            talk.entries("0" * 32, 0)
    assert cut.value.reason == "too_large"
    assert peak_mb() - before < 20


def test_threat_16_a_compressed_request_is_refused(victim: Victim) -> None:
    before = victim.rows()
    body = gzip.compress(routes.encode_poke("x"))
    headers = victim.signed("POST", routes.POKE, body) | {"Content-Encoding": "gzip"}
    assert victim.knock("POST", routes.POKE, headers, body).status in (400, 401, 415)
    assert victim.rows() == before


def test_threat_17_a_hub_that_drips_holds_up_nobody_else(victim: Victim, liar: Liar) -> None:
    stop = threading.Event()

    class Dripping(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Content-Type", PAGE_TYPE)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            try:
                while not stop.wait(0.2):
                    self.wfile.write(b"x")
            except OSError:
                return

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    slow = Liar("Tröpfelbek")
    knows(victim.hub, slow)
    slow._server.RequestHandlerClass = Dripping
    liar.put("project", project(title="Trotzdem da"))
    with victim.hub.at() as node:
        assert node.clock()
    finished = threading.Event()
    worker = threading.Thread(target=Worker(victim.hub.app).run, args=(finished,))
    worker.start()
    deadline = time.monotonic() + 15
    try:
        while time.monotonic() < deadline and not victim.column(Record.id, Record.state == "published"):
            time.sleep(0.05)
        assert len(victim.column(Record.id, Record.state == "published")) == 1
    finally:
        stop.set()
        finished.set()
        worker.join()
        slow.close()
