"""German text to tokens: a pure function of text, data files and a version; the same for index and question.

Folded (ä as ae), taken apart at hyphens and inner capitals, stemmed, and split where a word is a compound.
"""

from hubnode.search.analysis.folding import MAX_TOKEN, fold, plain, tokens
from hubnode.search.analysis.language import ANALYSIS_VERSION, Language, current, read, use
from hubnode.search.analysis.words import WORD, Word

__all__ = [
    "ANALYSIS_VERSION",
    "MAX_TOKEN",
    "WORD",
    "Language",
    "Word",
    "current",
    "fold",
    "plain",
    "read",
    "tokens",
    "use",
]
