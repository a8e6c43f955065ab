"""Known items, made by machine: one word of one record, asked by somebody who does not know how it is written.

The words are compounds that stand in one record only. Nothing of the search makes them: they come from the lists that
the generated records are drawn from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from bench.search.texts import Filler, Record

EACH = 60
"""Questions of each kind."""
LETTERS = re.compile(r"[^\W\d_]+")
LINKED = re.compile(r"(?:ung|ion|heit|keit|schaft|tät|ing|tum|amt)s$")
"""Modifiers whose s is no part of the word."""
WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Known:
    """A question for exactly one record."""

    kind: str
    text: str
    record: str
    typing: bool = False


def questions(records: Sequence[Record]) -> list[Known]:
    """So many of each kind as there are, drawn by a fixed seed."""
    draw = Random(5)  # noqa: S311 - words, no secrets
    asked: dict[str, list[Known]] = {}
    rare = list(_rare(records))
    draw.shuffle(rare)
    for word, parts, name in rare:
        for one in _asked(word, parts, name, draw):
            asked.setdefault(one.kind, []).append(one)
    return [one for kind in sorted(asked) for one in asked[kind][:EACH]]


def _rare(records: Sequence[Record]) -> Iterator[tuple[str, tuple[str, str, str], str]]:
    """Compounds of one record only, with their parts: (word, (modifier, head, other form of the head), record)."""
    compounds = _compounds()
    counted: Counter[str] = Counter()
    where: dict[str, str] = {}
    for record in records:
        words = {
            word for text in (record["title"], record["summary"], record["body"]) for word in LETTERS.findall(text)
        }
        found = {word.lower() for word in words} & compounds.keys()
        counted.update({_stemless(compounds[word]) for word in found})
        where |= dict.fromkeys(found, record["id"])
    for word, name in sorted(where.items()):
        if counted[_stemless(compounds[word])] == 1:
            yield word, compounds[word], name


def _stemless(parts: tuple[str, str, str]) -> str:
    return parts[0] + min(parts[1:])


def _compounds() -> Mapping[str, tuple[str, str, str]]:
    filler = Filler(1, ())
    return {
        (modifier + form).lower(): (modifier, form, other)
        for modifier in filler.modifiers
        for head, _gender, plural in filler.heads
        for form, other in ((head, plural), (plural, head))
    }


def _asked(word: str, parts: tuple[str, str, str], name: str, draw: Random) -> Iterable[Known]:
    modifier, form, other = parts
    alone = modifier[:-1] if LINKED.search(modifier) else modifier
    written = word.capitalize()
    place = draw.randrange(2, len(word) - 2)
    yield Known("in Teilen", f"{alone} {form.capitalize()}", name)
    yield Known("mit Tippfehler", written[:place] + written[place + 1] + written[place] + written[place + 2 :], name)
    yield Known("als Anfang", written[: -(len(word) // 5)], name, typing=True)
    if other != form:
        yield Known("gebeugt", modifier + other, name)
    if written.translate(WRITTEN_OUT) != written:
        yield Known("ohne Umlaut", written.translate(WRITTEN_OUT), name)
