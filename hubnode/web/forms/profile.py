"""The form of one's own profile: function and voluntary data apart, each purpose with its text and its yes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from hubnode.people.viewer import Viewer
from hubnode.records import consents
from hubnode.records.consents import Purpose
from hubnode.records.kinds import CHOICES, KINDS
from hubnode.web import filters
from hubnode.web.forms import form
from hubnode.web.forms.form import Errors, ShownForm, ShownSection
from hubnode.web.forms.page import Item, Typed
from hubnode.web.forms.references import offered_to

KIND = KINDS[consents.KIND]
AGREED, REACH = "einwilligung", "reichweite"
OWN_INPUTS = ("csrf_token", "aktion", "sicht", "datei", "fassung")
NAMES = ("public_name",)
"""Purposes that open fields of the function; they have no inputs of their own."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What a person has typed about oneself."""

    typed: Typed
    level: str
    given: Mapping[str, str]
    """Purposes that were agreed to, and how far."""
    version: str
    """Version of the texts that the form has shown."""

    @property
    def body(self) -> dict[str, Any]:
        """The body that it means; what is voluntary is seen as far as was agreed to."""
        body = form.body(KIND, self.typed)
        chosen = {name: level for name, level in body.pop(CHOICES, {}).items() if consents.of_field(name) is None}
        names = form.body(KIND, self.typed).get(CHOICES, {})
        for purpose in consents.texts().values():
            scope = self.given.get(purpose.name)
            for name in purpose.fields:
                if purpose.name in NAMES:
                    wish = "public" if scope else names.get(name)
                    chosen |= {name: wish} if name in body and wish else {}
                elif name in body and scope:
                    chosen[name] = scope
        return body | ({CHOICES: chosen} if chosen else {})


@dataclass(frozen=True, slots=True)
class Asked:
    """One purpose as the form shows it."""

    purpose: Purpose
    title: str
    text: str
    agreed: bool
    scope: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Shown:
    """The form as the template shows it."""

    form: ShownForm
    function: Sequence[ShownSection]
    visibility: Sequence[Item]
    asked: Sequence[Asked]
    more: Sequence[ShownSection]


def sent(inputs: MultiDict[str, str], remove: str = "") -> Sent:
    """What a browser has sent."""
    own = (*OWN_INPUTS, AGREED)
    typed = {name: values for name, values in inputs.lists() if name not in own and not name.startswith(REACH + ".")}
    given = {name: inputs.get(f"{REACH}.{name}", "public") for name in inputs.getlist(AGREED)}
    level = inputs.get("sicht", "")
    level = level if level in ("public", "network", "hub") else "hub"
    return Sent(form.sent(KIND, typed, remove), level, given, inputs.get("fassung", ""))


def opened(body: Mapping[str, Any], level: str, given: Mapping[str, str]) -> Sent:
    """The form filled with what there is."""
    return Sent(form.filled(KIND, body), level, given, consents.CURRENT)


def shown(one: Sent, viewer: Viewer, errors: Errors | None = None, added: str = "") -> Shown:
    """The form with what is typed and what is wrong with it."""
    whole = form.shown(KIND, one.typed, offered_to(viewer), errors, added)
    sections = {section.id: section for section in whole.sections}
    voluntary = sections["voluntary"]
    return Shown(
        whole,
        [sections["person"], sections["knowledge"]],
        [_narrowed(item) for item in sections["visibility"].items],
        [_asked(purpose, one, voluntary.items) for purpose in consents.texts().values()],
        [sections["more"]],
    )


def _asked(purpose: Purpose, one: Sent, items: Sequence[Item]) -> Asked:
    language = filters.language() if filters.language() in purpose.texts else "de"
    mine = [] if purpose.name in NAMES else [item for item in items if item.path.split(".")[0] in purpose.fields]
    scope = one.given.get(purpose.name, purpose.scopes[0])
    title, text = purpose.titles[language], purpose.texts[language]
    return Asked(purpose, title, text, purpose.name in one.given, scope, mine)


def _narrowed(item: Item) -> Item:
    """The choices of who sees what, for the fields of the function; voluntary ones go as far as was agreed to."""
    fields = {f"{CHOICES}.{name}": purpose for name in KIND.fields if (purpose := consents.of_field(name))}
    below = []
    for one in item.below:
        purpose = fields.get(one.path)
        if purpose is None:
            below.append(one)
        elif purpose.name in NAMES:
            below.append(replace(one, choices=[choice for choice in one.choices if choice.value != "public"]))
    return replace(item, below=below)


def purpose_title(name: str) -> str:
    """What a purpose is called in the reader's language; its name where it is of an older text."""
    purpose = consents.texts().get(name)
    return purpose.titles.get(filters.language(), purpose.titles["de"]) if purpose else name
