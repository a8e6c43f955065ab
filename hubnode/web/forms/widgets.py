"""One class for each widget that a field of a schema names: how it is read, filled and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from hubnode.records import vocabulary
from hubnode.records.kinds import options, text
from hubnode.records.kinds.fields import BodyField
from hubnode.web import filters
from hubnode.web.forms import spelling
from hubnode.web.forms.page import Choice, Item, Page, Typed, first
from hubnode.web.forms.rows import numbers

LANGUAGES: dict[str, LazyString] = {
    "en": _l("Englisch"), "da": _l("Dänisch"), "nds": _l("Niederdeutsch"), "frr": _l("Nordfriesisch"),
}  # fmt: skip
"""The languages beside German, in which a text may be given too."""
GERMAN = _l("Deutsch")
UNSAID = _l("Keine Angabe")
Input = tuple[str, str]
"""Name and content of one input."""


class Widget:
    """A field with one input; the base of all others."""

    def __init__(self, name: str) -> None:
        self.name = name

    def read(self, field: BodyField, typed: Typed, path: str) -> Any:
        """The field's value in a body; None if nothing is typed."""
        words = first(typed, path)
        return self.value(field, words) if words.strip() else None

    def value(self, field: BodyField, words: str) -> Any:
        """What `words` mean; the words themselves where they mean nothing, for the schema to refuse."""
        return text.tidy(words)

    def fill(self, field: BodyField, value: Any, path: str) -> Iterator[Input]:
        """What stands in the inputs when the body has `value`."""
        yield path, self.typed(value)

    def typed(self, value: Any) -> str:
        """`value` as a person would type it."""
        return str(value)

    def show(self, field: BodyField, page: Page, path: str) -> Item:
        """The field as the template shows it."""
        return replace(framed(self.name, field, page, path), choices=self.choices(field, page, path))

    def choices(self, field: BodyField, page: Page, path: str) -> list[Choice]:
        """What can be chosen, or is suggested."""
        return [Choice(value, str(label)) for value, label in field.metadata.get("suggestions", ())]

    def translations(self, field: BodyField, page: Page, path: str) -> list[Item]:
        """The same field in other languages."""
        return []


def framed(widget: str, field: BodyField, page: Page, path: str, *, below: bool = True) -> Item:
    """The field with everything that its metadata and its errors say."""
    about, label = field.metadata, str(field.metadata["label"])
    return Item(
        path=path,
        widget=widget,
        label=label,
        hint=hint(field),
        error=page.claim(path, label, below=below),
        optional=not field.required,
        value=page.text(path),
        longest=about.get("longest", 0),
        most=about.get("most", 0),
    )


def hint(field: BodyField) -> str:
    """The field's hint in the reader's language."""
    return str(field.metadata["hint"] or "")


def with_chosen(offered: Iterable[Choice], chosen: Iterable[str]) -> list[Choice]:
    """The choices, and what is chosen but no longer among them: it must not vanish unseen."""
    choices = list(offered)
    known = {choice.value for choice in choices}
    return choices + [Choice(value, value) for value in chosen if value.strip() and value not in known]


def of_schema(field: BodyField) -> list[Choice]:
    """The options of a choice; the numbers of a short scale."""
    if not options(field) and "least" in field.metadata:
        return [Choice(str(n), str(n)) for n in range(field.metadata["least"], field.metadata["most"] + 1)]
    return [Choice(option.value, str(option.label)) for option in options(field)]


