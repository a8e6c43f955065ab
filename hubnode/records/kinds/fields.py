"""The fields a body is made of: marshmallow fields that take JSON values and leave them as they are.

Each field has one check, `inspect`, which marshmallow calls on the way to an exact error and `BodySchema.certain`
calls directly on the way to a quick yes; so the two can't disagree about a value.

A field also says everything a page needs to know about it, in its `metadata`: ``label``, ``hint``, ``section``,
``widget``; ``level`` (who sees it unless the author says otherwise), ``cap`` (the widest and) ``floor`` (the narrowest
level the author may choose); ``options`` of a choice; ``translated`` when the value is a language map; ``longest``,
``least``, ``most``; ``search`` ("head", "body" or None) and ``facet`` (the name of the filter it feeds, or None).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from marshmallow import ValidationError, fields

from hubnode.records import vocabulary
from hubnode.records.kinds import text, words
from hubnode.records.kinds.options import Option, offered
from hubnode.records.kinds.words import Flaw, Problem, refused

LEVELS = ("public", "network", "hub", "subject")
"""Who may see something, from everybody to the person it is about."""

LANGUAGE = Problem("language", _("Texte gibt es hier auf Deutsch, Englisch, Dänisch, Nieder- und Nordfriesisch."))


class BodyField(fields.Field[Any]):
    """One field of a body, with what pages need to know about it."""

    widget: ClassVar[str] = "text"
    metadata: dict[str, Any]

    def __init__(
        self,
        label: LazyString,
        *,
        hint: LazyString | None = None,
        missing: LazyString | None = None,
        required: bool = False,
        level: str = "public",
        cap: str | None = None,
        floor: str | None = None,
        search: str | None = None,
        facet: str | None = None,
        **more: Any,
    ) -> None:
        self.missing = Problem("missing", missing) if missing else words.MISSING
        about = {
            "label": label,
            "hint": hint,
            "level": level,
            "cap": cap or level,
            "floor": floor or level,
            "widget": self.widget,
            "section": None,
            "search": search,
            "facet": facet,
            "translated": False,
            "options": (),
        }
        super().__init__(required=required, metadata=about | more)

    def __deepcopy__(self, memo: dict[int, Any]) -> BodyField:
        """A field of its own for each schema: kinds put the fields they inherit into sections of their own."""
        own = copy.copy(self)
        own.metadata = dict(self.metadata)
        return own

    def inspect(self, value: object, complete: bool) -> None:  # noqa: ARG002  # for fields with parts
        """Return if `value` may stand here; raise `ValidationError` with its problems if not.

        A draft (`complete` is false) may lack what is required, but not hold what is wrong.
        """
        problem = self.flaw(value)
        if problem is not None:
            raise refused(problem)

    def flaw(self, value: object) -> Problem | None:
        """What is wrong with `value` as a whole; None if nothing is."""
        raise NotImplementedError

    def make_error(self, key: str, **_: Any) -> ValidationError:
        """The error for what marshmallow itself finds: a missing value, or null."""
        return refused(self.missing if key == "required" else words.NULL)

    def _deserialize(self, value: Any, *_: Any, **kwargs: Any) -> Any:
        self.inspect(value, kwargs.get("partial") is not True)
        return value

    def texts(self, _value: Any) -> Iterator[str]:
        """The words in the value that a search should find."""
        return iter(())


def refuse_any(flaws: Iterator[Flaw]) -> None:
    """Raise `ValidationError` with all `flaws`; return if there are none."""
    tree = words.nested(flaws)
    if tree:
        raise ValidationError(tree)


class Text(BodyField):
    """A text in several languages: ``{"de": "…", "en": "…"}``; German is required where the field is."""

    def __init__(self, label: LazyString, longest: int, *, paragraphs: bool = False, **more: Any) -> None:
        more.setdefault("widget", "textarea" if paragraphs or longest > 200 else "text")
        more.setdefault("search", "body")
        super().__init__(label, translated=True, longest=longest, **more)
        self.longest, self.paragraphs = longest, paragraphs

    def make_error(self, key: str, **_: Any) -> ValidationError:
        """The error beside the German text, where a form has its input."""
        return ValidationError({"de": super().make_error(key).messages})

    def inspect(self, value: object, complete: bool) -> None:
        """Each text must be legal and short enough."""
        if type(value) is not dict:
            raise refused(words.NOT_AN_OBJECT)
        if not value and not self.required:
            raise refused(text.BLANK)
        for lang, said in value.items():
            if lang not in text.LANGUAGES or self.part_flaw(said) is not None:
                raise ValidationError(words.nested(self._flaws(value)))
        if complete and self.required and "de" not in value:
            raise self.make_error("required")

    def _flaws(self, value: dict[Any, Any]) -> Iterator[Flaw]:
        for lang, said in value.items():
            problem = LANGUAGE if lang not in text.LANGUAGES else self.part_flaw(said)
            if problem is not None:
                yield (str(lang),), problem

    def part_flaw(self, said: object) -> Problem | None:
        """What is wrong with the text of one language."""
        return text.flaw(said, self.longest, paragraphs=self.paragraphs)

    def texts(self, value: Any) -> Iterator[str]:
        """The texts of all languages."""
        return iter(value.values())


class Lines(Text):
    """Short texts, one per line, in several languages: ``{"de": ["…", "…"], "en": ["…"]}``."""

    def __init__(self, label: LazyString, longest: int, most: int, **more: Any) -> None:
        super().__init__(label, longest, widget="lines", most=most, **more)
        self.most = most

    def part_flaw(self, said: object) -> Problem | None:
        """What is wrong with the list of one language: its length, or the first wrong line."""
        return lines_flaw(said, self.longest, self.most)

    def texts(self, value: Any) -> Iterator[str]:
        """The lines of all languages."""
        return (line for lines in value.values() for line in lines)


def lines_flaw(said: object, longest: int, most: int) -> Problem | None:
    """What is wrong with `said` as a list of one to `most` different lines."""
    if type(said) is not list:
        return words.NOT_A_LIST
    if not said:
        return words.too_few(1)
    if len(said) > most:
        return words.too_many(most)
    for line in said:
        problem = text.flaw(line, longest)
        if problem is not None:
            return problem
    return words.REPEATED if len(set(said)) != len(said) else None


class Line(BodyField):
    """One line that is the same in every language: a name, a place."""

    def __init__(self, label: LazyString, longest: int, **more: Any) -> None:
        super().__init__(label, longest=longest, **more)
        self.longest = longest

    def flaw(self, value: object) -> Problem | None:
        """The line must be legal and short enough."""
        return text.flaw(value, self.longest)

    def texts(self, value: Any) -> Iterator[str]:
        """The line."""
        return iter((value,))


class PlainLines(BodyField):
    """A list of lines that are the same in every language."""

    widget = "lines"

    def __init__(self, label: LazyString, longest: int, most: int, **more: Any) -> None:
        super().__init__(label, longest=longest, most=most, **more)
        self.longest, self.most = longest, most

    def flaw(self, value: object) -> Problem | None:
        """One to `most` different legal lines."""
        return lines_flaw(value, self.longest, self.most)

    def texts(self, value: Any) -> Iterator[str]:
        """The lines."""
        return iter(value)


class Checked(BodyField):
    """A string that one function accepts or not, with a sentence for the refusal."""

    def __init__(
        self, label: LazyString, accepts: Callable[[str], bool], wrong: LazyString, *, longest: int = 500, **more: Any
    ) -> None:
        super().__init__(label, longest=longest, **more)
        self.accepts, self.wrong, self.longest = accepts, Problem("form", wrong), longest

    def flaw(self, value: object) -> Problem | None:
        """What is wrong with the string."""
        if type(value) is not str:
            return words.NOT_A_TEXT
        if len(value) > self.longest:
            return words.too_long(len(value) - self.longest)
        return None if self.accepts(value) else self.wrong


class Choice(BodyField):
    """One value of a list of options."""

    widget = "select"

    def __init__(self, label: LazyString, of: str, **more: Any) -> None:
        chosen = offered(of)
        super().__init__(label, options=chosen, **more)
        self.names = {option.value: option for option in chosen}

    def flaw(self, value: object) -> Problem | None:
        """The value must be one of the options."""
        return None if type(value) is str and value in self.names else words.NOT_A_CHOICE

    def texts(self, value: Any) -> Iterator[str]:
        """The option's names in German and English."""
        return _names(self.names, (value,))


