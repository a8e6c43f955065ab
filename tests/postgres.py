"""A PostgreSQL server for tests: one given, else one of our own, else a skip that names the remedy.

The ladder: TEST_PG_DSN (an SQLAlchemy URL), then the binaries of the Debian package, then the skip.
"""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

REMEDY = "PostgreSQL is missing; remedy: apt-get install -y postgresql (or name a server in TEST_PG_DSN)"
INITIAL = ("--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def binaries() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl`` (PG_BIN, the newest Debian package, PATH), or None."""
    candidates = [os.environ.get("PG_BIN", "")]
    candidates += sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=_major, reverse=True)
    if on_path := shutil.which("initdb"):
        candidates.append(str(Path(on_path).resolve().parent))
    for candidate in candidates:
        if candidate and (Path(candidate) / "initdb").exists():
            return Path(candidate)
    return None


def _major(folder: str) -> int:
    version = Path(folder).parent.name
    return int(version) if version.isdigit() else 0


@contextlib.contextmanager
def server() -> Iterator[str]:
    """An SQLAlchemy URL of a running server with its maintenance database; skips the test where no server can be had.

    A server of our own listens on a Unix socket in a temporary folder only, and is gone afterwards.
    """
    if given := os.environ.get("TEST_PG_DSN"):
        yield given
        return
    folder = binaries()
    if folder is None:
        pytest.skip(REMEDY)
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    prefix = _as_postgres(home)
    data = ["-D", str(home / "data")]
    control = [*prefix, str(folder / "pg_ctl"), *data]
    try:
        _run([*prefix, str(folder / "initdb"), *data, "-U", "hub", "-A", "trust", *INITIAL], home)
        _run([*control, "-w", "-l", str(home / "log"), "-o", f"-k {home} -c listen_addresses='' {FAST}", "start"], home)
        yield f"postgresql+psycopg://hub@/postgres?host={home}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], cwd=home, capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)


def _as_postgres(home: Path) -> list[str]:
    """The prefix the server runs under: initdb refuses root, so root lends the folder to the package's own user."""
    if os.geteuid() != 0:
        return []
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip(REMEDY)
    os.chown(home, account.pw_uid, account.pw_gid)
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def _run(command: list[str], home: Path) -> None:
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[-1]} failed: {done.stdout}{done.stderr}")
