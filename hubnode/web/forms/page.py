"""What one showing of a form knows: what is typed, what is wrong with it, and what can be chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

Typed = Mapping[str, Sequence[str]]
"""What stands in the inputs, by the input's name, as a browser sends it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose; `group` is the heading it stands under."""

    value: str
    label: str
    group: str = ""


Offered = Callable[[str | None], Sequence[Choice]]
"""What a reference may name: the records of a kind, those of any kind (None), or the hubs ("hub")."""


@dataclass(frozen=True, slots=True)
class Item:
    """One field as a template shows it; `path` is the id of the input that an error leads to."""

    path: str
    widget: str
    label: str
    hint: str = ""
    error: str = ""
    optional: bool = True
    value: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    """The inputs of a field that has several, by the ending of their names."""
    chosen: frozenset[str] = frozenset()
    choices: Sequence[Choice] = ()
    longest: int = 0
    most: int = 0
    lang: str = ""
    below: Sequence[Item] = ()
    """The fields of a group or of a row, or the rows."""
    translations: Sequence[Item] = ()
    fresh: bool = False
    """Whether this row was added just now."""

    @property
    def template(self) -> str:
        """The template that shows this item."""
        return f"redaktion/felder/{self.widget}.html"

    @property
    def describedby(self) -> str:
        """The ids of what describes the input: its hint and its error."""
        told = {"hint": self.hint, "error": self.error}
        return " ".join(f"{self.path}-{ending}" for ending, words in told.items() if words)

    @property
    def grouped(self) -> list[tuple[str, list[Choice]]]:
        """The choices by the heading they stand under, in the order of the headings."""
        groups: dict[str, list[Choice]] = {}
        for choice in self.choices:
            groups.setdefault(choice.group, []).append(choice)
        return list(groups.items())

    @property
    def told(self) -> bool:
        """Whether anything is typed or wrong here or below: then it must not be hidden."""
        own = self.error or self.value.strip() or self.chosen or any(self.parts.values())
        return bool(own) or any(item.told for item in (*self.below, *self.translations))


@dataclass(frozen=True, slots=True)
class Wrong:
    """One line of the error summary: where the input is (empty if nowhere), what it is called, what to do."""

    path: str
    label: str
    words: str


class Page:
    """One showing of a form. Whoever shows a field claims its errors, so that none is left unsaid."""

    def __init__(self, typed: Typed, errors: Mapping[str, Sequence[str]], offered: Offered, added: str = "") -> None:
        self.typed, self.offered, self.added = typed, offered, added
        self.wrong: list[Wrong] = []
        self._left = dict(errors)
        self._within = ""

    def text(self, name: str) -> str:
        """What stands in the input `name`."""
        return first(self.typed, name)

    @contextmanager
    def within(self, label: str) -> Iterator[None]:
        """Fields shown inside are called by this label too, when something is wrong with them."""
        outer, self._within = self._within, f"{self._within}{label}, "
        yield
        self._within = outer

    def claim(self, path: str, label: str, *, below: bool = True, at: str = "") -> str:
        """What is wrong at `path` and (if `below`) under it, in one text; it joins the summary, leading to `at`."""
        mine = [key for key in self._left if key == path or (below and key.startswith(path + "."))]
        words = list(dict.fromkeys(str(text) for key in mine for text in self._left.pop(key)))
        self.wrong.extend(Wrong(at or path, self._within + label, text) for text in words)
        return " ".join(words)

    def unclaimed(self) -> Iterator[Wrong]:
        """What is wrong where no field of the form is."""
        for path, words in self._left.items():
            for text in words:
                yield Wrong("", path, str(text))


def first(typed: Typed, name: str) -> str:
    """What stands in the input `name`, with one kind of line end; empty if there is no such input."""
    return next(iter(typed.get(name, ())), "").replace("\r\n", "\n")
