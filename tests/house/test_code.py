"""Rules of the code that a reader may rely on without looking."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.places import PACKAGES, ROOT, name, python_files, text_of, tree_of

LONGEST_FILE = 400
NETWORK_MODULES = {
    "socket",
    "requests",
    "urllib3",
    "http.client",
    "urllib.request",
    "httpx",
    "aiohttp",
    "ftplib",
    "smtplib",
}
SOCKETS_ALLOWED = {
    "federation/wire.py": "the only way out of a node",
    "hubnode/mail/smtp.py": "the way out for letters, to the one mail server of the settings",
    "hubnode/network/signing_in/carrying.py": "hands to the wire what Authlib has prepared; opens nothing itself",
    "hubnode/demo/visitor.py": "the demo looks at its own nodes on the loopback address, as a browser would",
}


def _where(pattern: str, *folders: str) -> set[str]:
    found = re.compile(pattern)
    return {name(path) for path in python_files(*folders) if found.search(text_of(path))}


def test_a_file_fits_into_one_head() -> None:
    """A longer file wants to be two."""
    long = {name(path): lines for path in python_files() if (lines := _lines(path)) > LONGEST_FILE}
    assert not long


def _lines(path: Path) -> int:
    return text_of(path).count("\n")


def test_every_file_says_what_it_is_for() -> None:
    """The first line of a module is the promise of the room."""
    silent = [
        name(path)
        for path in python_files()
        if not ast.get_docstring(tree_of(path)) and not _only_marks_a_package(path)
    ]
    assert not silent


def _only_marks_a_package(path: Path) -> bool:
    return path.name == "__init__.py" and path.is_relative_to(ROOT / "tests") and not path.read_bytes()


def test_every_public_function_and_class_says_what_one_gets() -> None:
    """Whoever calls it must not need to read it."""
    silent = [
        f"{name(path)}:{node.name}"
        for path in python_files(*PACKAGES)
        for node in _public(tree_of(path))
        if not ast.get_docstring(node)
    ]
    assert not silent


def _public(module: ast.Module) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def test_only_one_place_commits() -> None:
    """A helper that commits would split what belongs together."""
    assert _where(r"\.commit\(", *PACKAGES) == {"hubnode/db.py"}


def test_only_the_check_makes_the_proof() -> None:
    """`Verified` made elsewhere would be a check that never ran."""
    assert _where(r"(?<!class )\bVerified\(", *PACKAGES) <= {"federation/signatures.py"}
    assert _where(r"(?<!class )\b(Oneself|Confirmed)\(", *PACKAGES) <= {"hubnode/people/confirming.py"}
    assert _where(r"(?<!class )\bpasskeys\.(Shown|Made)\(", *PACKAGES) == set()


def test_only_the_wire_opens_sockets() -> None:
    """Every request to others passes the address guard, the deadline and the size limit."""
    opened = {name(path) for path in python_files(*PACKAGES) if _imports(path) & NETWORK_MODULES}
    assert opened <= SOCKETS_ALLOWED.keys()


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update({node.module, *(f"{node.module}.{alias.name}" for alias in node.names)})
    return found | {module.split(".")[0] for module in found}


def test_a_page_never_touches_a_table() -> None:
    """A view parses, calls once and renders; queries live in the rooms below."""
    touching = {name(path) for path in python_files("hubnode/web") if "sqlalchemy" in _imports(path)}
    assert not touching


def test_nothing_is_left_to_be_done() -> None:
    """An open end belongs into the tracker, where somebody sees it."""
    marks = r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b"
    assert not _where(marks)


def test_time_arrives_as_an_argument() -> None:
    """The protocol never asks for the time: its caller does, so that every check can be run at any moment."""
    assert not _where(r"datetime\.now\(|time\.time\(|utcnow\(", "federation") - {"federation/wire.py"}


@pytest.mark.slow
def test_no_room_imports_from_a_room_above() -> None:
    """The direction of imports, as written in setup.cfg."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
