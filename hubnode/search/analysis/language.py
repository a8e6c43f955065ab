"""The lexicon, the families and the synonyms at work: those of the house, and an operator's own."""

from __future__ import annotations

import hashlib
import itertools
import logging
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from hubnode.search.analysis import stems
from hubnode.search.analysis.compounds import Splitter
from hubnode.search.analysis.folding import MAX_TOKEN, fold
from hubnode.search.analysis.words import WORD, Word, inner

ANALYSIS_VERSION = "1"
"""Changes with every change of the analysis or of its data, other than synonyms: then the index is built anew."""
DATA = Path(__file__).parent.parent / "data"
CACHE = 32_768
LONGEST_WORD = 200
"""Characters of a typed word that are looked at."""
MOST_LINES = 20_000
_LEXICON_LINE = re.compile(r"[^\W\d_]{3,40}(?: +[^\W\d_]{3,40})*")
_SYNONYM_LINE = re.compile(r"(?=[^\W_])[^;]{1,80}(?:;\s*(?=[^\W_])[^;]{1,80})+")
log = logging.getLogger("hubnode.search")
Phrase = tuple[str, ...]


class Language:
    """German with the words of one node; every answer is a pure function of the text and these words."""

    def __init__(self, lexicon: Iterable[str] = (), synonyms: Iterable[tuple[str, ...]] = ()) -> None:
        own = sorted({fold(word) for word in lexicon})
        digest = hashlib.sha256(" ".join(own).encode()).hexdigest()[:12] if own else ""
        self.version = f"{ANALYSIS_VERSION}+{digest}" if own else ANALYSIS_VERSION
        """What an index was built with; another one is due for a rebuild."""
        self._stop = frozenset(word for _, line in _lines(DATA / "stopwords.txt") for word in line.split())
        self._families = dict(_family_forms())
        self.stem = lru_cache(CACHE)(self._stem)
        """The stem of a folded word."""
        self._splitter = Splitter({*_lexicon_words(), *own}, self.stem)
        self.word = lru_cache(CACHE)(self._word)
        """A typed word, analysed."""
        self._synonyms: dict[Phrase, list[tuple[str, Phrase]]] = {}
        for group in (*_synonym_groups(), *synonyms):
            self._relate(group)
        self.longest_synonym = max(map(len, self._synonyms), default=1)

    def _stem(self, folded: str) -> str:
        return stems.stem(folded, self._families)

    def words(self, text: str) -> Iterator[Word]:
        """The words of a text, stop words too."""
        word = self.word
        return (word(typed) for typed in WORD.findall(text))

    def synonyms(self, phrase: Phrase) -> list[tuple[str, Phrase]]:
        """What else these tokens are called: (readable, tokens)."""
        return self._synonyms.get(phrase, [])

    def splits(self, folded: str) -> bool:
        """Whether the lexicon knows a word, or takes it apart into words that it knows."""
        return self._splitter.knows(folded) or bool(self._splitter.deeper(folded))

    def _relate(self, group: tuple[str, ...]) -> None:
        terms = [(term, tuple(word.token for word in self.words(term))) for term in group]
        for _, key in terms:
            known = self._synonyms.setdefault(key, [])
            known.extend(other for other in terms if other[1] != key and other not in known)

    def _word(self, typed: str) -> Word:
        pieces = inner(typed[:LONGEST_WORD])
        if len(pieces) <= 1:
            return self._simple(pieces[0] if pieces else typed[:MAX_TOKEN])
        joined = self._simple("".join(pieces))
        token = self.stem(fold("".join(pieces))[:MAX_TOKEN]) if joined.written else joined.token
        single = [self._simple(piece) for piece in pieces]
        parts = tuple(one.token for one in single if one.written and len(one.token) > 1)
        deep = tuple(token for one in single for token in one.inside)
        if len(pieces) > 2:
            pairs = itertools.pairwise(pieces)
            deep += tuple(self.stem(fold(first + second)[:MAX_TOKEN]) for first, second in pairs)
        whole = (typed[:MAX_TOKEN], fold("".join(pieces))[:MAX_TOKEN])
        of_pieces = (both for one in single for both in zip(one.written, one.folded, strict=True) if len(both[1]) > 3)
        written, folded = zip(*dict.fromkeys((whole, *of_pieces)), strict=True)
        return Word(token, parts, parts + deep, written, folded)

    def _simple(self, typed: str) -> Word:
        """One word without hyphens; the head of a compound decides its inflection."""
        folded = fold(typed)[:MAX_TOKEN]
        if folded in self._stop or (len(folded) < 2 and not folded.isdigit()):
            return Word(folded, (), (), (), ())
        split = self._splitter.split(folded)
        token = self.stem(folded)
        if split and folded.endswith(split[-1]):
            token = folded[: -len(split[-1])] + self.stem(split[-1])
        parts = tuple(part for part in map(self.stem, split) if part != token and len(part) > 1)
        whole = (folded,) if self._splitter.knows(folded) else ()
        deep = tuple(self.stem(inside) for part in split or whole for inside in self._splitter.deeper(part))
        return Word(token, parts, parts + deep, (typed[:MAX_TOKEN],), (folded,))


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.strip()


def _family_forms() -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for _, line in _lines(DATA / "families.txt"):
        name, _, forms = line.partition(":")
        for form in forms.split():
            if form not in seen:
                seen.add(form)
                yield form, name


def _lexicon_words() -> set[str]:
    return {fold(word) for _, line in _lines(DATA / "lexicon.txt") for word in line.split()}


def _synonym_groups() -> Iterator[tuple[str, ...]]:
    return (tuple(term.strip() for term in line.split(";")) for _, line in _lines(DATA / "synonyms.txt"))


def read(folder: Path) -> Language:
    """German with an operator's ``lexicon.txt`` and ``synonyms.txt``; a broken line is logged and left out."""
    lexicon = [word for line in _checked(folder / "lexicon.txt", _LEXICON_LINE) for word in line.split()]
    groups = _checked(folder / "synonyms.txt", _SYNONYM_LINE)
    if not lexicon and not groups:
        return BUILT_IN
    return Language(lexicon, [tuple(term.strip() for term in line.split(";")) for line in groups])


def _checked(file: Path, fits: re.Pattern[str]) -> list[str]:
    try:
        lines = list(_lines(file))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        log.warning("%s is left out: %s", file.name, type(error).__name__)
        return []
    for number, line in lines:
        if not fits.fullmatch(line):
            log.warning("%s, line %d is left out: %.60s", file.name, number, line)
    return [line for _, line in lines if fits.fullmatch(line)][:MOST_LINES]


BUILT_IN = Language()
"""German with the words of the house only."""
_current = BUILT_IN


def current() -> Language:
    """The language of this process: a process serves one node."""
    return _current


def use(language: Language) -> None:
    """Analyse with this language from now on."""
    global _current  # noqa: PLW0603 - one node a process, set once when it starts
    _current = language
