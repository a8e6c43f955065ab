"""Legal texts: Markdown of the operator in ``instance/legal``, with defaults that mark what is to be filled in."""

from __future__ import annotations

import re
import shutil
from functools import lru_cache
from pathlib import Path

from hubnode.config import Settings

DEFAULTS = Path(__file__).resolve().parent / "web" / "legal_texts"
NAMES = ("impressum", "datenschutz", "barrierefreiheit", "leichte-sprache", "gebaerdensprache", "lizenzen")
PLACEHOLDER = re.compile(r"\[\[[^\]]*\]\]")
"""``[[…]]`` marks what the operator still has to fill in."""
NEEDED = ("impressum", "datenschutz", "barrierefreiheit")


def copy_defaults(instance: Path) -> list[Path]:
    """Put the default texts into ``legal`` of `instance`; what is there is never replaced. The files that are new."""
    folder = instance / "legal"
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for text in sorted(DEFAULTS.glob("*.md")):
        target = folder / text.name
        if not target.exists():
            shutil.copyfile(text, target)
            made.append(target)
    return made


def placeholders(settings: Settings) -> dict[str, list[str]]:
    """What the operator still has to fill in, by page; production does not start before it is empty."""
    found = {name: PLACEHOLDER.findall(source(settings, name)) for name in NEEDED}
    return {name: marks for name, marks in found.items() if marks}


def source(settings: Settings, name: str) -> str:
    """The Markdown of a page: the operator's, else the default; the hub's own data is filled in."""
    if name not in NAMES:
        return ""
    own = settings.instance / "legal" / f"{name}.md"
    path = own if own.is_file() else DEFAULTS / f"{name}.md"
    text = _read(path, path.stat().st_mtime_ns) if path.is_file() else ""
    known = {
        "name": settings.name,
        "place": settings.place,
        "base_url": settings.base_url,
        "contact_email": settings.contact_email,
    }
    for word, value in known.items():
        text = text.replace("{" + word + "}", value or f"[[{word}]]")
    return text


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> str:  # noqa: ARG001 - a changed file is read anew
    return path.read_text("utf-8")