class Line(Widget):
    """A line, or with other names a longer text, in German and perhaps in other languages."""

    def read(self, field: BodyField, typed: Typed, path: str) -> Any:
        """The text, or the texts by language."""
        if not field.metadata["translated"]:
            return super().read(field, typed, path)
        said = {lang: first(typed, f"{path}.{lang}") for lang in text.LANGUAGES}
        return {lang: self.value(field, words) for lang, words in said.items() if words.strip()} or None

    def value(self, field: BodyField, words: str) -> Any:
        """The text without what can't be seen; with paragraphs where the field has them."""
        return text.tidy(words, paragraphs=getattr(field, "paragraphs", False))

    def fill(self, field: BodyField, value: Any, path: str) -> Iterator[Input]:
        """One input, or one for each language."""
        if not field.metadata["translated"]:
            yield from super().fill(field, value, path)
            return
        for lang, said in value.items():
            yield f"{path}.{lang}", self.typed(said)

    def show(self, field: BodyField, page: Page, path: str) -> Item:
        """The German input; what is wrong with the field as a whole is said there too."""
        if not field.metadata["translated"]:
            return super().show(field, page, path)
        label = str(field.metadata["label"])
        item = self._in("de", field, page, path, label if filters.language() == "de" else f"{label} ({GERMAN})")
        whole = page.claim(path, item.label, below=False, at=item.path)
        return replace(
            item, hint=hint(field), optional=not field.required, error=" ".join(filter(None, (item.error, whole)))
        )

    def translations(self, field: BodyField, page: Page, path: str) -> list[Item]:
        """English always, others where the body has them already."""
        if not field.metadata["translated"]:
            return []
        wanted = [lang for lang in LANGUAGES if lang == "en" or page.text(f"{path}.{lang}")]
        label = field.metadata["label"]
        return [self._in(lang, field, page, path, f"{label} ({LANGUAGES[lang]})") for lang in wanted]

    def _in(self, lang: str, field: BodyField, page: Page, path: str, label: str) -> Item:
        place = f"{path}.{lang}"
        return Item(
            path=place, widget=self.name, label=label, error=page.claim(place, label), value=page.text(place),
            longest=field.metadata.get("longest", 0), lang=lang,
        )  # fmt: skip


class Lines(Line):
    """Several short texts, one on each line."""

    def value(self, field: BodyField, words: str) -> Any:
        """The lines that are not empty."""
        return spelling.lines(words)

    def typed(self, value: Any) -> str:
        """One value on each line."""
        return "\n".join(str(line) for line in value)


class Days(Lines):
    """Several days, one on each line, as people write them."""

    def value(self, field: BodyField, words: str) -> Any:
        """The days in the body's spelling; what is no day stays as it was typed."""
        return [spelling.written_day(line) for line in spelling.lines(words)]

    def typed(self, value: Any) -> str:
        """One day on each line."""
        return "\n".join(spelling.day_written(str(line)) for line in value)


class Spelled(Widget):
    """One input whose text is not written as the body has it, such as an amount."""

    def __init__(self, name: str, value: Callable[[str], Any], typed: Callable[[Any], str] = str) -> None:
        super().__init__(name)
        self._value, self._typed = value, typed

    def value(self, field: BodyField, words: str) -> Any:
        """The value in the body's spelling."""
        return self._value(words)

    def typed(self, value: Any) -> str:
        """The value in the reader's spelling."""
        return self._typed(value)


class Select(Widget):
    """One of a few values, in a list."""

    def choices(self, field: BodyField, page: Page, path: str) -> list[Choice]:
        """The schema's options."""
        return with_chosen(of_schema(field), [page.text(path)])


class Radio(Select):
    """One of a few values, all in sight; or a number of a short scale."""

    def value(self, field: BodyField, words: str) -> Any:
        """The option, or the number."""
        return words if options(field) else spelling.whole(words)

    def choices(self, field: BodyField, page: Page, path: str) -> list[Choice]:
        """The schema's options, and for what is optional one that says nothing."""
        unsaid = [] if field.required else [Choice("", str(UNSAID))]
        return [*super().choices(field, page, path), *unsaid]


class Hidden(Widget):
    """Something that programs keep in the record and the form only carries along."""

    def value(self, field: BodyField, words: str) -> Any:
        """The number or text as it came."""
        return spelling.whole(words) if "least" in field.metadata else words


class YesNo(Widget):
    """Yes, no, or nothing said."""

    def value(self, field: BodyField, words: str) -> Any:
        """True or false."""
        return {"ja": True, "nein": False}.get(words, words)

    def typed(self, value: Any) -> str:
        """The name of the choice."""
        return "ja" if value else "nein"

    def choices(self, field: BodyField, page: Page, path: str) -> list[Choice]:
        """Both answers."""
        return [Choice("ja", str(_l("Ja"))), Choice("nein", str(_l("Nein")))]


