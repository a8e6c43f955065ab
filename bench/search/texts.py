"""The corpus: hand-written German records among generated ones, and the questions that people judged on them.

The same number of records is always the same records. A generated one that could answer a judged question is thrown
away, so that the judgements stay whole at every size. All of it is invented.
"""

from __future__ import annotations

import datetime
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

DATA = Path(__file__).with_name("data")
HUBS = ("verwaltung", "wirtschaft", "mobilitaet", "gesundheit", "gemeinschaft")
BROAD = (
    "Verwaltung", "Gemeinde Projekt", "digital", "Verwaltungsprojekt", "Beratung Gemeinden",
    "Kreis Veranstaltung Termin", "Schule", "Energie Planung", "Digitalisierung", "Kultur Verein Jugend",
    "Verkehr Straße", "Projektleitung Verwaltung Kreis",
)  # fmt: skip
"""Questions that a large share of all records answers."""
FIRST_DAY, DAYS = datetime.date(2020, 1, 1), 2_150
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, and how well each record answers it, from 1 to 3."""

    id: str
    category: str
    text: str
    grades: Mapping[str, int]
    guard: Sequence[Sequence[str]]
    """Of each of these any: who has that could be an answer too."""
    flag: str

    @property
    def typing(self) -> bool:
        """Whether the last word is unfinished."""
        return self.flag == "prefix"


def judged() -> list[Judged]:
    """All judged questions."""
    return [Judged(**json.loads(line)) for line in (DATA / "judged.jsonl").read_text("utf-8").splitlines()]


def records(many: int) -> Iterator[Record]:
    """So many records, the hand-written ones spread among the others."""
    guards = [one.guard for one in judged() if one.guard]
    by_hand = iter(list(_by_hand(Filler(3, guards))))
    filler, rest = Filler(7, guards), many - HAND_WRITTEN
    step = max(1, rest // HAND_WRITTEN)
    for number in range(rest):
        if number % step == 0 and (record := next(by_hand, None)) is not None:
            yield record
        yield filler.record(number)
    yield from by_hand


HAND_WRITTEN = 135


def _by_hand(filler: Filler) -> Iterator[Record]:
    """The hand-written ones, each with two sentences that say nothing."""
    for line in (DATA / "records.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        empty = {"title": "", "summary": "", "topics": [], "org": "", "place": ""}
        said = filler.boilerplate(2)
        while not filler.is_harmless(empty | {"body": said}):
            said = filler.boilerplate(2)
        yield record | {"body": f"{record['body']} {said}"}


def _falling(many: int) -> list[float]:
    """Cumulative weights of words by rank: few are frequent, most are rare."""
    return list(itertools.accumulate(1 / (rank + 2) ** 0.9 for rank in range(many)))


class Filler:
    """Draws records of compounds, templates, names and places."""

    def __init__(self, seed: int, guards: Sequence[Sequence[Sequence[str]]]) -> None:
        self.draw = Random(seed)  # noqa: S311 - words, no secrets
        self.words: dict[str, Any] = json.loads((DATA / "filler.json").read_text("utf-8"))
        shuffle = Random(99)  # noqa: S311 - words, no secrets
        self.modifiers, self.heads = list(self.words["modifiers"]), list(self.words["heads"])
        shuffle.shuffle(self.modifiers)
        shuffle.shuffle(self.heads)
        self._weights = {name: _falling(len(self._list(name))) for name in ("modifiers", "heads", "topics")}
        self._guards = [[tuple(any_of) for any_of in guard] for guard in guards]

    def _list(self, name: str) -> list[Any]:
        listed: list[Any] = getattr(self, name, None) or self.words[name]
        return listed

    def _frequent(self, name: str) -> Any:
        return self.draw.choices(self._list(name), cum_weights=self._weights[name])[0]

    def _noun(self) -> tuple[str, str, str]:
        """A noun, mostly a compound: (singular, gender, plural)."""
        head, gender, plural = self._frequent("heads")
        many = self.draw.random()
        if many < 0.25:
            return head.capitalize(), gender, plural.capitalize()
        modifier = self._frequent("modifiers")
        if many < 0.32:
            modifier = self._frequent("modifiers") + modifier.lower()
        return modifier + head, gender, modifier + plural

    def _slots(self) -> dict[str, Any]:
        """Something for every gap of a template."""
        slots: dict[str, Any] = {}
        for suffix in ("", "2", "3"):
            slots |= self._noun_slots(suffix)
        draw, words = self.draw, self.words
        one = {"p": "places", "p2": "places", "f": "first_names", "s": "surnames", "v": "verbs", "pp": "participles"}
        slots |= {slot: draw.choice(words[name]) for slot, name in one.items()}
        slots |= {"y": draw.randint(2019, 2026), "n": draw.randint(2, 60), "n2": draw.randint(2, 9)}
        slots |= {"k": f"{draw.randint(5, 900)}.000", "d": draw.randint(1, 28)}
        return slots | {"m": draw.choice(words["months"]), "c": slots["C"]}

    def _noun_slots(self, suffix: str) -> dict[str, str]:
        noun, gender, plural = self._noun()
        der, dem, ein, einen, ending = self.words["articles"][gender]
        adjective = self.draw.choice(self.words["adjectives"])
        slots = {"C": noun, "Cpl": plural, "dC": f"{der} {noun}" if suffix else f"{der.capitalize()} {noun}"}
        slots |= {"datC": f"{dem} {noun}", "indC": f"{ein} {noun}", "indakk": f"{einen} {noun}", "adj": adjective}
        named = {name + suffix: text for name, text in slots.items()}
        return named if suffix else named | {"A": adjective.capitalize() + ending}

    def boilerplate(self, many: int) -> str:
        """Sentences that every record could have."""
        return " ".join(self.draw.choice(self.words["boilerplate"]).format(**self._slots()) for _ in range(many))

    def _text(self, many: int) -> str:
        sentences = []
        for _ in range(many):
            slots = self._slots()
            sentence = self.draw.choice(self.words["sentences"]).format(**slots)
            sentences.append(sentence[0].upper() + sentence[1:])
        return " ".join(sentences)

    def record(self, number: int) -> Record:
        """The next record that answers no judged question."""
        while not self.is_harmless(record := self._drawn(number)):
            pass
        return record

    def _drawn(self, number: int) -> Record:
        draw, slots = self.draw, self._slots()
        title = draw.choice(self.words["titles"]).format(**slots)
        return {
            "id": f"F{number:07d}",
            "hub": draw.choices(HUBS, weights=[30, 25, 15, 15, 15])[0],
            "type": draw.choices(["project", "expertise", "event"], weights=[45, 30, 25])[0],
            "title": title[0].upper() + title[1:],
            "summary": self._text(draw.randint(1, 2)),
            "body": f"{self._text(draw.randint(3, 9))} {self.boilerplate(draw.randint(1, 3))}",
            "topics": sorted({self._frequent("topics") for _ in range(draw.randint(1, 3))}),
            "org": draw.choice(self.words["organisations"]).format(**slots),
            "place": slots["p"],
            "date": (FIRST_DAY + datetime.timedelta(days=draw.randint(0, DAYS))).isoformat(),
        }

    def is_harmless(self, record: Record) -> bool:
        """Whether no judged question could have this record for an answer."""
        parts = (" " + record["title"], record["summary"], record["body"], *record["topics"], record["org"])
        text = " ".join((*parts, record["place"] + " ")).lower()
        return not any(all(any(piece in text for piece in any_of) for any_of in guard) for guard in self._guards)