def _names(options: dict[str, Option], values: Any) -> Iterator[str]:
    return (name for value in values if value in options for name in options[value].names)


class Listed(BodyField):
    """A list of different values, each with the same check; the base of all plain lists."""

    def __init__(self, label: LazyString, *, least: int = 1, most: int, **more: Any) -> None:
        super().__init__(label, least=least, most=most, **more)
        self.least, self.most = least, most

    def item_flaw(self, item: object) -> Problem | None:
        """What is wrong with one value."""
        raise NotImplementedError

    def inspect(self, value: object, complete: bool) -> None:
        """As many different values as allowed, each right."""
        if type(value) is not list:
            raise refused(words.NOT_A_LIST)
        if len(value) > self.most:
            raise refused(words.too_many(self.most))
        if len(value) < self.least and complete:
            raise refused(self.missing if not value and self.required else words.too_few(self.least))
        for item in value:
            if self.item_flaw(item) is not None:
                refuse_any(self._flaws(value))
        if len(set(value)) != len(value):
            raise refused(words.REPEATED)

    def _flaws(self, value: list[object]) -> Iterator[Flaw]:
        for place, item in enumerate(value):
            problem = self.item_flaw(item)
            if problem is not None:
                yield (place,), problem


class Choices(Listed):
    """Several different values of a list of options."""

    widget = "checkboxes"

    def __init__(self, label: LazyString, of: str, **more: Any) -> None:
        chosen = offered(of)
        more.setdefault("most", len(chosen))
        super().__init__(label, options=chosen, **more)
        self.names = {option.value: option for option in chosen}

    def item_flaw(self, item: object) -> Problem | None:
        """The value must be one of the options."""
        return None if type(item) is str and item in self.names else words.NOT_A_CHOICE

    def texts(self, value: Any) -> Iterator[str]:
        """The options' names in German and English."""
        return _names(self.names, value)


