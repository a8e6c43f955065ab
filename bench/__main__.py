"""``python -m bench [PART …]``: all figures, or those of some parts (`PARTS`).

What is measured goes into ``bench/results.json``, in the place of what stood there of the same parts. The exit status
is 1 where a bar is missed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench import (
    api,
    feeds,
    harvest,
    large,
    memory,
    outage,
    pages,
    passwords,
    push,
    scale,
    signing_in,
    stage,
    sync,
    token_check,
    visible,
)
from bench.figures import Bar, Figure, by_part, conditions, table, write
from bench.pouch import NoPouch
from bench.processes import load_average
from bench.search import measure as search

PARTS = (
    "verify",
    "sync",
    "visible",
    "pages",
    "memory",
    "scale",
    "outage",
    "large",
    "search",
    "api",
    "feeds",
    "harvest",
    "visits",
    "passwords",
    "tokens",
    "push",
)
VERIFY = Path(__file__).with_name("verify.py")


def main() -> int:
    """Measure, print, and say whether all bars hold."""
    chosen = tuple(sys.argv[1:]) or PARTS
    if unknown := set(chosen) - set(PARTS):
        print(f"Unbekannt: {', '.join(sorted(unknown))}. Es gibt: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    begun, before = time.monotonic(), load_average()
    _say(conditions())
    try:
        figures = by_part([*_verify(chosen), *_pair(chosen), *_network(chosen), *_many(chosen)])
    except NoPouch as missing:
        print(missing, file=sys.stderr)
        return 2
    seconds = time.monotonic() - begun
    print(table(figures))
    print(f"\n{conditions()}, {seconds:.0f} s")
    write(figures, [before, load_average()], seconds)
    return 1 if any(figure.held is False for figure in figures) else 0


def _verify(chosen: tuple[str, ...]) -> Iterator[Figure]:
    if "verify" not in chosen:
        return
    _say("Prüfen einer Seite")
    done = subprocess.run([sys.executable, str(VERIFY)], capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    verified, parsed = found["lines_verified_per_cpu_s"], found["lines_only_parsed_per_cpu_s"]
    bar = Bar("at least", found["bar"])
    yield Figure("Prüfen einer Seite im Speicher", "Zeilen zu 2 KB", verified, "je CPU-s", parsed, "nur orjson", bar)


def _pair(chosen: tuple[str, ...]) -> Iterator[Figure]:
    """What needs many records at one hub."""
    if not {"sync", "pages", "api", "feeds", "harvest"} & set(chosen):
        return
    _say(f"{stage.RECORDS} Datensätze veröffentlichen")
    with stage.pair() as pair:
        if "sync" in chosen:
            _say("Abgleich, daneben PouchDB")
            yield from sync.measure(pair)
        if "pages" in chosen:
            _say("Seiten mit vielen Datensätzen")
            yield from pages.measure_pair(pair)
            yield memory.measure_web(pair.origin, len(pair.documents))
        if "api" in chosen:
            _say("Schnittstelle für Programme, daneben ORM und marshmallow")
            yield from api.measure(pair)
        if "feeds" in chosen:
            _say("Feeds in allen Formen, Änderungen")
            yield from feeds.measure(pair)
        if "harvest" in chosen:
            _say("Ernten")
            yield from harvest.measure(pair)


def _network(chosen: tuple[str, ...]) -> Iterator[Figure]:
    """What needs the five hubs of the demo."""
    if not {"visible", "pages", "memory", "visits", "passwords", "tokens"} & set(chosen):
        return
    _say("Fünf Hubs der Demo starten")
    with stage.network() as network:
        idle = memory.measure(network, "nach dem Start") if "memory" in chosen else []
        if "visible" in chosen:
            _say("Veröffentlichen, bis alle es zeigen")
            yield from visible.measure(network)
        if "visits" in chosen:
            _say("Besuche mit dem Konto des eigenen Hubs")
            yield from signing_in.measure(network)
        if "passwords" in chosen:
            _say("Anmelden mit Passwort und mit zwei Faktoren")
            yield from passwords.measure(network)
        if "tokens" in chosen:
            _say("Tokens prüfen")
            yield from token_check.measure(network)
        if "pages" in chosen or "memory" in chosen:
            _say("Seiten der Demo")
            found = pages.measure_network(network)
            yield from found if "pages" in chosen else ()
        if "memory" in chosen:
            yield from (*idle, *memory.measure(network, "nach Last"))


def _many(chosen: tuple[str, ...]) -> Iterator[Figure]:
    """What many hubs, a long outage and very many records cost."""
    if "scale" in chosen:
        _say("5, 50 und 500 Hubs")
        yield from scale.measure()
    if "outage" in chosen:
        _say("Eine Stunde ohne Verbindung")
        yield from outage.measure()
    if "large" in chosen:
        _say(f"{large.RECORDS} Datensätze veröffentlichen und abgleichen")
        yield from large.measure()
    if "push" in chosen:
        _say("Webhooks zustellen")
        yield from push.measure()
    if "search" in chosen:
        _say(f"Suche in {search.RECORDS} Datensätzen")
        yield from search.measure()


def _say(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
