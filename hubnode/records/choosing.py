"""What a hub takes and shows of another: the rule as a value, its one spelling, and whether a record passes it.

Pure: a choice and a record in, yes or no out. Topics pass with everything below them in the vocabulary, by the ids of
now and of earlier versions. A record without topics passes only where no topics were chosen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from federation import canonical
from hubnode.records import vocabulary
from hubnode.records.kinds import KINDS

VERSION = 1


class BadChoice(ValueError):
    """This is not the document of a choice; the message says where it is wrong."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which records pass: those of these kinds that are about these topics; None stands for all."""

    kinds: frozenset[str] | None = None
    topics: frozenset[str] | None = None

    def passes(self, kind: str, topics: Collection[str]) -> bool:
        """Whether a record of `kind` about `topics` passes."""
        if not self.passes_kind(kind):
            return False
        return self.topics is None or not _within(self.topics).isdisjoint(topics)

    def passes_kind(self, kind: str) -> bool:
        """Whether records of `kind` pass, as far as that can be said without knowing what they are about."""
        return self.kinds is None or kind in self.kinds

    @property
    def everything(self) -> bool:
        """Whether every record passes."""
        return self.kinds is None and self.topics is None


EVERYTHING = Rule()


@dataclass(frozen=True, slots=True)
class Choice:
    """What is taken of a hub (its text is kept here), and what is shown of what is taken."""

    taken: Rule = EVERYTHING
    shown: Rule = EVERYTHING

    def takes(self, kind: str, body: Mapping[str, Any] | None) -> bool:
        """Whether the text of a record is kept here; without a body as far as its kind tells."""
        if body is None or self.taken.everything:
            return self.taken.passes_kind(kind)
        return self.taken.passes(kind, topics_of(body))

    def shows(self, kind: str, body: Mapping[str, Any] | None) -> bool:
        """Whether a record that is taken is shown; without a body as far as its kind tells."""
        if body is None or self.shown.everything:
            return self.shown.passes_kind(kind)
        return self.shown.passes(kind, topics_of(body))


ALL = Choice()
"""Everything is taken, and all of it shown: what holds as long as nobody has chosen."""


def topics_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """What a body says it is about; also of one that this version can't read as a whole."""
    topics = body.get("topics")
    return tuple(topic for topic in topics if isinstance(topic, str)) if isinstance(topics, list) else ()


@lru_cache(maxsize=256)
def _within(topics: frozenset[str]) -> frozenset[str]:
    """These topics, all below them, and the earlier ids of any of them."""
    known = {vocabulary.current(topic) for topic in topics if vocabulary.exists(topic)}
    below = known.union(*(vocabulary.narrower(topic) for topic in known))
    return topics | {topic for topic in vocabulary.shared().concepts if vocabulary.current(topic) in below}


def _known_topic(topic: str) -> None:
    if not vocabulary.exists(topic):
        raise ValidationError(f"{topic} is no topic")


class _RuleSchema(Schema):
    class Meta:
        unknown = RAISE

    kinds = fields.List(fields.String(validate=validate.OneOf(list(KINDS))), required=True, allow_none=True)
    topics = fields.List(
        fields.String(validate=_known_topic), required=True, allow_none=True, validate=validate.Length(min=1)
    )


class _ChoiceSchema(Schema):
    class Meta:
        unknown = RAISE

    v = fields.Integer(required=True, strict=True, validate=validate.Equal(VERSION))
    taken = fields.Nested(_RuleSchema, required=True)
    shown = fields.Nested(_RuleSchema, required=True)


def encode(choice: Choice) -> bytes:
    """The canonical document of a choice."""
    return canonical.encode({"v": VERSION, "taken": _document(choice.taken), "shown": _document(choice.shown)})


def decode(data: bytes) -> Choice:
    """The choice that a document spells; raises `BadChoice`, also for a kind or a topic that is not known here."""
    try:
        loaded = _ChoiceSchema().load(canonical.decode(data))
    except ValidationError as error:
        raise BadChoice(f"not a choice: {error.messages}") from error
    return Choice(_rule(loaded["taken"]), _rule(loaded["shown"]))


def rule(kinds: Collection[str] | None, topics: Collection[str] | None) -> Rule:
    """The rule of these kinds and topics, None for all; raises `BadChoice`. Topics go by their ids of now."""
    try:
        loaded = _RuleSchema().load({"kinds": _listed(kinds), "topics": _listed(topics)})
    except ValidationError as error:
        raise BadChoice(f"not a choice: {error.messages}") from error
    return _rule(loaded)


def _document(one: Rule) -> dict[str, Any]:
    return {"kinds": _listed(one.kinds), "topics": _listed(one.topics)}


def _listed(values: Collection[str] | None) -> list[str] | None:
    return None if values is None else sorted(values)


def _rule(loaded: Mapping[str, list[str] | None]) -> Rule:
    kinds, topics = loaded["kinds"], loaded["topics"]
    return Rule(
        None if kinds is None else frozenset(kinds),
        None if topics is None else frozenset(map(vocabulary.current, topics)),
    )
