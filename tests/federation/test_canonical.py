"""Canonical JSON: one spelling per value, and nothing outside the subset."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.canonical import MAX_DEPTH, decode, encode, serialise
from federation.errors import NotCanonical

LARGEST = 2**53 - 1
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=30
)


def jcs(value: Any) -> str:
    """RFC 8785 as its text says, for values of the subset: the standard library's escapes, keys by UTF-16 units."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{jcs(key)}:{jcs(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(jcs, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def nested(levels: int, wrap: Callable[[Any], Any]) -> Any:
    """A value inside so many containers."""
    value: Any = 1
    for _ in range(levels):
        value = wrap(value)
    return value


@given(VALUES)
def test_what_is_encoded_decodes_to_the_same_value(value: Any) -> None:
    assert decode(encode(value)) == value


@given(VALUES)
def test_the_bytes_are_those_of_rfc_8785(value: Any) -> None:
    assert encode(value) == jcs(value).encode("utf-8")


@given(VALUES)
def test_a_value_has_one_spelling(value: Any) -> None:
    spaced = json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8")
    if spaced != encode(value):
        with pytest.raises(NotCanonical, match="second spelling"):
            decode(spaced)


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_unchanged_or_refused(data: bytes) -> None:
    try:
        value = decode(data)
    except NotCanonical:
        return
    assert encode(value) == data


@given(VALUES)
def test_serialise_only_saves_the_check(value: Any) -> None:
    assert serialise(value) == encode(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b": 1, "a": 2, "A": 3, "": 4, "1": 5}, b'{"":4,"1":5,"A":3,"a":2,"b":1}'),
        ("\x00\x08\t\n\x0b\x0c\r\x1f\x7f", b'"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f\x7f"'),
        ('"\\/', b'"\\"\\\\/"'),
        ("\u20ac\u00f6\u2028\U0001f600", '"\u20ac\u00f6\u2028\U0001f600"'.encode()),
        (LARGEST, b"9007199254740991"),
        (-LARGEST, b"-9007199254740991"),
        ([], b"[]"),
        ({}, b"{}"),
        ([None, True, False, 0], b"[null,true,false,0]"),
    ],
)
def test_the_edges_of_rfc_8785(value: Any, expected: bytes) -> None:
    assert encode(value) == expected
    assert decode(expected) == value


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b' {"a":1}',
        b'{"a":1}\n',
        b'{"a":1.0}',
        b'{"a":1.5}',
        b'{"a":1e2}',
        b'{"a":-0}',
        b'{"a":-0.0}',
        b'{"a":9007199254740992}',
        b'{"a":-9007199254740992}',
        b'{"a":18446744073709551616}',
        b'{"\xc3\xa4":1}',
        b'{"a":{"\xc3\xa4":1}}',
        b'[{"\xc3\xa4":1}]',
        b'"\\u0061"',
        b'"\\/"',
        b'"\\u001F"',
        b'"\\ud800"',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        b"NaN",
        b"[1,]",
        b"",
        b"{} {}",
    ],
)
def test_every_other_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(NotCanonical):
        decode(data)


class Colour(Enum):
    """An enumeration, which is no JSON value."""

    RED = "red"


class Text(str):
    """A text with a life of its own."""


@dataclass
class Thing:
    """A dataclass, which is no JSON value."""

    name: str = "x"


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        [0.5],
        {"a": [{"b": 0.5}]},
        2**53,
        -(2**53),
        2**64,
        [2**53],
        {"ä": 1},
        {"a": {"ä": 1}},
        [{"ä": 1}],
        {1: 2},
        {None: 1},
        {Text("a"): 1},
        (1, 2),
        [(1, 2)],
        {"a"},
        b"bytes",
        datetime(2026, 1, 1, tzinfo=UTC),
        date(2026, 1, 1),
        UUID(int=0),
        Colour.RED,
        Text("x"),
        Thing(),
        "\ud800",
        {"a": "\ud800"},
    ],
    ids=repr,
)
def test_what_is_outside_the_subset_is_never_encoded(value: Any) -> None:
    with pytest.raises(NotCanonical):
        encode(value)


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}], ids=["arrays", "objects"])
def test_thirty_two_levels_are_the_limit(wrap: Callable[[Any], Any]) -> None:
    deepest, deeper = nested(MAX_DEPTH, wrap), nested(MAX_DEPTH + 1, wrap)
    assert MAX_DEPTH == 32
    assert decode(encode(deepest)) == deepest
    with pytest.raises(NotCanonical, match="nested too deeply"):
        encode(deeper)
    with pytest.raises(NotCanonical, match="nested too deeply"):
        decode(serialise(deeper))


def test_the_limit_of_levels_is_an_argument() -> None:
    assert encode([[1]], max_depth=2) == b"[[1]]"
    assert decode(b"[[1]]", max_depth=2) == [[1]]
    assert encode(1, max_depth=0) == b"1"
    with pytest.raises(NotCanonical):
        encode([[1]], max_depth=1)
    with pytest.raises(NotCanonical):
        decode(b"[[1]]", max_depth=1)
    with pytest.raises(NotCanonical):
        encode([], max_depth=0)


def test_a_hundred_thousand_brackets_are_refused_quietly() -> None:
    with pytest.raises(NotCanonical):
        decode(b"[" * 100_000 + b"]" * 100_000)
    with pytest.raises(NotCanonical):
        decode(b"[" * 1000 + b"]" * 1000)


def test_a_value_that_contains_itself_is_refused() -> None:
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(NotCanonical):
        encode(ring)
