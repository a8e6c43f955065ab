"""Harvesting: a page of 100 records by OAI-PMH, beside a page of the search for programs in the same run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection

from lxml import etree

from bench import processes
from bench.figures import Figure
from bench.pages import Target, cost
from bench.stage import Pair, web
from hubnode.demo import visitor

PART = "Ernten"
WALKED = 20
"""Pages of a harvest that are measured: no two are the same."""
TOKEN = "{http://www.openarchives.org/OAI/2.0/}resumptionToken"  # noqa: S105 - the name of an element
SEARCH = "/api/search?q=Verwaltung"


def measure(pair: Pair) -> list[Figure]:
    """With all the records of `pair`."""
    return list(_figures(f"http://{visitor.HOST}:{pair.origin.port}", web(pair.origin)))


def _figures(here: str, pids: Sequence[int]) -> Iterator[Figure]:
    search = cost(here, Target("", SEARCH), lambda: pids)
    yield Figure(PART, "Suche für Programme, Seite mit 20: CPU", search.cpu_ms, "ms")
    for prefix in ("oai_dc", "hubnode"):
        _walk(here, prefix, 1)  # the first question pays for what has changed since the last one
        used, begun = processes.cpu_s(pids), time.monotonic()
        _walk(here, prefix, WALKED)
        cpu = 1000 * (processes.cpu_s(pids) - used) / WALKED
        took = 1000 * (time.monotonic() - begun) / WALKED
        beside = (search.cpu_ms, "Suche")
        yield Figure(PART, f"ListRecords, {prefix}, Seite mit 100: CPU", cpu, "ms", *beside)
        yield Figure(PART, f"ListRecords, {prefix}, Seite mit 100", took, "ms")
    for path, what in (("/catalog.ttl", "Katalog"), ("/sitemap.xml", "Sitemap")):
        warm = cost(here, Target("", path), lambda: pids)
        yield Figure(PART, f"{what}, bereitgehalten: CPU", warm.cpu_ms, "ms")


def _walk(here: str, prefix: str, pages: int) -> None:
    """Harvest so many pages."""
    connection = HTTPConnection(here.split("://")[1], timeout=60)
    asked = f"metadataPrefix={prefix}"
    for _ in range(pages):
        connection.request("GET", f"/oai?verb=ListRecords&{asked}")
        answer = connection.getresponse()
        document = etree.fromstring(answer.read())
        token = document.findtext(f".//{TOKEN}")
        if answer.status != 200 or not token:
            raise RuntimeError(f"the harvest ended early: {answer.status}")
        asked = f"resumptionToken={token}"