@cache
def topic_names(id: str) -> tuple[str, ...]:
    """The names of topic `id`, German first."""
    return tuple(vocabulary.concept(id).names.values())


UNKNOWN_TOPIC = Problem("topic", _("Dieses Thema gibt es nicht. Wählen Sie ein Thema aus der Liste."))


class Topics(Listed):
    """Topics of the shared vocabulary."""

    widget = "topics"

    def item_flaw(self, item: object) -> Problem | None:
        """The topic must exist."""
        return None if type(item) is str and vocabulary.exists(item) else UNKNOWN_TOPIC

    def texts(self, value: Any) -> Iterator[str]:
        """The topics' names in German and English."""
        return (name for id in value for name in topic_names(id))


class Matching(Listed):
    """A list of strings that one function accepts or not."""

    widget = "lines"

    def __init__(
        self, label: LazyString, accepts: Callable[[str], bool], wrong: LazyString, *, longest: int = 500, **more: Any
    ) -> None:
        super().__init__(label, longest=longest, **more)
        self.accepts, self.wrong, self.longest = accepts, Problem("form", wrong), longest

    def item_flaw(self, item: object) -> Problem | None:
        """The string must have its form."""
        if type(item) is not str:
            return words.NOT_A_TEXT
        return None if len(item) <= self.longest and self.accepts(item) else self.wrong


class Whole(BodyField):
    """A whole number from `least` to `most`."""

    widget = "integer"

    def __init__(self, label: LazyString, least: int, most: int, **more: Any) -> None:
        super().__init__(label, least=least, most=most, **more)
        self.least, self.most = least, most

    def flaw(self, value: object) -> Problem | None:
        """A number in range; true and false are none."""
        if type(value) is not int:
            return words.NOT_A_NUMBER
        return None if self.least <= value <= self.most else words.out_of_range(self.least, self.most)


class Money(Whole):
    """An amount in euro cents, up to a billion euros; forms ask for euros."""

    widget = "money"

    def __init__(self, label: LazyString, **more: Any) -> None:
        super().__init__(label, 0, 100_000_000_000, **more)

    def flaw(self, value: object) -> Problem | None:
        """An amount that is not negative."""
        return None if type(value) is int and 0 <= value <= self.most else NOT_AN_AMOUNT


NOT_AN_AMOUNT = Problem("range", _("Geben Sie einen Betrag von 0 bis 1 Milliarde Euro ein."))
