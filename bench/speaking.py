"""Programs of the bench that run beside it: they take lines and answer each with one line of JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]


class Ended(Exception):
    """A program ended instead of answering; the message holds what it was."""


class Program:
    """A running program; use it as a context, which ends it."""

    def __init__(self, *command: str, folder: Path = ROOT) -> None:
        self._command = command
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        self.first = self._answer()
        """What it said first: that it is ready."""

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def ask(self, question: str = "") -> dict[str, Any]:
        """Its answer to one line."""
        if self._process.stdin is None:
            raise Ended(self._command[0])
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._answer())
        return answer

    def _answer(self) -> str:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            self._process.kill()
            raise Ended(f"{' '.join(self._command)} ended with {self._process.wait()}")
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()


def python(module: str, *arguments: str) -> Program:
    """Start ``python -m bench.MODULE`` with `arguments`."""
    return Program(sys.executable, "-m", f"bench.{module}", *arguments)
