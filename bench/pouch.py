"""PouchDB as the known thing beside our sync: installed by npm from its lock, replicating over HTTP into LevelDB."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PEERS = Path(__file__).with_name("peers")


class NoPouch(Exception):
    """PouchDB can't be installed; the message says what is missing."""


def install() -> None:
    """Install PouchDB into ``bench/peers/node_modules`` if it is not there as locked; raises `NoPouch`."""
    if _installed():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise NoPouch("Es fehlt npm. Abhilfe: sudo apt-get install -y npm")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=PEERS, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoPouch(f"npm konnte PouchDB nicht installieren:\n{done.stderr.strip()}")


def _installed() -> bool:
    """Whether what npm noted after its last run is newer than the lock."""
    noted, lock = PEERS / "node_modules" / ".package-lock.json", PEERS / "package-lock.json"
    return noted.exists() and noted.stat().st_mtime >= lock.stat().st_mtime


def origin(folder: Path, documents: Path) -> tuple[str, ...]:
    """The command that stores the documents of a file, one JSON object a line, and serves them."""
    return (_node(), str(PEERS / "origin.js"), str(folder), str(documents))


def replica(folder: Path, url: str) -> tuple[str, ...]:
    """The command that replicates `url` whenever it is told to."""
    return (_node(), str(PEERS / "replicate.js"), str(folder), url)


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        raise NoPouch("Es fehlt node. Abhilfe: sudo apt-get install -y nodejs npm")
    return node
