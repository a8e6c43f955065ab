"""First sync of 10,000 records, then nothing new, then ten changes; the same documents by PouchDB beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import pouch, processes
from bench.figures import Bar, Figure
from bench.speaking import Program, python
from bench.stage import Pair, web
from hubnode.demo.visitor import free_ports
from hubnode.records import kinds

CHANGES = 10
PART = "Abgleich"
PARTS = {
    "request": "Anfrage, Antwort, Entpacken",
    "verify": "Prüfen (kanonisch, Zusage, Baum)",
    "schema": "Schema",
    "store": "Speichern",
    "index": "Index",
    "commit": "Festschreiben",
    "rest": "übriges",
}


@dataclass(frozen=True, slots=True)
class Round:
    """What one synchronisation took."""

    documents: int
    seconds: float
    cpu_s: float
    origin_cpu_s: float
    requests: int
    bytes: int
    """Both ways, heads and bodies, as TCP carried them."""
    us_each: Mapping[str, int]

    @property
    def per_second(self) -> float:
        """Documents a second."""
        return self.documents / self.seconds

    def ms_each(self, cpu_s: float) -> float:
        """Milliseconds of `cpu_s` for each document."""
        return 1000 * cpu_s / self.documents


def measure(pair: Pair) -> list[Figure]:
    """Both sides, one after the other; the origin of `pair` keeps its changes."""
    changes = [_changed(document) for document in pair.documents[:CHANGES]]
    with python("receiver", str(pair.receiver.folder), pair.origin.origin) as receiver:
        ours = list(_rounds(receiver, pair.counter, lambda: web(pair.origin), lambda: pair.publish(changes)))
    return list(_figures(pair, ours, _pouch(pair, changes)))


def _rounds(
    replica: Program, counter: Program, origin: Callable[[], Iterable[int]], change: Callable[[], None]
) -> Iterator[Round]:
    """First sync, nothing new, changes."""
    for before in (None, None, change):
        if before is not None:
            before()
        pids, own = list(origin()), [replica.pid]
        counter.ask()
        used, used_there = processes.cpu_s(own), processes.cpu_s(pids)
        answer = replica.ask("{}")
        cpu_s, cpu_there = processes.cpu_s(own) - used, processes.cpu_s(pids) - used_there
        passed = counter.ask()
        yield Round(
            documents=answer["documents"],
            seconds=answer["seconds"],
            cpu_s=cpu_s,
            origin_cpu_s=cpu_there,
            requests=passed["requests"],
            bytes=passed["bytes_sent"] + passed["bytes_answered"],
            us_each=answer.get("us_each", {}),
        )


def _pouch(pair: Pair, changes: Sequence[Mapping[str, Any]]) -> list[Round]:
    """The same three rounds of the same bodies."""
    pouch.install()
    file, there, here = pair.folder / "documents.ndjson", pair.folder / "pouch-origin", pair.folder / "pouch-replica"
    for folder in (there, here):
        folder.mkdir()
    _write(file, pair.documents)
    (port,) = free_ports(1)
    with Program(*pouch.origin(there, file)) as origin:
        behind = json.loads(origin.first)["port"]
        with (
            python("counting", str(port), str(behind)) as counter,
            Program(*pouch.replica(here, f"http://127.0.0.1:{port}/records")) as replica,
        ):
            changed = json.dumps([_wire(document) for document in changes])
            return list(_rounds(replica, counter, lambda: [origin.pid], lambda: _told(origin, changed)))


def _told(program: Program, line: str) -> None:
    program.ask(line)


def _write(file: Path, documents: Iterable[Mapping[str, Any]]) -> None:
    with file.open("w", encoding="utf-8") as lines:
        for document in documents:
            lines.write(json.dumps(_wire(document), ensure_ascii=False, separators=(",", ":")) + "\n")


def _wire(document: Mapping[str, Any]) -> dict[str, Any]:
    """What of a document leaves the hub, as PouchDB takes it."""
    body = kinds.project(document["kind"], document["body"], "network", document["visibility"])
    return {"_id": document["id"], "kind": document["kind"], "body": body}


def _changed(document: Mapping[str, Any]) -> dict[str, Any]:
    return {**document, "body": {**document["body"], "last_confirmed_at": "2026-06-01"}}


def _figures(pair: Pair, ours: Sequence[Round], theirs: Sequence[Round]) -> Iterator[Figure]:
    first, nothing, ten = ours
    known, known_nothing, known_ten = theirs
    count = len(pair.documents)
    # The origin's log begins with what a hub says of itself, before its first record.
    if first.documents < count or [one.documents for one in (*ours[1:], *theirs)] != [0, CHANGES, count, 0, CHANGES]:
        raise RuntimeError("not all documents came over")

    def figure(what: str, value: float, unit: str, beside: float, bar: Bar | None = None) -> Figure:
        return Figure(PART, what, value, unit, beside, "PouchDB", bar)

    yield Figure(PART, f"{count:,} Datensätze veröffentlichen".replace(",", "."), count / pair.publishing_s, "je s")
    yield figure("Erster Abgleich", first.per_second, "je s", known.per_second, Bar("at least", 5, "ratio"))
    yield figure("  CPU beim Empfänger", first.ms_each(first.cpu_s), "ms je Satz", known.ms_each(known.cpu_s))
    yield figure(
        "  CPU beim Ursprung", first.ms_each(first.origin_cpu_s), "ms je Satz", known.ms_each(known.origin_cpu_s)
    )
    yield Figure(PART, "  Sätze je CPU-Sekunde", count / first.cpu_s, "je CPU-s", bar=Bar("at least", 4000))
    yield figure("  Anfragen", first.requests, "", known.requests)
    yield figure("  Bytes je Satz", first.bytes / count, "B", known.bytes / count)
    for part, taken in first.us_each.items():
        yield Figure(PART, f"  davon {PARTS[part]}", taken, "µs CPU je Satz")
    yield figure("Nichts Neues: Anfragen", nothing.requests, "", known_nothing.requests, Bar("at most", 1))
    yield figure("Nichts Neues: Bytes", nothing.bytes, "B", known_nothing.bytes, Bar("at most", 1023))
    yield figure("Zehn Änderungen: Anfragen", ten.requests, "", known_ten.requests, Bar("at most", 2))
    yield figure("Zehn Änderungen: Bytes", ten.bytes, "B", known_ten.bytes)
    yield figure("Zehn Änderungen: Dauer", 1000 * ten.seconds, "ms", 1000 * known_ten.seconds)
