"""Whatever somebody types: a calm answer, with a bounded number of statements and of records looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubnode import search
from hubnode.db import db, reading
from hubnode.search import wording
from hubnode.search.entries import seen_packed
from tests.hubnode.search.stage import HUB, document, hits, index

STATEMENTS = 90
"""The most that one question may ask the database."""
LONGEST = 40_000
"""Characters of the longest expression a database is given."""
WORDS = ["Rufbus", "Telemedizin", "Verwaltung", "digital", "der", "OZG", "Kreis", "Schule", "Bus", "Akte"]
SIGNS = [
    '"',
    "-",
    "*",
    "(",
    ")",
    ":",
    "NEAR",
    "AND",
    "OR",
    "NOT",
    "'",
    "\\",
    "&",
    "|",
    "!",
    "<->",
    "{h0}",
    "\x00",
    "\x1f",
    "🙂",
    "\u202e",
]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An index in which much resembles much."""
    texts = [
        " ".join(WORDS[(number * step) % len(WORDS)] + "x" * (number % 4) for step in range(1, 9))
        for number in range(400)
    ]
    folder: Path = tmp_path_factory.mktemp("busy")
    with index(f"sqlite:///{folder / 'hub.db'}", [document(n, text, text) for n, text in enumerate(texts, 1)]) as app:
        yield app


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements asked meanwhile, each with the length of what was bound to it."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        assert len(str(parameters)) < LONGEST
        asked.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from([*WORDS, *SIGNS]) | st.text("abcdefgnrstu", min_size=1, max_size=30), max_size=60).map(
        " ".join
    ),
    st.lists(st.sampled_from([*WORDS, *SIGNS]), max_size=30).map("".join),
)


@pytest.mark.usefixtures("busy")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS, st.booleans())
def test_whatever_is_typed_costs_little(text: str, typing: bool) -> None:
    with counted() as asked:
        answer = hits(text, HUB, typing=typing, counted=("kind", "topic"))
        search.suggest(reading(), text, HUB)
    assert len(asked) <= STATEMENTS
    assert len(answer.docs) <= 20
    assert all(0 <= start < end <= len(text) for start, end in search.highlight(text, text))


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    "text",
    [
        "x" * 10_000,
        "Rufbus " * 500,
        " ".join(f"wort{number}" for number in range(500)),
        "-" * 5_000,
        '"' * 5_001,
        "a-" * 3_000,
        "aB" * 3_000,
        "Bürger*innen" * 800,
        " ".join(letter * 64 for letter in "abcdefghijklmnopqrstuvwxyz"),
        "donaudampfschifffahrtsgesellschaftskapitaen" * 200,
        "\u202eRufbus\u202c\x00\x07",
        "🙂" * 3_000,
        "ﷺ" * 2_000,
        "e\u0301" * 4_000,
    ],
)
def test_long_and_strange_questions_are_answered_calmly(text: str) -> None:
    with counted() as asked:
        answer = hits(text, HUB, counted=("kind",))
    assert len(asked) <= STATEMENTS
    assert len(answer.understood.did_you_mean or "") <= 600


@pytest.mark.usefixtures("busy")
def test_only_so_many_records_are_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    ranked: list[bytes] = []
    monkeypatch.setattr(wording, "seen_packed", lambda one, level: ranked.append(one) or seen_packed(one, level))
    answer = hits("Rufb", HUB, typing=True)
    assert answer.total > len(ranked) == wording.CANDIDATES


@pytest.mark.usefixtures("busy")
def test_paging_shows_every_hit_once() -> None:
    total = hits("Rufb", HUB, typing=True).total
    pages = (hits("Rufb", HUB, typing=True, offset=offset) for offset in range(0, total + 20, 20))
    shown = [doc for page in pages for doc in page.docs]
    assert (len(shown), len(set(shown))) == (total, total)
