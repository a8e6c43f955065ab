"""The figures of the search: quality, times and cost on both databases, beside what the databases bring."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from bench.figures import Bar, Figure
from bench.search import judging, known, stage, texts
from bench.search.plain import German, Plain, Unicode61
from tests import postgres

RECORDS = 20_000
PART = "Suche"
AGAIN = 3
"""Times that each question is asked; the quickest counts."""
Ask = Callable[..., Sequence[int]]


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the answers of one index are, and how long they take, in CPU milliseconds of this process."""

    ndcg: float
    recall: float
    known: float
    judged_ms: Sequence[float]
    broad_ms: Sequence[float]
    typing_ms: Sequence[float]


def measure(many: int = RECORDS) -> Iterator[Figure]:
    """The figures on SQLite and, where there is a server, on PostgreSQL."""
    records = list(texts.records(many))
    beside = _plain(Unicode61(records), records)
    with tempfile.TemporaryDirectory() as folder, stage.index(f"sqlite:///{Path(folder) / 'hub.db'}"):
        built, _names = stage.fill(records)
        yield from _figures("SQLite", built, _quality(_ours, records), beside, Unicode61.name)
    with suppress(pytest.skip.Exception), postgres.server() as server:
        yield from _on_postgresql(server, records)


def _on_postgresql(server: str, records: Sequence[texts.Record]) -> Iterator[Figure]:
    german = German(_database(server, "bench_plain"), records)
    beside = _plain(german, records)
    german.close()
    with stage.index(_database(server, "bench_search")):
        built, _names = stage.fill(records)
        yield from _figures("PostgreSQL", built, _quality(_ours, records), beside, German.name)


def _database(server: str, name: str) -> str:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}"')
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    engine.dispose()
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def _ours(text: str, *, typing: bool = False) -> Sequence[int]:
    return stage.ask(text, typing=typing).docs


def _plain(index: Plain, records: Sequence[texts.Record]) -> Quality:
    return _quality(index.ask, records)


def _quality(ask: Ask, records: Sequence[texts.Record]) -> Quality:
    names = [record["id"] for record in records]
    judged = [one for one in texts.judged() if one.flag != "core"]
    items = known.questions(records)
    answers = [[names[doc - 1] for doc in ask(one.text, typing=one.typing)] for one in judged]
    ranks = [
        judging.reciprocal_rank(one.record, [names[doc - 1] for doc in ask(one.text, typing=one.typing)])
        for one in items
    ]
    pairs = list(zip(judged, answers, strict=True))
    return Quality(
        ndcg=_mean([judging.ndcg(one.grades, found) for one, found in pairs]),
        recall=_mean([judging.recall(one.grades, found) for one, found in pairs]),
        known=_mean(ranks),
        judged_ms=sorted(_ms(ask, one.text, one.typing) for one in judged),
        broad_ms=sorted(_ms(ask, text, False) for text in texts.BROAD),
        typing_ms=sorted(_ms(ask, one.text, True) for one in items if one.typing),
    )


def _ms(ask: Ask, text: str, typing: bool) -> float:
    best = float("inf")
    for _ in range(AGAIN):
        began = time.process_time()
        ask(text, typing=typing)
        best = min(best, time.process_time() - began)
    return 1000 * best


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _figures(where: str, built: stage.Built, ours: Quality, beside: Quality, name: str) -> Iterator[Figure]:
    part = f"{PART} in {built.records} Datensätzen, {where}"
    sqlite = where == "SQLite"
    yield Figure(part, "nDCG@10 beurteilter Fragen", ours.ndcg, "", beside.ndcg, name, Bar("at least", 0.96))
    yield Figure(part, "Recall@10 beurteilter Fragen", ours.recall, "", beside.recall, name, Bar("at least", 0.92))
    least = 0.92 if built.records <= RECORDS else 0.90
    yield Figure(part, "MRR bekannter Datensätze", ours.known, "", beside.known, name, Bar("at least", least))
    times = (
        ("beurteilte Fragen", ours.judged_ms, beside.judged_ms, 25),
        ("breite Fragen", ours.broad_ms, beside.broad_ms, 80),
    )
    for what, found, plain, most in (*times, ("beim Tippen", ours.typing_ms, beside.typing_ms, 15)):
        bar = Bar("at most", most) if sqlite else None
        yield Figure(part, f"{what}, Median", _at(found, 0.5), "CPU-ms", _at(plain, 0.5), name)
        yield Figure(part, f"{what}, 95 %", _at(found, 0.95), "CPU-ms", _at(plain, 0.95), name, bar)
    yield Figure(part, "Aufnehmen", built.cpu_ms_each, "CPU-ms je Satz", bar=Bar("at most", 0.7) if sqlite else None)
    yield Figure(part, "Größe", built.kb_each, "KB je Satz", bar=Bar("at most", 1.8) if sqlite else None)


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