class Checkboxes(Widget):
    """Several of a few values."""

    def read(self, field: BodyField, typed: Typed, path: str) -> Any:
        """The chosen values in the order of the list."""
        return list(dict.fromkeys(value for value in typed.get(path, ()) if value)) or None

    def fill(self, field: BodyField, value: Any, path: str) -> Iterator[Input]:
        """One input for each chosen value."""
        for one in value:
            yield path, str(one)

    def show(self, field: BodyField, page: Page, path: str) -> Item:
        """All values with the chosen ones marked."""
        return replace(super().show(field, page, path), chosen=frozenset(page.typed.get(path, ())))

    def choices(self, field: BodyField, page: Page, path: str) -> list[Choice]:
        """The schema's options."""
        return with_chosen(of_schema(field), page.typed.get(path, ()))


class Topics(Checkboxes):
    """Topics of the shared vocabulary, under their focus areas."""

    def choices(self, field: BodyField, page: Page, path: str) -> list[Choice]:
        """Each focus area, then the topics below it."""
        lang = filters.language()
        return with_chosen(
            [
                Choice(id, vocabulary.label(id, lang), area)
                for area, below in vocabulary.tree()
                for id in (area, *below)
            ],
            page.typed.get(path, ()),
        )


class Day(Widget):
    """A day in three inputs."""

    endings: tuple[str, ...] = ("", "-m", "-j")

    def read(self, field: BodyField, typed: Typed, path: str) -> Any:
        """The day; None if all inputs are empty."""
        return spelling.day(*(first(typed, path + ending) for ending in Day.endings))

    def fill(self, field: BodyField, value: Any, path: str) -> Iterator[Input]:
        """Day, month and year."""
        for ending, part in zip(Day.endings, spelling.day_typed(str(value)), strict=True):
            yield path + ending, part

    def show(self, field: BodyField, page: Page, path: str) -> Item:
        """The inputs with what stands in each."""
        parts = {ending: page.text(path + ending) for ending in self.endings}
        return replace(super().show(field, page, path), parts=parts)


class Moment(Day):
    """A day in three inputs and a time of day in a fourth."""

    endings = (*Day.endings, "-uhr")

    def read(self, field: BodyField, typed: Typed, path: str) -> Any:
        """The local time; None if all inputs are empty."""
        day, clock = super().read(field, typed, path), first(typed, path + "-uhr")
        if day is None and not clock.strip():
            return None
        return f"{day or ''}T{spelling.clock(clock)}"

    def fill(self, field: BodyField, value: Any, path: str) -> Iterator[Input]:
        """Day, month, year and time."""
        yield from super().fill(field, value, path)
        yield path + "-uhr", str(value).partition("T")[2]


class Reference(Widget):
    """Another record."""

    def choices(self, field: BodyField, page: Page, path: str) -> list[Choice]:
        """The records of the kind the field names."""
        return with_chosen(page.offered(field.metadata.get("target")), [page.text(path)])


class Hub(Widget):
    """A hub of the network."""

    def choices(self, field: BodyField, page: Page, path: str) -> list[Choice]:
        """All hubs known here."""
        return with_chosen(page.offered("hub"), [page.text(path)])


class References(Widget):
    """Several other records, each in an input of its own."""

    def read(self, field: BodyField, typed: Typed, path: str) -> Any:
        """The addresses, each once."""
        chosen = (first(typed, f"{path}.{number}").strip() for number in numbers(typed, path))
        return list(dict.fromkeys(uri for uri in chosen if uri)) or None

    def fill(self, field: BodyField, value: Any, path: str) -> Iterator[Input]:
        """One input for each record."""
        for number, uri in enumerate(value):
            yield f"{path}.{number}", str(uri)

    def show(self, field: BodyField, page: Page, path: str) -> Item:
        """The chosen records, and an empty input where there are none or one more is asked for."""
        whole = framed(self.name, field, page, path)
        shown = max(1, len(numbers(page.typed, path)) + (page.added == path))
        offered = page.offered(field.metadata.get("target"))
        inputs = []
        for number in range(shown):
            value = page.text(f"{path}.{number}")
            inputs.append(
                Item(
                    path=f"{path}.{number}", widget="record", label=f"{whole.label} {number + 1}", value=value,
                    choices=with_chosen(offered, [value]),
                    optional=whole.optional or number > 0, fresh=page.added == path and number == shown - 1,
                )
            )  # fmt: skip
        return replace(whole, below=inputs)
