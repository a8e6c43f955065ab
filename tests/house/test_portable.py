"""What is committed works anywhere: it names no machine, no registry, and carries no one else's files."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from tests.house.places import ROOT, files, name

TEXT = {
    ".py",
    ".md",
    ".toml",
    ".cfg",
    ".lock",
    ".json",
    ".yml",
    ".html",
    ".j2",
    ".css",
    ".js",
    ".po",
    ".txt",
    ".sh",
    "",
}
HOSTS = ("pypi", "pythonhosted", "npmjs", "npmmirror", "yarnpkg", "jsdelivr", "unpkg", "artifactory", "proxy.golang")
REGISTRY = re.compile(r"https?://[a-z0-9.-]*(?:" + "|".join(map(re.escape, HOSTS)) + r")", re.IGNORECASE)
MACHINE = re.compile(
    r"(?<![\w.])/(?:" + "|".join(("work", "root", "home/[a-z]+", "Users")) + r")/|file:" + "//|[A-Z]:\\\\Users"
)
SECRET = re.compile("-----BEGIN [A-Z ]*PRIVATE " + "KEY-----")


@cache
def _texts() -> list[tuple[str, str]]:
    return [(name(path), path.read_text("utf-8")) for path in files() if path.suffix in TEXT and _is_text(path)]


def _is_text(path: Path) -> bool:
    return b"\x00" not in path.read_bytes()[:8000]


def test_no_file_names_a_registry_host() -> None:
    """Where packages come from is the operator's choice, not the repository's."""
    assert not [file for file, text in _texts() if REGISTRY.search(text)]


def test_lock_files_carry_hashes_and_no_addresses() -> None:
    """A lock says which bytes, never from where."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "--hash=sha256:" in lock
    assert not re.search(r"^-|://|\s@ ", lock, re.MULTILINE)
    for path in ROOT.rglob("package-lock.json"):
        if "node_modules" not in path.parts:
            text = path.read_text("utf-8")
            assert '"resolved"' not in text
            assert '"integrity"' in text


def test_no_file_names_a_machine() -> None:
    """A path of one computer is wrong on every other."""
    assert not [file for file, text in _texts() if MACHINE.search(text)]


def test_no_private_key_is_committed() -> None:
    """Keys are made by `hubnode init` and stay in the instance folder."""
    assert not [file for file, text in _texts() if SECRET.search(text)]


def test_front_end_packages_are_not_copied_into_the_repository() -> None:
    """They come by version and lock file at build time; fonts and minified files are the sign of a copy."""
    copied = [name(path) for path in files() if path.suffix in {".woff", ".woff2", ".ttf"} or ".min." in path.name]
    assert not copied
