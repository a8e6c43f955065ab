"""Questions that people judged: the right records stand first, and both databases give one and the same answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.search import judging, stage, texts
from tests.migrated import migrate

RECORDS = 500
EXTRA = [
    *texts.BROAD,
    "Verwaltung -digital",
    '"künstliche Intelligenz"',
    "Digitalisierng der Schuhle",
    "Bus Arzt Dorf Senioren Wegweiser",
    "Verw",
    "der die das",
]


def answers(url: str, records: list[texts.Record]) -> list[dict[str, Any]]:
    """What one database says to every question, in every order, page and narrowing that differs in its statements."""
    migrate(url)
    with stage.index(url):
        stage.fill(records)
        asked = [(one.text, {"typing": one.typing}) for one in texts.judged()]
        asked += [(text, {}) for text in EXTRA]
        asked += [(text, {"sort": "newest", "offset": 3, "fewer": True}) for text in EXTRA]
        asked += [(text, {"facets": {"kind": ["project"]}, "offset": 5}) for text in EXTRA]
        return [_plain(text, stage.ask(text, **more)) for text, more in asked]


def _plain(text: str, answer: Any) -> dict[str, Any]:
    return {
        "text": text,
        "docs": list(answer.docs),
        "total": answer.total,
        "counts": answer.counts,
        "understood": answer.understood,
        "matches": {doc: match.words for doc, match in answer.matches.items()},
    }


@pytest.fixture(scope="module")
def records() -> list[texts.Record]:
    """The hand-written records among others."""
    return list(texts.records(RECORDS))


@pytest.fixture(scope="module")
def sqlite_answers(tmp_path_factory: pytest.TempPathFactory, records: list[texts.Record]) -> list[dict[str, Any]]:
    """What SQLite says."""
    folder: Path = tmp_path_factory.mktemp("judged")
    return answers(f"sqlite:///{folder / 'hub.db'}", records)


def test_what_people_judged_right_stands_first(
    records: list[texts.Record], sqlite_answers: list[dict[str, Any]]
) -> None:
    names = [record["id"] for record in records]
    judged = [
        (one, [names[doc - 1] for doc in answer["docs"]])
        for one, answer in zip(texts.judged(), sqlite_answers, strict=False)
    ]
    assert len(judged) > 70
    assert sum(judging.ndcg(one.grades, found) for one, found in judged) / len(judged) >= 0.96
    assert sum(judging.recall(one.grades, found) for one, found in judged) / len(judged) >= 0.92


@pytest.mark.postgresql
def test_both_databases_give_the_same_answer(
    postgres_url: str, records: list[texts.Record], sqlite_answers: list[dict[str, Any]]
) -> None:
    """Records, order, totals, facet counts, corrections and reasons."""
    assert any(answer["docs"] for answer in sqlite_answers)
    for ours, theirs in zip(sqlite_answers, answers(postgres_url, records), strict=True):
        assert ours == theirs
