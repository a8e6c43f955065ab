"""What people at honest hubs have written: every record by its name in the schedule, with words found nowhere else."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ulid import ULID

from tests.simulation.machine import BEGINS, Machine

LETTERS = "abcdefghijklmnopqrstuvwxyz"
LENGTH = 14
STANDING = "SELECT rev, state, level, CAST(body AS TEXT) FROM record WHERE rec = ? AND origin = ?"


@dataclass(frozen=True)
class Words:
    """The canaries of one version: for everybody, for members, and for the hub alone."""

    open: str
    network: str
    hub: str

    def body(self, kind: str) -> dict[str, Any]:
        """A complete body of `kind` that says these words at their levels."""
        return BODIES[kind](self)


def _organisation(words: Words) -> dict[str, Any]:
    return {
        "name": {"de": f"Stelle {words.open}"},
        "kind": "hochschule",
        "license": "CC-BY-4.0",
        "agreement_ref": words.hub,
    }


def _project(words: Words) -> dict[str, Any]:
    return {
        "title": {"de": f"Vorhaben {words.open}"},
        "summary": {"de": "Kurz gesagt."},
        "topics": ["ozg"],
        "license": "CC-BY-4.0",
        "lead_organisation": "https://a.hub.example/r/01JD8Z0000000000000000000A",
        "challenge": {"de": "Bisher auf Papier."},
        "solution": {"de": "Jetzt im Netz."},
        "phase": "P1",
        "start": "2026-01-01",
        "population_band": "under_5k",
        "operating_model": "own",
        "reuse_model": "concept_only",
        "reuse_access": "by_agreement",
        "contact_role": {"de": "Digitalisierung"},
        "funding": [{"programme": words.network, "status": "planned"}],
    }


BODIES = {"organisation": _organisation, "project": _project}


class Stand(NamedTuple):
    """How a record stands at a hub."""

    rev: int
    state: str
    level: str
    word: str
    """The open word of the version that is there; empty where none is."""


@dataclass
class Written:
    """One record as its authors know it."""

    name: str
    hub: str
    id: str
    kind: str
    versions: list[Words] = field(default_factory=list)
    """Every version that was ever tried, also those that a power cut may have undone."""
    sure: Stand | None = None
    """What the hub has confirmed, or what was found after a power cut."""


@dataclass(frozen=True)
class Asked:
    """A question that somebody has asked at one hub about a record of another, with a word of its own."""

    hub: str
    asked: str
    word: str


class Ledger:
    """All records and questions of one run."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.records: dict[str, Written] = {}
        self.questions: dict[str, Asked] = {}

    def new(self, name: str, hub: str, kind: str) -> Written:
        """A record that nobody has published yet."""
        chance = random.Random(f"{self._seed} {name}")  # noqa: S311 - a schedule, no secret
        made = Written(name, hub, str(ULID(BEGINS_MS + chance.randbytes(10))), kind)
        self.records[name] = made
        return made

    def words(self, one: Written) -> Words:
        """The words of the record's next version."""
        chance = random.Random(f"{self._seed} {one.name} {len(one.versions)}")  # noqa: S311 - a schedule, no secret
        made = Words(*("".join(chance.choices(LETTERS, k=LENGTH)) for _ in range(3)))
        one.versions.append(made)
        return made

    def question(self, name: str, hub: str, asked: str) -> Asked:
        """A question to be asked."""
        chance = random.Random(f"{self._seed} {name}")  # noqa: S311 - a schedule, no secret
        return Asked(hub, asked, "".join(chance.choices(LETTERS, k=LENGTH)))

    def confirm(self, one: Written, machine: Machine) -> None:
        """Note how the record stands at its hub now."""
        one.sure = stand(one, machine)


BEGINS_MS = int(BEGINS.timestamp() * 1000).to_bytes(6)


def stand(one: Written, machine: Machine) -> Stand | None:
    """How a record stands at `machine`, whoever's it is; None where it is not there."""
    rows = machine.ask(STANDING, one.id, origin_of(one.hub))
    if not rows:
        return None
    rev, state, level, body = rows[0]
    return Stand(rev, state, level, next((words.open for words in one.versions if words.open in (body or "")), ""))


def origin_of(hub: str) -> str:
    """The address of a hub by its name in the schedule."""
    return f"https://{hub.lower()}.hub.example"
