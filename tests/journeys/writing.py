"""Records as an operator would write them into a file for `hubnode publish`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ulid import ULID


def organisation(name: str, *, visibility: str = "public", id: str | None = None, **more: Any) -> dict[str, Any]:
    """A small record that needs no other one."""
    body = {"name": {"de": name}, "kind": "stadt", "license": "CC-BY-4.0", **more}
    return {"id": id or str(ULID()), "kind": "organisation", "visibility": visibility, "body": body}


def project(title: str, lead: str, *, visibility: str = "public", id: str | None = None, **more: Any) -> dict[str, Any]:
    """A project with everything that publishing asks for."""
    body = {
        "title": {"de": title},
        "summary": {"de": f"{title}: kurz gesagt."},
        "topics": ["focus-admin"],
        "license": "CC-BY-4.0",
        "lead_organisation": lead,
        "challenge": {"de": "Bisher auf Papier."},
        "solution": {"de": "Jetzt im Netz."},
        "phase": "P1",
        "start": "2026-01-01",
        "population_band": "under_5k",
        "operating_model": "own",
        "reuse_model": "concept_only",
        "reuse_access": "by_agreement",
        "contact_role": {"de": "Digitalisierung"},
        **more,
    }
    return {"id": id or str(ULID()), "kind": "project", "visibility": visibility, "body": body}


def write(folder: Path, records: list[dict[str, Any]]) -> str:
    """Write the records into a file in `folder`; its path."""
    file = folder / f"{ULID()}.json"
    file.write_text(json.dumps(records, ensure_ascii=False), "utf-8")
    return str(file)
