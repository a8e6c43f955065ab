"""How every feed writes texts and times: the one place that knows which characters and which spelling are legal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Everything outside `Char` of XML 1.0: control characters, lone surrogates, U+FFFE and U+FFFF."""
NEWLINES = re.compile("\r\n?|[\x85\u2028\u2029]")


def clean(text: str) -> str:
    """`text` without the characters that XML forbids, with plain newlines: safe in every format of this room."""
    return ILLEGAL.sub("", NEWLINES.sub("\n", text))


def one_line(text: str) -> str:
    """`text` cleaned and on one line, for titles and labels."""
    return " ".join(clean(text).split())


def in_language(texts: Mapping[str, str], lang: str) -> tuple[str, str]:
    """Language and cleaned text: in `lang` where there is one, else in the first language there is; else empty."""
    for found in (lang, *texts):
        if text := clean(texts.get(found, "")).strip():
            return found, text
    return lang, ""


def rfc3339(moment: datetime) -> str:
    """`moment` in UTC and whole seconds, as Atom and JSON Feed spell it (RFC 3339)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
