"""Spellings are known exactly as long as a text has them; what is erased is no spelling any more."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hubnode import search
from hubnode.db import reading, transaction
from hubnode.search.models import SearchEntry, SearchTerm
from tests.hubnode.search.stage import HUB, NETWORK, PUBLIC, document, hits, index


def spellings() -> dict[str, tuple[int, int, int]]:
    """Every spelling with its counts."""
    reading().rollback()
    return {row.written or row.folded: (row.n0, row.n1, row.n2) for row in reading().scalars(sa.select(SearchTerm))}


def test_a_spelling_is_counted_at_each_level(url: str) -> None:
    both = [("public", "Rufbus", ""), ("network", "", "Rufbus Petersen"), ("hub", "", "Durchwahl")]
    with index(url, [document(1, "Rufbus"), document(2, "Rufbus", text=both)]):
        assert spellings() == {"Rufbus": (2, 1, 0), "Petersen": (0, 1, 0), "Durchwahl": (0, 0, 1)}


def test_what_leaves_the_index_leaves_the_vocabulary_in_the_same_transaction(url: str) -> None:
    with index(url, [document(1, "Kim Beispielhaft berät"), document(2, "Kim fährt")]):
        with pytest.raises(LookupError):
            _removed_and_thought_better_of_it()
        assert hits("Beispielhaft").docs == [1]
        assert "Beispielhaft" in spellings()
        with transaction() as session:
            search.remove(session, [1])
        assert set(spellings()) == {"Kim", "fährt"}
        assert hits("Beispielhaft").total == hits("Beispielhfat").total == 0
        assert search.suggest(reading(), "beisp", HUB) == []


def _removed_and_thought_better_of_it() -> None:
    with transaction() as session:
        search.remove(session, [1])
        raise LookupError


def test_a_text_that_is_replaced_takes_its_words_along(url: str) -> None:
    with index(url, [document(1, "Telemedizin")]):
        for head in ("Rufbus", "Rufbus-App", "Leihrad"):
            with transaction() as session:
                search.index(session, [document(1, head)])
        assert spellings() == {"Leihrad": (1, 0, 0)}
        assert (hits("Leihrad").docs, hits("Telemedizin").docs) == ([1], [])
        assert reading().scalar(sa.select(sa.func.count()).select_from(SearchEntry)) == 1


def test_several_changes_of_one_transaction_add_up(url: str) -> None:
    with index(url):
        with transaction() as session:
            search.index(session, [document(1, "Telemedizin"), document(2, "Telemedizin")])
            search.remove(session, [2])
            search.index(session, [document(3, "Rufbus")])
            search.remove(session, [3])
        assert spellings() == {"Telemedizin": (1, 0, 0)}


def test_a_narrowed_text_is_repaired_for_fewer(url: str) -> None:
    with index(url, [document(1, "Bus", "Wiebke Musterfrau")]):
        assert hits("Musterfaru", PUBLIC).understood.did_you_mean == "Musterfrau"
        with transaction() as session:
            search.index(session, [document(1, "Bus", text=[("public", "Bus", ""), ("network", "", "Musterfrau")])])
        assert hits("Musterfaru", PUBLIC).understood.did_you_mean is None
        assert hits("Musterfaru", NETWORK).understood.did_you_mean == "Musterfrau"
