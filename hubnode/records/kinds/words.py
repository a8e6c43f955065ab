"""What can be wrong with a value, said to the person who typed it: a code for programs and a German sentence.

No sentence ever contains what was typed: it would come back in pages, mails and logs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from marshmallow import ValidationError

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `code` for programs, `words` in the reader's language, telling how to mend it."""

    code: str
    words: LazyString


Flaw = tuple[Path, Problem]
"""Where something is wrong and what."""


def refused(problem: Problem) -> ValidationError:
    """The error that marshmallow expects for `problem`."""
    return ValidationError([problem])


def nested(flaws: Iterator[Flaw]) -> dict[Any, Any]:
    """The flaws as marshmallow nests them: a dictionary per level, a list of problems at the end."""
    tree: dict[Any, Any] = {}
    for path, problem in flaws:
        branch = tree
        for step in path[:-1]:
            branch = branch.setdefault(step, {})
        branch.setdefault(path[-1], []).append(problem)
    return tree


def flaws(messages: Any, path: Path = ()) -> Iterator[Flaw]:
    """The problems in marshmallow's nested messages, each with its path."""
    if isinstance(messages, dict):
        for step, below in messages.items():
            yield from flaws(below, path if step == "_schema" else (*path, step))
        return
    for problem in messages:
        if isinstance(problem, Problem):
            yield path, problem
        else:
            yield from flaws(problem, path)


MISSING = Problem("missing", _("Bitte füllen Sie dieses Feld aus."))
NULL = Problem("null", _("Lassen Sie das Feld ganz weg, wenn es leer ist."))
UNKNOWN = Problem("unknown", _("Dieses Feld gibt es hier nicht."))
NOT_AN_OBJECT = Problem("type", _("Hier wird eine Gruppe von Feldern erwartet."))
NOT_A_LIST = Problem("type", _("Hier wird eine Liste erwartet."))
NOT_A_TEXT = Problem("type", _("Hier wird ein Text erwartet."))
NOT_A_NUMBER = Problem("type", _("Geben Sie eine ganze Zahl ein."))
NOT_A_CHOICE = Problem("choice", _("Wählen Sie einen der angebotenen Werte."))
REPEATED = Problem("repeated", _("Jeder Eintrag darf nur einmal vorkommen."))


def too_few(least: int) -> Problem:
    """The list is shorter than `least`."""
    if least == 1:
        return Problem("too_few", _("Geben Sie mindestens einen Eintrag an."))
    return Problem("too_few", _("Geben Sie mindestens %(least)s Einträge an.", least=least))


def too_many(most: int) -> Problem:
    """The list is longer than `most`."""
    return Problem("too_many", _("Geben Sie höchstens %(most)s Einträge an.", most=most))


def too_long(over: int) -> Problem:
    """The text is `over` characters too long."""
    if over == 1:
        return Problem("too_long", _("Kürzen Sie den Text um ein Zeichen."))
    return Problem("too_long", _("Kürzen Sie den Text um %(over)s Zeichen.", over=over))


def out_of_range(least: int, most: int) -> Problem:
    """The number lies outside of `least` to `most`."""
    return Problem("range", _("Geben Sie eine Zahl von %(least)s bis %(most)s ein.", least=least, most=most))
