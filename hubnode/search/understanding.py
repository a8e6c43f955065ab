"""What a question means among the words shown here: beginnings while typing, the nearest spelling of unknown words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from sqlalchemy.orm import Session

from hubnode.search import vocabulary
from hubnode.search.analysis import Language
from hubnode.search.plan import Alternative, Group, plan, synonyms

BEGINNINGS = 40
"""Words that a beginning stands for, at most."""
UNKNOWN = 6
"""Unknown words of one question that are compared with the vocabulary."""
TOGETHER = 8
"""Words of a question, from the first on, of which two in a row are looked for as one: each pair asks the database."""
SHORTEST_BEGINNING = 2
NEARER = 0.5
"""The more letters are missing, the less a beginning stands for a word: the power of the share that is there."""
WITHIN = 0.95
"""What it weighs that two words stand there as one."""
Exists = Callable[[Group], bool]
"""Whether any record that the viewer may see meets a group."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """The groups to meet, and what was done to get them."""

    groups: tuple[Group, ...]
    excluded: tuple[Group, ...]
    corrected: dict[str, tuple[str, ...]] = field(default_factory=dict)


def understand(session: Session, text: str, level: int, language: Language, exists: Exists, *, typing: bool) -> Meaning:
    """What to look for. Nothing that this level may not see helps to understand, and no word that nobody here shows."""
    planned = plan(text, language)
    if not planned.groups:
        return Meaning((), planned.excluded)
    groups = _joined(session, planned.groups, level, language)
    unfinished = groups[-1] if typing and text[-1:].isalnum() else None
    known = vocabulary.known(session, [one.folded for one in groups if one.folded], level)
    meaning = Meaning((), planned.excluded)
    unknown = 0
    for group in groups:
        if group is unfinished and (more := _begun(session, group, level, language)) is not None:
            meaning = replace(meaning, groups=(*meaning.groups, more))
        elif not group.folded or group.folded in known or unknown >= UNKNOWN or exists(group):
            meaning = replace(meaning, groups=(*meaning.groups, group))
        else:
            unknown += 1
            meaning = _nearest(session, meaning, group, level, language, exists)
    return meaning


def _joined(session: Session, groups: Sequence[Group], level: int, language: Language) -> tuple[Group, ...]:
    """The groups; two words in a row are met by the compound of both too, where a text has it: „Tee Gebühr“."""
    joined = list(groups)
    for place, (first, second) in enumerate(pairwise(groups[:TOGETHER])):
        spellings = vocabulary.compounds(session, first.folded, second.folded, level, language)
        tokens = dict.fromkeys(language.word(one.written).token for one in spellings)
        more = [Alternative((token,), "all", WITHIN) for token in tokens]
        joined[place], joined[place + 1] = joined[place].add(more), joined[place + 1].add(more)
    return tuple(joined)


def rewritten(text: str, corrected: dict[str, tuple[str, ...]]) -> str | None:
    """The text with each unknown word as it was understood; None where nothing was corrected."""
    if not corrected:
        return None
    words = "|".join(re.escape(word) for word in sorted(corrected, key=len, reverse=True))
    return re.sub(rf"(?<!\w)(?:{words})(?!\w)", lambda found: corrected[found[0]][0], text[:MAX_SHOWN])


MAX_SHOWN = 300
"""Characters of a text that are offered for another try."""


def _begun(session: Session, group: Group, level: int, language: Language) -> Group | None:
    """The group of a word that is still being written: whatever begins so; None where nothing does."""
    if not group.folded:
        return None
    begun = vocabulary.beginning(session, group.folded, level, BEGINNINGS)
    if not begun:
        return None
    nearest: dict[str, int] = {}
    for one in begun:  # the shortest first
        nearest.setdefault(language.word(one.written).token, len(one.folded))
    more = [
        Alternative((token,), "all", WITHIN * (len(group.folded) / length) ** NEARER)
        for token, length in nearest.items()
    ]
    if begun[0].folded != group.folded:  # an unfinished word: its own stem means nothing
        group = replace(group, alternatives=(), also=())
    return group.add(more)


def _nearest(
    session: Session, meaning: Meaning, group: Group, level: int, language: Language, exists: Exists
) -> Meaning:
    """The meaning with this unknown word: the nearest spellings, else words that begin so, else as it stands."""
    near = vocabulary.nearest(session, group.folded, level, language)
    corrected = dict(meaning.corrected)
    added, also, shown = _tried(near, language, exists)
    if added:
        corrected[group.written] = shown
        group = group.add(added, also)
    elif len(group.folded) > SHORTEST_BEGINNING:
        group = _begun(session, group, level, language) or group
    return replace(meaning, groups=(*meaning.groups, group), corrected=corrected)


def _tried(
    near: Sequence[vocabulary.Spelling], language: Language, exists: Exists
) -> tuple[list[Alternative], list[str], tuple[str, ...]]:
    """Alternatives for these spellings, their synonyms and the spellings, without those that lead to nothing."""
    added: list[Alternative] = []
    also: list[str] = []
    shown: list[str] = []
    for spelling in near:
        token = language.word(spelling.written).token
        if not exists(Group(spelling.written, "", (Alternative((token,)),))):
            continue
        others, terms = synonyms((token,), language, 0.6)
        added += [Alternative((token,), "all", 0.8), *others]
        also += terms
        shown.append(spelling.written)
    return added, also, tuple(dict.fromkeys(shown))


def readable(groups: Iterable[Group]) -> tuple[str, ...]:
    """The synonyms among the alternatives, each once."""
    return tuple(dict.fromkeys(term for group in groups for term in group.also))
