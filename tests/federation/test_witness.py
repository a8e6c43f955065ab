"""What witnesses say, in one spelling: what is held of a log, and what records hash to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import canonical, routes
from federation.errors import BadRequest, NotCanonical, Refused
from federation.witness import (
    BUCKETS,
    Digest,
    Seen,
    bucket_of,
    digest_query,
    parse_digest_query,
    parse_seen_query,
    seen_query,
)
from tests.federation.cast import LOG, OTHER_LOG, ULIDS

LIVE = [(ULIDS[number], number + 1, f"{number:043d}") for number in range(40)]


@pytest.mark.parametrize("note", [None, "a note\n"])
def test_what_was_seen_is_read_as_it_was_written(note: str | None) -> None:
    assert Seen.parse(Seen(note, 7).to_bytes()) == Seen(note, 7)


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"v": 1, "checkpoint": None},
        {"v": 1, "checkpoint": None, "cursor": 0, "more": 1},
        {"v": 2, "checkpoint": None, "cursor": 0},
        {"v": True, "checkpoint": None, "cursor": 0},
        {"v": 1, "checkpoint": 5, "cursor": 0},
        {"v": 1, "checkpoint": "x" * 1025, "cursor": 0},
        {"v": 1, "checkpoint": None, "cursor": -1},
        {"v": 1, "checkpoint": None, "cursor": True},
        {"v": 1, "checkpoint": None, "cursor": "0"},
    ],
)
def test_another_answer_is_refused(document: Any) -> None:
    with pytest.raises(Refused):
        Seen.parse(canonical.encode(document))


def test_a_second_spelling_is_refused() -> None:
    with pytest.raises(NotCanonical):
        Seen.parse(b'{"v":1,"checkpoint":null,"cursor":0}')


@pytest.mark.parametrize("origin", ["https://a.example", "http://127.0.0.1:5001", "https://[2001:db8::1]:444"])
def test_a_question_names_its_origin_in_one_spelling(origin: str) -> None:
    assert parse_seen_query(seen_query(origin)) == origin


@pytest.mark.parametrize(
    "query", ["", "origin=", "origin=a", "origin=https://a.example&x=1", "origin=https://A.example"]
)
def test_another_question_is_refused(query: str) -> None:
    with pytest.raises(BadRequest):
        parse_seen_query(query)


def test_a_log_is_asked_for_by_its_id() -> None:
    assert parse_digest_query(digest_query(LOG)) == LOG
    for query in ("", "log=x", f"log={LOG}&x=1", f"log={LOG.upper()}"):
        with pytest.raises(BadRequest):
            parse_digest_query(query)


def test_the_path_of_a_copy_names_its_host() -> None:
    assert routes.mirror_path("https://a.example:444") == "/apl/v1/mirror/a.example:444/entries"
    with pytest.raises(BadRequest):
        routes.mirror_path("https://a.example/b")


@given(st.permutations(LIVE))
def test_a_digest_does_not_depend_on_the_order(shuffled: list[tuple[str, int, str]]) -> None:
    assert Digest.of(LOG, 40, shuffled) == Digest.of(LOG, 40, LIVE)


@given(st.integers(0, len(LIVE) - 1), st.sampled_from(["rev", "bh", "gone"]))
def test_any_difference_shows_in_the_bucket_of_its_record(place: int, what: str) -> None:
    rec, rev, bh = LIVE[place]
    other = {"rev": [(rec, rev + 1, bh)], "bh": [(rec, rev, "x" * 43)], "gone": []}[what]
    changed = Digest.of(LOG, 40, LIVE[:place] + other + LIVE[place + 1 :])
    assert Digest.of(LOG, 40, LIVE).differs(changed) == [bucket_of(rec)]


def test_a_digest_is_read_as_it_was_written() -> None:
    digest = Digest.of(OTHER_LOG, 3, LIVE)
    assert Digest.parse(digest.to_bytes()) == digest


@pytest.mark.parametrize(
    "change",
    [
        {"log": "x"},
        {"log": 5},
        {"size": -1},
        {"size": "3"},
        {"buckets": []},
        {"buckets": ["A" * 43] * (BUCKETS + 1)},
        {"buckets": ["A" * 44] * BUCKETS},
        {"buckets": [5] * BUCKETS},
        {"buckets": None},
        {"v": 2},
    ],
)
def test_a_malformed_digest_is_refused(change: dict[str, Any]) -> None:
    document = canonical.decode(Digest.of(LOG, 3, []).to_bytes())
    with pytest.raises(Refused):
        Digest.parse(canonical.encode(document | change))
