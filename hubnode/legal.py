"""Legal texts: Markdown of the operator in ``instance/legal``, with defaults that mark what is to be filled in."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from hubnode.config import LAND_TEXTS, BadSettings, Settings

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
    text = _written(settings, name)
    known = {
        "name": settings.name,
        "place": settings.place,
        "base_url": settings.base_url,
        "contact_email": settings.contact_email,
        "privacy_contact": settings.privacy_contact,
        "barrier_answer_days": str(settings.barrier_answer_days),
        **{f"land.{word}": text for word, text in of_land(settings.land).items()},
    }
    for word, value in known.items():
        text = text.replace("{" + word + "}", value or f"[[{word}]]")
    return text


def offered(settings: Settings) -> list[str]:
    """The pages that have a text; every page asks, so nothing is filled in for it."""
    return [name for name in NAMES if _written(settings, name).strip()]


def refuse_placeholders(settings: Settings) -> None:
    """Raise `BadSettings` where production would show pages that the law asks for and that are not written yet."""
    open_ones = placeholders(settings)
    if settings.mode == "production" and open_ones:
        told = "\n".join(f"  legal/{name}.md: {', '.join(found)}" for name, found in open_ones.items())
        raise BadSettings(f"Diese Seiten enthalten noch Platzhalter:\n{told}")


@lru_cache(maxsize=16)
def of_land(land: str) -> Mapping[str, str]:
    """What the legal texts say differently in each Land; the settings refuse one that is not known."""
    words: Mapping[str, str] = json.loads((LAND_TEXTS / f"{land.lower()}.json").read_text("utf-8"))
    return words


def _written(settings: Settings, name: str) -> str:
    """The Markdown of a page as it stands in its file, or nothing."""
    if name not in NAMES:
        return ""
    own = settings.instance / "legal" / f"{name}.md"
    path = own if own.is_file() else DEFAULTS / f"{name}.md"
    return _read(path, path.stat().st_mtime_ns) if path.is_file() else ""


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> str:  # noqa: ARG001 - a changed file is read anew
    return path.read_text("utf-8")
