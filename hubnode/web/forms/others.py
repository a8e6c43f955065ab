"""Forms about people, to somebody else: without what only the person itself fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hubnode.web.forms.form import ShownForm
from hubnode.web.forms.work import Work

THEIRS: Mapping[str, tuple[str, ...]] = {"expertise": ("voluntary",)}
"""Sections that only the person fills in, by kind."""
ONCE: Mapping[str, tuple[str, ...]] = {"expertise": ("visibility",)}
"""Sections in which others make the first proposal, and no later one."""


def for_others(work: Work, shown: ShownForm) -> ShownForm:
    """The form without the sections that are somebody else's to fill in."""
    hidden = (*THEIRS.get(work.kind.name, ()), *(ONCE.get(work.kind.name, ()) if work.rev else ()))
    return replace(shown, sections=[section for section in shown.sections if section.id not in hidden])
