"""Where the files that browsers load are kept."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).resolve().parent / "static"
VENDOR = STATIC / "vendor"
"""What the build step makes: third-party files, their licences, the icon sprite; not in the repository."""
COMPRESSED = VENDOR / "compressed"
MANIFEST = VENDOR / "manifest.json"


def sources() -> list[Path]:
    """The files that browsers may load, without their compressed forms, in a fixed order."""
    return sorted(
        path
        for path in STATIC.rglob("*")
        if path.is_file() and COMPRESSED not in path.parents and path != MANIFEST and not path.name.startswith(".")
    )
