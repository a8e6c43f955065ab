"""Where the files of this house are: everything but what git ignores."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
IGNORED = {
    ".git",
    ".venv",
    "node_modules",
    "build",
    "dist",
    "mutants",
    "vendor",
    "instance",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".hypothesis",
    ".import_linter_cache",
}
PACKAGES = ("hubnode", "federation")


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Every file that belongs to the house."""
    for path in sorted(folder.iterdir()):
        if path.name in IGNORED or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """The Python files in `folders`, or in the whole house."""
    places = [ROOT / folder for folder in folders] or [ROOT]
    return tuple(path for place in places for path in files(place) if path.suffix == ".py")


@cache
def text_of(path: Path) -> str:
    """What a file says, read once for all rules."""
    return path.read_text("utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    """What Python reads in a file, parsed once for all rules."""
    return ast.parse(path.read_bytes())


def name(path: Path) -> str:
    """The path inside the house, with slashes."""
    return path.relative_to(ROOT).as_posix()
