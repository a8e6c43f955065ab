"""Runs `hubnode` commands for several nodes, two at a time, in processes that have imported the node only once."""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hubnode.demo.nodes import Node


class CommandFailed(Exception):
    """A command ended with an error; the message holds the command and what it said."""


class Operator:
    """Somebody who types commands at several nodes; use it as a context."""

    def __init__(self, processes: int = 2) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["hubnode.cli"])
        self._pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_leave_ctrl_c_to_the_parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def submit(self, node: Node, *arguments: str, stdin: str = "") -> Future[str]:
        """Type a command and go on; the result is what it printed, or `CommandFailed`."""
        words = ["--instance", str(node.folder), *arguments]
        return self._pool.submit(_typed, words, stdin, dict(node.environment))

    def run(self, node: Node, *arguments: str, stdin: str = "") -> str:
        """Type a command and wait; what it printed. Raises `CommandFailed`."""
        return self.submit(node, *arguments, stdin=stdin).result()

    def call(self, do: Callable[..., None], node: Node, *given: Any) -> None:
        """Do something else at a node than typing a command, and wait; `do` gets its folder first."""
        self._pool.submit(_done, do, node.folder, given, dict(node.environment)).result()

    def status(self, nodes: Iterable[Node]) -> dict[str, Any]:
        """What `hubnode status --json` says at each node, by its key."""
        asked = {node.key: self.submit(node, "status", "--json") for node in nodes}
        return {key: json.loads(answer.result()) for key, answer in asked.items()}


def _leave_ctrl_c_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _done(do: Callable[..., None], folder: Path, given: tuple[Any, ...], environment: dict[str, str]) -> None:
    os.environ.update(environment)
    do(folder, *given)


def _typed(arguments: list[str], stdin: str, environment: dict[str, str]) -> str:
    """Run the installed `hubnode` command in this process and return what it printed."""
    (entry,) = importlib.metadata.entry_points(group="console_scripts", name="hubnode")
    main = entry.load()
    os.environ.update(environment)
    printed = io.StringIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            main(arguments, prog_name="hubnode")
        except SystemExit as ended:
            if ended.code:
                words = " ".join(arguments[2:])
                raise CommandFailed(f"hubnode {words} ({Path(arguments[1]).name}):\n{printed.getvalue()}") from None
    return printed.getvalue()
